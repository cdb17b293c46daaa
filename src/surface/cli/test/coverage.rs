//! `tanggap test --coverage`.

use serde_json::Value;

use super::{Run, unfit, write};
use crate::base::Error;
use crate::base::language::text;
use crate::surface::cli::{Call, FINE, WRONG};
use crate::testing::{coverage, coverage_json, coverage_lcov, render_coverage, render_tests};

pub(super) fn run(call: &mut Call<'_>, runs: &[Run]) -> Result<u8, Error> {
    let format = call.text("format").unwrap_or_else(|| "text".to_owned());
    let least = call.matches.get_one::<f64>("coverage-at-least").copied();
    let mut out = String::new();
    let mut list: Vec<Value> = Vec::new();
    let mut code = FINE;
    for run in runs {
        let rules = &run.rules;
        let methods = &call.engine.registry().methods;
        let found = coverage(&run.prepared_again(call)?, &run.bundle, methods)?;
        if least.is_some_and(|least| found.percent() < least) {
            code = WRONG;
        }
        match format.as_str() {
            "json" => list.push(coverage_json(rules, &found)),
            "lcov" => out.push_str(&coverage_lcov(rules, &found)),
            "text" => {
                // What fails reaches what it reaches, but that is not what was meant.
                if run.failed() {
                    let color = call.output.color();
                    out.push_str(&render_tests(&run.tested(), call.lang, color));
                }
                out.push_str(&render_coverage(rules, &found, call.lang));
            }
            other => return Err(unfit(other)),
        }
    }
    if format == "json" {
        out = format!("{:#}\n", Value::from(list));
    }
    let failed = runs.iter().any(Run::failed);
    write(call, &out)?;
    if let (Some(least), WRONG, false) = (least, code, failed) {
        let least = call.lang.exact(least);
        let said = text!(
            "kurang dari {least} % tercapai",
            "less than {least} % is reached"
        );
        call.output.error(said.get(call.lang));
    }
    Ok(if failed { WRONG } else { code })
}

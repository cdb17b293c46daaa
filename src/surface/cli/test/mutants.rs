//! `tanggap test --mutants`.

use serde_json::Value;

use super::{Run, unfit, write};
use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::surface::cli::data::{self, Bar};
use crate::surface::cli::{Call, FINE, WRONG};
use crate::testing::{
    Baseline, mutants, mutants_json, render_mutants, render_tests, run_mutants, survivors,
};

pub(super) fn run(call: &mut Call<'_>, runs: &[Run]) -> Result<u8, Error> {
    let format = call.text("format").unwrap_or_else(|| "text".to_owned());
    let mut out = String::new();
    let mut list: Vec<Value> = Vec::new();
    let mut code = FINE;
    for run in runs {
        let (rules, suite) = (&run.rules, &run.suite);
        if run.failed() {
            // A case that fails with the rules as they are would kill everything.
            let said = render_tests(&run.tested(), call.lang, call.output.color());
            call.output.error(said.trim_end());
            let name = &rules.name;
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "kasus `{name}` harus lulus sebelum diuji dengan perubahan kecil",
                    "the cases of `{name}` must pass before small edits are tried"
                ),
            ));
        }
        let scored = match call.text("data") {
            Some(path) => {
                let Some(program) = call.program(&rules.name)? else {
                    return Ok(WRONG);
                };
                let data = data::read(call, &program, &path)?;
                let scores = data::score(call, &program)?.scores;
                Some((data, scores))
            }
            None => None,
        };
        let baseline = scored
            .as_ref()
            .map(|(data, scores)| Baseline { data, scores });
        let bar = Bar::new();
        let all = u64::try_from(mutants(rules).len()).ok();
        bar.begin(
            call.lang
                .pick("mencoba perubahan kecil", "trying small edits"),
            all,
        );
        let methods = &call.engine.registry().methods;
        let prepared = run.prepared_again(call)?;
        let told = || bar.rows(1);
        let found = run_mutants(&prepared, baseline.as_ref(), &run.bundle, methods, &told)?;
        bar.done();
        if survivors(suite, &found).next().is_some() {
            code = WRONG;
        }
        match format.as_str() {
            "json" => list.push(mutants_json(rules, suite, &found)),
            "text" => out.push_str(&render_mutants(rules, suite, &found, call.lang)),
            other => return Err(unfit(other)),
        }
    }
    if format == "json" {
        out = format!("{:#}\n", Value::from(list));
    }
    write(call, &out)?;
    Ok(code)
}

//! `tanggap check`.

use super::{Call, FINE, WRONG};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let named = call
        .matches
        .get_many::<String>("ruleset")
        .into_iter()
        .flatten();
    let mut names = named
        .map(|name| name.parse())
        .collect::<Result<Vec<RuleSetName>, Error>>()?;
    let all = names.is_empty();
    if all {
        names = call.engine.rule_sets()?;
    }
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "tidak ada perangkat aturan untuk diperiksa",
                "there is no rule set to check"
            ),
        )
        .with_help(text!(
            "folder aturan dipilih dengan `--rules`",
            "`--rules` chooses the folder of rules"
        )));
    }
    let mut code = FINE;
    for name in names {
        let program = match call.program(&name) {
            Err(error) if error.kind() == ErrorKind::Call && all => {
                call.output.error(&error.render(call.lang));
                None
            }
            other => other?,
        };
        match program {
            Some(program) => {
                let rules = program.rules();
                let indicators = rules
                    .nodes
                    .iter()
                    .filter(|node| node.indicator().is_some())
                    .count();
                let (variables, digest) = (
                    rules.variables().len(),
                    rules.rules_digest.get(..12).unwrap_or(""),
                );
                let status = rules.status.value.title();
                let (id, en) = (status.id, status.en);
                let (sealed_id, sealed_en) = match &rules.sealed {
                    Some(sealed) => (
                        format!(" · disegel {}", sealed.day),
                        format!(" · sealed {}", sealed.day),
                    ),
                    None => (String::new(), String::new()),
                };
                let line = text!(
                    "{name}: baik · {variables} variabel, {indicators} indikator · {id} · digest aturan {digest}{sealed_id}",
                    "{name}: fine · {variables} variables, {indicators} indicators · {en} · rules digest {digest}{sealed_en}"
                );
                call.output.print(line.get(call.lang));
            }
            None => {
                code = WRONG;
                let line = text!("{name}: salah", "{name}: wrong");
                call.output.print(line.get(call.lang));
            }
        }
    }
    Ok(code)
}

//! `tanggap check`.

use clap::{Arg, Command};

use super::args::option;
use super::{Call, Entry, FINE, WRONG, data};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, RuleSetName, Severity};
use crate::explain::advice::Subject;
use crate::report::render_issues;
use crate::{BuildError, EvaluateOptions, Program, evaluate, explain};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "check",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say("Memeriksa perangkat aturan dan melaporkan semua yang salah", "Check rule sets and report all that is wrong"))
        .arg(Arg::new("ruleset").value_name("RULESET").num_args(0..).help(say(
            "Indeks/tahun; tanpa ini semua diperiksa",
            "Index/year; without it all are checked",
        )))
        .arg(option("data", "FILE").requires("ruleset").help(say(
            "Data untuk saran tambahan: nilai acuan yang dilampaui, indikator yang berlawanan atau kembar",
            "Data for more advice: goalposts exceeded, indicators that contradict or copy another",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let mut names = call.rule_sets()?;
    let all = names.is_empty();
    if all {
        names = call.engine.rule_sets()?;
    }
    call.unread(if all { &[] } else { &names });
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
            // What is wrong with one is no reason to say nothing of the others.
            Err(error) if all => {
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
                if advise(call, &name, &program)? {
                    code = WRONG;
                }
                match call.engine.tests(program.rules()) {
                    Ok(_) => {}
                    Err(BuildError::Rules(found)) => {
                        call.diagnostics(&found);
                        code = WRONG;
                    }
                    Err(BuildError::Host(error)) if all => {
                        call.output.error(&error.render(call.lang));
                        code = WRONG;
                    }
                    Err(BuildError::Host(error)) => return Err(error),
                }
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

/// Advice on a rule set that is fine. Whether the data is wrong, which is said then.
fn advise(call: &mut Call<'_>, name: &RuleSetName, program: &Program) -> Result<bool, Error> {
    let scores = match call.text("data") {
        Some(path) => {
            let data = data::read(call, program, &path)?;
            Some(evaluate(program, &data, &EvaluateOptions::default())?)
        }
        None => None,
    };
    let before = name.year.checked_sub(1);
    let before = before.map(|year| call.engine.rule_set_of_year(&name.index, year));
    // What is wrong with another year is said when that is checked.
    let previous = before.transpose()?.flatten();
    let previous = previous.and_then(|name| Some(call.engine.check(&name).ok()?.output));
    let found = explain::advice::advise(
        &call.engine.registry().advice,
        Subject {
            program,
            scores: scores.as_ref(),
            previous: previous.as_ref(),
        },
    );
    call.diagnostics(&found);
    let Some(scores) = &scores else {
        return Ok(false);
    };
    let issues = render_issues(scores, call.lang);
    if !issues.is_empty() {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    let mut issues = scores.issues.iter();
    Ok(issues.any(|issue| issue.kind.severity() == Severity::Error))
}

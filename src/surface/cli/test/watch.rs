//! `tanggap test --watch`: the tests again at each save, and what changed its mind.

use std::collections::BTreeMap;

use super::{Run, run_all};
use crate::Engine;
use crate::base::language::text;
use crate::base::{Error, RuleSetName};
use crate::surface::cli::{Call, FINE};
use crate::surface::watch::{Changes, Wake, WatchOptions};
use crate::testing::{failure_text, render_tests};

/// What each case came to: nothing where it passes, else what was not met.
type Verdicts = BTreeMap<(RuleSetName, String), Vec<String>>;

pub(super) fn run(call: &mut Call<'_>, named: &[RuleSetName]) -> Result<u8, Error> {
    let mut changes = Changes::new(call.rules_folder(), WatchOptions::default());
    let (runs, _) = run_all(call, named)?;
    for run in &runs {
        let said = render_tests(&run.tested(), call.lang, call.output.color());
        call.output.print(said.trim_end());
    }
    let mut known = verdicts(&runs);
    loop {
        let said = text!(
            "menunggu perubahan … (Ctrl-C berhenti)",
            "waiting for a change … (Ctrl-C ends)"
        );
        call.output.print(said.get(call.lang));
        call.output.flush();
        if !saved(&mut changes, &call.engine) || call.output.is_broken() {
            return Ok(FINE);
        }
        let (runs, untested) = match run_all(call, named) {
            Ok(found) => found,
            Err(error) => {
                call.output.error(&error.render(call.lang));
                continue;
            }
        };
        // What is wrong has been told; what was known stays.
        if !untested.is_empty() {
            continue;
        }
        let new = verdicts(&runs);
        tell(call, &known, &new, &runs);
        known = new;
    }
}

/// Waits until rule files were saved; `false` where nobody watches any more.
fn saved(changes: &mut Changes, engine: &Engine) -> bool {
    let before = engine.files_digest().ok();
    loop {
        let woken = changes.wait(None);
        changes.refresh();
        match woken {
            Wake::Stopped => return false,
            Wake::Looked if engine.files_digest().ok() == before => {}
            Wake::Looked | Wake::Changed => return true,
        }
    }
}

fn verdicts(runs: &[Run]) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for run in runs {
        let tested = run.tested();
        for (case, outcome) in tested.cases() {
            let failures = outcome.failures.iter();
            let said = failures.map(|own| failure_text(&run.rules, own).en.into_owned());
            verdicts.insert((run.rules.name.clone(), case.id.clone()), said.collect());
        }
    }
    verdicts
}

/// Tells what is not as it was.
fn tell(call: &mut Call<'_>, known: &Verdicts, new: &Verdicts, runs: &[Run]) {
    let moved = |name: &RuleSetName, id: &str| {
        let key = (name.clone(), id.to_owned());
        known.get(&key) != new.get(&key)
    };
    let mut changed = 0;
    for run in runs {
        let name = &run.rules.name;
        let mut shown = run.clone();
        let cases = &run.suite.cases;
        shown.outcomes.retain(|outcome| {
            let case = cases.get(outcome.case);
            case.is_some_and(|case| moved(name, &case.id))
        });
        changed += shown.outcomes.len();
        let mended = shown.outcomes.iter().filter(|own| own.passed());
        let mended: Vec<String> = mended
            .filter_map(|own| Some(format!("{name} {}", cases.get(own.case)?.id)))
            .collect();
        for case in mended {
            let said = text!("kini lulus: {case}", "passes now: {case}");
            call.output.print(said.get(call.lang));
        }
        shown.outcomes.retain(|own| !own.passed());
        if !shown.outcomes.is_empty() {
            let said = render_tests(&shown.tested(), call.lang, call.output.color());
            let failures = said
                .trim_end()
                .rsplit_once('\n')
                .map_or("", |(failures, _)| failures);
            call.output.print(failures.trim_end());
        }
    }
    let gone = known.keys().filter(|key| !new.contains_key(*key)).count();
    let failing = new.values().filter(|failures| !failures.is_empty()).count();
    let all = new.len();
    let said = text!(
        "{changed} berubah, {gone} hilang; {failing} dari {all} kasus gagal",
        "{changed} changed, {gone} gone; {failing} of {all} cases fail"
    );
    call.output.print(said.get(call.lang));
}

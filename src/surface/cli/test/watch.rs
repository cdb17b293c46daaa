//! `tanggap test --watch`: the tests again at each save, and what changed its mind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use super::{Run, run_all};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::surface::cli::{Call, FINE};
use crate::testing::{failure_text, render_tests};

/// How long it must be quiet before saved files are read: editors write in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// What each case came to: nothing where it passes, else what was not met.
type Verdicts = BTreeMap<(RuleSetName, String), Vec<String>>;

pub(super) fn run(call: &mut Call<'_>, named: &[RuleSetName]) -> Result<u8, Error> {
    let folder = call.rules_folder();
    let (sender, saved) = channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(cannot_watch)?;
    watcher
        .watch(&folder, RecursiveMode::Recursive)
        .map_err(cannot_watch)?;
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
        if !change(&saved) {
            return Ok(FINE);
        }
        let (runs, wrong) = match run_all(call, named) {
            Ok(found) => found,
            Err(error) => {
                call.output.error(&error.render(call.lang));
                continue;
            }
        };
        // What is wrong has been told; what was known stays.
        if wrong {
            continue;
        }
        let new = verdicts(&runs);
        tell(call, &known, &new, &runs);
        known = new;
    }
}

/// Waits until rule files were saved and it is quiet again; `false` where nobody watches any more.
fn change(saved: &Receiver<notify::Result<notify::Event>>) -> bool {
    loop {
        match saved.recv() {
            Err(_) => return false,
            Ok(Ok(event)) if concerns(&event) => break,
            Ok(_) => {}
        }
    }
    loop {
        match saved.recv_timeout(QUIET) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Whether something was written, and not by us: snapshots are none of the rules.
fn concerns(event: &notify::Event) -> bool {
    let snapshot = |path: &Path| {
        path.extension()
            .is_some_and(|ending| ending == "snap" || ending == "new")
    };
    !event.kind.is_access() && !event.paths.iter().all(|path| snapshot(path))
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

fn cannot_watch(error: notify::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!(
            "folder aturan tidak dapat diamati",
            "the folder of rules cannot be watched"
        ),
    )
    .with_source(error)
}

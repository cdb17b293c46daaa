//! `tanggap watch`: at each save what is wrong, or what changed.

use std::time::Duration;

use clap::Command;

use super::args::{data_arguments, data_year, option, poll, rule_set};
use super::{Call, Entry, FINE, data, revision, test};
use crate::BuildError;
use crate::Registry;
use crate::base::language::text;
use crate::base::{Diagnostics, Error, ErrorKind, Lang, RuleSetName, Severity};
use crate::bundle::Bundle;
use crate::explain::difference::{Comparison, ComparisonOptions, Difference};
use crate::report::{DifferenceReport, Record, change_text, render_difference, render_issues};
use crate::surface::watch::{Changes, Wake, WatchOptions};

/// How many findings are shown in full: who mends these sees the next ones.
const FINDINGS: usize = 5;
/// How many movers are shown at each end.
const MOVERS: usize = 3;
/// Up to how many changes are told apart by their effect, so that it takes a blink.
const CAUSES: usize = 6;
/// How many failing cases are shown.
const FAILURES: usize = 3;
/// How many changes since the last save are told.
const SAVED: usize = 4;

/// What the rules are compared with.
struct Baseline {
    bundle: Bundle,
    shown: String,
}

/// What was seen at a save.
#[derive(Clone, PartialEq)]
struct Seen {
    files: String,
    data: Option<blake3::Hash>,
}

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "watch",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(rule_set(command, lang), lang)
        .mut_arg("data", |data| data.required(false))
        .arg(data_year(lang))
        .arg(option("against", "WHAT").help(say(
            "Pembanding: revisi (ikotan/2022@main), perangkat aturan lain, atau start; bawaan: commit terakhir",
            "What to compare with: a revision (ikotan/2022@main), another rule set, or start; default: the last commit",
        )))
        .arg(poll(lang))
        .about(say(
            "Menunjukkan setiap kali berkas disimpan apa yang salah, atau apa akibat perubahannya",
            "Show at each save what is wrong, or what the change does",
        ))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let poll = call.matches.get_one::<f64>("poll").copied();
    let options = WatchOptions {
        poll: poll.map(Duration::from_secs_f64),
        ..WatchOptions::default()
    };
    let mut changes = Changes::new(call.rules_folder(), options);
    if let Some(path) = call.text("data") {
        changes = changes.with_file(path);
    }
    // A rule set that does not exist is a wrong call, not something to wait for.
    call.engine.bundle(&name)?;
    let mut baseline = baseline(call, &name)?;
    let mut last: Option<Bundle> = None;
    let mut seen = None;
    let mut woken = Wake::Changed;
    if let Some(own) = &baseline {
        let shown = &own.shown;
        let said = text!("dibandingkan dengan {shown}", "compared with {shown}");
        call.output.print(said.get(call.lang));
    } else {
        let said = text!(
            "pembandingnya: saat pertama aturannya benar",
            "to be compared with the rules when they are in order first"
        );
        call.output.print(said.get(call.lang));
    }
    loop {
        let now = Some(look(call));
        if woken == Wake::Changed || now != seen {
            rule_off(call, &name);
            let same = now == seen;
            match save(call, &name, &mut baseline, last.as_ref(), same) {
                Ok(Some(bundle)) => last = Some(bundle),
                Ok(None) => {}
                Err(error) => {
                    let word = call.lang.pick("galat", "error");
                    call.output
                        .error(&format!("{word}: {}", error.render(call.lang)));
                }
            }
            let said = text!(
                "menunggu simpanan … (Ctrl-C berhenti)",
                "waiting for a save … (Ctrl-C ends)"
            );
            call.output.print(said.get(call.lang));
            call.output.flush();
            seen = now;
        }
        woken = changes.wait(None);
        if woken == Wake::Stopped || call.output.is_broken() {
            return Ok(FINE);
        }
        changes.refresh();
    }
}

/// The contents, to tell whether they changed where the system does not tell.
fn look(call: &Call<'_>) -> Seen {
    let files = call.engine.files_digest();
    let data = call.text("data").and_then(|path| {
        data_file(&path).ok()?;
        data::bytes(call, &path).ok()
    });
    Seen {
        files: files.unwrap_or_else(|error| error.to_string()),
        data: data.map(|bytes| blake3::hash(&bytes)),
    }
}

/// Refuses what would be waited for, such as a pipe.
fn data_file(path: &str) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(Error::new(
            ErrorKind::Call,
            text!("`{path}` bukan berkas", "`{path}` is not a file"),
        )),
        _ => Ok(()),
    }
}

/// What the call wants to compare with: a revision, another rule set, or the beginning. Without a word: the last commit,
/// where there is one.
fn baseline(call: &Call<'_>, name: &RuleSetName) -> Result<Option<Baseline>, Error> {
    let found = |written: &str| {
        let bundle = revision::bundle(call, written)?;
        let shown = written.to_owned();
        Ok::<_, Error>(Baseline { bundle, shown })
    };
    let in_order = |own: &Baseline| call.engine.check_bundle(own.bundle.clone()).is_ok();
    match call.text("against") {
        Some(written) if written == "start" => Ok(beginning(call, name)),
        // A baseline that is not in order is told when the first difference is asked for.
        Some(written) => found(&written).map(Some),
        None => {
            let committed = found(&format!("{name}@HEAD")).ok().filter(in_order);
            Ok(committed.or_else(|| beginning(call, name)))
        }
    }
}

/// The rules as they are now, where they are in order.
fn beginning(call: &Call<'_>, name: &RuleSetName) -> Option<Baseline> {
    let bundle = call.engine.bundle(name).ok()?;
    call.engine.check_bundle(bundle.clone()).ok()?;
    let shown = text!("{name} saat dimulai", "{name} at the start");
    Some(Baseline {
        bundle,
        shown: shown.get(call.lang).to_owned(),
    })
}

/// A line between two saves.
fn rule_off(call: &mut Call<'_>, name: &RuleSetName) {
    let time = jiff::ZonedDateTime::now().strftime("%H:%M:%S").to_string();
    call.output.print(&format!("\n── {time} · {name} ──"));
}

/// Shows what one save did; gives the rules where they are in order.
fn save(
    call: &mut Call<'_>,
    name: &RuleSetName,
    baseline: &mut Option<Baseline>,
    last: Option<&Bundle>,
    same: bool,
) -> Result<Option<Bundle>, Error> {
    let lang = call.lang;
    let bundle = call.engine.bundle(name)?;
    if let Some(last) = last.filter(|last| same && last.files_digest == bundle.files_digest) {
        let said = text!(
            "tersimpan; aturan dan data tetap",
            "saved; rules and data are the same"
        );
        call.output.print(said.get(lang));
        test::briefly(call, name, FAILURES)?;
        return Ok(Some(last.clone()));
    }
    match call.engine.check_bundle(bundle.clone()) {
        Err(BuildError::Host(error)) => return Err(error),
        Err(BuildError::Rules(found)) => {
            some(call, found);
            return Ok(None);
        }
        Ok(checked) => {
            let mut warnings = checked.warnings;
            warnings.list.retain(|own| own.severity != Severity::Note);
            some(call, warnings);
        }
    }
    let methods = call.engine.registry().methods.clone();
    if let Some(last) = last
        && let Ok(since) = Difference::new(last.clone(), bundle.clone(), &methods)
    {
        let count = since.changes.len();
        let mut said: Vec<String> = since
            .changes
            .iter()
            .take(SAVED)
            .map(|change| change_text(&since, change).get(lang).to_owned())
            .collect();
        if count > SAVED {
            let more = count - SAVED;
            let said_more = text!("… dan {more} lagi", "… and {more} more");
            said.push(said_more.get(lang).to_owned());
        }
        if !said.is_empty() {
            let head = text!("Sejak simpanan lalu:", "Since the last save:");
            let list = said.join("\n  ");
            call.output
                .print(&format!("{}\n  {list}\n", head.get(lang)));
        }
    }
    let baseline = baseline.get_or_insert_with(|| Baseline {
        bundle: bundle.clone(),
        shown: name.to_string(),
    });
    match Difference::new(baseline.bundle.clone(), bundle.clone(), &methods) {
        Err(found) => some(call, found),
        Ok(difference) => compared(call, name, &difference, &baseline.shown)?,
    }
    test::briefly(call, name, FAILURES)?;
    Ok(Some(bundle))
}

/// Shows what differs from the baseline, and what that does to the regions.
fn compared(
    call: &mut Call<'_>,
    name: &RuleSetName,
    difference: &Difference,
    shown: &str,
) -> Result<(), Error> {
    let path = call.text("data");
    let comparison = match &path {
        Some(path) => {
            let options = ComparisonOptions {
                year: [call.matches.get_one::<u16>("year").copied(); 2],
                common_scale: None,
                causes: difference.changes.len() <= CAUSES,
            };
            let compared = data_file(path);
            match compared.and_then(|()| data::compared(call, difference, path, options)) {
                Ok(comparison) => Some(comparison),
                Err(error) => {
                    call.output.error(&error.render(call.lang));
                    None
                }
            }
        }
        None => None,
    };
    // Without a change there is no effect to show, but what is wrong with the data is told below.
    let effect = comparison.as_ref();
    let report = DifferenceReport {
        difference,
        comparison: effect.filter(|_| !difference.changes.is_empty()),
        sides: [shown, &name.to_string()],
        data: path.as_deref().unwrap_or_default(),
        lang: call.lang,
        movers: MOVERS,
        record: Record::default(),
    };
    call.output.print(render_difference(&report).trim_end());
    let issues = comparison
        .as_ref()
        .map(|own: &Comparison| render_issues(&own.after, call.lang));
    if let Some(issues) = issues.filter(|issues| !issues.is_empty()) {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    Ok(())
}

/// The first findings.
fn some(call: &mut Call<'_>, mut found: Diagnostics) {
    let more = found.list.len().saturating_sub(FINDINGS);
    found.list.truncate(FINDINGS);
    call.diagnostics(&found);
    if more > 0 {
        let said = text!("… dan {more} lagi", "… and {more} more");
        call.output.error(said.get(call.lang));
    }
}

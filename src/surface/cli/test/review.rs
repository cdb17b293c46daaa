//! `tanggap test --review`: what moved since a snapshot was accepted, why, and whether it is right.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal};
use std::process::Command;

use super::acceptances::{Entry, is_recorded, record, rules_before};
use super::snapshot::{Kept, Moved};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::bundle::Bundle;
use crate::evaluate::ReadRequest;
use crate::explain::difference::{Comparison, ComparisonOptions, Difference, largest_remainder};
use crate::report::cause_name;
use crate::surface::cli::{Call, FINE, WRONG, data, revision};
use crate::testing::Snapshot;
use crate::{EvaluateOptions, evaluate};

/// Of up to so many changes all combinations are tried, to find the one that a partial acceptance left.
const MOST_CHANGES: usize = 10;
/// How many regions are shown.
const SHOWN: usize = 40;
/// How many causes of a region are shown.
const CAUSES: usize = 4;

/// What is to be done about what moved.
enum Verdict {
    Accept(Option<BTreeSet<usize>>),
    Reject,
    Later,
}

/// The rules before with all that differs, where they are found.
struct Before {
    difference: Difference,
    comparison: Comparison,
    causes: Vec<String>,
}

pub(super) fn run(call: &mut Call<'_>, named: &[RuleSetName]) -> Result<u8, Error> {
    let mut code = FINE;
    for name in named {
        let Some(kept) = Kept::read(call, name)? else {
            return Ok(WRONG);
        };
        code = code.max(review(call, name, &kept)?);
    }
    Ok(code)
}

fn review(call: &mut Call<'_>, name: &RuleSetName, kept: &Kept) -> Result<u8, Error> {
    let lang = call.lang;
    let moved = kept.moved();
    let same = kept
        .old
        .as_ref()
        .is_some_and(|old| old.contents == kept.new.contents);
    let before = match &kept.old {
        Some(old) if !same => before(call, name, kept, old)?,
        _ => None,
    };
    show(call, kept, &moved, before.as_ref());
    let verdict = verdict(call, before.as_ref().map_or(0, |own| own.causes.len()))?;
    match verdict {
        Verdict::Later => {
            let said = text!(
                "ditunda: tidak ada yang diterima",
                "put off: nothing is accepted"
            );
            call.output.print(said.get(lang));
            Ok(if same { FINE } else { WRONG })
        }
        Verdict::Reject => {
            kept.settle();
            let said = text!(
                "ditolak: snapshot lama tetap berlaku, dan ujinya gagal sampai aturannya diperbaiki",
                "rejected: the old snapshot holds, and the test fails until the rules are mended"
            );
            call.output.print(said.get(lang));
            Ok(if same { FINE } else { WRONG })
        }
        Verdict::Accept(chosen) => {
            if let (true, Some(old)) = (same, &kept.old)
                && is_recorded(kept, old)?
            {
                let said = text!(
                    "tidak ada yang perlu diterima",
                    "there is nothing to accept"
                );
                call.output.print(said.get(lang));
                return Ok(FINE);
            }
            let (reason, who) = (reason(call)?, who(call)?);
            // A record that cannot be written is found out before anything is accepted.
            rules_before(kept)?;
            let (snapshot, causes) = match (&chosen, &before) {
                (Some(chosen), Some(before)) => (
                    partly(call, kept, before, chosen)?,
                    chosen
                        .iter()
                        .filter_map(|at| before.causes.get(*at).cloned())
                        .collect(),
                ),
                _ => (
                    kept.new.clone(),
                    before
                        .as_ref()
                        .map_or_else(Vec::new, |own| own.causes.clone()),
                ),
            };
            let accepted = Kept {
                program: kept.program.clone(),
                scores: kept.scores.clone(),
                new: snapshot.clone(),
                old: kept.old.clone(),
                folder: kept.folder.clone(),
                stem: kept.stem.clone(),
            };
            let moved = accepted.moved();
            if chosen.is_some() {
                // What some of the causes do alone is not the sum of their parts, which are means over all orders.
                let said = text!("hanya dengan sebab itu:", "with these causes alone:");
                call.output.print(said.get(lang));
                show_moved(call, &accepted, &moved, None);
            }
            // First what is accepted, then the record of it: a record of what is not there would be worse than none.
            kept.write(&snapshot, "snap")?;
            record(
                kept,
                &snapshot,
                &Entry {
                    who: &who,
                    reason: &reason,
                    regions: moved.len(),
                    bands: moved.iter().filter(|own| own.crosses()).count(),
                    causes: &causes,
                },
            )?;
            let file = kept.file("snap");
            let said = text!("diterima oleh {who}: {file}", "accepted by {who}: {file}");
            call.output.print(said.get(lang));
            if snapshot.contents == kept.new.contents {
                kept.settle();
                return Ok(FINE);
            }
            let said = text!(
                "sebab lain belum diterima: ujinya tetap gagal sampai diterima, atau aturannya dikembalikan",
                "other causes are not accepted: the test fails until they are, or the rules are put back"
            );
            call.output.print(said.get(lang));
            Ok(WRONG)
        }
    }
}

/// The rules that the snapshot was made by, from git, and what differs now.
fn before(
    call: &mut Call<'_>,
    name: &RuleSetName,
    kept: &Kept,
    old: &Snapshot,
) -> Result<Option<Before>, Error> {
    let lang = call.lang;
    if old.made_of.rules_digest == kept.new.made_of.rules_digest {
        let said = text!(
            "aturannya tetap: datanya yang berubah",
            "the rules are the same: it is the data that changed"
        );
        call.output.print(said.get(lang));
        return Ok(None);
    }
    let wanted = &old.made_of.rules_digest;
    let now = call.engine.bundle(name)?.unsealed();
    let Some((bundle, shown)) = rules_of(call, name, kept, wanted, &now)? else {
        let digest = wanted.get(..12).unwrap_or("");
        let said = text!(
            "aturan yang membuat snapshot (digest {digest}) tidak ada di antara revisi git terakhir: sebabnya tidak dapat dibagi, hanya diterima semua",
            "the rules that made the snapshot (digest {digest}) are not among the last revisions of git: no causes can be told, all can be accepted"
        );
        call.output.print(said.get(lang));
        return Ok(None);
    };
    let said = text!(
        "dibandingkan dengan {name}@{shown}",
        "compared with {name}@{shown}"
    );
    call.output.print(said.get(lang));
    let methods = &call.engine.registry().methods;
    let Ok(difference) = Difference::new(bundle, now, methods) else {
        return Ok(None);
    };
    let path = call.text("data").unwrap_or_default();
    let bytes = data::bytes(&path)?;
    let read = |_: usize, request: &ReadRequest| {
        data::read_request(call, &path, &bytes, &data::overruled(call, request.clone()))
    };
    let year = call.matches.get_one::<u16>("year").copied();
    let options = ComparisonOptions {
        year: [year; 2],
        common_scale: None,
        causes: true,
    };
    // Where the scales differ there are no parts to tell; the regions are shown all the same.
    let Ok(comparison) = Comparison::new(&difference, methods, 1, &read, options) else {
        return Ok(None);
    };
    let causes = comparison.attribution.iter().flat_map(|own| &own.causes);
    let causes = causes.map(|cause| cause_name(&difference, cause).get(lang).to_owned());
    let causes = causes.collect();
    Ok(Some(Before {
        difference,
        comparison,
        causes,
    }))
}

/// The rules that a snapshot was made by: of a revision, or of one with some of the causes done that lead from there to the
/// rules as they are, which is what a partial acceptance leaves.
fn rules_of(
    call: &Call<'_>,
    name: &RuleSetName,
    kept: &Kept,
    wanted: &str,
    now: &Bundle,
) -> Result<Option<(Bundle, String)>, Error> {
    let rules = call.text("rules").unwrap_or_else(|| "rules".to_owned());
    let short = |revision: &str| revision.get(..12).unwrap_or("").to_owned();
    if let Some((revision, bundle)) = revision::with_digest(&call.engine, &rules, name, wanted) {
        return Ok(Some((bundle, short(&revision))));
    }
    let methods = &call.engine.registry().methods;
    for digest in rules_before(kept)? {
        let Some((revision, bundle)) = revision::with_digest(&call.engine, &rules, name, &digest)
        else {
            continue;
        };
        let Ok(difference) = Difference::new(bundle, now.clone(), methods) else {
            continue;
        };
        let changes = &difference.changes;
        if changes.len() > MOST_CHANGES {
            continue;
        }
        for done in 0..1_usize << changes.len() {
            let some = changes.iter().enumerate();
            let some: Vec<_> = some
                .filter(|(at, _)| done & (1 << at) != 0)
                .map(|(_, change)| change)
                .collect();
            let mixed = difference.pair.mixed(&some);
            let checked = call.engine.check_bundle(mixed.clone());
            if checked.is_ok_and(|checked| checked.output.rules_digest == wanted) {
                let (count, revision) = (some.len(), short(&revision));
                return Ok(Some((mixed, format!("{revision} +{count}"))));
            }
        }
    }
    Ok(None)
}

/// Shows the causes, and the regions with the part of each.
fn show(call: &mut Call<'_>, kept: &Kept, moved: &[Moved], before: Option<&Before>) {
    let lang = call.lang;
    let data = &kept.new.made_of.data;
    let (all, bands) = (
        moved.len(),
        moved.iter().filter(|own| own.crosses()).count(),
    );
    let said = match &kept.old {
        Some(_) => text!(
            "{data}: {all} wilayah berubah, {bands} berpindah kategori",
            "{data}: {all} regions moved, {bands} to another band"
        ),
        None => text!(
            "{data}: snapshot pertama, {all} wilayah",
            "{data}: the first snapshot, {all} regions"
        ),
    };
    call.output.print(said.get(lang));
    if let Some(before) = before {
        for (cause, number) in before.causes.iter().zip(1..) {
            call.output.print(&format!("  ({number}) {cause}"));
        }
    }
    show_moved(call, kept, moved, before);
}

/// The regions that moved, with the part of each cause.
fn show_moved(call: &mut Call<'_>, kept: &Kept, moved: &[Moved], before: Option<&Before>) {
    let lang = call.lang;
    let decimals = kept.program.rules().decimals.value;
    for own in moved.iter().take(SHOWN) {
        let parts = before.map_or_else(Vec::new, |before| parts(before, &own.region, decimals));
        let shown = parts.iter().take(CAUSES).map(|(number, part)| {
            let sign = if *part > 0.0 { "+" } else { "" };
            // As the figures beside it, which are those of the snapshot.
            format!("({number}) {sign}{part:.*}", usize::from(decimals))
        });
        let shown: Vec<String> = shown.collect();
        let line = format!("  {}  {}", own.said(kept), shown.join(" "));
        call.output.print(line.trim_end());
    }
    let more = moved.len().saturating_sub(SHOWN);
    if more > 0 {
        let said = text!("  … dan {more} lagi", "  … and {more} more");
        call.output.print(said.get(lang));
    }
}

/// The parts of the causes of a region, by number, the largest first: rounded so that they add up to the change that is
/// published.
fn parts(before: &Before, region: &str, decimals: u8) -> Vec<(usize, f64)> {
    let comparison = &before.comparison;
    let mut regions = comparison.regions.iter().enumerate();
    let Some((at, own)) = regions.find(|(_, own)| *own.region == *region) else {
        return Vec::new();
    };
    let published = |scores: &crate::Scores, position: usize| {
        Some(
            scores
                .program
                .rules()
                .published(scores.index().get(position)?),
        )
    };
    let change = published(&comparison.before, own.before)
        .zip(published(&comparison.after, own.after))
        .map(|(old, new)| new - old);
    let all = comparison.attribution.iter().flat_map(|own| &own.parts);
    let all: Option<Vec<f64>> = all.map(|parts| parts.get(at).copied().flatten()).collect();
    let (Some(change), Some(all)) = (change, all) else {
        return Vec::new();
    };
    let rounded = largest_remainder(&all, change, decimals);
    let numbered = rounded
        .into_iter()
        .zip(1..)
        .map(|(part, number)| (number, part));
    let mut parts: Vec<(usize, f64)> = numbered.filter(|(_, part)| part.abs() > 0.0).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    parts
}

/// The snapshot with some causes accepted, and the others as they were.
fn partly(
    call: &Call<'_>,
    kept: &Kept,
    before: &Before,
    chosen: &BTreeSet<usize>,
) -> Result<Snapshot, Error> {
    let difference = &before.difference;
    let causes = before
        .comparison
        .attribution
        .iter()
        .flat_map(|own| &own.causes);
    let changes = causes
        .enumerate()
        .filter(|(at, _)| chosen.contains(at))
        .flat_map(|(_, cause)| &cause.changes)
        .filter_map(|at| difference.changes.get(*at));
    let changes: Vec<_> = changes.collect();
    let mixed: Bundle = difference.pair.mixed(&changes);
    let checked = call.engine.check_bundle(mixed);
    let program = checked.and_then(|checked| call.engine.compiled(checked));
    let Ok(program) = program else {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "sebab-sebab ini tidak dapat berdiri tanpa yang lain",
                "these causes cannot stand without the others"
            ),
        ));
    };
    let path = call.text("data").unwrap_or_default();
    let data = data::read(call, &program.output, &path)?;
    let options = EvaluateOptions {
        year: kept.scores.year,
        ..Default::default()
    };
    let scores = evaluate(&program.output, &data, &options)?;
    Ok(Snapshot::of(&scores, &kept.new.made_of.data))
}

/// What the call says, or what is answered.
fn verdict(call: &mut Call<'_>, causes: usize) -> Result<Verdict, Error> {
    if call.flag("reject") {
        return Ok(Verdict::Reject);
    }
    if let Some(written) = call.text("accept") {
        return chosen(&written, causes);
    }
    if !std::io::stdin().is_terminal() {
        let said = text!(
            "tidak ada terminal untuk bertanya: `--accept all`, `--accept 1,2` atau `--reject`, dengan `--reason`",
            "no terminal to ask on: `--accept all`, `--accept 1,2` or `--reject`, with `--reason`"
        );
        call.output.error(said.get(call.lang));
        return Ok(Verdict::Later);
    }
    let said = if causes > 1 {
        text!(
            "terima? a = semua, 1,2 = sebab, t = tolak, Enter = nanti: ",
            "accept? a = all, 1,2 = causes, r = reject, Enter = later: "
        )
    } else {
        text!(
            "terima? a = ya, t = tolak, Enter = nanti: ",
            "accept? a = yes, r = reject, Enter = later: "
        )
    };
    loop {
        let answer = ask(call, said.get(call.lang))?;
        match answer.to_lowercase().as_str() {
            "" => return Ok(Verdict::Later),
            "a" | "y" | "ya" | "yes" => return Ok(Verdict::Accept(None)),
            "t" | "r" | "n" | "tolak" | "reject" => return Ok(Verdict::Reject),
            other => match chosen(other, causes) {
                Ok(verdict) => return Ok(verdict),
                Err(error) => call.output.error(&error.render(call.lang)),
            },
        }
    }
}

/// `all`, or numbers of causes.
fn chosen(written: &str, causes: usize) -> Result<Verdict, Error> {
    if matches!(written, "all" | "semua") {
        return Ok(Verdict::Accept(None));
    }
    let numbers = written.split(',').map(|number| {
        let number = number.trim().parse::<usize>().ok()?;
        (1..=causes).contains(&number).then(|| number - 1)
    });
    let numbers: Option<BTreeSet<usize>> = numbers.collect();
    numbers
        .map(|numbers| Verdict::Accept(Some(numbers)))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Call,
                match causes {
                    0 => text!(
                        "`{written}` bukan `all`, dan tidak ada sebab yang dapat dipilih",
                        "`{written}` is not `all`, and there are no causes to choose from"
                    ),
                    _ => text!(
                        "`{written}` bukan `all` atau nomor sebab (1 sampai {causes})",
                        "`{written}` is neither `all` nor numbers of causes (1 to {causes})"
                    ),
                },
            )
        })
}

fn ask(call: &mut Call<'_>, question: &str) -> Result<String, Error> {
    call.output.print(question);
    call.output.flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| {
        let said = text!("jawaban tidak terbaca", "the answer cannot be read");
        Error::new(ErrorKind::Io, said).with_source(error)
    })?;
    Ok(answer.trim().to_owned())
}

fn reason(call: &mut Call<'_>) -> Result<String, Error> {
    let mut reason = call.text("reason").unwrap_or_default().trim().to_owned();
    if reason.is_empty() && std::io::stdin().is_terminal() {
        let said = text!("alasannya: ", "the reason: ");
        reason = ask(call, said.get(call.lang))?;
    }
    if reason.is_empty() {
        return Err(Error::new(
            ErrorKind::Call,
            text!("penerimaan perlu alasan", "an acceptance needs a reason"),
        )
        .with_help(text!(
            "`--reason \"bobot Hukum sesuai keputusan …\"`",
            "`--reason \"weight of Law as decided by …\"`"
        )));
    }
    Ok(reason)
}

/// Who accepts: as the call says, as git knows, or as the system does.
fn who(call: &Call<'_>) -> Result<String, Error> {
    let git = || {
        let output = Command::new("git")
            .args(["config", "user.name"])
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let system = || {
        ["USER", "USERNAME"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok())
    };
    let named = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let found = call
        .text("who")
        .and_then(named)
        .or_else(|| git().and_then(named));
    found.or_else(|| system().and_then(named)).ok_or_else(|| {
        Error::new(
            ErrorKind::Call,
            text!("siapa yang menerima?", "who accepts it?"),
        )
        .with_help(text!("`--who NAMA`", "`--who NAME`"))
    })
}

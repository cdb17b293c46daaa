//! `tanggap test --review`: what moved since a snapshot was accepted, why, and whether it is right.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal};
use std::process::Command;

use super::acceptances::{Entry, is_recorded, record, rules_before};
use super::origin::{Before, before, partly, parts};
use super::snapshot::{Kept, Moved};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::surface::cli::{Call, FINE, WRONG};

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
    let moved = kept.moved(&kept.new);
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
            let moved = kept.moved(&snapshot);
            if chosen.is_some() {
                // What some of the causes do alone is not the sum of their parts, which are means over all orders.
                let said = text!("hanya dengan sebab itu:", "with these causes alone:");
                call.output.print(said.get(lang));
                show_moved(call, kept, &moved, None);
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
    let decimals = kept.scores.program.rules().decimals.value;
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

//! `tanggap verify`: makes an output again from its record and compares.

use std::collections::{BTreeMap, VecDeque};

use clap::{Arg, Command};

use super::args::option;
use super::output::Output;
use super::{Call, Entry, FINE, WRONG, args, dispatch};
use crate::Engine;
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Text};
use crate::report::{ReadBack, Record};

/// How many differences are shown.
const SHOWN: usize = 20;
/// The commands whose outputs carry a record.
const COMMANDS: [&str; 6] = [
    "score",
    "explain",
    "progress",
    "reconcile",
    "show",
    "columns",
];

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "verify",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Membuat ulang suatu keluaran dari catatannya dan membandingkannya, bita demi bita",
            "Make an output again from its record and compare, byte by byte",
        ))
        .arg(Arg::new("file").value_name("FILE").required(true).help(say(
            "Keluaran yang diperiksa (CSV, JSON atau XLSX)",
            "The output to verify (CSV, JSON or XLSX)",
        )))
        .arg(option("data", "FILE").help(say(
            "Berkas datanya; bawaan: seperti yang dicatat",
            "Its data file; default: as recorded",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let path = call.text("file").unwrap_or_default();
    #[allow(clippy::disallowed_methods)]
    let stated = std::fs::read(&path).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            text!("`{path}` tidak dapat dibaca", "`{path}` cannot be read"),
        )
        .with_source(error)
    })?;
    let Some(before) = read_back(call, &stated) else {
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "`{path}` tidak memuat catatan tanggap",
                "`{path}` carries no record of tanggap"
            ),
        ));
    };
    let made = repeat(call, &before.record)?;
    let Some(now) = read_back(call, &made) else {
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "keluaran itu tidak dapat dibuat ulang: aturan atau datanya salah",
                "the output cannot be made again: its rules or its data are wrong"
            ),
        )
        .with_help(text!(
            "`tanggap check` dan `tanggap score` mengatakan apa yang salah",
            "`tanggap check` and `tanggap score` say what is wrong"
        )));
    };
    let mut differences = differences(&before.record, &now.record);
    let name = |record: &Record| record.data.as_ref().map(|data| data.name.clone());
    let (said, read) = (name(&before.record), name(&now.record));
    if call.text("data").is_none() && said != read {
        let (said, read) = (said.unwrap_or_default(), read.unwrap_or_default());
        differences.push((
            text!(
                "nama data: tercatat {said}, menurut perintahnya {read}",
                "name of the data: recorded {said}, by its call {read}"
            ),
            true,
        ));
    }
    let uncomputed = before.figures.iter();
    let uncomputed = uncomputed
        .filter(|(_, value)| value.starts_with("? ="))
        .count();
    if uncomputed > 0 {
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "{uncomputed} rumus di `{path}` tidak memuat nilainya",
                "{uncomputed} formulas of `{path}` hold no value"
            ),
        )
        .with_help(text!(
            "buka dan simpan di lembar kerja, lalu periksa lagi",
            "open and save it in a spreadsheet, then verify again"
        )));
    }
    let figures = figures(&before, &now);
    let decisive = differences.iter().any(|(_, decisive)| *decisive) || !figures.is_empty();
    let count = figures.len();
    differences.extend(figures.into_iter().take(SHOWN).map(|text| (text, true)));
    for (text, _) in &differences {
        call.output.print(text.get(call.lang));
    }
    if count > SHOWN {
        let more = call.lang.count(count - SHOWN);
        let said = text!("… dan {more} lagi", "… and {more} more");
        call.output.print(said.get(call.lang));
    }
    let verdict = if decisive {
        text!("{path}: berbeda", "{path}: differs")
    } else if stated == made {
        text!(
            "{path}: cocok, bita demi bita",
            "{path}: the same, byte by byte"
        )
    } else {
        text!(
            "{path}: semua angka cocok",
            "{path}: all figures are the same"
        )
    };
    call.output.print(verdict.get(call.lang));
    Ok(if decisive { WRONG } else { FINE })
}

fn read_back(call: &Call<'_>, output: &[u8]) -> Option<ReadBack> {
    let reporters = &call.engine.registry().reporters;
    reporters
        .iter()
        .rev()
        .find_map(|reporter| reporter.read_back(output))
}

/// Runs the recorded call and gives what it prints.
fn repeat(call: &Call<'_>, record: &Record) -> Result<Vec<u8>, Error> {
    let unknown = || {
        Error::new(
            ErrorKind::Data,
            text!(
                "catatannya tidak memuat perintah yang dapat diulang",
                "its record holds no call that can be repeated"
            ),
        )
    };
    let known = |name: &&String| COMMANDS.contains(&name.as_str());
    record.call.first().filter(known).ok_or_else(unknown)?;
    let mut arguments = vec!["tanggap".to_owned()];
    arguments.extend(record.call.iter().cloned());
    let own = call.text("data");
    if let Some(data) = &own {
        arguments.retain(|argument| !argument.starts_with("--data="));
        arguments.push(format!("--data={data}"));
    } else if record.data.as_ref().is_some_and(|data| data.name == "-") {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "datanya dibaca dari masukan standar",
                "its data was read from standard input"
            ),
        )
        .with_help(text!(
            "sebut berkasnya dengan `--data`",
            "name the file with `--data`"
        )));
    }
    let lang = args::language(&arguments.iter().map(Into::into).collect::<Vec<_>>());
    let command = args::command(lang, call.engine.registry());
    let matches = command
        .clone()
        .try_get_matches_from(&arguments)
        .map_err(|_| unknown())?;
    let (name, matches) = matches.subcommand().ok_or_else(unknown)?;
    // What is named here is what is read, whatever the record says.
    let read = matches.try_get_one::<String>("data").ok().flatten();
    if own.is_some() && read != own.as_ref() {
        return Err(unknown());
    }
    // A file that is verified must not make us write another one.
    for option in ["output", "template"] {
        if matches!(matches.try_get_one::<String>(option), Ok(Some(_))) {
            return Err(unknown());
        }
    }
    let loader = call.disk(super::rules_of(call.matches));
    let mut output = Output::kept();
    dispatch(&mut Call {
        engine: (call.plugins)(Engine::builder().loader(loader)).build(),
        plugins: call.plugins,
        command,
        lang,
        name,
        matches,
        output: &mut output,
    })?;
    Ok(output.into_kept())
}

/// Where two records differ, and whether figures may differ for it.
fn differences(before: &Record, now: &Record) -> Vec<(Text, bool)> {
    let mut found = Vec::new();
    let mut compare = |what: Text, before: &str, now: &str, decisive: bool| {
        if before != now {
            let short = |text: &str| text.get(..20).unwrap_or(text).to_owned();
            let (id, en, before, now) = (what.id, what.en, short(before), short(now));
            found.push((
                text!(
                    "{id}: tercatat {before}, sekarang {now}",
                    "{en}: recorded {before}, now {now}"
                ),
                decisive,
            ));
        }
    };
    compare(text!("mesin", "engine"), &before.engine, &now.engine, false);
    compare(
        text!("edisi bahasa aturan", "edition of the rule language"),
        &before.edition,
        &now.edition,
        true,
    );
    let data = |record: &Record| {
        let data = record.data.as_ref();
        data.map_or_else(String::new, |data| data.digest.clone())
    };
    compare(text!("data", "data"), &data(before), &data(now), true);
    let names = |record: &Record| {
        let names = record.rules.iter().map(|rules| rules.rule_set.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    compare(
        text!("perangkat aturan", "rule sets"),
        &names(before),
        &names(now),
        true,
    );
    for (before, now) in before.rules.iter().zip(&now.rules) {
        let name = &before.rule_set;
        compare(
            text!("digest aturan {name}", "rules digest of {name}"),
            &before.rules_digest,
            &now.rules_digest,
            true,
        );
        compare(
            text!(
                "digest berkas {name} (mungkin hanya teks atau komentar)",
                "files digest of {name} (perhaps only texts or comments)"
            ),
            &before.files_digest,
            &now.files_digest,
            false,
        );
    }
    found
}

/// Where the figures of two outputs differ, each looked up by its place.
fn figures(before: &ReadBack, now: &ReadBack) -> Vec<Text> {
    let mut expected: BTreeMap<&str, VecDeque<&str>> = BTreeMap::new();
    for (place, value) in &now.figures {
        expected.entry(place).or_default().push_back(value);
    }
    let mut found = Vec::new();
    for (place, value) in &before.figures {
        match expected
            .get_mut(place.as_str())
            .and_then(VecDeque::pop_front)
        {
            Some(expected) if before.same(value, expected) => {}
            Some(expected) => found.push(text!(
                "{place}: tertulis {value}, seharusnya {expected}",
                "{place}: it says {value}, it should be {expected}"
            )),
            None => found.push(text!(
                "{place}: tertulis {value}, seharusnya tidak ada",
                "{place}: it says {value}, it should not be there"
            )),
        }
    }
    for (place, values) in expected {
        for value in values {
            found.push(text!(
                "{place}: hilang, seharusnya {value}",
                "{place}: it is gone, it should be {value}"
            ));
        }
    }
    found
}

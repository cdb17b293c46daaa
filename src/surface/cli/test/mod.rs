//! `tanggap test`.

mod acceptances;
mod cases;
mod coverage;
mod mutants;
mod origin;
mod review;
mod snapshot;
mod watch;

use clap::{Arg, Command};

use super::args::{choice, data_year, flag, option, percent};
use super::{
    Call, Entry, FINE, WRONG,
    format::format,
    output::{spare_rules, write_file, write_new_file},
};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, RuleSetName};
use crate::testing::{
    Untested, render_tests, render_tests_briefly, suggest, tests_json, tests_junit, tests_tap,
};
use cases::{Found, Run, run_cases};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "test",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Menjalankan uji perangkat aturan: tests/*.toml di samping aturannya",
            "Run the tests of rule sets: tests/*.toml beside the rules",
        ))
        .arg(Arg::new("ruleset").value_name("RULESET").num_args(0..).help(say(
            "Indeks/tahun; tanpa ini semua yang punya uji",
            "Index/year; without it all that have tests",
        )))
        .arg(option("filter", "TEXT").help(say("Hanya kasus yang id atau judulnya memuat ini", "Only cases whose id or title holds this")))
        .arg(choice("format", "text|json|junit|tap|lcov", &["text", "json", "junit", "tap", "lcov"]).help(say("Bentuk keluaran", "Form of the output")))
        .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
        .arg(option("data", "FILE").requires("ruleset").conflicts_with_all(["filter", "coverage", "watch"]).help(say(
            "Bandingkan skor data ini dengan snapshot yang diterima, di tests/snapshots",
            "Compare the scores of this data with the accepted snapshot, in tests/snapshots",
        )))
        .arg(data_year(lang).requires("data"))
        .arg(flag("review").requires("data").conflicts_with_all(["mutants", "format", "output"]).help(say(
            "Tinjau yang berubah dari snapshot: wilayah, kategori, sebab; lalu terima atau tolak",
            "Review what moved since the snapshot: regions, bands, causes; then accept or reject",
        )))
        .arg(option("accept", "all|1,2").requires("review").help(say(
            "Terima tanpa ditanya: semua, atau sebab dengan nomor ini",
            "Accept without being asked: all, or the causes of these numbers",
        )))
        .arg(flag("reject").requires("review").conflicts_with("accept").help(say(
            "Tolak tanpa ditanya: snapshot lama tetap berlaku",
            "Reject without being asked: the old snapshot holds",
        )))
        .arg(option("reason", "TEXT").requires("review").help(say("Alasan penerimaan, tercatat di samping snapshot", "Why it is accepted, recorded beside the snapshot")))
        .arg(option("who", "NAME").requires("review").help(say("Siapa yang menerima; bawaan: nama di git", "Who accepts it; default: the name in git")))
        .arg(flag("coverage").help(say(
            "Tunjukkan cabang, aturan dan kategori yang tidak dicapai kasus mana pun",
            "Show the branches, policies and bands that no case reaches",
        )))
        .arg(option("coverage-at-least", "PERCENT").value_parser(percent).help(say(
            "Kode keluar 1 bila yang tercapai kurang dari ini",
            "Exit code 1 where less than this is reached",
        )))
        .arg(flag("mutants").conflicts_with("coverage").help(say(
            "Coba perubahan kecil yang salah: mana yang tidak ketahuan uji?",
            "Try small wrong edits: which would the tests not notice?",
        )))
        .arg(flag("suggest").requires("ruleset").conflicts_with_all(["coverage", "mutants", "watch", "filter", "format", "data"]).help(say(
            "Usulkan kasus di tepi-tepi aturan, siap disimpan",
            "Propose cases at the edges of the rules, ready to be saved",
        )))
        .arg(flag("watch").conflicts_with_all(["format", "output", "coverage", "coverage-at-least", "mutants"]).help(say(
            "Ulangi setiap kali berkas disimpan, dan tunjukkan yang berubah saja",
            "Run again at each save, and show only what changed",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let named = call.rule_sets()?;
    spare_rules(call.text("output").as_deref())?;
    if call.flag("watch") {
        return watch::run(call, &named);
    }
    if call.flag("suggest") {
        return propose(call, &named);
    }
    if call.flag("review") {
        return review::run(call, &named);
    }
    let data = call.text("data");
    let format = call.text("format").filter(|format| format != "text");
    if let (Some(format), true, false) = (&format, data.is_some(), call.flag("mutants")) {
        return Err(unfit(format));
    }
    let unread = call.unread(&named);
    let (runs, untested) = run_all(call, &named)?;
    // Cases that nobody runs do not pass.
    let wrong = unread || !untested.is_empty();
    let count: usize = runs.iter().map(|run| run.outcomes.len()).sum();
    if count == 0 && !wrong && data.is_none() {
        return Err(nothing(call, &named));
    }
    if call.flag("coverage") || call.matches.contains_id("coverage-at-least") {
        let code = coverage::run(call, &runs)?;
        return Ok(if wrong { WRONG } else { code });
    }
    if call.flag("mutants") {
        let code = mutants::run(call, &runs)?;
        return Ok(if wrong { WRONG } else { code });
    }
    let tested: Vec<_> = runs.iter().map(|run| run.tested()).collect();
    let failed = runs.iter().any(Run::failed);
    let (lang, color) = (call.lang, call.output.color());
    let text = match call.text("format").as_deref() {
        Some("json") => format!("{:#}\n", tests_json(&tested, &untested)),
        Some("junit") => tests_junit(&tested, &untested, lang),
        Some("tap") => tests_tap(&tested, &untested, lang),
        Some(format @ "lcov") => return Err(unfit(format)),
        _ => {
            let all = tested.iter().filter(|own| !own.outcomes.is_empty());
            all.map(|own| render_tests(own, lang, color)).collect()
        }
    };
    write(call, &text)?;
    let mut code = if failed || wrong { WRONG } else { FINE };
    if data.is_some() && !wrong {
        for name in &named {
            code = code.max(snapshot::run(call, name)?);
        }
    }
    Ok(code)
}

/// Proposes cases.
fn propose(call: &mut Call<'_>, named: &[RuleSetName]) -> Result<u8, Error> {
    let mut all = String::new();
    for name in named {
        let Some(program) = call.program(name)? else {
            return Ok(WRONG);
        };
        let text = suggest(&program, &call.engine.registry().methods)?;
        // As `tanggap fmt` would lay it out.
        all.push_str(&format(&text).unwrap_or(text));
    }
    match call.text("output") {
        Some(path) => {
            // Cases that somebody has judged are not written over.
            write_new_file(&path, |out| out.write_all(all.as_bytes()))?;
            let said = text!("usulan ditulis ke {path}", "proposals written to {path}");
            call.output.print(said.get(call.lang));
        }
        None => call.output.print(all.trim_end()),
    }
    Ok(FINE)
}

/// Writes results where the call wants them.
fn write(call: &mut Call<'_>, text: &str) -> Result<(), Error> {
    match call.text("output") {
        Some(path) => {
            write_file(&path, |out| out.write_all(text.as_bytes()))?;
            let said = text!(
                "hasil uji ditulis ke {path}",
                "test results written to {path}"
            );
            call.output.print(said.get(call.lang));
        }
        None => call.output.print(text.trim_end()),
    }
    Ok(())
}

/// That a form goes with another kind of results.
fn unfit(format: &str) -> Error {
    Error::new(
        ErrorKind::Call,
        text!(
            "`--format {format}` tidak berlaku untuk hasil ini",
            "`--format {format}` does not go with these results"
        ),
    )
    .with_help(text!(
        "`lcov` milik `--coverage`; `junit` dan `tap` milik hasil kasus; `json` untuk keduanya dan `--mutants`; snapshot (`--data`) hanya `text`",
        "`lcov` goes with `--coverage`; `junit` and `tap` with results of cases; `json` with both and `--mutants`; snapshots (`--data`) are `text` alone"
    ))
}

/// Runs the cases of the rule sets that are named, or of all that have some; and what could not be run, which has been said
/// then.
fn run_all(call: &mut Call<'_>, named: &[RuleSetName]) -> Result<(Vec<Run>, Vec<Untested>), Error> {
    let names = if named.is_empty() {
        call.engine.rule_sets()?
    } else {
        named.to_vec()
    };
    let filter = call.text("filter");
    let (mut runs, mut untested) = (Vec::new(), Vec::new());
    for name in names {
        match run_cases(call, &name, filter.as_deref())? {
            Found::Run(run, wrong) => {
                runs.push(*run);
                untested.extend(wrong);
            }
            Found::Wrong(wrong) => untested.push(wrong),
            Found::NoTests if named.is_empty() || call.text("data").is_some() => {}
            Found::NoTests => return Err(nothing(call, &[name])),
        }
    }
    Ok((runs, untested))
}

/// Runs the cases of one rule set for somebody who asked for something else: a few failures, and how many pass.
pub(super) fn briefly(call: &mut Call<'_>, name: &RuleSetName, shown: usize) -> Result<(), Error> {
    if let Found::Run(run, _) = run_cases(call, name, None)? {
        let said = render_tests_briefly(&run.tested(), shown, call.lang);
        call.output.print(&format!("\n{}", said.trim_end()));
    }
    Ok(())
}

/// That no case was run.
fn nothing(call: &Call<'_>, named: &[RuleSetName]) -> Error {
    let name = named
        .first()
        .map_or("indeks/tahun".to_owned(), ToString::to_string);
    let (message, help) = match call.text("filter") {
        Some(filter) => (
            text!(
                "tidak ada kasus yang cocok dengan `{filter}`",
                "no case matches `{filter}`"
            ),
            text!(
                "saringan dicari dalam id dan judul kasus",
                "the filter is looked for in ids and titles of cases"
            ),
        ),
        None => (
            text!("tidak ada uji", "there are no tests"),
            text!(
                "uji ditulis dalam `tests/*.toml` di samping aturannya; `tanggap test {name} --suggest` mengusulkan kasus",
                "tests are written in `tests/*.toml` beside the rules; `tanggap test {name} --suggest` proposes cases"
            ),
        ),
    };
    Error::new(ErrorKind::Call, message).with_help(help)
}

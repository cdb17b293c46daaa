//! `tanggap score`.

use clap::Command;

use super::args::{
    data_arguments, data_year, flag, form, option, public, rule_set, safe_csv, set, weighted_by,
};
use super::output::{wants_safe_csv, write_csv, write_file};
use super::{Call, Entry, FINE, WRONG, data, stream};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Severity};
use crate::report::{ScoreReport, heading, public_view, render_issues, render_summary};
use crate::summarise;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "score",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(rule_set(command, lang), lang)
        .arg(safe_csv(lang))
        .arg(data_year(lang))
        .arg(public(lang))
        .arg(set(lang))
        .about(say("Memberi skor semua wilayah dalam data", "Score all regions of a data file"))
        .arg(form(lang, registry))
        .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
        .arg(flag("detail").help(say("Tampilkan juga setiap indikator dalam tabel", "Show each indicator in the table, too")))
        .arg(flag("exact").help(say(
            "Nilai tanpa pembulatan; kategori dan peringkat tetap",
            "Values without rounding; bands and ranks stay the same",
        )))
        .arg(flag("stream").conflicts_with_all(["public", "sheet", "indicator-column"]).help(say(
            "Beri skor sambil membaca, untuk data yang lebih besar dari memori; tanpa peringkat",
            "Score while reading, for data larger than memory; without ranks",
        )))
        .arg(weighted_by(lang))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let output = call.text("output");
    let ending = output
        .as_deref()
        .and_then(|path| path.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let format = call.text("format");
    let reporters = &call.engine.registry().reporters;
    let reporter = match (&format, &ending) {
        (Some(format), _) => call.engine.reporter(format),
        (None, Some(ending)) => reporters
            .iter()
            .rfind(|reporter| reporter.extensions().contains(&ending.as_str())),
        (None, None) => None,
    };
    // A file whose ending says nothing of its form is asked for it; the terminal gets the first form.
    let fallback = || reporters.first().filter(|_| output.is_none());
    let Some(reporter) = reporter.or_else(fallback).cloned() else {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "akhiran berkas `--output` tidak menunjukkan bentuknya",
                "the ending of the `--output` file does not tell its form"
            ),
        )
        .with_help(text!(
            "pakai akhiran `.csv`, `.json`, `.xlsx` atau `.txt`, atau tambahkan `--format`",
            "use the ending `.csv`, `.json`, `.xlsx` or `.txt`, or add `--format`"
        )));
    };
    data::refuse_overwrite(call, output.as_deref())?;
    if reporter.is_binary() && output.is_none() && call.output.is_terminal() {
        let form = reporter.name();
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "bentuk `{form}` bukan teks; terminal tidak dapat menampilkannya",
                "the form `{form}` is no text, and a terminal cannot show it"
            ),
        )
        .with_help(text!(
            "tulis ke berkas dengan `--output`",
            "write it to a file with `--output`"
        )));
    }
    if call.flag("stream") {
        return stream::run(call, &program, &*reporter, output.as_deref());
    }
    let scored = data::score(call, &program)?;
    let wrong = scored
        .scores
        .issues
        .iter()
        .any(|issue| issue.kind.severity() == Severity::Error);
    let summary = summarise(&scored.scores);
    let public = call
        .flag("public")
        .then(|| public_view(&scored.scores, &summary));
    let (scores, summary, withheld) = match &public {
        Some((scores, summary, withheld)) => (scores, summary, Some(withheld.clone())),
        None => (&scored.scores, &summary, None),
    };
    let report = ScoreReport {
        reading: Some(scored.reading.clone()),
        lang: call.lang,
        detail: call.flag("detail"),
        exact: call.flag("exact"),
        record: scored.record(call, reporter.name()),
        withheld,
        ..ScoreReport::new(scores, summary, &scored.name)
    };
    let safe = reporter.name() == "csv" && wants_safe_csv(call);
    let write =
        |out: &mut dyn std::io::Write| write_csv(safe, out, |out| reporter.write(&report, out));
    match &output {
        Some(path) => write_file(path, write)?,
        None => {
            let result = write(call.output.writer());
            call.output.keep(result);
        }
    }
    if let Some(path) = &output {
        call.output.print(render_summary(&report).trim_end());
        let said = text!("\nskor ditulis ke {path}", "\nscores written to {path}");
        call.output.print(said.get(call.lang));
    } else if !reporter.includes_summary() {
        call.output.error(render_summary(&report).trim_end());
    } else if reporter.name() != "table" {
        call.output.error(&heading(program.rules(), call.lang));
    }
    let issues = render_issues(scores, call.lang);
    if !issues.is_empty() {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    Ok(if wrong { WRONG } else { FINE })
}

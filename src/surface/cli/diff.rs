//! `tanggap diff`.

use clap::{Arg, Command};

use super::args::{
    choice, data_arguments, data_year, flag, option, safe_csv, set, weighted_by, year,
};
use super::output::{wants_safe_csv, write_csv, write_file};
use super::{Call, Entry, FINE, WRONG, data, progress, revision};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Severity};
use crate::bundle::Bundle;
use crate::check::rule_set::Range;
use crate::data::ReadRequest;
use crate::explain::difference::{Comparison, ComparisonOptions, Difference, Effect};
use crate::report::{
    DifferenceReport, Record, RulesRecord, difference_json, render_difference, render_issues,
    write_difference_csv, write_difference_html,
};

/// How many movers are shown at each end, unless the call says otherwise.
const MOVERS: usize = 5;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "diff",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(
            command
                .arg(Arg::new("before").value_name("BEFORE").required(true).help(say(
                    "Perangkat aturan sebelum: ikotan/2021, revisi git ikotan/2021@HEAD~1, atau folder lain jalur/rules/ikotan/2021",
                    "The rule set before: ikotan/2021, a git revision ikotan/2021@HEAD~1, or another folder path/rules/ikotan/2021",
                )))
                .arg(Arg::new("after").value_name("AFTER").help(say(
                    "Perangkat aturan sesudah; bawaan: yang sama seperti sekarang di folder aturan, dengan --set",
                    "The rule set after; default: the same as it now is in the folder of rules, with --set",
                ))),
            lang,
        )
        .mut_arg("data", |data| data.required(false))
        .about(say(
            "Apa yang berbeda antara dua perangkat aturan, akibatnya bagi tiap wilayah, dan sebabnya",
            "What differs between two rule sets, what that does to each region, and why",
        ))
        .arg(safe_csv(lang))
        .arg(option("data-after", "FILE").requires("data").help(say(
            "Data sesudah, bila berbeda: bagian data dan bagian aturan dipisahkan",
            "Data after, where it is another: the parts of data and of rules are told apart",
        )))
        .arg(weighted_by(lang))
        .arg(data_year(lang))
        .arg(year("year-after").help(say("Tahun data sesudah, bila berbeda", "Year of the data after, where it is another")))
        .arg(set(lang))
        .arg(option("common-scale", "LOW..HIGH").help(say(
            "Petakan lurus kedua sisi ke skala ini, misalnya 0..100, bila skalanya berbeda",
            "Map both sides linearly to this scale, such as 0..100, where their scales differ",
        )))
        .arg(flag("no-causes").help(say("Tanpa membagi perubahan menurut sebab", "Without dividing changes among causes")))
        .arg(
            option("movers", "COUNT")
                .value_parser(clap::value_parser!(usize))
                .help(say("Berapa wilayah yang naik dan turun terbanyak; bawaan: 5", "How many of the most improved and worsened; default: 5")),
        )
        .arg(choice("fail-on", "rule-change|score-change|band-change", &["rule-change", "score-change", "band-change"]).help(say(
            "Kode keluar 1 bila ada perubahan seperti ini, untuk CI",
            "Exit code 1 where there is such a change, for CI",
        )))
        .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
        .arg(choice("format", "table|csv|json|html", &["table", "csv", "json", "html"]).help(say("Bentuk keluaran", "Form of the output")))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let written = call.text("before").unwrap_or_default();
    let settings = call.settings();
    let other = call.text("after");
    // Without a second one, it is the same rule set as it now is, or as it would be.
    let plain = written.split('@').next().unwrap_or_default().to_owned();
    // Or as it is, on other data.
    let other_data = ["data-after", "year-after"]
        .iter()
        .any(|name| call.matches.contains_id(name));
    if other.is_none() && settings.is_empty() && plain == written && !other_data {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "dengan apa `{written}` dibandingkan?",
                "what is `{written}` to be compared with?"
            ),
        )
        .with_help(text!(
            "sebut perangkat aturan kedua, revisi git (`{written}@HEAD`), `--set`, atau data kedua (`--data-after`, `--year-after`)",
            "name a second rule set, a git revision (`{written}@HEAD`), `--set`, or second data (`--data-after`, `--year-after`)"
        )));
    }
    let after_written = other.unwrap_or(plain);
    let (Some(before), Some(after)) = (
        bundle(call, &written, &[])?,
        bundle(call, &after_written, &settings)?,
    ) else {
        return Ok(WRONG);
    };
    let difference = {
        let methods = &call.engine.registry().methods;
        Difference::new(before, after, methods)
    };
    let difference = match difference {
        Ok(difference) => difference,
        Err(diagnostics) => {
            call.diagnostics(&diagnostics);
            return Ok(WRONG);
        }
    };
    let shown_after = if settings.is_empty() {
        after_written
    } else {
        format!("{after_written} --set {}", settings.join(" --set "))
    };
    let path = call.text("data");
    let common_scale = call.text("common-scale");
    let common_scale = common_scale.map(|written| progress::scale(&written));
    let common_scale = common_scale.transpose()?;
    let mut failed = None;
    let comparison = match &path {
        None => None,
        Some(path) => match compare(call, &difference, path, common_scale) {
            Ok(comparison) => Some(comparison),
            // What differs can be told all the same, in a form that says so itself.
            Err(error) if progress::form(call, call.text("output").as_deref())? == "table" => {
                failed = Some(error);
                None
            }
            Err(error) => return Err(error),
        },
    };
    report(
        call,
        &difference,
        comparison.as_ref(),
        [&written, &shown_after],
        path.as_deref(),
    )?;
    if let Some(error) = failed {
        return Err(error);
    }
    if let Some(comparison) = &comparison {
        let mut said = String::new();
        for scores in [&comparison.before, &comparison.after] {
            let issues = render_issues(scores, call.lang);
            // What is wrong with the data is mostly the same on both sides.
            if !issues.is_empty() && issues != said {
                let name = scores.program.rules().name.to_string();
                call.output
                    .error(&format!("\n{name}\n{}", issues.trim_end()));
                said = issues;
            }
        }
    }
    let severe = |scores: &crate::Scores| {
        let mut issues = scores.issues.iter();
        issues.any(|issue| issue.kind.severity() == Severity::Error)
    };
    let wrong = comparison
        .as_ref()
        .is_some_and(|own| severe(&own.before) || severe(&own.after));
    let code = verdict(call, &difference, comparison.as_ref())?;
    Ok(if wrong { WRONG } else { code })
}

/// A rule set as it is written, with what is tried out; `None` when it is wrong, which has been said then.
fn bundle(
    call: &mut Call<'_>,
    written: &str,
    settings: &[String],
) -> Result<Option<Bundle>, Error> {
    let bundle = revision::bundle(call, written)?.amended(settings)?;
    // What is wrong is said with the lints of the engine, once for each side.
    match call.engine.check_bundle(bundle.clone()) {
        Ok(checked) => {
            // What is odd about a rule set that nothing is tried out on, `tanggap check` says, and notes are for those
            // who write one.
            let mut warnings = checked.warnings;
            warnings.list.retain(|own| own.severity != Severity::Note);
            if !settings.is_empty() {
                call.diagnostics(&warnings);
            }
            Ok(Some(bundle))
        }
        Err(crate::BuildError::Rules(diagnostics)) => {
            call.diagnostics(&diagnostics);
            Ok(None)
        }
        Err(crate::BuildError::Host(error)) => Err(error),
    }
}

fn compare(
    call: &Call<'_>,
    difference: &Difference,
    path: &str,
    common_scale: Option<Range>,
) -> Result<Comparison, Error> {
    let other = call.text("data-after");
    let mut files = vec![(path.to_owned(), data::bytes(call, path)?)];
    if let Some(other) = other {
        let bytes = data::bytes(call, &other)?;
        files.push((other, bytes));
    }
    let options = ComparisonOptions {
        year: ["year", "year-after"].map(|name| call.matches.get_one::<u16>(name).copied()),
        common_scale,
        causes: !call.flag("no-causes"),
    };
    let read = |file: usize, request: &ReadRequest| {
        let (path, bytes) = files.get(file).or(files.first()).ok_or_else(|| {
            Error::new(ErrorKind::Call, text!("tidak ada data", "there is no data"))
        })?;
        data::read_request(call, path, bytes, &data::overruled(call, request.clone()))
    };
    let methods = &call.engine.registry().methods;
    Comparison::new(difference, methods, files.len(), &read, options)
}

fn report(
    call: &mut Call<'_>,
    difference: &Difference,
    comparison: Option<&Comparison>,
    sides: [&str; 2],
    path: Option<&str>,
) -> Result<(), Error> {
    let output = call.text("output");
    let format = progress::form(call, output.as_deref())?;
    data::refuse_overwrite(call, output.as_deref())?;
    let mut record = Record {
        call: call.written(&format),
        ..Record::of(&difference.before)
    };
    record.rules.push(RulesRecord::of(&difference.after));
    if let (Some(comparison), Some(path)) = (comparison, path) {
        record = record.with_data(path, &comparison.before.data_digest);
    }
    let shown = path.map_or_else(String::new, |path| data::shown(call, path));
    let shown = match call.text("data-after") {
        Some(after) => format!("{shown} → {after}"),
        None => shown,
    };
    let report = DifferenceReport {
        difference,
        comparison,
        sides,
        data: &shown,
        lang: call.lang,
        movers: call
            .matches
            .get_one::<usize>("movers")
            .copied()
            .unwrap_or(MOVERS),
        record,
    };
    let safe = wants_safe_csv(call);
    let write = |out: &mut dyn std::io::Write| match format.as_str() {
        "csv" => write_csv(safe, out, |out| write_difference_csv(&report, out)),
        "json" => writeln!(out, "{:#}", difference_json(&report)),
        "html" => write_difference_html(&report, out),
        _ => write!(out, "{}", render_difference(&report)),
    };
    match &output {
        Some(path) => {
            write_file(path, write)?;
            let said = text!(
                "perbandingan ditulis ke {path}",
                "comparison written to {path}"
            );
            call.output.print(said.get(call.lang));
        }
        None => {
            let result = write(call.output.writer());
            call.output.keep(result);
        }
    }
    Ok(())
}

/// The exit code, as `--fail-on` asks.
fn verdict(
    call: &Call<'_>,
    difference: &Difference,
    comparison: Option<&Comparison>,
) -> Result<u8, Error> {
    let Some(kind) = call.text("fail-on") else {
        return Ok(FINE);
    };
    let needs_data = || {
        Error::new(
            ErrorKind::Call,
            text!(
                "`--fail-on {kind}` memerlukan `--data`",
                "`--fail-on {kind}` needs `--data`"
            ),
        )
    };
    let fails = match kind.as_str() {
        "rule-change" => difference
            .effects
            .iter()
            .any(|effect| *effect != Effect::Texts),
        "score-change" => {
            let comparison = comparison.ok_or_else(needs_data)?;
            let published = |scores: &crate::Scores, position: usize| {
                let exact = scores.index().get(position)?;
                Some(scores.program.rules().published(exact).to_bits())
            };
            // On a common scale nothing is published.
            let alike = difference.before.scale.value == difference.after.scale.value;
            comparison.regions.iter().any(|region| {
                let (old, new) = (&comparison.before, &comparison.after);
                region.old.map(f64::to_bits) != region.new.map(f64::to_bits)
                    || (alike && published(old, region.before) != published(new, region.after))
            })
        }
        _ => comparison.ok_or_else(needs_data)?.band_changes() > 0,
    };
    Ok(if fails { WRONG } else { FINE })
}

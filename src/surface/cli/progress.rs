//! `tanggap progress`.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::{Arg, Command};

use super::args::{choice, data_arguments, flag, option, public, safe_csv, weighted_by, year};
use super::output::{wants_safe_csv, write_csv, write_file};
use super::{Call, Entry, FINE, WRONG, data};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, RuleSetName, Severity, ident};
use crate::check::rule_set::Range;
use crate::data::Dataset;
use crate::explain::progress::progress;
use crate::report::{
    ProgressReport, is_region_withheld, progress_json, render_issues, render_progress_notes,
    render_progress_table, without_regions, write_progress_csv,
};
use crate::{EvaluateOptions, Program, Scores, evaluate};

/// How many movers are shown at each end, unless the call says otherwise.
const MOVERS: usize = 5;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "progress",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(
            command.arg(Arg::new("index").value_name("INDEX").required(true).help(say(
                "Indeksnya, misalnya ikotan: tiap tahun data memakai aturan terbaru yang tidak sesudahnya",
                "The index, such as ikotan: each data year uses the newest rules not after it",
            ))),
            lang,
        )
        .about(say(
            "Perkembangan wilayah dari tahun ke tahun, tiap tahun menurut aturannya sendiri",
            "The progress of regions from year to year, each year by its own rules",
        ))
        .arg(safe_csv(lang))
        .arg(public(lang))
        .arg(weighted_by(lang))
        .arg(year("from").help(say("Tahun data pertama", "First year of the data")))
        .arg(year("to").help(say("Tahun data terakhir", "Last year of the data")))
        .arg(option("common-scale", "LOW..HIGH").help(say(
            "Petakan lurus semua tahun ke skala ini, misalnya 0..100, agar dapat dikurangkan",
            "Map all years linearly to this scale, such as 0..100, so that they can be subtracted",
        )))
        .arg(
            option("movers", "COUNT")
                .value_parser(clap::value_parser!(usize))
                .help(say("Berapa wilayah yang naik dan turun terbanyak; bawaan: 5", "How many of the most improved and worsened; default: 5")),
        )
        .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
        .arg(choice("format", "table|csv|json", &["table", "csv", "json"]).help(say("Bentuk keluaran", "Form of the output")))
        .arg(flag("detail").help(say("Tampilkan juga perubahan tiap variabel", "Show the change of each variable, too")))
        .arg(flag("exact").help(say("Nilai tanpa pembulatan", "Values without rounding")))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let index = call.text("index").unwrap_or_default();
    let names = rule_sets(call, &index)?;
    let common_scale = call
        .text("common-scale")
        .map(|text| scale(&text))
        .transpose()?;
    let path = call.text("data").unwrap_or_default();
    let bytes = data::bytes(call, &path)?;
    let Some(newest) = names.last() else {
        return Ok(WRONG);
    };
    let Some(program) = call.program(newest)? else {
        return Ok(WRONG);
    };
    let first = data::read_bytes(call, &program, &path, &bytes)?;
    let all = first.years();
    if all.is_empty() {
        let error = Error::new(
            ErrorKind::Call,
            text!(
                "data tidak punya kolom tahun yang disebut",
                "the data has no column of years that is named"
            ),
        );
        return Err(match &first.year_like {
            Some(column) => error.with_help(text!(
                "apakah `{column}`? sebut dengan `--year-column`, atau `year` dalam `[data]`",
                "is it `{column}`? name it with `--year-column`, or with `year` in `[data]`"
            )),
            None => error.with_help(text!(
                "sebut dengan `--year-column`, atau `year` dalam `[data]`",
                "name it with `--year-column`, or with `year` in `[data]`"
            )),
        });
    }
    let limit = |name: &str, default: u16| {
        let given = call.matches.get_one::<u16>(name).copied();
        given.unwrap_or(default)
    };
    let (from, to) = (limit("from", 0), limit("to", u16::MAX));
    let wanted: Vec<u16> = all
        .iter()
        .copied()
        .filter(|year| (from..=to).contains(year))
        .collect();
    let mut code = FINE;
    let mut years: Vec<Scores> = Vec::new();
    let mut read: Vec<(Program, Dataset)> = vec![(program, first)];
    for year in wanted {
        let Some(name) = call.engine.rule_set_of_year(&index, year)? else {
            let earliest = names.first().map_or(0, |name| name.year);
            let said = text!(
                "tahun {year} tidak diberi skor: aturan `{index}` yang paling awal untuk {earliest}",
                "the year {year} is not scored: the earliest rules of `{index}` are those of {earliest}"
            );
            call.output.error(said.get(call.lang));
            code = WRONG;
            continue;
        };
        let known = |(program, _): &&(Program, Dataset)| program.rules().name == name;
        if !read.iter().any(|own| known(&own)) {
            let Some(program) = call.program(&name)? else {
                return Ok(WRONG);
            };
            let dataset = data::read_bytes(call, &program, &path, &bytes)?;
            read.push((program, dataset));
        }
        let Some((program, dataset)) = read.iter().find(known) else {
            continue;
        };
        let options = EvaluateOptions {
            year: Some(year),
            ..Default::default()
        };
        years.push(evaluate(program, dataset, &options)?);
    }
    if years.is_empty() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "tidak ada tahun untuk dibandingkan",
                "there is no year to compare"
            ),
        ));
    }
    let mut withheld = None;
    if call.flag("public") {
        let (shown, regions) = public_years(&years);
        years = shown;
        withheld = Some(regions);
    }
    let progress = progress(years, common_scale);
    let shown = data::shown(call, &path);
    let output = call.text("output");
    let format = form(call, output.as_deref())?;
    data::refuse_overwrite(call, output.as_deref())?;
    let mut record = ProgressReport::record_of(&progress, &path);
    record.call = call.written(&format);
    let report = ProgressReport {
        progress: &progress,
        data: &shown,
        lang: call.lang,
        detail: call.flag("detail"),
        exact: call.flag("exact"),
        movers: call
            .matches
            .get_one::<usize>("movers")
            .copied()
            .unwrap_or(MOVERS),
        withheld,
        record,
    };
    let notes = render_progress_notes(&report);
    let safe = wants_safe_csv(call);
    let write = |out: &mut dyn std::io::Write| match format.as_str() {
        "csv" => write_csv(safe, out, |out| write_progress_csv(&report, out)),
        "json" => writeln!(out, "{:#}", progress_json(&report)),
        _ => write!(out, "{}\n{notes}", render_progress_table(&report)),
    };
    match &output {
        Some(path) => {
            write_file(path, write)?;
            let said = text!(
                "\nperkembangan ditulis ke {path}",
                "\nprogress written to {path}"
            );
            let said = said.get(call.lang);
            call.output.print(&format!("{}\n{said}", notes.trim_end()));
        }
        None => {
            let result = write(call.output.writer());
            call.output.keep(result);
            if format == "csv" {
                call.output.error(notes.trim_end());
            }
        }
    }
    let mut said = String::new();
    for scores in &progress.years {
        let issues = render_issues(scores, call.lang);
        // What is wrong with the file as a whole is the same in every year.
        if !issues.is_empty() && said != issues {
            let year = scores
                .year
                .map_or_else(String::new, |year| year.to_string());
            call.output
                .error(&format!("\n{year}\n{}", issues.trim_end()));
            said = issues;
        }
        let severe = |kind: crate::base::IssueKind| kind.severity() == Severity::Error;
        if scores.issues.iter().any(|issue| severe(issue.kind)) {
            code = WRONG;
        }
    }
    Ok(code)
}

/// The years without internal nodes, and without the regions that are internal in one of them; and how many these are.
fn public_years(years: &[Scores]) -> (Vec<Scores>, usize) {
    let mut hidden: BTreeSet<Arc<str>> = BTreeSet::new();
    for scores in years {
        let regions = scores.regions.iter().enumerate();
        let internal = regions.filter(|(at, _)| is_region_withheld(scores, *at));
        hidden.extend(internal.map(|(_, region)| region.clone()));
    }
    let shown = |scores: &Scores| {
        let is_hidden = |at: usize| {
            let region = scores.regions.get(at);
            region.is_some_and(|region| hidden.contains(region))
        };
        without_regions(scores, &is_hidden)
    };
    (years.iter().map(shown).collect(), hidden.len())
}

/// The form of the output: as the call says, else by the ending of its file.
pub(super) fn form(call: &Call<'_>, output: Option<&str>) -> Result<String, Error> {
    let ending = output.and_then(|path| path.rsplit_once('.'));
    match (call.text("format"), ending) {
        (Some(format), _) => Ok(format),
        (None, Some((_, ending @ ("csv" | "json")))) => Ok(ending.to_owned()),
        (None, Some((_, "html"))) if call.name == "diff" => Ok("html".to_owned()),
        (None, Some((_, "txt"))) => Ok("table".to_owned()),
        (None, None) if output.is_none() => Ok("table".to_owned()),
        (None, _) => Err(Error::new(
            ErrorKind::Call,
            text!(
                "akhiran berkas `--output` tidak menunjukkan bentuknya",
                "the ending of the `--output` file does not tell its form"
            ),
        )
        .with_help({
            let html = if call.name == "diff" { "`.html`, " } else { "" };
            text!(
                "pakai akhiran {html}`.csv`, `.json` atau `.txt`, atau tambahkan `--format`",
                "use the ending {html}`.csv`, `.json` or `.txt`, or add `--format`"
            )
        })),
    }
}

/// The rule sets of an index, oldest first.
fn rule_sets(call: &Call<'_>, index: &str) -> Result<Vec<RuleSetName>, Error> {
    let all = call.engine.rule_sets()?;
    let mut indices: Vec<&str> = all.iter().map(|name| name.index.as_str()).collect();
    indices.dedup();
    let names: Vec<RuleSetName> = all
        .iter()
        .filter(|name| name.index == index)
        .cloned()
        .collect();
    if !names.is_empty() {
        return Ok(names);
    }
    let error = Error::new(
        ErrorKind::Call,
        text!("tidak ada indeks `{index}`", "there is no index `{index}`"),
    );
    let bare = index.split('/').next().unwrap_or(index);
    if ident::is_id(bare) && bare != index && indices.contains(&bare) {
        return Err(error.with_help(text!(
            "tulis indeksnya saja, `{bare}`: tiap tahun memakai aturannya sendiri",
            "write the index alone, `{bare}`: each year uses its own rules"
        )));
    }
    Err(error.with_help_if(crate::base::suggest::help(index, indices.iter().copied())))
}

/// A scale as the call writes it: `0..100`.
pub(super) fn scale(written: &str) -> Result<Range, Error> {
    let number = |text: &str| crate::base::number::parse_decimal(text.trim());
    let ends = written.split_once("..");
    let ends = ends.and_then(|(low, high)| Some((number(low)?, number(high)?)));
    match ends {
        // Beyond that, differences would be noise or infinite.
        Some((low, high))
            if low.abs() <= 1e9
                && high.abs() <= 1e9
                && high - low >= 1e-3
                && !written.contains("...") =>
        {
            Ok(Range { low, high })
        }
        _ => Err(Error::new(
            ErrorKind::Call,
            text!("`{written}` bukan skala", "`{written}` is no scale"),
        )
        .with_help(text!("contoh: `0..100`", "for example `0..100`"))),
    }
}

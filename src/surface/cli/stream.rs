//! `tanggap score --stream`: data that is scored while it is read, in memory that does not grow with it.

use std::io::{self, Write};

use super::output::{wants_safe_csv, write_csv, write_file};
use super::repeats::Repeats;
use super::{Call, FINE, WRONG, data};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Severity};
use crate::data::{Input, Source};
use crate::evaluate::Streamed;
use crate::report::{Record, Reporter, ScoreReport, StreamHead, render_issues, render_summary};
use crate::{EvaluateOptions, Program};

pub(super) fn run(
    call: &mut Call<'_>,
    program: &Program,
    reporter: &dyn Reporter,
    output: Option<&str>,
) -> Result<u8, Error> {
    let mut failed = None;
    let mut streamed = None;
    let safe = reporter.name() == "csv" && wants_safe_csv(call);
    let mut write = |call: &Call<'_>, out: &mut dyn Write| {
        write_csv(safe, out, |out| {
            let scored = score(call, program, reporter, out);
            scored
                .map(|scored| streamed = Some(scored))
                .map_err(|error| {
                    failed = Some(error);
                    io::Error::other("")
                })
        })
    };
    let written = match output {
        Some(path) => write_file(path, |out| write(call, out)),
        None => call.printed(write).map_err(unwritten),
    };
    let streamed = match (streamed, failed) {
        (Some(streamed), None) => streamed,
        // Whoever reads us has seen enough.
        (_, Some(error)) if output.is_none() && is_broken_pipe(&error) => return Ok(FINE),
        // What went wrong with the data or the rules is to be said, not that nothing was written.
        (_, Some(error)) => return Err(error),
        (None, None) => return written.map(|()| FINE),
    };
    written?;
    let path = call.text("data").unwrap_or_default();
    let name = data::shown(call, &path);
    let report = ScoreReport {
        reading: Some(data::reading(streamed.rows, &streamed.data)),
        lang: call.lang,
        exact: call.flag("exact"),
        ..ScoreReport::new(&streamed.scores, &streamed.summary, &name)
    };
    let summary = render_summary(&report);
    match output {
        Some(path) => {
            call.output.print(summary.trim_end());
            let said = text!(
                "\nskor ditulis ke {path}, tanpa peringkat",
                "\nscores written to {path}, without ranks"
            );
            call.output.print(said.get(call.lang));
        }
        None => call.output.error(summary.trim_end()),
    }
    let issues = render_issues(&streamed.scores, call.lang);
    if !issues.is_empty() {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    let mut issues = streamed.scores.issues.iter();
    let wrong = issues.any(|issue| issue.kind.severity() == Severity::Error);
    Ok(if wrong { WRONG } else { FINE })
}

/// Scores the data of a call into `out`.
fn score(
    call: &Call<'_>,
    program: &Program,
    reporter: &dyn Reporter,
    out: &mut dyn Write,
) -> Result<Streamed, Error> {
    let path = call.text("data").unwrap_or_default();
    let request = data::request(call, program.rules());
    let head = StreamHead {
        rules: program.rules(),
        names: request.name.is_some(),
        years: request.year.is_some(),
        groups: request.group.is_some(),
        detail: call.flag("detail"),
        exact: call.flag("exact"),
    };
    let stream = reporter.stream(head, out).map_err(unwritten)?;
    let mut stream = stream.ok_or_else(|| not_piece_by_piece(reporter.name()))?;
    let bar = data::Bar::new();
    let wants_file = path != "-" && wants_file(call, &path);
    let (input, size) = data::open(&path)?;
    // What is read here and there is counted by what comes of it.
    let (stage, size) = if wants_file {
        (
            call.lang.pick("memberi skor, wilayah", "scoring, regions"),
            None,
        )
    } else {
        let reading = call.lang.pick(
            "memberi skor sambil membaca, bita",
            "scoring while reading, bytes",
        );
        (reading, size)
    };
    bar.begin(stage, size);
    let mut input = bar.watch(input);
    let source = Source {
        name: (path != "-").then_some(path.as_str()),
        input: if wants_file {
            Input::File(data::open_file(&path)?)
        } else {
            Input::Read(&mut input)
        },
        request: &request,
    };
    let options = EvaluateOptions {
        year: call.matches.get_one::<u16>("year").copied(),
        ..Default::default()
    };
    let mut repeats = Repeats::default();
    let (make, sink) = (&stream.make, &mut stream.sink);
    let streamed = call.engine.stream(
        program,
        source,
        &options,
        |scores| make(scores).map_err(unwritten),
        |piece| {
            if wants_file {
                bar.rows(piece.scores.len());
            }
            repeats.add(&piece.keys).map_err(not_kept)?;
            sink.add(piece.made).map_err(unwritten)
        },
    )?;
    bar.done();
    let gone = call.text("output").is_none();
    repeats.finish().map_err(not_kept)?.refuse(gone)?;
    let record = Record {
        call: call.written(reporter.name()),
        ..Record::of(program.rules()).with_data(&path, &streamed.scores.data_digest)
    };
    stream.sink.end(&record).map_err(unwritten)?;
    Ok(streamed)
}

/// Whether the format of a file must be at hand as a file.
fn wants_file(call: &Call<'_>, path: &str) -> bool {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let is_of = |ending: &str| {
        let mut readers = call.engine.registry().readers.iter();
        readers.rfind(|reader| reader.extensions().contains(&ending))
    };
    ending.is_some_and(|ending| is_of(&ending).is_some_and(|reader| reader.wants_file()))
}

fn is_broken_pipe(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
}

fn unwritten(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!("skor tidak dapat ditulis", "the scores cannot be written"),
    )
    .with_source(error)
}

fn not_kept(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!(
            "kode wilayah tidak dapat disimpan dalam berkas sementara untuk mencari kode ganda",
            "region codes cannot be kept in a temporary file to look for those that occur twice"
        ),
    )
    .with_source(error)
}

fn not_piece_by_piece(form: &str) -> Error {
    Error::new(
        ErrorKind::Call,
        text!(
            "bentuk `{form}` tidak dapat ditulis sepotong demi sepotong",
            "the form `{form}` cannot be written piece by piece"
        ),
    )
    .with_help(text!(
        "pakai `--format csv`, atau beri skor tanpa `--stream`",
        "use `--format csv`, or score without `--stream`"
    ))
}

//! Data for a command: which file, which columns, and the scores of it.

use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Call;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Text};
use crate::evaluate::{Dataset, EvaluateOptions, ReadRequest};
use crate::{Program, Scores, evaluate};

/// How long work may take before a progress bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// The scores of the data a call names, with what is to be said of the reading.
pub(super) struct Scored {
    pub(super) scores: Scores,
    pub(super) name: String,
    pub(super) reading: Option<Text>,
}

pub(super) fn score(call: &Call<'_>, program: &Program) -> Result<Scored, Error> {
    let path = call.text("data").unwrap_or_default();
    let mut request = ReadRequest::of(program.rules());
    request.key = call.text("key").or(request.key);
    request.year = call.text("year-column").or(request.year);
    request.group = call.text("group").or(request.group);
    let weighted_by = call
        .matches
        .try_get_one::<String>("weighted-by")
        .ok()
        .flatten()
        .cloned();
    request.weighted_by = weighted_by.or(request.weighted_by);
    let bar = Bar::new();
    let (input, size) = open(&path)?;
    bar.begin(call.lang.pick("membaca, bita", "reading, bytes"), size);
    let mut input = bar.watch(input);
    let name = (path != "-").then_some(path.as_str());
    let data = call
        .engine
        .read(program, name, &mut input, Some(&request))?;
    let rows = u64::try_from(data.rows()).ok();
    bar.begin(
        call.lang.pick("memberi skor, wilayah", "scoring, regions"),
        rows,
    );
    let progress = |rows| bar.rows(rows);
    let options = EvaluateOptions {
        year: call.matches.get_one::<u16>("year").copied(),
        progress: Some(&progress),
    };
    let scores = evaluate(program, &data, &options)?;
    bar.done();
    Ok(Scored {
        scores,
        name: if path == "-" {
            call.lang
                .pick("masukan standar", "standard input")
                .to_owned()
        } else {
            path
        },
        reading: reading(&data),
    })
}

/// The data, and how many bytes it has, where that is known.
fn open(path: &str) -> Result<(Box<dyn Read>, Option<u64>), Error> {
    if path == "-" {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    #[allow(clippy::disallowed_methods)]
    let file = std::fs::File::open(path).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            text!(
                "berkas data `{path}` tidak dapat dibuka",
                "the data file `{path}` cannot be opened"
            ),
        )
        .with_source(error)
    })?;
    let size = file
        .metadata()
        .ok()
        .map(|metadata| metadata.len())
        .filter(|size| *size > 0);
    Ok((Box::new(file), size))
}

fn reading(data: &Dataset) -> Option<Text> {
    let sniffed = data.sniffed?;
    let (id, en) = match sniffed.delimiter {
        ';' => ("titik koma", "semicolon"),
        '\t' => ("tab", "tab"),
        _ => ("koma", "comma"),
    };
    let (sign_id, sign_en) = if sniffed.decimal_comma {
        ("koma", "comma")
    } else {
        ("titik", "point")
    };
    let rows = data.rows();
    let key = &data.key;
    Some(text!(
        "{rows} baris, pemisah {id}, desimal {sign_id}, kode wilayah `{key}`",
        "{rows} rows, separator {en}, decimal {sign_en}, region codes `{key}`"
    ))
}

/// A progress bar on standard error that appears only on a terminal, and only when work takes its time.
struct Bar {
    bar: ProgressBar,
    start: std::time::Instant,
}

impl Bar {
    fn new() -> Self {
        let bar = if io::stderr().is_terminal() {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        #[allow(clippy::disallowed_methods)]
        Self {
            bar,
            start: std::time::Instant::now(),
        }
    }

    /// Begins a stage of so many steps.
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        let template = match length {
            Some(_) => "{spinner} {msg} {human_pos}/{human_len} {wide_bar} {percent}%",
            None => "{spinner} {msg} {human_pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_message(stage);
        self.bar.set_position(0);
        match length {
            Some(length) => self.bar.set_length(length),
            None => self.bar.unset_length(),
        }
    }

    fn appear(&self) {
        if self.bar.is_hidden() && io::stderr().is_terminal() && self.start.elapsed() > PATIENCE {
            self.bar
                .set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
    }

    /// Counts the bytes that are read.
    fn watch<'b>(&'b self, input: Box<dyn Read + 'b>) -> Watched<'b> {
        Watched { input, bar: self }
    }

    fn rows(&self, rows: usize) {
        self.appear();
        self.bar.inc(rows as u64);
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}

struct Watched<'b> {
    input: Box<dyn Read + 'b>,
    bar: &'b Bar,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bar.appear();
        let read = self.input.read(buffer)?;
        self.bar.bar.inc(read as u64);
        Ok(read)
    }
}

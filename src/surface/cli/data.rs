//! Data for a command: which file, which columns, and the scores of it.

use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Call;
use super::limits::budget;
use super::output::spare_rules;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Held, Text};
use crate::data::reader::read_all;
use crate::data::{Dataset, LongForm, ReadRequest, read_data};
use crate::evaluate::EvaluateOptions;
use crate::explain::difference::{Comparison, ComparisonOptions, Difference};
use crate::report::Record;
use crate::{Program, RuleSet, Scores, evaluate};

/// How long work may take before a progress bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// The scores of the data a call names, with what is to be said of the reading.
pub(super) struct Scored {
    pub(super) scores: Scores,
    pub(super) name: String,
    pub(super) reading: Text,
}

impl Scored {
    /// The record of an output of this call.
    pub(super) fn record(&self, call: &Call<'_>, format: &str) -> Record {
        let path = call.text("data").unwrap_or_default();
        Record {
            call: call.written(format),
            ..Record::of(self.scores.program.rules()).with_data(&path, &self.scores.data_digest)
        }
    }
}

/// What a call reads of its data: as the rule set says, overruled by its options.
pub(super) fn request(call: &Call<'_>, rules: &RuleSet) -> ReadRequest {
    overruled(call, ReadRequest::of(rules))
}

/// A request, overruled by the options of a call.
pub(super) fn overruled(call: &Call<'_>, mut request: ReadRequest) -> ReadRequest {
    let option = |name: &str| {
        let given = call.matches.try_get_one::<String>(name);
        given.ok().flatten().cloned()
    };
    request.key = option("key").or(request.key);
    request.year = option("year-column").or(request.year);
    request.group = option("group").or(request.group);
    request.weighted_by = option("weighted-by").or(request.weighted_by);
    request.sheet = option("sheet").or(request.sheet);
    if let (Some(indicator), Some(value)) = (option("indicator-column"), option("value-column")) {
        request.long = Some(LongForm { indicator, value });
    }
    request.budget = budget(call);
    request
}

pub(super) fn score(call: &Call<'_>, program: &Program) -> Result<Scored, Error> {
    let path = call.text("data").unwrap_or_default();
    let request = request(call, program.rules());
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
        ..Default::default()
    };
    let scores = evaluate(program, &data, &options)?;
    bar.done();
    Ok(Scored {
        scores,
        name: shown(call, &path),
        reading: reading(data.rows(), &data),
    })
}

/// Reads a data file for a program, as the call asks.
pub(super) fn read(call: &Call<'_>, program: &Program, path: &str) -> Result<Dataset, Error> {
    let request = request(call, program.rules());
    let (mut input, _) = open(path)?;
    let name = (path != "-").then_some(path);
    call.engine.read(program, name, &mut input, Some(&request))
}

/// All bytes of a data file that is read several times.
pub(super) fn bytes(call: &Call<'_>, path: &str) -> Result<Bytes, Error> {
    let (mut input, _) = open(path)?;
    let (bytes, held) = read_all(&mut input, &budget(call))?;
    Ok(Bytes { bytes, _held: held })
}

/// Bytes, and the memory that they hold.
pub(super) struct Bytes {
    bytes: Vec<u8>,
    _held: Held,
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads the bytes of a data file for a program, as the call asks.
pub(super) fn read_bytes(
    call: &Call<'_>,
    program: &Program,
    path: &str,
    bytes: &[u8],
) -> Result<Dataset, Error> {
    read_request(call, path, bytes, &request(call, program.rules()))
}

/// Reads the bytes of a file by a request of one's own.
pub(super) fn read_request(
    call: &Call<'_>,
    path: &str,
    mut bytes: &[u8],
    request: &ReadRequest,
) -> Result<Dataset, Error> {
    let name = (path != "-").then_some(path);
    read_data(&call.engine.registry().readers, name, &mut bytes, request)
}

/// The scores of both sides of a difference on one data file, read as the call asks.
pub(super) fn compared(
    call: &Call<'_>,
    difference: &Difference,
    path: &str,
    options: ComparisonOptions,
) -> Result<Comparison, Error> {
    let bytes = bytes(call, path)?;
    let read = |_: usize, request: &ReadRequest| {
        read_request(call, path, &bytes, &overruled(call, request.clone()))
    };
    let methods = &call.engine.registry().methods;
    Comparison::new(difference, methods, 1, &read, options)
}

/// Refuses an output that would overwrite the data it is made from.
pub(super) fn refuse_overwrite(call: &Call<'_>, output: Option<&str>) -> Result<(), Error> {
    spare_rules(output)?;
    let real = |path: String| std::fs::canonicalize(path).ok();
    let (output, data) = (output.map(str::to_owned), call.text("data"));
    match (output.and_then(real), data.and_then(real)) {
        (Some(output), Some(data)) if output == data => Err(Error::new(
            ErrorKind::Call,
            text!(
                "`--output` akan menimpa berkas data",
                "`--output` would overwrite the data file"
            ),
        )),
        _ => Ok(()),
    }
}

/// The name of the data, for people.
pub(super) fn shown(call: &Call<'_>, path: &str) -> String {
    match path {
        "-" => call
            .lang
            .pick("masukan standar", "standard input")
            .to_owned(),
        path => path.to_owned(),
    }
}

/// The data, and how many bytes it has, where that is known.
pub(super) fn open(path: &str) -> Result<(Box<dyn Read>, Option<u64>), Error> {
    if path == "-" {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let file = open_file(path)?;
    let size = file
        .metadata()
        .ok()
        .map(|metadata| metadata.len())
        .filter(|size| *size > 0);
    Ok((Box::new(file), size))
}

/// A data file.
pub(super) fn open_file(path: &str) -> Result<std::fs::File, Error> {
    #[allow(clippy::disallowed_methods)]
    std::fs::File::open(path).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            text!(
                "berkas data `{path}` tidak dapat dibuka",
                "the data file `{path}` cannot be opened"
            ),
        )
        .with_source(error)
    })
}

/// How the data was read, as far as that had to be found out.
pub(super) fn reading(rows: usize, data: &Dataset) -> Text {
    let key = &data.key;
    let (mut id, mut en) = (format!("{rows} baris"), format!("{rows} rows"));
    if let Some(sheet) = &data.sheet {
        id.push_str(&format!(", lembar `{sheet}`"));
        en.push_str(&format!(", sheet `{sheet}`"));
    }
    if let Some(sniffed) = data.sniffed {
        let between = match sniffed.delimiter {
            ';' => ("titik koma", "semicolon"),
            '\t' => ("tab", "tab"),
            _ => ("koma", "comma"),
        };
        let sign = if sniffed.decimal_comma {
            ("koma", "comma")
        } else {
            ("titik", "point")
        };
        id.push_str(&format!(", pemisah {}, desimal {}", between.0, sign.0));
        en.push_str(&format!(", separator {}, decimal {}", between.1, sign.1));
        if let Some(charset) = sniffed.charset {
            id.push_str(&format!(", bukan UTF-8: dibaca sebagai {charset}"));
            en.push_str(&format!(", not UTF-8: read as {charset}"));
        }
    }
    id.push_str(&format!(", kode wilayah `{key}`"));
    en.push_str(&format!(", region codes `{key}`"));
    Text::new(id, en)
}

/// A progress bar on standard error that appears only on a terminal, and only when work takes its time.
pub(super) struct Bar {
    bar: ProgressBar,
    start: std::time::Instant,
}

impl Bar {
    pub(super) fn new() -> Self {
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
    pub(super) fn begin(&self, stage: &'static str, length: Option<u64>) {
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
    pub(super) fn watch<'b>(&'b self, input: Box<dyn Read + 'b>) -> Watched<'b> {
        Watched { input, bar: self }
    }

    pub(super) fn rows(&self, rows: usize) {
        self.appear();
        self.bar.inc(rows as u64);
    }

    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

pub(super) struct Watched<'b> {
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

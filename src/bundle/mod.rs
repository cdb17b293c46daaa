//! Stage 1, *load*: files → [`Bundle`], the definitions just as written, every value with its span.
//!
//! Overlays are merged here, on the written tables, so that a merged value keeps the span of the file
//! that states it: its origin comes for free. What the keys mean is not known yet.

mod amend;
pub mod difference;
pub mod disk;
pub mod keys;
pub mod loader;
pub mod overlay;
pub mod toml;
pub mod unread;
pub mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use disk::DiskLoader;
pub use loader::{Loader, MemoryLoader, RuleFile, SNAPSHOTS, TESTS};
pub use unread::Unread;
pub use value::{Entry, Item, Table, Value};

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Error, ErrorKind, FileId, RuleSetName, SourceMap, Text};

/// The stem of the file that holds the frozen reference population.
pub const POPULATION: &str = "population";
/// The stem of the file that holds the seal of a rule set.
pub const SEAL: &str = "seal";
/// The longest chain of bases.
const LONGEST_CHAIN: usize = 32;

/// One TOML file after merging: the table and the file that gave most of it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file of the newest layer that has it.
    pub file: FileId,
    /// Its keys.
    pub table: Table,
}

/// The files of a rule set and of its bases, merged.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The rule set.
    pub name: RuleSetName,
    /// The chain of bases, the farthest first, the rule set itself last.
    pub layers: Vec<RuleSetName>,
    /// What it says it extends, whether that is there or not.
    pub extends: Option<RuleSetName>,
    /// `index.toml`.
    pub index: Document,
    /// The plug-ins: one document a variable, by file stem.
    pub variables: BTreeMap<String, Document>,
    /// `population.toml`: what was taken over the reference population when it was frozen.
    pub population: Option<Document>,
    /// `seal.toml` of the rule set itself; that of a base seals the base alone.
    pub seal: Option<Document>,
    /// The formulas, by file stem.
    pub formulas: BTreeMap<String, FileId>,
    /// The files of `lib/`, by file stem.
    pub library: BTreeMap<String, FileId>,
    /// BLAKE3 of each file besides seals, by index, year and name.
    pub files: BTreeMap<String, String>,
    /// All files, of all layers.
    pub sources: Arc<SourceMap>,
    /// BLAKE3 over the raw bytes of all files: decides whether to build again.
    pub files_digest: String,
    /// What is wrong with the files as such.
    pub findings: Vec<Diagnostic>,
}

impl Bundle {
    /// The bundle without its seal: what it holds may change.
    #[must_use]
    pub fn unsealed(mut self) -> Self {
        self.seal = None;
        self.forget(&format!("{}/{SEAL}.toml", self.name));
        self
    }

    /// Drops what was found in files whose paths end so.
    fn forget(&mut self, end: &str) {
        let sources = self.sources.clone();
        self.findings.retain(|finding| {
            let path = finding.span().map(|span| sources.path(span.file));
            path.is_none_or(|path| !path.ends_with(end))
        });
    }

    /// The bundle as it is before its reference population is frozen: statistics are taken over the data.
    #[must_use]
    pub fn thawed(mut self) -> Self {
        self.population = None;
        self.seal = None;
        self.forget(&format!("/{POPULATION}.toml"));
        if let Some(entry) = self.index.table.entries.get_mut("data")
            && let Value::Table(data) = &mut entry.item.value
        {
            data.entries.remove("reference");
        }
        self
    }
}

/// Loads a rule set with its bases.
///
/// # Errors
/// When the rule set or a base does not exist or cannot be read. What is wrong *in* the files is kept
/// in [`Bundle::findings`], so that the check can report everything in one run.
pub fn load(loader: &dyn Loader, name: &RuleSetName) -> Result<Bundle, Error> {
    let mut loading = Loading {
        loader,
        sources: SourceMap::default(),
        findings: Vec::new(),
        hasher: blake3::Hasher::new(),
        files: BTreeMap::new(),
    };
    let mut chain = vec![loading.layer(name)?];
    let mut names = vec![name.clone()];
    while let Some((base, span)) = chain.last().and_then(|layer| layer.base.clone()) {
        if names.len() >= LONGEST_CHAIN {
            loading.findings.push(Diagnostic::error(
                Code::E106,
                span,
                text!(
                    "rantai `extends` lebih panjang dari {LONGEST_CHAIN}",
                    "the chain of `extends` is longer than {LONGEST_CHAIN}"
                ),
            ));
            break;
        }
        if names.contains(&base) {
            loading.findings.push(
                Diagnostic::error(
                    Code::E106,
                    span,
                    text!(
                        "`extends` berputar kembali ke `{base}`",
                        "`extends` leads back to `{base}`"
                    ),
                )
                .help(text!(
                    "satu perangkat aturan di ujung rantai harus tanpa `extends`",
                    "one rule set at the end of the chain must do without `extends`"
                )),
            );
            break;
        }
        match loading.layer(&base) {
            Ok(layer) => chain.push(layer),
            Err(error) if error.kind() == ErrorKind::Call => {
                loading.findings.push(
                    Diagnostic::error(
                        Code::E105,
                        span,
                        text!(
                            "dasar `{base}` tidak ada",
                            "the base `{base}` does not exist"
                        ),
                    )
                    .help(text!(
                        "`tanggap list` menampilkan perangkat aturan yang ada",
                        "`tanggap list` shows the rule sets there are"
                    )),
                );
                break;
            }
            Err(error) => return Err(error),
        }
        names.push(base);
    }
    names.reverse();
    let extends = chain
        .first()
        .and_then(|own| Some(own.base.as_ref()?.0.clone()));
    let seal = chain.first_mut().and_then(|own| own.seal.take());
    let mut merged = chain.pop().unwrap_or_default();
    while let Some(layer) = chain.pop() {
        merged = overlay::merge(merged, layer, &mut loading.findings);
    }
    let Some(index) = merged.index else {
        return Err(no_such_rule_set(loader, name));
    };
    Ok(Bundle {
        name: name.clone(),
        layers: names,
        extends,
        index,
        variables: merged.variables,
        population: merged.population,
        seal,
        files: loading.files,
        formulas: merged.formulas,
        library: merged.library,
        sources: Arc::new(loading.sources),
        files_digest: loading.hasher.finalize().to_hex().to_string(),
        findings: loading.findings,
    })
}

/// One rule set folder, before merging.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) index: Option<Document>,
    /// What it extends, and where it says so.
    pub(crate) base: Option<(RuleSetName, crate::base::Span)>,
    pub(crate) variables: BTreeMap<String, Document>,
    pub(crate) population: Option<Document>,
    pub(crate) seal: Option<Document>,
    pub(crate) formulas: BTreeMap<String, FileId>,
    pub(crate) library: BTreeMap<String, FileId>,
}

struct Loading<'a> {
    loader: &'a dyn Loader,
    sources: SourceMap,
    findings: Vec<Diagnostic>,
    hasher: blake3::Hasher,
    files: BTreeMap<String, String>,
}

impl Loading<'_> {
    fn layer(&mut self, name: &RuleSetName) -> Result<Layer, Error> {
        let mut files = self.loader.files(name)?;
        if !files.iter().any(|file| file.name == "index.toml") {
            if files.is_empty() {
                return Err(no_such_rule_set(self.loader, name));
            }
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "folder `{name}` belum punya `index.toml`",
                    "the folder `{name}` has no `index.toml`"
                ),
            )
            .with_help(text!(
                "tulis `index.toml` (huruf kecil) dengan `title`, `status` dan `scale`, atau `extends`",
                "write `index.toml` (in lower case) with `title`, `status` and `scale`, or `extends`"
            )));
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let mut layer = Layer::default();
        for file in files {
            self.hasher.update(&(file.name.len() as u64).to_le_bytes());
            self.hasher.update(file.name.as_bytes());
            self.hasher.update(&(file.bytes.len() as u64).to_le_bytes());
            self.hasher.update(&file.bytes);
            if file.name != format!("{SEAL}.toml") {
                let digest = blake3::hash(&file.bytes).to_hex().to_string();
                self.files.insert(format!("{name}/{}", file.name), digest);
            }
            self.file(name, file, &mut layer);
        }
        Ok(layer)
    }

    fn file(&mut self, name: &RuleSetName, file: RuleFile, layer: &mut Layer) {
        let id = match self.source(&file) {
            Ok(id) => {
                // The parser of TOML reports control characters itself.
                let text = self.sources.text(id);
                let control = first_control(text).filter(|_| file.name.ends_with(".rhai"));
                if let Some((at, sign)) = control {
                    let span = crate::base::Span::new(id, at, at + sign.len_utf8());
                    self.findings.push(control_sign(span, sign));
                }
                id
            }
            Err(finding) => {
                if file.name == "index.toml"
                    && let Some(span) = finding.span()
                {
                    // The rule set exists; what is wrong with it is this finding.
                    layer.index = Some(Document {
                        file: span.file,
                        table: Table::default(),
                    });
                }
                self.findings.push(*finding);
                return;
            }
        };
        if let Some(stem) = file
            .name
            .strip_prefix("lib/")
            .and_then(|n| n.strip_suffix(".rhai"))
        {
            layer.library.insert(stem.to_owned(), id);
        } else if let Some(stem) = file.name.strip_suffix(".rhai") {
            layer.formulas.insert(stem.to_owned(), id);
        } else if let Some(stem) = file.name.strip_suffix(".toml") {
            let table = toml::parse(&self.sources, id, &mut self.findings);
            let document = Document { file: id, table };
            if stem == "index" {
                layer.base = self.base(name, &document.table);
                layer.index = Some(document);
            } else if stem == POPULATION {
                layer.population = Some(document);
            } else if stem == SEAL {
                layer.seal = Some(document);
            } else {
                layer.variables.insert(stem.to_owned(), document);
            }
        } else {
            let name = &file.name;
            self.findings.push(
                Diagnostic::warning(
                    Code::W001,
                    self.sources.head(id),
                    text!(
                        "berkas `{name}` tidak dibaca",
                        "the file `{name}` is not read"
                    ),
                )
                .help(text!(
                    "berkas aturan berakhir tepat dengan `.toml` atau `.rhai`, dalam huruf kecil",
                    "rule files end exactly in `.toml` or `.rhai`, in lower case"
                )),
            );
        }
    }

    fn source(&mut self, file: &RuleFile) -> Result<FileId, Box<Diagnostic>> {
        if file.is_too_large() {
            let id = self.sources.add(file.path.clone(), "");
            return Err(Box::new(too_large(file, self.sources.head(id))));
        }
        match std::str::from_utf8(&file.bytes) {
            // Text has no zeros: they are halves of wider signs.
            Ok(text) if !text.contains('\0') => {
                // A byte order mark, as Windows editors write it, is no part of the text.
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                Ok(self.sources.add(file.path.clone(), text))
            }
            _ => Ok(self.decoded(file)),
        }
    }

    /// A file that is not UTF-8, which is a finding; what it seems to say is read all the same, so that nothing else is
    /// missed.
    fn decoded(&mut self, file: &RuleFile) -> FileId {
        let marked = encoding_rs::Encoding::for_bom(&file.bytes);
        let marked = marked.map(|(encoding, _)| encoding);
        let marked = marked.filter(|encoding| *encoding != encoding_rs::UTF_8);
        let marked = marked.or_else(|| wide(&file.bytes));
        let encoding = marked.unwrap_or(encoding_rs::WINDOWS_1252);
        let (text, _, _) = encoding.decode(&file.bytes);
        let id = self.sources.add(file.path.clone(), &*text);
        // What makes the difference is the first sign that is not plain.
        let mut signs = text.char_indices();
        let sign = signs.find(|(_, sign)| marked.is_some() || !sign.is_ascii());
        let (at, end) = sign.map_or((0, 0), |(at, sign)| (at, at + sign.len_utf8()));
        let name = encoding.name();
        let finding = Diagnostic::error(
            Code::E103,
            crate::base::Span::new(id, at, end),
            text!(
                "berkas ini bukan UTF-8, melainkan tampaknya {name}",
                "the file is not UTF-8; it seems to be {name}"
            ),
        );
        self.findings.push(finding.help(text!(
            "simpan ulang sebagai UTF-8: di Notepad, \"Save as\", lalu \"Encoding: UTF-8\"",
            "save it again as UTF-8: in Notepad, \"Save as\", then \"Encoding: UTF-8\""
        )));
        id
    }

    fn base(
        &mut self,
        name: &RuleSetName,
        table: &Table,
    ) -> Option<(RuleSetName, crate::base::Span)> {
        let entry = table.get("extends")?;
        let span = entry.item.span;
        let Value::Text(written) = &entry.item.value else {
            return None;
        };
        let full = if written.contains('/') {
            written.clone()
        } else {
            format!("{}/{written}", name.index)
        };
        let base = RuleSetName::parse(&full);
        if base.is_none() {
            self.findings.push(
                Diagnostic::error(
                    Code::E105,
                    span,
                    text!(
                        "`{written}` bukan nama dasar",
                        "`{written}` is not the name of a base"
                    ),
                )
                .help(text!(
                    "tulis tahunnya (`\"2019\"`), atau indeks dan tahun (`\"ikotan/2019\"`)",
                    "write its year (`\"2019\"`), or index and year (`\"ikotan/2019\"`)"
                )),
            );
        }
        base.map(|base| (base, span))
    }
}

/// That a sign of control stands in a rule file, which would be an order to a terminal.
pub(crate) fn control_sign(at: crate::base::Span, sign: char) -> Diagnostic {
    let code = u32::from(sign);
    Diagnostic::error(
        Code::E111,
        at,
        text!(
            "tanda kendali U+{code:04X} dalam berkas aturan",
            "the control character U+{code:04X} in a rule file"
        ),
    )
    .help(text!("hapus tandanya", "delete the sign"))
}

/// The first sign of control in a text, lines and tabs aside.
pub(crate) fn first_control(text: &str) -> Option<(usize, char)> {
    let is_control = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.char_indices().find(|(_, c)| is_control(c))
}

/// That a file is larger than what is read.
pub(crate) fn too_large(file: &RuleFile, at: crate::base::Span) -> Diagnostic {
    let (size, most) = (
        file.size.div_ceil(1 << 20),
        RuleFile::most(&file.name) >> 20,
    );
    Diagnostic::error(
        Code::E102,
        at,
        text!(
            "berkas terlalu besar ({size} MiB); paling besar {most} MiB",
            "the file is too large ({size} MiB); {most} MiB at most"
        ),
    )
}

fn no_such_rule_set(loader: &dyn Loader, name: &RuleSetName) -> Error {
    let known = loader.rule_sets().unwrap_or_default();
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let written = name.to_string();
    let help = crate::base::suggest::help(&written, known.iter().map(String::as_str));
    let error = Error::new(
        ErrorKind::Call,
        text!(
            "perangkat aturan `{name}` tidak ada",
            "there is no rule set `{name}`"
        ),
    );
    error.with_help(help.unwrap_or_else(|| {
        Text::new(
            "`tanggap list` menampilkan yang ada; folder aturan dipilih dengan `--rules`",
            "`tanggap list` shows what there is; `--rules` chooses the folder of rules",
        )
    }))
}

/// The encoding of two bytes a sign of a text without a mark, told by the zeros that plain letters have in it.
fn wide(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let zeros = |first: usize| {
        bytes
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    if 4 * even.max(odd) < bytes.len() {
        None
    } else if odd > even {
        Some(encoding_rs::UTF_16LE)
    } else {
        Some(encoding_rs::UTF_16BE)
    }
}

//! Stage 6, *report*: scores, explanations and diagnostics → what people and programs read.

mod columns;
mod csv;
mod diagnostics;
mod difference;
mod direction;
mod editors;
mod explanation;
mod facts;
mod issues;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
mod progress;
mod public;
mod reconciliation;
mod record;
mod resolved;
mod rows;
pub(crate) mod safe_csv;
#[cfg(feature = "cli")]
mod table;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::any::Any;
use std::io::Write;
use std::sync::Arc;

pub use columns::{
    ColumnRole, DataColumn, columns_json, data_columns, render_columns, template_columns,
    write_csv_template,
};
pub use diagnostics::{diagnostics_json, render_diagnostic, render_diagnostics};
pub use difference::{
    DifferenceReport, cause_name, change_text, difference_json, write_difference_csv,
};
#[cfg(feature = "cli")]
pub use difference::{render_difference, write_difference_html};
pub use editors::{editor_files, editor_names};
pub use explanation::{explanation_json, render_explanation};
pub use issues::{IssueGroup, group_issues, render_issues};
pub use plan::render_plan;
pub use progress::{ProgressReport, progress_json, render_progress_notes, write_progress_csv};
pub use public::{
    Withheld, is_region_withheld, is_withheld, public_explanation, public_view, without_regions,
};
pub use reconciliation::{
    ReconciliationReport, reconciliation_json, render_reconciliation, write_reconciliation_csv,
};
pub use record::{DataRecord, ReadBack, Record, RulesRecord};
pub use resolved::{render_resolved, resolved_json};
pub use rows::{Detail, Provenance, ScoreRows};
pub use safe_csv::SafeCsv;

use crate::base::{Lang, NodeIndex, Precision, Text};
use crate::check::RuleSet;
use crate::evaluate::{Scores, Summary};

/// The name and version of the engine, as reports state it.
pub const ENGINE: &str = concat!("tanggap ", env!("CARGO_PKG_VERSION"));

/// What a report of scores is made from.
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, summarise};
/// use tanggap::{base::Lang, report::ScoreReport};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// # let program = engine.program(&"ipm/2014".parse()?)?.output;
/// # let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
/// # let data = engine.read(&program, Some("d.csv"), &mut csv.as_bytes(), None)?;
/// # let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
/// let summary = summarise(&scores);
/// let report = ScoreReport { lang: Lang::Id, ..ScoreReport::new(&scores, &summary, "data.csv") };
/// let json = engine.reporter("json").ok_or("no JSON")?;
/// let mut out = Vec::new();
/// json.write(&report, &mut out)?;
/// assert!(String::from_utf8(out)?.contains("69.95"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ScoreReport<'a> {
    /// The scores.
    pub scores: &'a Scores,
    /// What they come to.
    pub summary: &'a Summary,
    /// The name of the data, for people.
    pub data: &'a str,
    /// How the data was read, for people.
    pub reading: Option<Text>,
    /// The reader's language.
    pub lang: Lang,
    /// Whether indicators are shown where that is a choice.
    pub detail: bool,
    /// Whether values are unrounded.
    pub exact: bool,
    /// What made it.
    pub record: Record,
    /// What is left out, where it is made for the public: scores and summary are without it already.
    pub withheld: Option<Withheld>,
}

impl<'a> ScoreReport<'a> {
    /// A report in English of published values, made by the engine itself and not by a call.
    pub fn new(scores: &'a Scores, summary: &'a Summary, data: &'a str) -> Self {
        let record = Record::of(scores.program.rules()).with_data(data, &scores.data_digest);
        Self {
            scores,
            summary,
            data,
            reading: None,
            lang: Lang::En,
            detail: false,
            exact: false,
            record,
            withheld: None,
        }
    }

    /// The rule set.
    pub fn rules(&self) -> &RuleSet {
        self.scores.program.rules()
    }

    /// A score of a node, or a mean of such, as the report shows it.
    pub fn shown(&self, node: NodeIndex, exact: f64) -> f64 {
        if self.exact {
            exact
        } else {
            self.rules().precision(node).round(exact)
        }
    }

    /// How much of a target is reached, in percent, as the report shows it.
    pub fn percent(&self, exact: f64) -> f64 {
        if self.exact {
            exact
        } else {
            Precision::new(self.rules().rounding.value, 2, 0.0, 100.0).round(exact)
        }
    }
}

/// What is known of scores before the first of them is there.
#[derive(Clone, Copy)]
pub struct StreamHead<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// Whether regions have names.
    pub names: bool,
    /// Whether the data has years.
    pub years: bool,
    /// Whether regions have groups.
    pub groups: bool,
    /// Whether raw values are given, and where they come from.
    pub detail: bool,
    /// Whether values are unrounded.
    pub exact: bool,
}

/// An output that is written piece by piece. It has no ranks, and its record stands at its end.
pub struct ScoreStream<'a> {
    /// Makes what is written of a piece; on any thread.
    pub make: Box<MakePiece<'a>>,
    /// Takes the pieces in their order.
    pub sink: Box<dyn ScoreSink + 'a>,
}

/// Makes what is written of the scores of a piece: what its sink expects.
pub type MakePiece<'a> = dyn Fn(&Scores) -> std::io::Result<Made> + Send + Sync + 'a;

/// What was made of a piece.
pub type Made = Box<dyn Any + Send>;

/// Where the pieces of an output go.
pub trait ScoreSink {
    /// Adds what was made of a piece.
    ///
    /// # Errors
    /// When it cannot be written.
    fn add(&mut self, made: Made) -> std::io::Result<()>;

    /// Ends the output.
    ///
    /// # Errors
    /// When it cannot be written.
    fn end(self: Box<Self>, record: &Record) -> std::io::Result<()>;
}

/// A writer of one format: a plug point, one file each.
pub trait Reporter: Send + Sync {
    /// The name of the format, such as `csv`.
    fn name(&self) -> &'static str;

    /// The endings of its files, without the dot, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether it shows the summary itself; else the caller shows it beside the report.
    fn includes_summary(&self) -> bool;

    /// Whether its output is no text, so that a terminal cannot show it.
    fn is_binary(&self) -> bool {
        false
    }

    /// Writes a report.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()>;

    /// Begins an output that is written piece by piece; `None` where the form cannot be.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    fn stream<'a>(
        &self,
        _head: StreamHead<'a>,
        _out: &'a mut dyn Write,
    ) -> std::io::Result<Option<ScoreStream<'a>>> {
        Ok(None)
    }

    /// Reads an output of this form back, so that it can be checked; `None` where it is of another form, or the
    /// form carries no record.
    fn read_back(&self, _output: &[u8]) -> Option<ReadBack> {
        None
    }
}

/// The table of reporters that come with the engine: one file and one line each.
pub fn reporters() -> Vec<Arc<dyn Reporter>> {
    vec![
        #[cfg(feature = "cli")]
        Arc::new(table::TableReporter),
        Arc::new(csv::CsvReporter),
        Arc::new(json::JsonReporter),
        #[cfg(feature = "parquet")]
        Arc::new(parquet::ParquetReporter),
        #[cfg(feature = "xlsx")]
        Arc::new(xlsx::XlsxReporter),
    ]
}

/// The line that says what a rule set is, how far it is vouched for, and which rules exactly.
pub fn heading(rules: &RuleSet, lang: Lang) -> String {
    let title = rules.root().title.get(lang);
    let status = rules.status.value.title();
    let digest = rules.rules_digest.get(..12).unwrap_or("");
    format!(
        "{} · {title}\n{}: {} · {} {digest}",
        rules.name,
        lang.pick("status", "status"),
        status.get(lang),
        lang.pick("digest aturan", "rules digest")
    )
}

#[cfg(feature = "cli")]
pub use table::{render_progress_table, render_summary};
#[cfg(feature = "xlsx")]
pub use xlsx::write_template;

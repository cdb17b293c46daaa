//! Tanggap is a rules engine for composite indices: rule files in, scores that can be defended out.
//!
//! A policy office writes an index as files: TOML says what is measured and what it weighs, a Rhai script
//! says how a variable is scored. The engine takes them through seven stages, one folder each, in this order:
//!
//! ```text
//! rules/*.toml + *.rhai → Bundle → RuleSet → Program ┐
//!                         load     check     compile  ├→ Scores → Explanation → Report
//!                              tables of data → Dataset ┘  evaluate explain       report
//! ```
//!
//! | folder | does | takes → gives | plug point |
//! |---|---|---|---|
//! | [`base`] | the vocabulary of all stages | | |
//! | [`bundle`] | *load*: files, overlays merged, every value with its span | files → [`Bundle`](bundle::Bundle) | [`Loader`](bundle::Loader) |
//! | [`calculus`] | the methods that rule files name | | [`Normalisation`](calculus::Normalisation), [`Aggregation`](calculus::Aggregation), [`Function`](calculus::Function) |
//! | [`mod@check`] | *check*: names resolved, all findings at once | `Bundle` → [`RuleSet`] | [`Lint`](check::Lint) |
//! | [`mod@compile`] | *compile*: the typed graph | `RuleSet` → [`Program`] | |
//! | [`data`] | *read*: tables of any form, in columns of numbers | tables → [`Dataset`](data::Dataset) | [`Reader`](data::Reader) |
//! | [`mod@evaluate`] | *evaluate*: columns in, columns out | `Program` × `Dataset` → [`Scores`] | |
//! | [`mod@explain`] | *explain*: contributions, obstacles, the next band, progress, reconciliation | `Scores` → [`Explanation`](explain::Explanation) | |
//! | [`report`] | *report*: tables, CSV, JSON, XLSX, messages | | [`Reporter`](report::Reporter) |
//! | [`testing`] | *test*: what is expected of a rule set, and what became of it | cases × `Bundle` → [`Outcome`](testing::Outcome)s | |
//!
//! A module imports only from folders that stand above it in this table. [`Engine`] and [`Plugin`] sit on
//! top; the command line is at the edge and takes from the stages only what is public here.
//!
//! ```
//! use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, explain};
//!
//! let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
//! let program = engine.program(&"ipm/2014".parse()?)?.output;
//! let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
//! let data = engine.read(&program, None, &mut csv.as_bytes(), None)?;
//! let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
//! let index = scores.index().get(0).ok_or("no index")?;
//! assert_eq!(program.rules().published(index), 69.95);
//! let why = explain(&scores, 0).ok_or("no region")?;
//! assert_eq!(why.variables.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Promises
//!
//! - Bad rules are [`Diagnostics`](base::Diagnostics), bad rows are [`Issue`](base::Issue)s beside the scores, a host
//!   that fails is an [`Error`](base::Error). Nothing in rule files, data or requests makes the engine panic.
//! - The same rules and the same data give the same bits, whatever the machine, the threads, or the order
//!   of rows.
//! - Zero is never taken for missing, nor missing for zero.
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `cli` | yes | the command `tanggap`: arguments, tables, progress bars |
//! | `watch` | yes | taking up what is saved in a folder of rules: `surface::watch` |
//! | `xlsx` | yes | spreadsheets: data, scores with live formulas, empty templates |
//! | `serve` | yes | scores over HTTP: `surface::http`, `tanggap serve`; brings `watch` |
//! | `parquet` | no | data and scores as Parquet; needs a compiler of C |

#![deny(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

pub mod base;
pub mod bundle;
pub mod calculus;
pub mod check;
pub mod compile;
pub mod data;
mod engine;
pub mod evaluate;
pub mod explain;
pub mod report;
#[cfg(feature = "watch")]
pub mod surface;
pub mod testing;

pub use check::RuleSet;
pub use compile::Program;
pub use engine::{
    Active, BuildError, Engine, EngineBuilder, Event, EventKind, Plugin, Registry, Reload,
    RuleSetStatus, Standing, Status, Subscription, Trouble, Unavailable, Watching,
};
pub use evaluate::{EvaluateOptions, Scorer, Scores, evaluate, summarise};
pub use explain::explain;

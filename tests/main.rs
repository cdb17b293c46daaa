//! What the engine does, tried from outside: a file for each part of it. `cargo test cli::` runs those of one.

mod architecture;
mod check;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod comparisons;
mod decimals;
mod difference;
#[cfg(feature = "cli")]
mod docs;
mod executors;
mod explain;
mod folders;
mod formulas;
#[cfg(all(unix, feature = "xlsx"))]
mod hostile;
#[cfg(all(feature = "cli", feature = "serve"))]
mod http;
mod keys;
mod large;
mod lints;
#[cfg(feature = "cli")]
mod outputs;
#[cfg(feature = "parquet")]
mod parquet;
mod plugins;
mod population;
mod progress;
mod properties;
mod public;
mod published;
mod reconcile;
mod reload;
#[cfg(feature = "cli")]
mod schema;
mod score;
mod shipped;
#[cfg(feature = "xlsx")]
mod spreadsheets;
mod storm;
mod support;
#[cfg(feature = "cli")]
mod testing;
mod trials;
#[cfg(feature = "watch")]
mod watch;
#[cfg(feature = "cli")]
mod workbench;
#[cfg(feature = "cli")]
mod years;

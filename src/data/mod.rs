//! Stage 4, *data*: tables as offices write them → [`Dataset`]: columns of numbers, with codes, years and groups. It knows
//! the columns of a rule set, and nothing of how scores are made.
//!
//! A reader hands over rows of cells, or whole blocks of them; [`Table`] finds out which column is what and
//! keeps to the [`Budget`]. Rows come together in the same order on any number of threads.

pub(crate) mod batch;
pub mod budget;
mod builder;
pub mod dataset;
mod head;
pub(crate) mod issues;
mod long;
pub mod reader;
pub mod readers;
mod roles;
pub mod source;
pub mod table;
mod written;

pub(crate) use batch::is_total;
pub use budget::Budget;
pub use dataset::{Dataset, NumberColumn};
pub use reader::{LongForm, ReadRequest, Reader};
pub use source::{Input, Source, read_data};
pub use table::{Origin, RawCell, Table};
pub use written::Decimals;
pub(crate) use written::shortest_decimals;

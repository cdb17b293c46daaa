//! The readers that come with the engine: one file and one line each.

mod csv;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::sync::Arc;

#[cfg(feature = "xlsx")]
pub(crate) use xlsx::all_cells;

use super::reader::Reader;

/// The table. Of several that recognise the data, the last one reads it: CSV recognises everything.
pub fn all() -> Vec<Arc<dyn Reader>> {
    vec![
        Arc::new(csv::Csv),
        Arc::new(json::Json),
        #[cfg(feature = "parquet")]
        Arc::new(parquet::Parquet),
        #[cfg(feature = "xlsx")]
        Arc::new(xlsx::Xlsx),
    ]
}

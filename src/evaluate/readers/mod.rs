//! The readers that come with the engine: one file and one line each.

mod csv;
mod json;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::sync::Arc;

#[cfg(feature = "xlsx")]
pub(crate) use xlsx::all_cells;

use super::reader::Reader;

/// The table.
pub fn all() -> Vec<Arc<dyn Reader>> {
    vec![
        #[cfg(feature = "xlsx")]
        Arc::new(xlsx::Xlsx),
        Arc::new(json::Json),
        Arc::new(csv::Csv),
    ]
}

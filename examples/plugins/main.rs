//! The command `tanggap` with plug-ins of one's own: a function of formulas, a normalisation, a lint, a reader of
//! data and a reporter, each in one file and with one line in [`Ours::register`].
//!
//! `cargo run --example plugins -- score desa_digital/2024 --rules examples/plugins/rules --data examples/plugins/desa.geojson --format markdown`

mod diminishing;
mod geojson;
mod logistic;
mod markdown;
mod untranslated;

use std::process::ExitCode;
use std::sync::Arc;

use tanggap::surface::cli::run_with;
use tanggap::{Plugin, Registry};

struct Ours;

impl Plugin for Ours {
    fn register(&self, registry: &mut Registry) {
        registry
            .methods
            .functions
            .push(Arc::new(diminishing::Diminishing));
        registry
            .methods
            .normalisations
            .push(Arc::new(logistic::Logistic));
        registry.lints.push(Arc::new(untranslated::Untranslated));
        registry.readers.push(Arc::new(geojson::GeoJson));
        registry.reporters.push(Arc::new(markdown::Markdown));
    }
}

fn main() -> ExitCode {
    ExitCode::from(run_with(std::env::args_os(), &|builder| {
        builder.plugin(Ours)
    }))
}

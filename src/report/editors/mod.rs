//! What editors read, to complete and to explain: JSON Schemas of rule files, Rhai definitions for formulas.

mod definitions;
mod schema;

use crate::calculus::Methods;
use crate::check::RuleSet;

/// The files that editors read, by name: the schema of each kind of rule file (`index.json`), and the functions that
/// formulas may call (`formula.d.rhai`).
///
/// ```
/// # use tanggap::Engine;
/// let engine = Engine::builder().build();
/// let files = tanggap::report::editor_files(&engine.registry().methods);
/// let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["index.json", "variable.json", "population.json", "seal.json", "tests.json", "formula.d.rhai"]);
/// ```
pub fn editor_files(methods: &Methods) -> Vec<(&'static str, String)> {
    let schemas = schema::schemas(methods).into_iter();
    let mut files: Vec<_> = schemas
        .map(|(name, schema)| (name, format!("{schema:#}\n")))
        .collect();
    files.push(("formula.d.rhai", definitions::functions(methods)));
    files
}

/// The names that the formulas of one rule set see, with their titles, as a Rhai definition file.
///
/// ```
/// # use tanggap::{Engine, bundle::DiskLoader};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let rules = engine.check(&"ikotan/2021".parse()?)?.output;
/// assert!(tanggap::report::editor_names(&rules).contains("const hukum: float;"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn editor_names(rules: &RuleSet) -> String {
    definitions::names(rules)
}

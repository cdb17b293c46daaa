//! The tests of rule sets: what test files may say, and what is said of them.

#![cfg(feature = "cli")]

mod support;

use support::Case;
use tanggap::BuildError;
use tanggap::base::{Diagnostics, Lang};
use tanggap::report::render_diagnostics;
use tanggap::testing::{Prepared, Tested, render_tests};

fn both(found: &Diagnostics) -> String {
    let said = [Lang::Id, Lang::En].map(|lang| render_diagnostics(found, lang, false));
    said.join("\n")
}

/// What `tanggap test` says of a case, in both languages; an error where its test files are wrong.
fn report(case: &Case) -> Result<String, String> {
    let engine = case.engine();
    let suite = match engine.tests(&case.name()) {
        Ok(found) => found.output.unwrap(),
        Err(BuildError::Rules(found)) => return Err(both(&found)),
        Err(error) => panic!("{error}"),
    };
    let bundle = engine.bundle(&case.name()).unwrap();
    let registry = engine.registry();
    let prepared = Prepared::new(&suite, &bundle, &registry.methods, &registry.readers);
    let outcomes = prepared
        .map_err(|found| both(&found))?
        .run(&bundle, &registry.methods);
    let rules = engine.check(&case.name()).unwrap().output;
    let tested = Tested {
        rules: &rules,
        suite: &suite,
        outcomes: &outcomes,
    };
    let said = [Lang::Id, Lang::En].map(|lang| render_tests(&tested, lang, false));
    Ok(said.join("\n"))
}

#[test]
fn cases() {
    insta::glob!("cases/testing/*.txt", |path| {
        let case = Case::read(path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let report = report(&case);
        assert_eq!(report.is_err(), name.starts_with("err_"), "{report:?}");
        let report = report.unwrap_or_else(|report| report);
        let lines: Vec<&str> = report.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"));
    });
}

//! The folders of `src/` are the stages; imports point only up their listing. `surface` is the edge, and may use all.

use std::path::{Path, PathBuf};

fn files(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, list);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            list.push(path);
        }
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn stages() -> Vec<String> {
    let entries = std::fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut stages: Vec<String> = entries.filter(|path| path.is_dir()).map(name).collect();
    // The engine has all stages below it, and the edge comes last.
    let top = |stage: &str| ["engine", "surface"].iter().position(|own| *own == stage);
    stages.sort_by_key(|stage| (top(stage), stage.clone()));
    stages
}

/// The first names after `crate::`, also inside braces right after it; comments do not import.
fn imports(text: &str) -> Vec<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(list) => names.extend(
                list[..list.find('}').unwrap()]
                    .split(',')
                    .map(|name| word(name.trim())),
            ),
        }
    }
    names
}

#[test]
fn imports_point_up_the_listing() {
    let stages = stages();
    assert_eq!(
        stages,
        [
            "base", "bundle", "calculus", "check", "compile", "data", "evaluate", "explain",
            "report", "testing", "engine", "surface"
        ]
    );
    let mut seen = 0;
    for (at, stage) in stages.iter().enumerate() {
        let mut list = Vec::new();
        files(&source().join(stage), &mut list);
        for path in list {
            for name in imports(&std::fs::read_to_string(&path).unwrap()) {
                let target = stages.iter().position(|other| *other == name);
                // What is no stage is public at the top of the crate: only the edge may use it.
                let allowed =
                    target.map_or(stage == "surface" || name.is_empty(), |target| target <= at);
                assert!(allowed, "{} imports crate::{name}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "the imports were found");
}

#[test]
fn the_stages_stand_in_the_table_of_the_crate() {
    let text = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("//! | [`"))
        .collect();
    for (row, stage) in rows.iter().zip(stages()) {
        let named = [format!("[`{stage}`]"), format!("[`mod@{stage}`]")];
        assert!(
            named.iter().any(|name| row.contains(name)),
            "{row} should be {stage}"
        );
    }
    assert_eq!(
        rows.len(),
        stages().len() - 2,
        "engine and edge are no stages"
    );
}

#[test]
fn every_method_is_documented() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let engine = tanggap::Engine::builder().build();
    let methods = &engine.registry().methods;
    let mut names: Vec<&str> = methods
        .normalisations
        .iter()
        .map(|method| method.name())
        .collect();
    names.extend(methods.aggregations.iter().map(|method| method.name()));
    for name in names {
        assert!(docs.contains(&format!("`{name}`")), "{name}");
    }
    for function in &methods.functions {
        assert!(
            docs.contains(&format!("`{}", function.name())),
            "{}",
            function.name()
        );
    }
}

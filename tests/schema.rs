//! What editors read says what the checker reads: no key more and none less.

use crate::support::Case;
use serde_json::Value;
use tanggap::Engine;
use tanggap::report::editor_files;

fn schema(name: &str) -> Value {
    let files = editor_files(&Engine::builder().build().registry().methods);
    let (_, text) = files.into_iter().find(|(own, _)| *own == name).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The schema of what stands under a key: named, or any id.
fn below<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    let choices = schema["anyOf"].as_array();
    if let Some(choices) = choices {
        return choices.iter().find_map(|choice| below(choice, key));
    }
    let named = schema["properties"].get(key);
    named.or_else(|| Some(&schema["additionalProperties"]).filter(|any| any.is_object()))
}

/// The keys of a file that its schema does not know.
fn unknown(schema: &Value, item: &toml_edit::Item, path: &str, found: &mut Vec<String>) {
    let Some(table) = item.as_table_like() else {
        return;
    };
    for (key, item) in table.iter() {
        let path = format!("{path}.{key}");
        match below(schema, key) {
            Some(inner) => unknown(inner, item, &path, found),
            // Options of a method that is named by a key are its own.
            None if schema == &serde_json::json!({ "type": "object" }) => {}
            None => found.push(path),
        }
    }
}

#[test]
fn the_shipped_files_keep_to_their_schemas() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    let mut folders = vec![root.join("rules"), root.join("benches/rules")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if !name.ends_with(".toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let document: toml_edit::DocumentMut = text.parse().unwrap();
            let stem = name.trim_end_matches(".toml");
            let in_tests = path.parent().unwrap().ends_with("tests");
            let kind = match stem {
                _ if in_tests => "tests",
                "index" | "population" | "seal" => stem,
                _ => "variable",
            };
            let mut found = Vec::new();
            unknown(
                &schema(&format!("{kind}.json")),
                document.as_item(),
                "",
                &mut found,
            );
            assert!(found.is_empty(), "{}: {found:?}", path.display());
            let by_hand = matches!(kind, "index" | "variable");
            if kind == "tests" {
                assert!(text.starts_with("#:schema ../../../schema/tests.json\n"));
            }
            if by_hand && path.starts_with(root.join("rules")) {
                assert!(
                    text.starts_with(&format!("#:schema ../../schema/{kind}.json\n")),
                    "{}",
                    path.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 20);
}

/// All paths of named keys in a schema, ids written as `uji`.
fn paths(schema: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(choices) = schema["anyOf"].as_array() {
        choices.iter().for_each(|choice| paths(choice, path, found));
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        found.push(path.clone());
        paths(inner, &path, found);
    }
    let any = &schema["additionalProperties"];
    if any.is_object() {
        paths(any, &format!("{path}.uji"), found);
    }
}

/// Whether the checker does not know a key that is written with some value.
fn is_unknown(file: &str, path: &str) -> bool {
    let index = "title = 'U'\nstatus = 'draft'\nscale = [0, 1]\n";
    let key = path.rsplit('.').next().unwrap();
    let line = if path.contains('.') || file != "index.toml" {
        format!("{path} = 1\n")
    } else {
        // Beside what an index must have.
        format!("{key} = 1\n")
    };
    let case = if file == "index.toml" {
        let kept: Vec<&str> = index
            .lines()
            .filter(|own| !own.starts_with(&format!("{key} ")) || path.contains('.'))
            .collect();
        Case::of([("index.toml", format!("{line}{}", kept.join("\n")).as_str())])
    } else {
        Case::of([("index.toml", index), (file, &line)])
    };
    let engine = case.engine();
    let Err(tanggap::BuildError::Rules(found)) = engine.check(&"kasus/2024".parse().unwrap())
    else {
        return false;
    };
    let text = |span| found.sources.slice(span).to_owned();
    found.list.iter().any(|own| {
        own.code == tanggap::base::Code::E201 && own.span().map(text).as_deref() == Some(key)
    })
}

#[test]
fn every_key_of_a_schema_is_known() {
    assert!(is_unknown("index.toml", "tidak_ada") && is_unknown("v.toml", "variable.tidak_ada"));
    let mut checked = 0;
    for (name, file) in [("index.json", "index.toml"), ("variable.json", "v.toml")] {
        let mut found = Vec::new();
        paths(&schema(name), "", &mut found);
        for path in found {
            // Which options there are depends on the normalisation; a name of a method stands for its table.
            let own_options = ["normalise.", "aggregate."]
                .iter()
                .any(|part| path.contains(part));
            let option = path.starts_with("indicator.uji.") && is_option(&path);
            if own_options || option {
                continue;
            }
            assert!(!is_unknown(file, &path), "{file} {path}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Whether a key of an indicator is an option of some normalisation.
fn is_option(path: &str) -> bool {
    let registry = Engine::builder().build();
    let methods = &registry.registry().methods.normalisations;
    let key = path.rsplit('.').next().unwrap();
    methods
        .iter()
        .any(|own| own.options().iter().any(|option| option.name == key))
}

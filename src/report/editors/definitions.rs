//! Rhai definition files: what a formula may call, and the names that it sees.

use crate::base::{Lang, Text};
use crate::calculus::{Methods, Signature};
use crate::check::{EDITION, RuleSet};

/// The functions of formulas as a Rhai definition file.
pub(super) fn functions(methods: &Methods) -> String {
    let mut out = format!(
        "// Tanggap, edition {EDITION}: fungsi rumus / functions of formulas.\nmodule static;\n"
    );
    let mut functions: Vec<_> = methods.functions.iter().collect();
    functions.sort_by_key(|function| function.name());
    for function in functions {
        let meaning = function.meaning();
        let numbers = |count: usize| {
            (1..=count)
                .map(|at| format!("x{at}: float"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let forms: Vec<String> = match function.signature() {
            Signature::Numbers { least, most } => (least..=most).map(numbers).collect(),
            Signature::Values { .. } => vec!["values: children".to_owned(), numbers(2), numbers(3)],
            Signature::Children { numbers: 0 } => vec!["children: children".to_owned()],
            Signature::Children { numbers: more } => {
                vec![format!("children: children, {}", numbers(more))]
            }
        };
        out.push_str(&format!(
            "\n/// {}\n/// {}\n",
            meaning.get(Lang::Id),
            meaning.get(Lang::En)
        ));
        for form in forms {
            out.push_str(&format!("fn {}({form}) -> float;\n", function.name()));
        }
    }
    out.push_str("\n/// Apakah nilainya kosong.\n/// Whether its value is missing.\nfn is_missing(x: float) -> bool;\n");
    out
}

/// The names that formulas of a rule set see, each for the formula of its parent, as a Rhai definition file.
pub(super) fn names(rules: &RuleSet) -> String {
    let name = &rules.name;
    let mut out = format!(
        "// Tanggap, edition {EDITION}: nama dalam rumus {name} / names in the formulas of {name}.\nmodule static;\n"
    );
    let mut say = |what: Text, line: String| {
        out.push_str(&format!("\n/// {}\n/// {}\n{line}\n", what.id, what.en));
    };
    say(
        Text::new("tahun program", "the program year"),
        "const year: float;".to_owned(),
    );
    let all = "children|indicators|variables";
    let meaning = Text::new(
        format!("semua bagian langsung ({all} sama artinya)"),
        format!("all direct children ({all} mean the same)"),
    );
    for word in all.split('|') {
        say(meaning.clone(), format!("const {word}: children;"));
    }
    let parameters = rules.parameters.iter();
    let about = |lang: Lang| {
        let list = parameters.clone().map(|own| {
            let (id, value) = (&own.id, own.value.value);
            let title = own.title.as_ref().map_or("", |title| title.get(lang));
            format!("{id} {value} {title}").trim_end().to_owned()
        });
        list.collect::<Vec<_>>().join("; ")
    };
    let keys: Vec<String> = parameters
        .clone()
        .map(|own| format!("{}: float", own.id))
        .collect();
    if !keys.is_empty() {
        let keys = keys.join(", ");
        say(
            Text::new(about(Lang::Id), about(Lang::En)),
            format!("const parameters: #{{ {keys} }};"),
        );
    }
    for at in rules.indices().skip(1) {
        let node = rules.node(at);
        let Some(parent) = node.parent.map(|parent| &rules.node(parent).id) else {
            continue;
        };
        let what = Text::new(
            format!("{}; di bawah {parent}", node.title.id),
            format!("{}; below {parent}", node.title.en),
        );
        say(what, format!("const {}: float;", node.id));
    }
    out
}

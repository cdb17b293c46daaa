//! What runs each formula of a program, and why.

use crate::base::Lang;
use crate::compile::{Program, StepKind};

/// A line for every formula and expression: a flat program and its length, or what keeps it with the interpreter.
pub fn render_plan(program: &Program, lang: Lang) -> String {
    let rules = program.rules();
    let mut out = format!("{}\n\n", super::heading(rules, lang));
    let mut any = false;
    // Steps run from the last node to the first; rule files are read the other way.
    for step in program.steps().iter().rev() {
        let (StepKind::Formula(formula) | StepKind::Expression(formula)) = &step.kind else {
            continue;
        };
        any = true;
        let id = &rules.node(step.node).id;
        let told = match &formula.flat {
            Ok(count) => match lang {
                Lang::Id => format!("dikompilasi (instruksi: {count})"),
                Lang::En => format!("compiled (instructions: {count})"),
            },
            Err(kept) => format!(
                "{}: {}  [{}]",
                lang.pick("ditafsirkan", "interpreted"),
                kept.reason.get(lang),
                rules.sources.place(kept.span)
            ),
        };
        out.push_str(&format!("{id}: {told}\n"));
    }
    let (whole, general) = program.instructions();
    out.push_str(&match lang {
        Lang::Id => format!(
            "seluruh perangkat aturan: {whole} instruksi untuk baris yang lengkap, {general} untuk baris mana pun\n"
        ),
        Lang::En => format!(
            "the whole rule set: {whole} instructions for complete rows, {general} for any row\n"
        ),
    });
    if !any {
        out.push_str(lang.pick(
            "tidak ada rumus; semua metode bawaan\n",
            "no formulas; all methods are native\n",
        ));
    }
    out
}

//! Results for people: each failure at its place, with the part of the tree that made it.

use std::fmt::Write;

use super::{Tested, failure_diagnostic};
use crate::base::Lang;
use crate::base::language::text;
use crate::check::RuleSet;
use crate::check::rule_set::Combine;
use crate::report::render_diagnostic;
use crate::testing::run::{Failure, Made};
use crate::testing::suite::Case;

/// How many failing cases are shown in full: who mends these sees the next ones.
const SHOWN: usize = 30;

/// The failures of a rule set, and how many cases passed.
pub fn render_tests(tested: &Tested<'_>, lang: Lang, color: bool) -> String {
    let mut out = String::new();
    let failed = || tested.cases().filter(|(_, outcome)| !outcome.passed());
    for (case, outcome) in failed().take(SHOWN) {
        for failure in &outcome.failures {
            out.push_str(&render_failure(tested, case, failure, lang, color));
        }
        for issue in &outcome.issues {
            let (code, message) = (issue.kind.code(), issue.kind.message());
            let column = issue.column.as_deref().unwrap_or("");
            let found = issue.found.as_deref().unwrap_or("");
            let _ = writeln!(out, "  {code} `{column}` {found}: {}\n", message.get(lang));
        }
    }
    let more = failed().skip(SHOWN).count();
    if more > 0 {
        let said = text!(
            "… dan {more} kasus lagi gagal\n\n",
            "… and {more} more cases fail\n\n"
        );
        out.push_str(said.get(lang));
    }
    out.push_str(&count(tested, lang));
    out
}

/// The first failures, a line each, and how many cases pass.
pub fn render_tests_briefly(tested: &Tested<'_>, shown: usize, lang: Lang) -> String {
    let mut out = String::new();
    let failed = tested.cases().filter(|(_, outcome)| !outcome.passed());
    for (case, failure) in failed
        .filter_map(|(case, own)| Some((case, own.failures.first()?)))
        .take(shown)
    {
        let said = failure_diagnostic(tested.rules, case, failure).message;
        let _ = writeln!(out, "{}", said.get(lang));
    }
    let more = tested.counts().1.saturating_sub(shown);
    if more > 0 {
        let said = text!(
            "… dan {more} kasus lagi gagal",
            "… and {more} more cases fail"
        );
        let _ = writeln!(out, "{}", said.get(lang));
    }
    out.push_str(&count(tested, lang));
    out
}

/// How many cases pass.
fn count(tested: &Tested<'_>, lang: Lang) -> String {
    let rules = tested.rules;
    let (passed, failed) = tested.counts();
    let all = passed + failed;
    let (name, status) = (&rules.name, rules.status.value.title());
    let said = text!(
        "{name}: {passed} dari {all} kasus lulus",
        "{name}: {passed} of {all} cases pass"
    );
    format!("{} ({})\n", said.get(lang), status.get(lang))
}

fn render_failure(
    tested: &Tested<'_>,
    case: &Case,
    failure: &Failure,
    lang: Lang,
    color: bool,
) -> String {
    let finding = failure_diagnostic(tested.rules, case, failure);
    let mut out = render_diagnostic(&finding, &tested.suite.sources, lang, color);
    if let Some(made) = &failure.made {
        tree(tested.rules, made, 0, lang, &mut out);
        out.push('\n');
    }
    out
}

/// A node with what is below it: scores, and what each adds to the one above.
fn tree(rules: &RuleSet, made: &Made, depth: usize, lang: Lang, out: &mut String) {
    let node = rules.node(made.node);
    let decimals = rules.decimals.value;
    let number = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| lang.number(value, decimals))
    };
    let indent = "  ".repeat(depth + 1);
    let _ = write!(out, "{indent}{} {}", node.id, number(made.score));
    if depth > 0 {
        let _ = write!(
            out,
            "  {} {}",
            lang.pick("bobot", "weight"),
            lang.exact(node.weight.value)
        );
    }
    if made.adds.is_some() {
        let added = number(made.adds);
        let said = text!("menyumbang {added}", "adds {added}");
        let _ = write!(out, "  {}", said.get(lang));
    }
    if let Some(raw) = made.raw {
        let raw = lang.exact(raw);
        let said = text!("nilai mentah {raw}", "raw value {raw}");
        let _ = write!(out, "  {}", said.get(lang));
    }
    if let Some(decision) = made
        .decision
        .filter(|own| *own != crate::evaluate::Decision::Observed)
    {
        let name = decision.name();
        let said = text!("kosong: `{name}`", "missing: `{name}`");
        let _ = write!(out, "  {}", said.get(lang));
    }
    // What a formula makes of its parts is not seen in their weights.
    if let Some(Combine::Formula(formula)) = node.parent_rules().map(|own| &own.combine)
        && !rules.is_weighted_mean(made.node)
    {
        let place = rules.sources.place(formula.span);
        let said = text!("rumus {place}", "formula {place}");
        let _ = write!(out, "  {}", said.get(lang));
    }
    out.push('\n');
    for child in &made.children {
        tree(rules, child, depth + 1, lang, out);
    }
}

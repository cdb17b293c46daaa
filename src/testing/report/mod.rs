//! What became of the cases: for people, for CI services (JUnit, TAP), for programs (JSON).

mod coverage;
mod json;
mod junit;
mod mutants;
mod tap;
#[cfg(feature = "cli")]
mod text;

pub use coverage::{coverage_json, coverage_lcov, render_coverage};
pub use json::tests_json;
pub use junit::tests_junit;
pub use mutants::{mutants_json, render_mutants, survivors};
pub use tap::tests_tap;
#[cfg(feature = "cli")]
pub use text::{render_tests, render_tests_briefly};

use super::run::{Failure, Got, Outcome};
use super::suite::{Case, Expected, Suite};
use crate::base::language::text;
use crate::base::number::same;
use crate::base::{
    Code, Diagnostic, Diagnostics, Error, Lang, NodeIndex, Place, RuleSetName, Severity, Text,
};
use crate::check::RuleSet;

/// A rule set whose cases were run.
pub struct Tested<'a> {
    /// The rule set.
    pub rules: &'a RuleSet,
    /// Its cases.
    pub suite: &'a Suite,
    /// What became of them.
    pub outcomes: &'a [Outcome],
}

impl<'a> Tested<'a> {
    /// The cases with what became of them.
    pub fn cases(&self) -> impl Iterator<Item = (&'a Case, &'a Outcome)> + use<'a> {
        let cases = &self.suite.cases;
        let outcomes = self.outcomes.iter();
        outcomes.filter_map(|outcome| Some((cases.get(outcome.case)?, outcome)))
    }

    /// How many cases passed, and how many failed.
    pub fn counts(&self) -> (usize, usize) {
        let passed = self.outcomes.iter().filter(|own| own.passed()).count();
        (passed, self.outcomes.len() - passed)
    }
}

/// A rule set of which nothing, or not all, could be run: the rules, a test file or the data of one is wrong.
#[derive(Clone, Debug)]
pub struct Untested {
    /// The rule set.
    pub name: RuleSetName,
    /// What is wrong, each with its place in a file, where it has one.
    pub faults: Vec<(Option<Place>, Text)>,
}

impl Untested {
    /// A rule set with what was found wrong.
    pub fn new(name: &RuleSetName, found: &Diagnostics) -> Self {
        let errors = found.list.iter();
        let errors = errors.filter(|own| own.severity == Severity::Error);
        let fault = |own: &Diagnostic| {
            let place = own.span().map(|span| found.sources.place(span));
            (place, own.message.clone())
        };
        Self {
            name: name.clone(),
            faults: errors.map(fault).collect(),
        }
    }

    /// A rule set that the host could not have.
    pub fn host(name: &RuleSetName, error: &Error) -> Self {
        Self {
            name: name.clone(),
            faults: vec![(None, error.message().clone())],
        }
    }
}

/// What was expected and what came out, as a sentence: `skor Hukum: diharapkan 71,25, didapat 70,15 (-1,10)`.
pub fn failure_text(rules: &RuleSet, failure: &Failure) -> Text {
    let of = |lang: Lang| {
        let node = rules.find(&failure.node);
        let title = node.map_or(failure.node.as_str(), |node| {
            rules.node(node).title.get(lang)
        });
        let (what, expected) = expected(rules, &failure.expected, lang);
        let got = got(rules, failure, lang);
        let said = text!(
            "{what} «{title}»: diharapkan {expected}, didapat {got}",
            "{what} of «{title}»: expected {expected}, got {got}"
        );
        said.get(lang).to_owned()
    };
    match &failure.got {
        Got::NotRun(message) => {
            let (id, en) = (&message.id, &message.en);
            text!("tidak dapat dijalankan: {id}", "cannot be run: {en}")
        }
        _ => Text::new(of(Lang::Id), of(Lang::En)),
    }
}

/// A failure as a finding at its place, with what the case is about.
pub fn failure_diagnostic(rules: &RuleSet, case: &Case, failure: &Failure) -> Diagnostic {
    let said = failure_text(rules, failure);
    let (id, en, name) = (&said.id, &said.en, &case.id);
    let about = |lang: Lang| {
        let reason = case.reason.as_ref().map(|own| own.get(lang));
        let about = [title(case, lang), reason].into_iter().flatten();
        about.collect::<Vec<_>>().join("; ")
    };
    let said = text!("kasus `{name}`: {id}", "case `{name}`: {en}");
    Diagnostic::error(Code::E800, failure.span, said)
        .label(Text::new(about(Lang::Id), about(Lang::En)))
}

/// What is asked of a node, and the answer that was expected.
fn expected(rules: &RuleSet, expected: &Expected, lang: Lang) -> (&'static str, String) {
    let score = lang.pick("skor", "score");
    let missing = lang.pick("tanpa skor", "none").to_owned();
    match expected {
        Expected::Score(value) => (score, shown(rules, *value, lang)),
        Expected::Missing => (score, missing),
        Expected::Raw(value) => (lang.pick("nilai mentah", "raw value"), lang.exact(*value)),
        Expected::Band(band) => (lang.pick("kategori", "band"), band_title(rules, band, lang)),
        Expected::Issue(code) => (lang.pick("temuan", "issue"), code.clone()),
    }
}

fn got(rules: &RuleSet, failure: &Failure, lang: Lang) -> String {
    let missing = || lang.pick("tanpa skor", "none").to_owned();
    match &failure.got {
        Got::Score(None) | Got::Raw(None) => missing(),
        Got::Score(Some(value)) => {
            let node = rules.find(&failure.node).unwrap_or(NodeIndex::ROOT);
            let precision = rules.precision(node);
            let said = shown(rules, precision.round(*value), lang);
            match failure.difference {
                // What looks alike differs in what is not published.
                Some(by) if same(precision.round(by), 0.0) => lang.exact(*value),
                Some(by) => {
                    let sign = if by > 0.0 { "+" } else { "" };
                    format!("{said} ({sign}{})", shown(rules, precision.round(by), lang))
                }
                None => said,
            }
        }
        Got::Raw(Some(value)) => lang.exact(*value),
        Got::Band(band) => band_title(rules, band, lang),
        Got::Issues(codes) if codes.is_empty() => lang.pick("tidak ada", "none").to_owned(),
        Got::Issues(codes) => codes.join(", "),
        Got::NoNode => lang.pick("bagian ini tidak ada", "no such node").to_owned(),
        Got::NotRun(message) => message.get(lang).to_owned(),
    }
}

/// A score with the published decimals, more where it has more.
fn shown(rules: &RuleSet, value: f64, lang: Lang) -> String {
    if same(rules.published(value), value) {
        lang.number(value, rules.decimals.value)
    } else {
        lang.exact(value)
    }
}

fn band_title(rules: &RuleSet, band: &Option<String>, lang: Lang) -> String {
    let Some(id) = band else {
        return lang.pick("tanpa kategori", "none").to_owned();
    };
    let known = rules.bands.iter().find(|band| band.id == *id);
    known.map_or_else(|| id.clone(), |band| band.title.get(lang).to_owned())
}

/// The title of a case, if it has one.
fn title(case: &Case, lang: Lang) -> Option<&str> {
    Some(case.title.get(lang)).filter(|title| !title.is_empty())
}

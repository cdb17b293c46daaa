//! Advice: what is odd about a rule set once it runs: over data, beside the year before, or as a function.
//!
//! Lints read rule files alone and are run by every check; advice is asked for, and is never more than a note.

mod constant;
mod contrary;
mod exceeded;
mod near_copy;
mod not_monotone;
mod vanished_band;

use std::sync::Arc;

use crate::base::{Code, Diagnostic, Diagnostics, NodeIndex, Severity, Span, Text};
use crate::check::RuleSet;
use crate::check::rule_set::LintLevel;
use crate::compile::Program;
use crate::evaluate::Scores;

/// What advice is given on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The rule set.
    pub program: &'a Program,
    /// Its scores on data, where there is any.
    pub scores: Option<&'a Scores>,
    /// The newest rule set of the index before it, if there is one.
    pub previous: Option<&'a RuleSet>,
}

/// A piece of advice: a plug point, one file each.
pub trait Advice: Send + Sync {
    /// Its stable code, such as `A101`.
    fn code(&self) -> Code;

    /// Meaning of its findings, and why they are worth a look; advice of other crates writes it itself.
    fn meaning(&self) -> Text {
        self.code().meaning()
    }

    /// Looks at a rule set at work.
    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>);
}

/// The table.
pub fn all() -> Vec<Arc<dyn Advice>> {
    vec![
        Arc::new(exceeded::Exceeded),
        Arc::new(contrary::Contrary),
        Arc::new(constant::Constant),
        Arc::new(near_copy::NearCopy),
        Arc::new(not_monotone::NotMonotone),
        Arc::new(vanished_band::VanishedBand),
    ]
}

/// Asks for all advice, but what the rule set turns off in `[lints]`.
///
/// ```
/// # use tanggap::{Engine, bundle::DiskLoader};
/// use tanggap::explain::advice::{self, Subject, advise};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let program = engine.program(&"ipm/2014".parse()?)?.output;
/// let found = advise(&advice::all(), Subject { program: &program, scores: None, previous: None });
/// assert!(found.list.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn advise(advice: &[Arc<dyn Advice>], subject: Subject<'_>) -> Diagnostics {
    let rules = subject.program.rules();
    let mut findings = Vec::new();
    for own in advice {
        let level = rules
            .lints
            .get(own.code().as_str())
            .map(|level| level.value);
        if level != Some(LintLevel::Off) {
            own.run(subject, &mut findings);
        }
    }
    Diagnostics::new(findings, rules.sources.clone())
}

/// A note at a place.
fn note(code: Code, span: Span, message: Text) -> Diagnostic {
    Diagnostic {
        severity: Severity::Note,
        ..Diagnostic::warning(code, span, message)
    }
}

/// The indicators of a rule set.
fn indicators(rules: &RuleSet) -> impl Iterator<Item = NodeIndex> + '_ {
    rules
        .indices()
        .filter(|node| rules.node(*node).indicator().is_some())
}

/// The correlation of what both have, and how many that are; nothing where one of them is constant.
fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> Option<(f64, usize)> {
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in &pairs {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    let root = crate::base::number::sqrt(xx * yy);
    let value = xy / root;
    (root > 0.0 && value.is_finite()).then_some((value, pairs.len()))
}

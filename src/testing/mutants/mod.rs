//! Small wrong edits of a rule set, each run against its tests: would they notice?
//!
//! An edit is *killed* when a case or a data set comes out otherwise, proved *equivalent* when no region can tell it from
//! the rules (those do not count), and else it *survives*. For a survivor a region is looked for that the edit changes;
//! it makes the case that would have caught it.

mod edits;
mod equivalent;

use rayon::prelude::*;

pub use edits::{Mutant, mutants};

use super::probes::{Probe, probes, score};
use super::run::{Prepared, program_with};
use super::suggest::{case_text, issue_of};
use crate::base::number::same;
use crate::base::{Error, NodeIndex, Text};
use crate::bundle::Bundle;
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::compile::{Program, compile};
use crate::data::Dataset;
use crate::evaluate::{EvaluateOptions, Scores, evaluate};

/// What became of a small edit.
#[derive(Clone, Debug)]
pub enum Fate {
    /// A case, by its id, or the data fails.
    Killed(String),
    /// No region can tell it from the rules, and why.
    Equivalent(Text),
    /// Nothing fails; the case that would catch it, ready to be pasted, where one was found.
    Survived(Option<String>),
}

/// A data set that belongs to the tests, with its scores by the rules as they are.
pub struct Baseline<'a> {
    /// The data.
    pub data: &'a Dataset,
    /// Its scores.
    pub scores: &'a Scores,
}

/// What the tests make of all small edits of a rule set, in their order. `told` is called after each.
///
/// # Errors
/// Why the rule set cannot be run.
pub fn run_mutants(
    prepared: &Prepared<'_>,
    baseline: Option<&Baseline<'_>>,
    bundle: &Bundle,
    methods: &Methods,
    told: &(dyn Fn() + Sync),
) -> Result<Vec<(Mutant, Fate)>, Error> {
    let program = program_with(bundle, &[], methods)?;
    let rules = program.rules();
    // The rules that each group of cases is scored by.
    let editions = prepared.groups().iter().map(|group| {
        if group.settings.is_empty() {
            return Ok(rules.clone());
        }
        Ok(program_with(bundle, &group.settings, methods)?
            .rules()
            .clone())
    });
    let editions: Vec<RuleSet> = editions.collect::<Result<_, Error>>()?;
    let probes = probes(&program);
    let rows: Vec<_> = probes.iter().map(|probe| probe.row.clone()).collect();
    // A rule set that judges regions by each other cannot score what is made up.
    let probed = score(&program, &rows).ok();
    let work = Work {
        prepared,
        baseline,
        methods,
        program: &program,
        editions,
        probes,
        probed,
    };
    let all = mutants(rules).into_par_iter().map(|mutant| {
        let fate = work.fate(&mutant);
        told();
        (mutant, fate)
    });
    Ok(all.collect())
}

struct Work<'a> {
    prepared: &'a Prepared<'a>,
    baseline: Option<&'a Baseline<'a>>,
    methods: &'a Methods,
    program: &'a Program,
    editions: Vec<RuleSet>,
    probes: Vec<Probe>,
    probed: Option<Scores>,
}

impl Work<'_> {
    fn fate(&self, mutant: &Mutant) -> Fate {
        if let Some(killer) = self.killer(mutant) {
            return Fate::Killed(killer);
        }
        if let Some(why) = equivalent::proof(self.program.rules(), mutant) {
            debug_assert!(
                self.missing_case(mutant).is_none(),
                "what is proved the same is the same: {}",
                mutant.id
            );
            return Fate::Equivalent(why);
        }
        Fate::Survived(self.missing_case(mutant))
    }

    /// What fails with the edit.
    fn killer(&self, mutant: &Mutant) -> Option<String> {
        let cases = &self.prepared.suite.cases;
        for (group, rules) in self.prepared.groups().iter().zip(&self.editions) {
            let Some(edited) = mutant.edit.made(rules) else {
                continue;
            };
            let outcomes = self.prepared.group_outcomes(group, edited, self.methods);
            let failed = outcomes.iter().find(|outcome| !outcome.passed());
            if let Some(case) = failed.and_then(|outcome| cases.get(outcome.case)) {
                return Some(case.id.clone());
            }
        }
        let baseline = self.baseline?;
        let edited = self.edited(mutant)?;
        let options = EvaluateOptions {
            year: baseline.scores.year,
            ..Default::default()
        };
        // What cannot be scored any more is noticed, too.
        let Ok(scores) = evaluate(&edited, baseline.data, &options) else {
            return Some("data".to_owned());
        };
        let mut positions = 0..scores.len();
        let moved = positions.find(|at| differs(baseline.scores, &scores, *at, true))?;
        scores
            .regions
            .get(moved)
            .map(|region| format!("data {region}"))
    }

    fn edited(&self, mutant: &Mutant) -> Option<Program> {
        compile(mutant.edit.made(self.program.rules())?, self.methods).ok()
    }

    /// A case that the edit would fail, from the first made-up region that tells them apart.
    fn missing_case(&self, mutant: &Mutant) -> Option<String> {
        let probed = self.probed.as_ref()?;
        let edited = self.edited(mutant)?;
        let rows: Vec<_> = self.probes.iter().map(|probe| probe.row.clone()).collect();
        let scores = score(&edited, &rows).ok()?;
        let at = (0..scores.len()).find(|at| differs(probed, &scores, *at, false))?;
        let probe = self.probes.get(at)?;
        let moved: Vec<NodeIndex> = probed
            .program
            .rules()
            .indices()
            .filter(|node| node_differs(probed, &scores, *node, at))
            .collect();
        Some(case_text(probed, at, &probe.row, &moved, mutant))
    }
}

/// Whether a region is published otherwise.
fn differs(old: &Scores, new: &Scores, at: usize, ranked: bool) -> bool {
    let band = |scores: &Scores| {
        let band = scores.band(at)?;
        scores
            .program
            .rules()
            .bands
            .get(band)
            .map(|own| own.id.clone())
    };
    let rank = |scores: &Scores| scores.rank(at).filter(|_| ranked);
    let mut nodes = old.program.rules().indices();
    band(old) != band(new)
        || rank(old) != rank(new)
        || nodes.any(|node| node_differs(old, new, node, at))
}

fn node_differs(old: &Scores, new: &Scores, node: NodeIndex, at: usize) -> bool {
    let published = |scores: &Scores| {
        let score = scores.node(node).get(at);
        score.map(|score| scores.program.rules().precision(node).round(score))
    };
    match (published(old), published(new)) {
        (Some(old), Some(new)) => !same(old, new),
        (None, None) => {
            // A case can ask for an issue, not for there being none.
            let code = issue_of(old, node, at);
            code.is_some_and(|code| !has_issue(new, node, at, code))
        }
        _ => true,
    }
}

fn has_issue(scores: &Scores, node: NodeIndex, at: usize, code: &str) -> bool {
    let row = scores.rows.get(at);
    let mut issues = scores.issues.iter();
    issues.any(|issue| {
        issue.node == Some(node) && issue.row.as_ref() == row && issue.kind.code() == code
    })
}

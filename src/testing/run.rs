//! A suite against a rule set: what was expected, what came out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::suite::{Case, Expectation, Expected, Input, Suite};
use crate::base::language::text;
use crate::base::number::{RawValues, Tolerance, lesser, same};
use crate::base::{
    Code, Diagnostic, Diagnostics, Error, ErrorKind, Issue, NodeIndex, Severity, Span, Stop, Text,
};
use crate::bundle::Bundle;
use crate::calculus::Methods;
use crate::check::{RuleSet, check};
use crate::compile::{Program, compile};
use crate::data::{Dataset, Origin, RawCell, ReadRequest, Reader, Table, read_data};
use crate::evaluate::{Decision, EvaluateOptions, Scores, evaluate};

/// A suite, ready to be run as often as its rules change.
pub struct Prepared<'s> {
    /// The suite.
    pub suite: &'s Suite,
    groups: Vec<Group>,
    stop: Stop,
}

/// Cases that are scored together: by the same rules, on the same data.
pub(super) struct Group {
    pub(super) settings: Vec<String>,
    /// The cases, by position in the suite, each with its row.
    pub(super) cases: Vec<(usize, u32)>,
    pub(super) data: Dataset,
    year: Option<u16>,
    /// The scores by the rules that the suite was prepared for.
    scores: Scores,
}

/// What cases have in common that are scored together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shared<'a> {
    settings: Vec<String>,
    /// The data file and its year; `None` for cases that give their values.
    data: Option<(&'a str, Option<u16>)>,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case, by position in its suite.
    pub case: usize,
    /// What was not met; nothing where the case passes.
    pub failures: Vec<Failure>,
    /// What is wrong with the data of its region, where it fails.
    pub issues: Vec<Issue>,
}

impl Outcome {
    /// Whether all that was expected came out.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// An expectation that was not met.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where it is written.
    pub span: Span,
    /// The node.
    pub node: String,
    /// What was expected.
    pub expected: Expected,
    /// What came out.
    pub got: Got,
    /// How far the score lies from what was expected.
    pub difference: Option<f64>,
    /// The part of the tree that made it; nothing where only the verdict is asked for.
    pub made: Option<Made>,
}

/// A node of one region, with what is right below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The node.
    pub node: NodeIndex,
    /// Its score.
    pub score: Option<f64>,
    /// What it adds to the score above it, below a weighted mean.
    pub adds: Option<f64>,
    /// The raw value that was normalised.
    pub raw: Option<f64>,
    /// Where that comes from; `None` for parents.
    pub decision: Option<Decision>,
    /// Its children, as deep as is shown.
    pub children: Vec<Made>,
}

/// How deep below a node its tree is shown.
const DEEPEST: usize = 2;

impl Made {
    fn of(scores: &Scores, position: usize, node: NodeIndex, depth: usize) -> Self {
        let rules = scores.program.rules();
        let below = if depth < DEEPEST {
            &*rules.node(node).children
        } else {
            &[]
        };
        let child = |child: &NodeIndex| Self::of(scores, position, *child, depth + 1);
        let mut children: Vec<Self> = below.iter().map(child).collect();
        if rules.is_weighted_mean(node) {
            let weight = |own: &Self| rules.node(own.node).weight.value;
            let present = children.iter().filter(|own| own.score.is_some());
            let total: f64 = present.map(weight).sum();
            for own in &mut children {
                own.adds = own.score.map(|score| weight(own) * score / total);
            }
        }
        Self {
            node,
            score: scores.node(node).get(position),
            adds: None,
            raw: scores.raw_value(node, position),
            decision: scores.decision(node, position),
            children,
        }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// A score, exact; `None`: missing.
    Score(Option<f64>),
    /// A raw value.
    Raw(Option<f64>),
    /// A band, by id.
    Band(Option<String>),
    /// The issues of a node, by code.
    Issues(Vec<&'static str>),
    /// The rule set has no such node.
    NoNode,
    /// The rules cannot be run as the case says.
    NotRun(Text),
}

/// A rule set with what is tried out on it.
///
/// # Errors
/// When a setting names nothing, or the rules are wrong with it.
pub(super) fn program_with(
    bundle: &Bundle,
    settings: &[String],
    methods: &Methods,
) -> Result<Program, Error> {
    let bundle = bundle.clone().amended(settings)?;
    let checked = check(bundle, methods, &[]).map_err(|found| {
        let first = found.list.into_iter().next();
        let (message, help) = first.map_or_else(
            || (Text::same("?"), None),
            |first| (first.message, first.help),
        );
        Error::new(ErrorKind::Call, message).with_help_if(help)
    })?;
    compile(checked.output, methods)
}

impl<'s> Prepared<'s> {
    /// Reads the data of a suite for a rule set.
    ///
    /// # Errors
    /// What of the suite cannot be run: its settings, data files, regions.
    pub fn new(
        suite: &'s Suite,
        bundle: &Bundle,
        methods: &Methods,
        readers: &[Arc<dyn Reader>],
    ) -> Result<Self, Diagnostics> {
        Self::until(&Stop::default(), suite, bundle, None, methods, readers)
    }

    /// As [`new`](Self::new), but once it is told to stop, here or in a run, what is left is not run. A `program` of the bundle,
    /// where there is one, is not compiled again.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn until(
        stop: &Stop,
        suite: &'s Suite,
        bundle: &Bundle,
        program: Option<&Program>,
        methods: &Methods,
        readers: &[Arc<dyn Reader>],
    ) -> Result<Self, Diagnostics> {
        let mut findings = Vec::new();
        let mut groups: BTreeMap<Shared<'_>, Vec<usize>> = BTreeMap::new();
        for (at, case) in suite.cases.iter().enumerate() {
            let settings = case.settings.iter().map(|own| own.value.clone()).collect();
            let data = match &case.input {
                Input::Given(_) => None,
                Input::Row { file, year, .. } => Some((file.as_str(), *year)),
            };
            let shared = Shared { settings, data };
            groups.entry(shared).or_default().push(at);
        }
        let mut ready = Vec::new();
        for (Shared { settings, data }, members) in groups {
            if stop.is_told() {
                break;
            }
            let cases: Vec<(usize, &Case)> = members
                .iter()
                .filter_map(|at| Some((*at, suite.cases.get(*at)?)))
                .collect();
            let Some((_, first)) = cases.first() else {
                continue;
            };
            let known = program.filter(|_| settings.is_empty()).cloned();
            let program = known.map_or_else(|| program_with(bundle, &settings, methods), Ok);
            let program = match program {
                Ok(program) => program,
                Err(error) => {
                    // The first of them that does not go with those before it.
                    let wrong = (1..=settings.len()).find(|count| {
                        let some = settings.get(..*count).unwrap_or_default();
                        program_with(bundle, some, methods).is_err()
                    });
                    let wrong = wrong.and_then(|count| first.settings.get(count - 1));
                    let at = wrong.and_then(|own| own.origin);
                    let at = at.unwrap_or(first.span);
                    findings.push(found_wrong(Code::E810, at, &error));
                    continue;
                }
            };
            let rules = program.rules();
            let data_of = data;
            let found = match data {
                None => given(rules, &cases).map(|data| (data, None)),
                Some((file, year)) => {
                    let bytes = suite.data.get(file).map_or(&[][..], |bytes| bytes);
                    let mut request = ReadRequest::of(rules);
                    // A case may ask for any of them.
                    request.budget.issues = usize::MAX;
                    read_data(readers, Some(file), &mut &*bytes, &request).map(|data| (data, year))
                }
            };
            let read = found.and_then(|(data, year)| {
                let options = EvaluateOptions {
                    year,
                    stop: Some(stop),
                    ..Default::default()
                };
                Ok((evaluate(&program, &data, &options)?, data, year))
            });
            let (scores, data, year) = match read {
                Ok(read) => read,
                Err(error) => {
                    findings.push(found_wrong(Code::E811, first.span, &error));
                    continue;
                }
            };
            // Without a column every case would fail for a reason that none of them shows.
            let lacking = scores
                .issues
                .iter()
                .filter(|issue| issue.row.is_none() && issue.kind.severity() == Severity::Error);
            if let (Some(issue), Some((file, _))) = (lacking.into_iter().next(), data_of) {
                findings.push(lacks(first, file, issue));
                continue;
            }
            let mut rows = Vec::new();
            let by_region = scores.positions();
            for (place, (at, case)) in cases.iter().enumerate() {
                let row = match &case.input {
                    Input::Given(_) => u32::try_from(place).ok(),
                    Input::Row { region, .. } => {
                        let position = by_region.get(region.as_str());
                        position.and_then(|at| scores.rows.get(*at)).copied()
                    }
                };
                match row {
                    Some(row) => rows.push((*at, row)),
                    None => findings.push(no_region(case)),
                }
            }
            ready.push(Group {
                settings,
                cases: rows,
                data,
                year,
                scores,
            });
        }
        if findings.is_empty() {
            return Ok(Self {
                suite,
                groups: ready,
                stop: stop.clone(),
            });
        }
        Err(Diagnostics::new(findings, suite.sources.clone()))
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What became of all cases by the rules that the suite was prepared for.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.each(|group| self.judged(group, Ok(&group.scores), true).collect())
    }

    /// Runs all cases against another edition of the rule set.
    pub fn run(&self, bundle: &Bundle, methods: &Methods) -> Vec<Outcome> {
        self.each(|group| {
            let scored = program_with(bundle, &group.settings, methods);
            let scored = scored.and_then(|program| group.score(&program, &self.stop));
            self.judged(group, scored.as_ref(), true).collect()
        })
    }

    /// The outcomes of all groups, in the order of the cases, until it is told to stop.
    fn each(&self, judge: impl Fn(&Group) -> Vec<Outcome>) -> Vec<Outcome> {
        let groups = self.groups.iter().take_while(|_| !self.stop.is_told());
        let mut outcomes: Vec<Outcome> = groups.flat_map(judge).collect();
        outcomes.sort_by_key(|outcome| outcome.case);
        outcomes
    }

    /// What becomes of the cases of one group by another edition of its rules.
    pub(super) fn group_outcomes(
        &self,
        group: &Group,
        rules: RuleSet,
        methods: &Methods,
    ) -> Vec<Outcome> {
        let program = compile(rules, methods);
        let scored = program.and_then(|program| group.score(&program, &self.stop));
        self.judged(group, scored.as_ref(), false).collect()
    }

    fn judged<'a>(
        &'a self,
        group: &'a Group,
        scored: Result<&'a Scores, &'a Error>,
        shown: bool,
    ) -> impl Iterator<Item = Outcome> + 'a {
        let issues = scored.map(IssuesByRow::of);
        group.cases.iter().filter_map(move |(at, row)| {
            let case = self.suite.cases.get(*at)?;
            let failures = match (scored, &issues) {
                (Ok(scores), Ok(issues)) => judge(scores, issues, *row, case, shown),
                (Err(error), _) | (_, &Err(error)) => not_run(case, error.message()),
            };
            let failing = issues.as_ref().ok();
            let failing = failing.filter(|_| shown && !failures.is_empty());
            Some(Outcome {
                case: *at,
                issues: failing.map_or_else(Vec::new, |issues| issues.of_data(*row)),
                failures,
            })
        })
    }
}

impl Group {
    pub(super) fn score(&self, program: &Program, stop: &Stop) -> Result<Scores, Error> {
        let options = EvaluateOptions {
            year: self.year,
            stop: Some(stop),
            ..Default::default()
        };
        evaluate(program, &self.data, &options)
    }
}

/// The cases that give their own values, as data.
fn given(rules: &RuleSet, cases: &[(usize, &Case)]) -> Result<Dataset, Error> {
    let row = |case: &Case| match &case.input {
        Input::Given(values) => {
            let columns = rules.columns.iter();
            columns
                .map(|own| values.get(&own.header).copied())
                .collect()
        }
        Input::Row { .. } => Vec::new(),
    };
    let rows: Vec<Vec<Option<f64>>> = cases.iter().map(|(_, case)| row(case)).collect();
    rows_as_data(rules, &rows)
}

/// Rows of raw values, by column, as data.
pub(super) fn rows_as_data(rules: &RuleSet, rows: &[Vec<Option<f64>>]) -> Result<Dataset, Error> {
    const KEY: &str = "#";
    let columns = rules.columns.iter();
    let request = ReadRequest {
        key: Some(KEY.to_owned()),
        headers: columns.clone().map(|own| own.header.clone()).collect(),
        ids: columns.map(|own| own.id.clone()).collect(),
        ..Default::default()
    };
    let mut headers = vec![KEY.to_owned()];
    headers.extend(request.headers.iter().cloned());
    let mut table = Table::begin(headers, Origin::default(), &request)?;
    for (place, row) in rows.iter().enumerate() {
        table.row(0, |at| match at.checked_sub(1) {
            None => RawCell::Text(format!("{place:06}").into()),
            Some(at) => row
                .get(at)
                .copied()
                .flatten()
                .map_or(RawCell::Nothing, RawCell::Number),
        })?;
    }
    table.finish()
}

/// What cannot be done, at the place that asks for it.
fn found_wrong(code: Code, at: Span, error: &Error) -> Diagnostic {
    Diagnostic::error(code, at, error.message().clone()).help_if(error.help().cloned())
}

/// That something is wrong with a data file as a whole, such as a column that it lacks.
fn lacks(case: &Case, file: &str, issue: &Issue) -> Diagnostic {
    let (message, column) = (issue.kind.message(), issue.column.as_deref().unwrap_or(""));
    let (id, en) = (message.id, message.en);
    Diagnostic::error(
        Code::E811,
        case.span,
        text!("`{file}`: `{column}`: {id}", "`{file}`: `{column}`: {en}"),
    )
}

fn no_region(case: &Case) -> Diagnostic {
    let (file, region) = match &case.input {
        Input::Row { file, region, .. } => (file.as_str(), region.as_str()),
        Input::Given(_) => ("", ""),
    };
    Diagnostic::error(
        Code::E812,
        case.span,
        text!(
            "`{file}` tidak punya wilayah `{region}`",
            "`{file}` has no region `{region}`"
        ),
    )
}

fn not_run(case: &Case, message: &Text) -> Vec<Failure> {
    let first = case.expectations.first().into_iter();
    let failures = first.map(|own| Failure {
        span: own.span,
        node: own.node.clone(),
        expected: own.what.clone(),
        got: Got::NotRun(message.clone()),
        difference: None,
        made: None,
    });
    failures.collect()
}

/// The issues of scores, by row; those of whole columns apart.
struct IssuesByRow<'a> {
    rows: BTreeMap<u32, Vec<&'a Issue>>,
    columns: Vec<&'a Issue>,
}

impl<'a> IssuesByRow<'a> {
    fn of(scores: &'a Scores) -> Self {
        let (mut rows, mut columns) = (BTreeMap::<u32, Vec<&Issue>>::new(), Vec::new());
        for issue in &scores.issues {
            match issue.row {
                Some(row) => rows.entry(row).or_default().push(issue),
                None => columns.push(issue),
            }
        }
        Self { rows, columns }
    }

    fn row(&self, row: u32) -> impl Iterator<Item = &'a Issue> {
        self.rows.get(&row).into_iter().flatten().copied()
    }

    /// What is wrong with the data of a row, besides what its nodes say themselves.
    fn of_data(&self, row: u32) -> Vec<Issue> {
        let own = self.row(row);
        let own = own.filter(|own| own.column.is_some() && own.kind.severity() > Severity::Note);
        own.cloned().collect()
    }

    /// The codes of a node in a row, and of the columns that it reads. What a whole column suffers from, its regions do, too.
    fn codes(&self, rules: &RuleSet, node: NodeIndex, row: u32) -> Vec<&'static str> {
        let reads = |header: &str| {
            let indicator = rules.node(node).indicator();
            let columns = indicator.map_or(&[][..], |indicator| indicator.columns());
            let mut columns = columns.iter().filter_map(|at| rules.columns.get(*at));
            columns.any(|column| column.header == header)
        };
        let all = self.columns.iter().copied().chain(self.row(row));
        let own = all.filter(|own| match own.node {
            Some(its) => its == node,
            None => own.column.as_deref().is_some_and(reads),
        });
        own.map(|own| own.kind.code()).collect()
    }
}

/// What of a case was not met by the scores of its row.
fn judge(
    scores: &Scores,
    issues: &IssuesByRow<'_>,
    row: u32,
    case: &Case,
    shown: bool,
) -> Vec<Failure> {
    let Some(position) = scores.position(row) else {
        return not_run(case, &text!("tidak diberi skor", "not scored"));
    };
    let mut failures: Vec<Failure> = case
        .expectations
        .iter()
        .filter_map(|own| failure(scores, issues, (position, row), case, own))
        .collect();
    if shown {
        for failure in &mut failures {
            let node = scores.program.rules().find(&failure.node);
            failure.made = node.map(|node| Made::of(scores, position, node, 0));
        }
    }
    failures
}

/// How the raw value of a region came about.
fn raw_values(scores: &Scores, node: NodeIndex, position: usize) -> RawValues {
    let indicator = scores.program.rules().node(node).indicator();
    let as_read = scores.decision(node, position) == Some(Decision::Observed)
        && indicator.is_some_and(|own| own.treat.is_none());
    match indicator {
        Some(own) if as_read => own.raw_values(),
        _ => RawValues::Calculated,
    }
}

fn failure(
    scores: &Scores,
    issues: &IssuesByRow<'_>,
    (position, row): (usize, u32),
    case: &Case,
    own: &Expectation,
) -> Option<Failure> {
    let rules = scores.program.rules();
    let not_met = |got: Got, difference: Option<f64>| {
        Some(Failure {
            span: own.span,
            node: own.node.clone(),
            expected: own.what.clone(),
            got,
            difference,
            made: None,
        })
    };
    let Some(node) = rules.find(&own.node) else {
        return not_met(Got::NoNode, None);
    };
    let score = scores.node(node).get(position);
    match &own.what {
        Expected::Score(wanted) => {
            let met = score.is_some_and(|score| match case.tolerance {
                Some(tolerance) => {
                    let distance = (score - wanted).abs();
                    let range = rules.node(node).range.value;
                    range.tolerance().reaches(tolerance, distance)
                }
                None => same(rules.precision(node).round(score), *wanted),
            });
            let difference = score.map(|score| score - wanted);
            (!met).then(|| not_met(Got::Score(score), difference))?
        }
        Expected::Missing if score.is_none() => None,
        Expected::Missing => not_met(Got::Score(score), None),
        Expected::Raw(wanted) => {
            let raw = scores.raw_value(node, position);
            let met = raw.is_some_and(|raw| match case.tolerance {
                Some(tolerance) => {
                    let size = Tolerance::of_size(lesser(raw.abs(), wanted.abs()));
                    size.reaches(tolerance, (raw - wanted).abs())
                }
                None => raw_values(scores, node, position).same(raw, *wanted),
            });
            let difference = raw.map(|raw| raw - wanted);
            (!met).then(|| not_met(Got::Raw(raw), difference))?
        }
        Expected::Band(wanted) => {
            let band = scores.band(position).and_then(|at| rules.bands.get(at));
            let band = band.map(|band| band.id.clone());
            (band != *wanted).then(|| not_met(Got::Band(band), None))?
        }
        Expected::Issue(wanted) => {
            let codes = issues.codes(rules, node, row);
            (!codes.contains(&wanted.as_str())).then(|| not_met(Got::Issues(codes), None))?
        }
    }
}

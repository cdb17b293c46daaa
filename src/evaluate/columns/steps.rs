//! The instructions that are steps of the rule set: normalise, fill, admit, combine, finish.

use super::kernels::{self, Present};
use super::{Run, Side, State};
use crate::base::number::clamp;
use crate::base::{IssueKind, NodeIndex};
use crate::calculus::{Form, WhenMissing};
use crate::check::rule_set::{Combine, Indicator, MissingPolicy, Node, ParentRules};
use crate::compile::StepKind;
use crate::compile::flat::code::{Columns, Flag, Instruction, Op, Source};
use crate::compile::interpreter::Failure;
use crate::data::dataset::NumberColumn;
use crate::evaluate::node::{
    ChildScore, Siblings, aggregate, finish, is_enough, normalise, run_formula,
};
use crate::evaluate::raw::PreparedIndicator;
use crate::evaluate::scores::Decision;

impl<'a> Run<'a> {
    pub(super) fn step(&mut self, instruction: &Instruction<Source>) {
        match instruction.op {
            Op::Fill(node, value, missing) => self.fill(instruction, node, value, missing),
            Op::Normalise(node, value, missing) => {
                self.normalise(instruction, node, value, missing);
            }
            Op::Extreme(node, score, missing, unobserved) => {
                self.extreme(instruction, node, score, (missing, unobserved));
            }
            Op::Admit(node) => self.admit(instruction, node),
            Op::Combine(node) => self.combine(instruction, node),
            Op::Interpret(node) => self.interpret(instruction, node),
            Op::Finish(node, value) => self.finish(instruction, node, value),
            Op::Store(node) => self.store(node),
            _ => {}
        }
    }

    fn columns(&self, node: NodeIndex) -> Columns<Source> {
        self.code.nodes.get(node.at()).copied().unwrap_or_default()
    }

    fn indicator(
        &self,
        node: NodeIndex,
    ) -> Option<(&'a Node, &'a Indicator, &'a PreparedIndicator)> {
        let own = self.setting.program.rules().node(node);
        let prepared = self.setting.prepared.indicators.get(node.at())?.as_ref()?;
        Some((own, own.indicator()?, prepared))
    }

    fn parent(&self, node: NodeIndex) -> Option<(&'a Node, &'a ParentRules)> {
        let own = self.setting.program.rules().node(node);
        Some((own, own.parent_rules()?))
    }

    /// Gives missing values what their policy says.
    fn fill(
        &mut self,
        instruction: &Instruction<Source>,
        node: NodeIndex,
        value: Source,
        missing: Flag,
    ) {
        self.give(instruction.to, |own, to| {
            kernels::copy(to, own.number(value));
        });
        let Some(to_flag) = instruction.to_flag else {
            return;
        };
        self.copy_marks(missing, to_flag);
        if self.flag(missing).state == State::No {
            return;
        }
        let Some((_, rule, prepared)) = self.indicator(node) else {
            return;
        };
        let invalid = self.columns(node).invalid;
        let rows = self.rows;
        self.marks(to_flag).spread(rows);
        for row in 0..rows {
            if !self.flag(missing).at(row)
                || self.scratch.over.at(row)
                || self.flag(invalid).at(row)
            {
                continue;
            }
            let groups = &self.setting.chunk.groups;
            let group = groups.get(self.start + row).and_then(Option::as_deref);
            match prepared.given(rule, group) {
                Some(given) => {
                    self.set_given(instruction.to, row, given);
                    if let Some(slot) = self.marks(to_flag).rows.get_mut(row) {
                        *slot = false;
                    }
                }
                None if matches!(
                    rule.missing.value,
                    MissingPolicy::Mean | MissingPolicy::GroupMean
                ) =>
                {
                    let failure = Failure {
                        kind: IssueKind::NoGroupMean,
                        place: rule.missing.origin,
                        found: None,
                    };
                    self.report(node, row, failure);
                }
                None => {}
            }
        }
    }

    fn copy_marks(&mut self, from: Flag, to: Flag) {
        let rows = self.rows;
        let mut marks = std::mem::take(self.marks(to));
        marks.copy(self.flag(from), rows);
        *self.marks(to) = marks;
    }

    fn normalise(
        &mut self,
        instruction: &Instruction<Source>,
        node: NodeIndex,
        value: Source,
        missing: Flag,
    ) {
        let Some((own, rule, prepared)) = self.indicator(node) else {
            return;
        };
        let width = self.setting.width;
        if let Some(to_flag) = instruction.to_flag.filter(|_| !self.whole) {
            self.copy_marks(missing, to_flag);
        }
        if prepared.curve.is_none() {
            match instruction.to_flag {
                Some(to_flag) if !self.whole => self.marks(to_flag).state = State::All,
                _ => self.ended = true,
            }
            return;
        }
        if let Some(line) = prepared.line.as_ref().filter(|_| self.in_fast_range(value)) {
            self.give(instruction.to, |own, to| {
                if let Side::Column(x) = own.number(value) {
                    kernels::line(width, to, x, line);
                }
            });
            return;
        }
        for row in 0..self.rows {
            if (!self.whole && self.flag(missing).at(row)) || self.scratch.over.at(row) {
                continue;
            }
            let raw = self.number(value).at(row);
            match normalise(own, rule, prepared, Some(raw)) {
                Ok(score) => self.set_given(instruction.to, row, score.unwrap_or(0.0)),
                Err((kind, found)) => {
                    let rows = self.rows;
                    if let Some(to_flag) = instruction.to_flag {
                        self.marks(to_flag).set(row, rows);
                    }
                    let failure = Failure {
                        kind,
                        place: Some(instruction.span),
                        found,
                    };
                    self.report(node, row, failure);
                }
            }
        }
    }

    /// Scores missing values the worst or best.
    fn extreme(
        &mut self,
        instruction: &Instruction<Source>,
        node: NodeIndex,
        score: Source,
        (missing, unobserved): (Flag, Flag),
    ) {
        self.give(instruction.to, |own, to| {
            kernels::copy(to, own.number(score));
        });
        let Some(to_flag) = instruction.to_flag else {
            return;
        };
        self.copy_marks(missing, to_flag);
        let Some((own, rule, prepared)) = self.indicator(node) else {
            return;
        };
        if self.flag(unobserved).state == State::No || prepared.curve.is_none() {
            return;
        }
        let range = own.range.value;
        let end = match rule.missing.value {
            MissingPolicy::Best => range.high,
            _ => range.low,
        };
        let invalid = self.columns(node).invalid;
        let rows = self.rows;
        self.marks(to_flag).spread(rows);
        for row in 0..rows {
            if self.flag(unobserved).at(row) && !self.flag(invalid).at(row) {
                self.set_given(instruction.to, row, end);
                if let Some(slot) = self.marks(to_flag).rows.get_mut(row) {
                    *slot = false;
                }
            }
        }
    }

    fn child(&self, columns: &Columns<Source>, row: usize) -> ChildScore {
        let of = |source, missing: Flag| {
            (!self.flag(missing).at(row)).then(|| self.number(source).at(row))
        };
        ChildScore {
            score: of(columns.score, columns.missing),
            raw: of(columns.raw, columns.raw_missing),
            available: !self.flag(columns.unavailable).at(row),
            fails: self.flag(columns.fails).at(row),
        }
    }

    fn children(&self, node: &Node, row: usize) -> Vec<ChildScore> {
        let children = node.children.iter();
        children
            .map(|child| self.child(&self.columns(*child), row))
            .collect()
    }

    /// Which rows have too little data for the formula of a parent.
    fn admit(&mut self, instruction: &Instruction<Source>, node: NodeIndex) {
        let Some(to_flag) = instruction.to_flag else {
            return;
        };
        let rows = self.rows;
        let mut done = std::mem::take(self.marks(to_flag));
        done.copy(&self.scratch.over, rows);
        *self.marks(to_flag) = done;
        let Some((own, parent)) = self.parent(node) else {
            return;
        };
        let flags = own.children.iter().map(|child| self.columns(*child));
        let all_there = flags.clone().all(|child| {
            self.flag(child.fails).state == State::No
                && self.flag(child.unavailable).state == State::No
        });
        if all_there {
            return;
        }
        let rules = self.setting.program.rules();
        let siblings = Siblings::of(rules, own);
        for row in self.lacking(own, parent, &siblings) {
            if self.flag(to_flag).at(row) {
                continue;
            }
            let children = self.children(own, row);
            let Err(failure) = siblings.check_available(rules, own, parent, &children) else {
                continue;
            };
            self.marks(to_flag).set(row, rows);
            // A child without score that is a parent itself has said why.
            let said = failure.kind == IssueKind::BelowAvailable && self.said(own, row);
            if !said {
                self.report(node, row, failure);
            }
        }
    }

    /// The rows that may have too little data.
    fn lacking(&self, node: &Node, parent: &ParentRules, siblings: &Siblings) -> Vec<usize> {
        let mut available = vec![0.0; self.rows];
        let mut any = vec![false; self.rows];
        let mut fails = vec![false; self.rows];
        let mut total = 0.0;
        for (child, sibling) in node.children.iter().zip(&siblings.list) {
            let (weight, counts) = (sibling.weight, siblings.counts(sibling));
            total += weight;
            let columns = self.columns(*child);
            let flag = self.flag(columns.unavailable);
            match flag.state {
                State::All => {}
                State::No => {
                    any.iter_mut().for_each(|any| *any |= counts);
                    available.iter_mut().for_each(|own| *own += weight);
                }
                State::Rows => {
                    let rows = available.iter_mut().zip(&mut any).zip(&flag.rows);
                    for ((available, any), missing) in rows {
                        *available += if *missing { 0.0 } else { weight };
                        *any |= counts && !missing;
                    }
                }
            }
            let flag = self.flag(columns.fails);
            if counts && flag.state != State::No {
                for (row, fails) in fails.iter_mut().enumerate() {
                    *fails |= flag.at(row);
                }
            }
        }
        let lacks = |row: &usize| {
            let at = |list: &[bool]| list.get(*row).copied().unwrap_or(true);
            let share = available.get(*row).copied().unwrap_or(0.0);
            at(&fails) || !at(&any) || !is_enough(parent, share, total)
        };
        (0..self.rows).filter(lacks).collect()
    }

    /// Whether a child that is a parent itself has no score, which is an issue of its own.
    fn said(&self, node: &Node, row: usize) -> bool {
        node.children.iter().any(|child| {
            let parent = !self
                .setting
                .program
                .rules()
                .node(*child)
                .children
                .is_empty();
            parent && self.flag(self.columns(*child).missing).at(row)
        })
    }

    fn combine(&mut self, instruction: &Instruction<Source>, node: NodeIndex) {
        let Some((own, parent)) = self.parent(node) else {
            return;
        };
        let rules = self.setting.program.rules();
        let mut odd = None;
        if let Combine::Aggregation { method, .. } = &parent.combine
            && let Some(form) = method.form()
            && method.when_missing() == WhenMissing::Skip
        {
            let children: Vec<_> = own
                .children
                .iter()
                .map(|child| {
                    let columns = self.columns(*child);
                    (
                        rules.node(*child).weight.value,
                        columns.score,
                        columns.missing,
                    )
                })
                .collect();
            odd = Some(self.over_children(instruction, form, &children));
        }
        let siblings = Siblings::of(rules, own);
        for row in odd.unwrap_or_else(|| (0..self.rows).collect()) {
            if !self.reaches(instruction, row) {
                continue;
            }
            match aggregate(parent, &self.children(own, row), &siblings) {
                Ok(value) => self.set_given(instruction.to, row, value),
                Err(failure) => self.fail_with(instruction, row, failure),
            }
        }
    }

    /// A known form over children of which some may be missing; gives the rows that it does not settle.
    pub(super) fn over_children(
        &mut self,
        instruction: &Instruction<Source>,
        form: Form,
        children: &[(f64, Source, Flag)],
    ) -> Vec<usize> {
        let rows = self.rows;
        let width = self.setting.width;
        let some_missing = children
            .iter()
            .any(|(_, _, missing)| self.flag(*missing).state != State::No);
        // A sum over less than all is not for columns to give.
        if form == Form::Total && some_missing {
            return (0..rows).collect();
        }
        let mut present = Present::new(rows);
        let (none, mut same) = (vec![false; rows], vec![0.0; rows]);
        let mut unsettled = Vec::new();
        self.give(instruction.to, |own, to| {
            to.fill(-0.0);
            for (weight, score, missing) in children {
                let missing = own.flag(*missing);
                let missing = match missing.state {
                    State::All => continue,
                    State::No => &none,
                    State::Rows => &missing.rows,
                };
                let score = match own.number(*score) {
                    Side::Column(score) => score,
                    Side::Constant(score) => {
                        same.fill(score);
                        &same
                    }
                };
                let weight = if form == Form::WeightedMean {
                    *weight
                } else {
                    1.0
                };
                kernels::add_present(width, to, weight, score, missing, &mut present);
            }
            let bounds = present.low.iter().zip(&present.high);
            for (row, ((to, total), (low, high))) in
                to.iter_mut().zip(&present.total).zip(bounds).enumerate()
            {
                let value = match form {
                    Form::Least => *low,
                    Form::Greatest => *high,
                    Form::Total => *to,
                    Form::Average | Form::WeightedMean => *to / total,
                };
                *to = match form {
                    Form::Average | Form::WeightedMean => clamp(value, *low, *high),
                    _ => value,
                };
                // Between bounds anything would look finite.
                if !(value.is_finite() && *total > 0.0) {
                    unsettled.push(row);
                }
            }
        });
        unsettled
    }

    fn interpret(&mut self, instruction: &Instruction<Source>, node: NodeIndex) {
        let Some((own, _)) = self.parent(node) else {
            return;
        };
        let Some(StepKind::Formula(formula)) =
            self.setting.program.step(node).map(|step| &step.kind)
        else {
            return;
        };
        let mut session = formula.interpreter.session();
        for row in 0..self.rows {
            if !self.reaches(instruction, row) {
                continue;
            }
            let children = self.children(own, row);
            match run_formula(&mut session, &children) {
                Ok(value) => self.set_given(instruction.to, row, value),
                Err(failure) => self.fail_with(instruction, row, failure),
            }
        }
    }

    fn finish(&mut self, instruction: &Instruction<Source>, node: NodeIndex, value: Source) {
        let Some((own, parent)) = self.parent(node) else {
            return;
        };
        let range = own.range.value;
        let most = if own.clamp.is_some_and(|clamp| clamp.value) {
            f64::MAX
        } else {
            range.tolerance().width()
        };
        let width = self.setting.width;
        let odd = self.give_checked(instruction.to, |own, to| {
            kernels::inside(width, to, own.number(value), range.low, range.high, most)
        });
        if odd || parent.round_to.is_some() {
            self.finish_rows(instruction, own, parent, value);
        }
        if let (Some(done), Some(to_flag)) = (instruction.done, instruction.to_flag) {
            self.copy_marks(done, to_flag);
        }
    }

    fn finish_rows(
        &mut self,
        instruction: &Instruction<Source>,
        node: &Node,
        parent: &ParentRules,
        value: Source,
    ) {
        for row in 0..self.rows {
            if !self.reaches(instruction, row) {
                continue;
            }
            let value = self.number(value).at(row);
            if !value.is_finite() {
                self.fail(instruction, row, IssueKind::NotFinite, None);
                continue;
            }
            match finish(self.setting.program.rules(), node, parent, value) {
                Ok(value) => self.set_given(instruction.to, row, value),
                Err(failure) => self.fail_with(instruction, row, failure),
            }
        }
    }

    /// Writes the figures of a node out.
    fn store(&mut self, node: NodeIndex) {
        let own = self.columns(node);
        let Some(found) = self.found.take() else {
            return;
        };
        let over = &self.scratch.over;
        if let Some(column) = found.scores.get_mut(node.at()) {
            let missing = self.flag(own.missing);
            let there = missing.state == State::No && over.state == State::No;
            let missing = (!there).then_some(|row| missing.at(row) || over.at(row));
            column.fill_up(self.start);
            self.write(own.score, column, missing);
        }
        if let Some((_, rule, _)) = self.indicator(node) {
            if let Some(column) = found.raw.get_mut(node.at()) {
                let missing = self.flag(own.raw_missing);
                let there = missing.state == State::No && over.state == State::No;
                let missing = (!there).then_some(|row| missing.at(row) || over.at(row));
                column.fill_up(self.start);
                self.write(own.raw, column, missing);
            }
            if let Some(decisions) = found.decisions.get_mut(node.at()) {
                let no = |flag| self.flag(flag).state == State::No;
                let scored = rule.missing.value != MissingPolicy::Fail || no(own.missing);
                let observed = no(own.unobserved) && scored && over.state == State::No;
                if observed {
                    decisions.extend(std::iter::repeat_n(Decision::Observed, self.rows));
                } else {
                    decisions.extend((0..self.rows).map(|row| self.decision(&own, rule, row)));
                }
            }
        }
        self.found = Some(found);
    }

    /// Adds the rows of a source to a column.
    fn write(
        &self,
        source: Source,
        column: &mut NumberColumn,
        missing: Option<impl Fn(usize) -> bool>,
    ) {
        match self.number(source) {
            Side::Column(values) => column.add_results(values.iter().copied(), missing),
            Side::Constant(value) => {
                column.add_results(std::iter::repeat_n(value, self.rows), missing);
            }
        }
    }

    fn decision(&self, own: &Columns<Source>, rule: &Indicator, row: usize) -> Decision {
        if self.scratch.over.at(row) {
            return Decision::Skipped;
        }
        let fails = rule.missing.value == MissingPolicy::Fail && self.flag(own.missing).at(row);
        if fails || self.flag(own.invalid).at(row) {
            return Decision::Failed;
        }
        if !self.flag(own.unobserved).at(row) {
            return Decision::Observed;
        }
        let filled = |decision| {
            if self.flag(own.raw_missing).at(row) {
                Decision::Skipped
            } else {
                decision
            }
        };
        match rule.missing.value {
            MissingPolicy::Skip => Decision::Skipped,
            MissingPolicy::Fail => Decision::Failed,
            MissingPolicy::Worst => Decision::Worst,
            MissingPolicy::Best => Decision::Best,
            MissingPolicy::Value(_) => filled(Decision::Given),
            MissingPolicy::Mean => filled(Decision::Mean),
            MissingPolicy::GroupMean => filled(Decision::GroupMean),
        }
    }
}

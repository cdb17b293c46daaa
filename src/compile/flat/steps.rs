//! The whole rule set as one program: from the observed values of indicators to the index.

use super::Told;
use super::code::{Columns, Flag, Number, Op};
use super::partial::{Draft, Num, Truth, Value, Writer};
use crate::base::{NodeIndex, Span};
use crate::calculus::{Form, Methods};
use crate::check::RuleSet;
use crate::check::formula::{Formula, Place};
use crate::check::rule_set::{
    Combine, Indicator, Method, MissingPolicy, Node, Outside, ParentRules,
};

/// The program of a rule set, and what became of each formula, by node: how many instructions it has, or why it is
/// interpreted.
///
/// With `whole`, for rows of which every value is there: nothing is missing in it, and the first issue ends it.
pub(super) fn write(rules: &RuleSet, methods: &Methods, whole: bool) -> (Draft, Vec<Option<Told>>) {
    let mut writer = Writer::new(rules, methods, whole);
    let mut formulas = vec![None; rules.nodes.len()];
    writer.draft.children = rules
        .nodes
        .iter()
        .map(|node| node.children.clone())
        .collect();
    writer.draft.nodes = vec![Columns::default(); rules.nodes.len()];
    let nodes: Vec<NodeIndex> = rules.indices().collect();
    for index in nodes.into_iter().rev() {
        writer.node = index;
        writer.done = None;
        let node = rules.node(index);
        let columns = match &node.method {
            Method::Indicator(indicator) => writer.indicator(index, node, indicator),
            Method::Parent(parent) => {
                let (columns, formula) = writer.parent(index, node, parent);
                if let Some(slot) = formulas.get_mut(index.at()) {
                    *slot = formula;
                }
                columns
            }
        };
        writer.done = None;
        writer.set_place(
            Place::Child(index),
            columns.score,
            writer.truth_of_flag(columns.missing),
        );
        writer.set_place(
            Place::Raw(index),
            columns.raw,
            writer.truth_of_flag(columns.raw_missing),
        );
        if let Some(slot) = writer.draft.nodes.get_mut(index.at()) {
            *slot = columns;
        }
        if !whole {
            writer.mark(Op::Store(index), None, node.span);
        }
    }
    let root = writer.draft.nodes.first().copied().unwrap_or_default();
    writer.draft.result = root.score;
    writer.draft.done = root.missing;
    (writer.draft, formulas)
}

impl<'a> Writer<'a> {
    fn never(&mut self) -> Flag {
        self.flag(Truth::Known(false))
    }

    /// What is known of a flag.
    fn truth_of_flag(&self, flag: Flag) -> Truth {
        let mut known = self.draft.known_flags.iter();
        match known.find(|(own, _)| *own == flag) {
            Some((_, value)) => Truth::Known(*value),
            None => Truth::At(flag),
        }
    }

    fn indicator(
        &mut self,
        index: NodeIndex,
        node: &Node,
        indicator: &Indicator,
    ) -> Columns<Number> {
        let never = self.never();
        let (observed, _) = self.input(Place::Raw(index));
        let fails = indicator.valid.is_some() && indicator.outside.value == Outside::Fail;
        let invalid = if fails && !self.whole {
            self.new_flag()
        } else {
            never
        };
        let mut unobserved = never;
        if let Some(input) = self.draft.inputs.last_mut() {
            unobserved = input.missing;
            input.invalid = (invalid != never).then_some(invalid);
        }
        let place = indicator.normalisation_origin.unwrap_or(node.span);
        let mut columns = Columns {
            raw: observed,
            raw_missing: unobserved,
            unobserved,
            invalid,
            fails: invalid,
            ..Columns::default()
        };
        let policy = indicator.missing.value;
        if self.whole {
            let (score, _) = self.step(Op::Normalise(index, observed, never), place);
            return Columns {
                score,
                missing: never,
                unavailable: never,
                ..columns
            };
        }
        if let MissingPolicy::Value(_) | MissingPolicy::Mean | MissingPolicy::GroupMean = policy {
            let origin = indicator.missing.origin.unwrap_or(node.span);
            (columns.raw, columns.raw_missing) =
                self.step(Op::Fill(index, observed, unobserved), origin);
        }
        (columns.score, columns.missing) = self.step(
            Op::Normalise(index, columns.raw, columns.raw_missing),
            place,
        );
        columns.unavailable = columns.missing;
        match policy {
            MissingPolicy::Skip => {}
            // What has no score for another reason, such as a column without spread, fails its parent as well.
            MissingPolicy::Fail => columns.fails = columns.missing,
            MissingPolicy::Worst | MissingPolicy::Best => {
                let normalised = columns.missing;
                (columns.score, columns.missing) = self.step(
                    Op::Extreme(index, columns.score, normalised, unobserved),
                    place,
                );
                // What was normalised, and only that, was observed.
                columns.unavailable = normalised;
            }
            MissingPolicy::Value(_) | MissingPolicy::Mean | MissingPolicy::GroupMean => {
                let flag = self.new_flag();
                self.mark(Op::Or(unobserved, columns.missing), Some(flag), node.span);
                columns.unavailable = flag;
            }
        }
        columns
    }

    fn parent(
        &mut self,
        index: NodeIndex,
        node: &Node,
        parent: &'a ParentRules,
    ) -> (Columns<Number>, Option<Told>) {
        let never = self.never();
        let always = self.flag(Truth::Known(true));
        if !self.whole {
            let done = self.new_flag();
            self.mark(Op::Admit(index), Some(done), node.span);
            self.done = Some(done);
        }
        let (place, value, told) = match &parent.combine {
            Combine::Formula(formula) => {
                let (value, told) = self.formula_or_interpreted(index, formula);
                (formula.span, value, Some(told))
            }
            Combine::Aggregation { method, origin, .. } => {
                let place = origin.unwrap_or(node.span);
                let value = self.aggregation(index, node, method.form(), place);
                (place, value, None)
            }
        };
        let (score, missing) = self.step(Op::Finish(index, value), place);
        let missing = if self.whole { never } else { missing };
        let columns = Columns {
            score,
            missing,
            unavailable: missing,
            fails: never,
            raw: self.number(Num::Known(0.0)),
            raw_missing: always,
            unobserved: always,
            invalid: never,
        };
        (columns, told)
    }

    fn formula_or_interpreted(&mut self, index: NodeIndex, formula: &'a Formula) -> (Number, Told) {
        let before = self.draft.instructions.len();
        match self.formula(formula) {
            Ok(value) => (value, Ok(self.draft.instructions.len() - before)),
            Err(kept) => {
                let (value, _) = self.step(Op::Interpret(index), formula.span);
                (value, Err(kept))
            }
        }
    }

    fn aggregation(
        &mut self,
        index: NodeIndex,
        node: &Node,
        form: Option<Form>,
        place: Span,
    ) -> Number {
        if let Some(form) = form.filter(|_| self.whole) {
            let mut given = Vec::new();
            let written = self
                .give(Value::Children(node.children.clone()), place, &mut given)
                .and_then(|()| self.form(form, &given, place));
            if let Ok(Some(value)) = written {
                return value;
            }
        }
        self.step(Op::Combine(index), place).0
    }
}

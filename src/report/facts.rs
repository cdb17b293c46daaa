//! A resolved rule set as one list of facts: what each value is, and where it is stated. Text and spreadsheet are
//! written from it.

use crate::base::{Lang, Span};
use crate::calculus::Options;
use crate::check::RuleSet;
use crate::check::formula::Formula;
use crate::check::rule_set::{
    Citation, Combine, Indicator, Method, Node, ParentRules, PopulationSource, Source,
};

/// One line about a rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// 0 for the rule set as a whole, 1 for its figures, 2 for its tree.
    pub(super) section: usize,
    /// How deep in the tree.
    pub(super) depth: usize,
    /// What it is about.
    pub(super) name: String,
    /// What stands between name and value.
    pub(super) joint: &'static str,
    /// What is said.
    pub(super) value: String,
    /// The file and line that say so, or that it is the default; `None` for what belongs to the line above.
    pub(super) origin: Option<String>,
}

impl Fact {
    /// As one line.
    pub(super) fn text(&self) -> String {
        format!("{}{}{}", self.name, self.joint, self.value)
    }
}

/// All facts of a rule set: the whole, its figures, its tree.
pub(super) fn facts(rules: &RuleSet, lang: Lang) -> Vec<Fact> {
    let mut writer = Writer {
        rules,
        lang,
        section: 0,
        facts: Vec::new(),
    };
    writer.citation(&rules.citation, 0);
    writer.section = 1;
    writer.head();
    writer.section = 2;
    for index in rules.indices() {
        let node = rules.node(index);
        writer.node(node, depth(rules, node));
    }
    writer.facts
}

fn depth(rules: &RuleSet, node: &Node) -> usize {
    node.parent
        .map_or(0, |parent| depth(rules, rules.node(parent)) + 1)
}

struct Writer<'a> {
    rules: &'a RuleSet,
    lang: Lang,
    section: usize,
    facts: Vec<Fact>,
}

impl Writer<'_> {
    /// A line that belongs to the one above.
    fn note(&mut self, depth: usize, name: &str, joint: &'static str, value: &str) {
        self.facts.push(Fact {
            section: self.section,
            depth,
            name: name.to_owned(),
            joint,
            value: value.to_owned(),
            origin: None,
        });
    }

    /// A line of its own.
    fn line(&mut self, depth: usize, parts: (&str, &'static str, &str), origin: Option<Span>) {
        let (name, joint, value) = parts;
        self.note(depth, name, joint, value);
        let origin = match origin {
            Some(span) => self.rules.sources.place(span).to_string(),
            None => self.lang.pick("bawaan", "default").to_owned(),
        };
        if let Some(fact) = self.facts.last_mut() {
            fact.origin = Some(origin);
        }
    }

    fn value(
        &mut self,
        depth: usize,
        name: &str,
        value: impl std::fmt::Display,
        origin: Option<Span>,
    ) {
        self.line(depth, (name, " = ", &value.to_string()), origin);
    }

    fn citation(&mut self, citation: &Citation, depth: usize) {
        let lang = self.lang;
        for reference in &citation.references {
            let href = reference.href.as_deref().unwrap_or("");
            let value = format!("{} {href}", reference.title.get(lang));
            self.note(depth, lang.pick("rujukan", "reference"), ": ", &value);
        }
        if let Some(note) = &citation.note {
            self.note(depth, lang.pick("catatan", "note"), ": ", note.get(lang));
        }
        if let Some(date) = &citation.reviewed {
            self.note(depth, lang.pick("ditinjau", "reviewed"), ": ", date);
        }
    }

    fn head(&mut self) {
        let rules = self.rules;
        let quoted = |text: &str| format!("\"{text}\"");
        let scale = rules.scale.value;
        let status = quoted(rules.status.value.name());
        self.value(0, "status", status, rules.status.origin);
        let scale = format!("[{}, {}]", scale.low, scale.high);
        self.value(0, "scale", scale, rules.scale.origin);
        self.value(0, "decimals", rules.decimals.value, rules.decimals.origin);
        let rounding = quoted(rules.rounding.value.name());
        self.value(0, "rounding", rounding, rules.rounding.origin);
        let band_value = quoted(rules.band_value.value.name());
        self.value(0, "band_value", band_value, rules.band_value.origin);
        for parameter in &rules.parameters {
            let name = format!("parameters.{}", parameter.id);
            self.value(0, &name, parameter.value.value, parameter.value.origin);
            self.citation(&parameter.citation, 1);
        }
        for band in &rules.bands {
            let key = if band.inclusive { "from" } else { "above" };
            let name = format!("band.{}: {key}", band.id);
            let value = format!("{}  ({})", band.bound.value, band.title.get(self.lang));
            self.value(0, &name, value, band.bound.origin);
            self.citation(&band.citation, 1);
        }
        for target in &rules.targets {
            let band = rules.bands.get(target.band).map_or("", |band| &band.id);
            let name = format!("target.{}: count", target.id);
            let value = format!("{}, band = \"{band}\"", target.count.value);
            self.value(0, &name, value, target.count.origin);
            self.citation(&target.citation, 1);
        }
        if let Some(below) = rules.internal_below {
            let band = rules.bands.get(below.value).map_or("", |band| &band.id);
            self.value(0, "internal.below_band", quoted(band), below.origin);
        }
        if let PopulationSource::Frozen(frozen) = &rules.population {
            let value = format!("\"frozen\" ({}, {})", frozen.data, frozen.rows);
            self.value(0, "data.reference", value, None);
        }
        let aliases = rules.columns.iter();
        for column in aliases.filter(|column| column.id != column.header) {
            let name = format!("columns.{}", column.id);
            self.value(0, &name, quoted(&column.header), Some(column.span));
        }
    }

    fn node(&mut self, node: &Node, depth: usize) {
        let title = node.title.get(self.lang);
        self.line(depth, (&node.id, " · ", title), Some(node.span));
        let inner = depth + 1;
        if node.parent.is_some() {
            self.value(inner, "weight", node.weight.value, node.weight.origin);
        }
        if node.range.origin.is_some() {
            let range = node.range.value;
            let range = format!("[{}, {}]", range.low, range.high);
            self.value(inner, "range", range, node.range.origin);
        }
        if let Some(clamp) = node.clamp {
            self.value(inner, "clamp", clamp.value, clamp.origin);
        }
        if let Some(internal) = node.internal {
            self.value(inner, "internal", internal.value, internal.origin);
        }
        match &node.method {
            Method::Parent(parent) => self.parent(parent, inner),
            Method::Indicator(indicator) => self.indicator(indicator, inner),
        }
        self.citation(&node.citation, inner);
    }

    fn options(&mut self, options: &Options, depth: usize) {
        for (name, value) in options.iter() {
            self.value(depth, name, value.value, value.origin);
        }
    }

    fn parent(&mut self, parent: &ParentRules, depth: usize) {
        let sources = &self.rules.sources;
        match &parent.combine {
            Combine::Formula(formula) => {
                let word = self.lang.pick("rumus", "formula");
                let path = sources.path(formula.span.file);
                self.line(depth, (word, " ", path), Some(formula.span));
                for line in sources.slice(formula.span).lines() {
                    self.note(depth, "|", " ", line);
                }
                self.functions(formula, depth);
            }
            Combine::Aggregation {
                method,
                options,
                origin,
            } => {
                self.value(
                    depth,
                    "aggregate",
                    format!("\"{}\"", method.name()),
                    *origin,
                );
                self.options(options, depth);
            }
        }
        if let Some(share) = parent.available_at_least {
            self.value(depth, "available_at_least", share.value, share.origin);
        }
        if let Some(decimals) = parent.round_to {
            self.value(depth, "round_to", decimals.value, decimals.origin);
        }
        if let Some(rescale) = parent.rescale {
            self.value(depth, "rescale", rescale.value, rescale.origin);
        }
    }

    /// The functions of `lib/` that a formula calls.
    fn functions(&mut self, formula: &Formula, depth: usize) {
        let sources = &self.rules.sources;
        for span in formula.shared_functions() {
            let word = self.lang.pick("fungsi", "function");
            self.line(depth, (word, " ", sources.path(span.file)), Some(span));
            for line in sources.slice(span).lines() {
                self.note(depth, "|", " ", line);
            }
        }
    }

    fn indicator(&mut self, indicator: &Indicator, depth: usize) {
        let rules = self.rules;
        match &indicator.source {
            Source::Column(column) => {
                if let Some(column) = rules.columns.get(*column) {
                    let header = format!("\"{}\"", column.header);
                    self.value(depth, "column", header, Some(column.span));
                }
            }
            Source::Expression(formula) => {
                let text = rules.sources.slice(formula.span);
                self.value(depth, "value", text, Some(formula.span));
                self.functions(formula, depth);
            }
        }
        let name = format!("\"{}\"", indicator.normalisation.name());
        self.value(depth, "normalise", name, indicator.normalisation_origin);
        self.options(&indicator.options, depth);
        if let Some(high) = indicator.high_is_better {
            let end = if high.value { "\"high\"" } else { "\"low\"" };
            self.value(depth, "better", end, high.origin);
        }
        if let Some(valid) = indicator.valid {
            let range = format!("[{}, {}]", valid.value.low, valid.value.high);
            self.value(depth, "valid", range, valid.origin);
        }
        if indicator.valid.is_some() || indicator.outside.origin.is_some() {
            let outside = format!("\"{}\"", indicator.outside.value.name());
            self.value(depth, "outside", outside, indicator.outside.origin);
        }
        if let Some(treat) = indicator.treat {
            let rule = treat.value;
            let written = format!(
                "{{ winsorise = {}, skew = {}, kurtosis = {}, else = \"{}\" }}",
                rule.winsorise,
                rule.skew,
                rule.kurtosis,
                rule.otherwise.name()
            );
            self.value(depth, "treat", written, treat.origin);
        }
        let missing = indicator.missing.value.written();
        self.value(depth, "missing", missing, indicator.missing.origin);
        if let Some(aspect) = &indicator.aspect {
            let name = format!("\"{}\"", aspect.value);
            self.value(depth, "aspect", name, aspect.origin);
        }
    }
}

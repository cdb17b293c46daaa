//! The canonical form of a rule set and its digest: what can change a score, and nothing else.
//!
//! Parts are sorted by id, numbers are in their shortest decimal form, formulas are tokens without
//! comments and layout; titles, notes and references are left out.

use std::fmt::Write;

use super::EDITION;
use super::formula::{Formula, FormulaSource, canonical_tokens};
use super::rule_set::{Combine, Indicator, Method, MissingPolicy, Node, RuleSet, Source};
use crate::base::{FileId, SourceMap};

/// The canonical form.
pub(super) fn form(rules: &RuleSet) -> String {
    let mut form = String::new();
    // Writing into a string cannot fail.
    let _ = write_form(&mut form, rules);
    form
}

/// BLAKE3 of a canonical form, in hexadecimal.
pub(super) fn digest_of(form: &str) -> String {
    blake3::hash(form.as_bytes()).to_hex().to_string()
}

/// BLAKE3 of the own functions of `lib/`, in hexadecimal.
pub(super) fn library_digest(sources: &SourceMap, library: impl Iterator<Item = FileId>) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in library {
        let tokens = canonical_tokens(&FormulaSource::file(sources, file));
        hasher.update(format!("{tokens:?}\n").as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn write_form(out: &mut String, rules: &RuleSet) -> std::fmt::Result {
    writeln!(out, "edition {EDITION}")?;
    writeln!(out, "year {}", rules.name.year)?;
    writeln!(
        out,
        "scale {} {}",
        rules.scale.value.low, rules.scale.value.high
    )?;
    writeln!(
        out,
        "decimals {} {}",
        rules.decimals.value,
        rules.rounding.value.name()
    )?;
    writeln!(out, "band_value {}", rules.band_value.value.name())?;
    for band in &rules.bands {
        writeln!(
            out,
            "band {} {} {}",
            band.id, band.bound.value, band.inclusive
        )?;
    }
    for target in &rules.targets {
        writeln!(
            out,
            "target {} {} {}",
            target.id, target.count.value, target.band
        )?;
    }
    for parameter in &rules.parameters {
        writeln!(out, "parameter {} {}", parameter.id, parameter.value.value)?;
    }
    for column in &rules.columns {
        writeln!(out, "column {} {:?}", column.id, column.header)?;
    }
    for marker in &rules.data.missing {
        writeln!(out, "missing {marker:?}")?;
    }
    let data = &rules.data;
    for (key, header) in [
        ("key", &data.key),
        ("year", &data.year),
        ("sheet", &data.sheet),
    ] {
        if let Some(header) = header {
            writeln!(out, "data {key} {header:?}")?;
        }
    }
    if let Some(long) = &data.long {
        writeln!(out, "data long {:?} {:?}", long.indicator, long.value)?;
    }
    let by_group = |node: &Node| {
        node.indicator()
            .is_some_and(|indicator| indicator.missing.value == MissingPolicy::GroupMean)
    };
    if let (Some(group), true) = (&rules.data.group, rules.nodes.iter().any(by_group)) {
        writeln!(out, "group {group:?}")?;
    }
    let mut nodes: Vec<&Node> = rules.nodes.iter().collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    for node in nodes {
        write_node(out, rules, node)?;
    }
    writeln!(out, "lib {}", rules.library_digest)?;
    for name in &rules.replaced {
        writeln!(out, "replaced {name}")?;
    }
    Ok(())
}

fn write_node(out: &mut String, rules: &RuleSet, node: &Node) -> std::fmt::Result {
    let parent = node.parent.map_or("", |parent| &rules.node(parent).id);
    let range = node.range.value;
    writeln!(
        out,
        "node {} < {parent} weight {} range {} {}",
        node.id, node.weight.value, range.low, range.high
    )?;
    writeln!(out, " clamp {:?}", node.clamp.map(|clamp| clamp.value))?;
    match &node.method {
        Method::Parent(parent) => {
            writeln!(
                out,
                " available {:?}",
                parent.available_at_least.map(|share| share.value)
            )?;
            writeln!(
                out,
                " round_to {:?}",
                parent.round_to.map(|decimals| decimals.value)
            )?;
            writeln!(
                out,
                " rescale {}",
                parent.rescale.is_some_and(|flag| flag.value)
            )?;
            match &parent.combine {
                Combine::Formula(formula) => write_formula(out, "formula", formula),
                Combine::Aggregation {
                    method, options, ..
                } => {
                    write!(out, " aggregate {} {}", method.name(), method.version())?;
                    write_options(out, options)
                }
            }
        }
        Method::Indicator(indicator) => {
            write_raw(out, rules, indicator)?;
            writeln!(out, " missing {}", indicator.missing.value.written())?;
            writeln!(
                out,
                " better {:?}",
                indicator.high_is_better.map(|flag| flag.value)
            )?;
            write!(
                out,
                " normalise {} {}",
                indicator.normalisation.name(),
                indicator.normalisation.version()
            )?;
            write_options(out, &indicator.options)?;
            if let Some(frozen) = &indicator.frozen {
                writeln!(out, " frozen {frozen:?}")?;
            }
            Ok(())
        }
    }
}

/// What makes the raw values of an indicator, before they are normalised.
fn write_raw(out: &mut String, rules: &RuleSet, indicator: &Indicator) -> std::fmt::Result {
    match &indicator.source {
        Source::Column(column) => {
            let column = rules.columns.get(*column);
            writeln!(out, " column {}", column.map_or("", |column| &column.id))?;
        }
        Source::Expression(formula) => write_formula(out, "value", formula)?,
    }
    write_kept(out, indicator)
}

/// Which raw values are kept, and what is done to them.
fn write_kept(out: &mut String, indicator: &Indicator) -> std::fmt::Result {
    let valid = indicator
        .valid
        .map(|range| (range.value.low, range.value.high));
    writeln!(out, " valid {valid:?} {}", indicator.outside.value.name())?;
    if let Some(rule) = indicator.treat {
        let rule = rule.value;
        writeln!(
            out,
            " treat {} {} {} {}",
            rule.winsorise,
            rule.skew,
            rule.kurtosis,
            rule.otherwise.name()
        )?;
    }
    Ok(())
}

/// What the raw values of an indicator are read from: headers, parameters, own functions.
fn write_read(out: &mut String, rules: &RuleSet, source: &Source) -> std::fmt::Result {
    let header = |out: &mut String, at: usize| {
        let header = rules.columns.get(at).map_or("", |column| &column.header);
        writeln!(out, " header {header:?}")
    };
    match source {
        Source::Column(at) => header(out, *at),
        Source::Expression(formula) => {
            for at in &formula.columns {
                header(out, *at)?;
            }
            for at in &formula.parameters {
                if let Some(parameter) = rules.parameters.get(*at) {
                    writeln!(out, " parameter {} {}", parameter.id, parameter.value.value)?;
                }
            }
            if !formula.functions.is_empty() {
                writeln!(out, " lib {}", rules.library_digest)?;
            }
            Ok(())
        }
    }
}

/// A short fingerprint of what makes the raw values of an indicator: frozen statistics of another definition are
/// of no use to it.
pub(crate) fn definition(rules: &RuleSet, node: &Node) -> String {
    let mut missing = rules.data.missing.clone();
    missing.sort();
    let mut form = format!("edition {EDITION}\nmissing {missing:?}\n");
    if let Some(indicator) = node.indicator() {
        if let Source::Expression(formula) = &indicator.source {
            let _ = write_formula(&mut form, "value", formula);
        }
        let _ = write_kept(&mut form, indicator);
        let _ = write_read(&mut form, rules, &indicator.source);
    }
    let digest = blake3::hash(form.as_bytes()).to_hex();
    digest.as_str().get(..16).unwrap_or_default().to_owned()
}

fn write_formula(out: &mut String, key: &str, formula: &Formula) -> std::fmt::Result {
    writeln!(out, " {key} {:?}", formula.tokens)?;
    for (name, version) in &formula.calls {
        writeln!(out, "  calls {name} {version}")?;
    }
    Ok(())
}

fn write_options(out: &mut String, options: &crate::calculus::Options) -> std::fmt::Result {
    for (name, value) in options.iter() {
        write!(out, " {name}={}", value.value)?;
    }
    writeln!(out)
}

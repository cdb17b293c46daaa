//! W114: a number that an office may have written with a sign between thousands.

use std::collections::BTreeMap;

use crate::base::language::text;
use crate::base::number::{plain_decimal, same, three_digits};
use crate::base::{Code, Diagnostic, NodeIndex, Severity, Sourced, Span};
use crate::check::formula::reading::{Known, comparisons};
use crate::check::formula::{ExprKind, Formula};
use crate::check::rule_set::{Indicator, MissingPolicy, Node, Range};
use crate::check::{Lint, RuleSet};

/// `12.500` is 12.5 here, and twelve thousand five hundred in many offices. Where both readings are possible the number is
/// named with both; a fourth digit (`12.5000`) or no point (`12_500`) says which one is meant.
pub(super) struct TwoReadings;

/// Thousands are unlikely beside a number that is so many times as large or small.
const APART: f64 = 1000.0;

impl Lint for TwoReadings {
    fn code(&self) -> Code {
        Code::W114
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let mut found = Found {
            rules,
            list: BTreeMap::new(),
        };
        found.index();
        for at in rules.indices() {
            let node = rules.node(at);
            found.node(at, node);
            if let Some(indicator) = node.indicator() {
                found.indicator(node, indicator);
            }
        }
        for (_, formula) in rules.formulas() {
            found.formula(formula);
        }
        found.parameters();
        for (span, [decimal, whole]) in found.list {
            let written = plain_decimal(decimal);
            findings.push(
                Diagnostic::warning(
                    self.code(),
                    span,
                    text!(
                        "angka ini di sini {decimal}; di banyak kantor artinya {whole}",
                        "this number is {decimal} here; in many offices it means {whole}"
                    ),
                )
                .help(text!(
                    "tulis `{written}` bila {decimal}, atau `{whole}` bila ribuan",
                    "write `{written}` for {decimal}, or `{whole}` for thousands"
                )),
            );
        }
        let mut seen: Vec<Span> = Vec::new();
        for (_, formula) in rules.formulas() {
            joined(rules, formula, &mut |span, one, other| {
                if seen.contains(&span) {
                    return;
                }
                seen.push(span);
                findings.push(Diagnostic {
                    severity: Severity::Note,
                    ..Diagnostic::warning(
                        self.code(),
                        span,
                        text!(
                            "`{one},{other}` di sini dua angka",
                            "`{one},{other}` are two numbers here"
                        ),
                    )
                    .help(text!(
                        "bila satu angka, tulis `{one}.{other}`; bila dua, beri spasi: `{one}, {other}`",
                        "if it is one number, write `{one}.{other}`; if it is two, put a blank between: `{one}, {other}`"
                    ))
                });
            });
        }
    }
}

struct Found<'a> {
    rules: &'a RuleSet,
    /// Both readings, by place.
    list: BTreeMap<Span, [f64; 2]>,
}

/// What a number must be like to be possible.
#[derive(Clone, Default)]
struct Possible {
    /// Where it must lie.
    range: Option<Range>,
    /// What it stands beside; 0 says nothing.
    beside: Vec<f64>,
}

impl Possible {
    /// Whether a number can stand there at all.
    fn allows(&self, value: f64) -> bool {
        self.range.is_none_or(|range| range.holds(value))
    }

    /// Whether it can, and is of a likely size.
    fn suits(&self, value: f64) -> bool {
        let mut beside = self
            .beside
            .iter()
            .filter(|own| !same(**own, 0.0))
            .peekable();
        let alike = |own: &f64| {
            let ratio = (value / own).abs();
            (1.0 / APART..=APART).contains(&ratio)
        };
        self.allows(value) && (beside.peek().is_none() || beside.any(alike))
    }
}

impl Found<'_> {
    /// The numbers of the text at an origin that have two readings, each with its place.
    fn written(&self, origin: Option<Span>) -> Vec<(Span, [f64; 2])> {
        let Some(span) = origin else {
            return Vec::new();
        };
        let text = self.rules.sources.slice(span);
        let part_of_number =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let mut found = Vec::new();
        let mut at = 0;
        for piece in text.split(|c: char| !part_of_number(c)) {
            if let Some(readings) = three_digits(piece, '.') {
                let start = span.start as usize + at;
                found.push((Span::new(span.file, start, start + piece.len()), readings));
            }
            // The sign that parts them is one of ASCII or longer.
            at += piece.len();
            at += text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        }
        found
    }

    /// Whether a number stands there that has three decimals and can be nothing else: `0.000`. Then its neighbours are
    /// written alike.
    fn shows_decimals(&self, origin: Option<Span>) -> bool {
        let text = origin.map_or("", |span| self.rules.sources.slice(span));
        let mut pieces = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
        pieces.any(|piece| {
            let fraction = piece.strip_prefix("0.");
            fraction.is_some_and(|own| own.len() == 3 && own.bytes().all(|b| b.is_ascii_digit()))
        })
    }

    fn look(&mut self, origin: Option<Span>, possible: &Possible) {
        for (span, [decimal, whole]) in self.written(origin) {
            if possible.allows(decimal) && possible.suits(whole) {
                self.list.insert(span, [decimal, whole]);
            }
        }
    }

    /// Both readings of a written number, or the one it has.
    fn readings(&self, value: Sourced<f64>) -> Vec<f64> {
        let written = self.written(value.origin);
        let own = written
            .iter()
            .find(|(_, [decimal, _])| same(*decimal, value.value));
        own.map_or_else(|| vec![value.value], |(_, both)| both.to_vec())
    }

    /// Scale, bands: what stands on the scale of all scores.
    fn index(&mut self) {
        let rules = self.rules;
        let scale = rules.scale.value;
        let ends = Possible {
            range: None,
            beside: vec![scale.low, scale.high],
        };
        self.look(rules.scale.origin, &ends);
        let on_scale = Possible {
            range: Some(scale),
            beside: Vec::new(),
        };
        for band in &rules.bands {
            self.look(band.bound.origin, &on_scale);
        }
    }

    fn node(&mut self, at: NodeIndex, node: &Node) {
        let rules = self.rules;
        if at != NodeIndex::ROOT {
            let range = node.range.value;
            let ends = Possible {
                range: None,
                beside: vec![range.low, range.high],
            };
            self.look(node.range.origin, &ends);
        }
        let weights = || node.children.iter().map(|child| rules.node(*child).weight);
        let sum: f64 = weights().map(|weight| weight.value).sum();
        if [1.0, 100.0].iter().any(|whole| (sum - whole).abs() < 0.01) {
            // Decimals that are shares of a whole.
            return;
        }
        for (place, weight) in weights().enumerate() {
            let others = weights().enumerate().filter(|(other, _)| *other != place);
            let beside = others.flat_map(|(_, other)| self.readings(other));
            let beside = Possible {
                range: None,
                beside: beside.collect(),
            };
            self.look(weight.origin, &beside);
        }
    }

    /// Goalposts, valid ranges, values that are filled in: what stands on the raw scale of an indicator.
    fn indicator(&mut self, node: &Node, indicator: &Indicator) {
        const RAW: [&str; 3] = ["worst", "best", "target"];
        let origins = indicator.options.iter().map(|(_, value)| value.origin);
        let mut origins = origins.chain([indicator.valid.and_then(|valid| valid.origin)]);
        if origins.any(|origin| self.shows_decimals(origin)) {
            return;
        }
        let range = (indicator.normalisation.name() == "none").then_some(node.range.value);
        let options = || {
            indicator
                .options
                .iter()
                .filter(|(name, _)| RAW.contains(name))
        };
        let mut beside: Vec<(&str, Vec<f64>)> = options()
            .map(|(name, value)| (name, self.readings(value)))
            .collect();
        if let Some(valid) = indicator.valid {
            let written = self.written(valid.origin);
            let mut ends = vec![valid.value.low, valid.value.high];
            ends.extend(written.into_iter().flat_map(|(_, both)| both));
            beside.push(("valid", ends));
        }
        let without = |own: &str| Possible {
            range,
            beside: beside
                .iter()
                .filter(|(name, _)| *name != own)
                .flat_map(|(_, values)| values.iter().copied())
                .collect(),
        };
        let looks: Vec<(Option<Span>, Possible)> = options()
            .map(|(name, value)| (value.origin, without(name)))
            .chain(
                indicator
                    .valid
                    .map(|valid| (valid.origin, without("valid"))),
            )
            .chain(
                matches!(indicator.missing.value, MissingPolicy::Value(_))
                    .then(|| (indicator.missing.origin, without("missing"))),
            )
            .collect();
        for (origin, possible) in looks {
            self.look(origin, &possible);
        }
    }

    /// Numbers in a formula: where one is compared with something of a known range, it must lie there.
    fn formula(&mut self, formula: &Formula) {
        let compared = ranges(self.rules, formula);
        formula.walk(&mut |expr| {
            if matches!(expr.kind, ExprKind::Number(_)) {
                let range = compared.get(&expr.span).copied().flatten();
                let possible = Possible {
                    range,
                    beside: Vec::new(),
                };
                self.look(Some(expr.span), &possible);
            }
        });
    }

    fn parameters(&mut self) {
        let rules = self.rules;
        let mut uses: BTreeMap<usize, Vec<Option<Range>>> = BTreeMap::new();
        for (_, formula) in rules.formulas() {
            let compared = ranges(rules, formula);
            formula.walk(&mut |expr| {
                if let ExprKind::Parameter(at, _) = expr.kind {
                    let range = compared.get(&expr.span).copied().flatten();
                    uses.entry(at).or_default().push(range);
                }
            });
        }
        for (at, parameter) in rules.parameters.iter().enumerate() {
            let own = uses.get(&at).map_or(&[][..], Vec::as_slice);
            // One use that takes any number makes both possible.
            let open = own.is_empty() || own.iter().any(Option::is_none);
            let ranges = own.iter().flatten().copied();
            let range = ranges.reduce(|a, b| Range {
                low: a.low.min(b.low),
                high: a.high.max(b.high),
            });
            let possible = Possible {
                range: range.filter(|_| !open),
                beside: Vec::new(),
            };
            self.look(parameter.value.origin, &possible);
        }
    }
}

/// For each side of a comparison, the range of the other.
fn ranges(rules: &RuleSet, formula: &Formula) -> BTreeMap<Span, Option<Range>> {
    let mut found = BTreeMap::new();
    comparisons(rules, formula, &mut |_, [left, right], known| {
        let [of_left, of_right] = known;
        let lies = |own: Known| own.range.filter(|range| range.low < range.high);
        found.insert(left.span, lies(of_right));
        found.insert(right.span, lies(of_left));
    });
    found
}

/// Two numbers with nothing but a comma between them, among the arguments of a function that takes any number of them.
fn joined(rules: &RuleSet, formula: &Formula, see: &mut dyn FnMut(Span, &str, &str)) {
    const ANY: [&str; 5] = ["min", "max", "sum", "mean", "round"];
    formula.walk(&mut |expr| {
        let parts = match &expr.kind {
            ExprKind::Call(name, parts) if ANY.contains(&name.as_str()) => parts,
            ExprKind::List(parts) => parts,
            _ => return,
        };
        for pair in parts.windows(2) {
            let [one, other] = pair else { continue };
            let both = [one, other].map(|own| matches!(own.kind, ExprKind::Number(_)));
            let span = one.span.to(other.span);
            let text = rules.sources.slice(span);
            let [a, b] = [one, other].map(|own| rules.sources.slice(own.span));
            let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if both == [true, true] && text == format!("{a},{b}") && whole(a) && whole(b) {
                see(span, a, b);
            }
        }
    });
}

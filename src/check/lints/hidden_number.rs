//! W109: a number in a formula that belongs in `[parameters]`.

use crate::base::language::text;
use crate::base::number::{parse_decimal, same};
use crate::base::{Code, Diagnostic, Severity, Span};
use crate::check::formula::ExprKind;
use crate::check::{Lint, RuleSet};

/// Numbers that say nothing of policy: neutral elements, halves and percent.
const PLAIN: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 10.0, 100.0];

/// So many numbers of a formula are named.
const NAMED: usize = 8;

/// A threshold or a factor in a formula has no title, no reference and no place in a comparison of years.
pub(super) struct HiddenNumber;

impl Lint for HiddenNumber {
    fn code(&self) -> Code {
        Code::W109
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let scale = rules.scale.value;
        for index in rules.indices() {
            let Some(formula) = rules.formula(index) else {
                continue;
            };
            let mut hidden: Vec<(f64, Span)> = Vec::new();
            // Parents are seen before their parts.
            let mut decimals: Vec<Span> = Vec::new();
            formula.walk(&mut |expr| {
                let value = match &expr.kind {
                    ExprKind::Number(value) if !decimals.contains(&expr.span) => *value,
                    ExprKind::Call(name, arguments) if name == "round" => {
                        decimals.extend(arguments.get(1).map(|to| to.span));
                        return;
                    }
                    _ => return,
                };
                // Others are known at load, such as `year`.
                let written = parse_decimal(&rules.sources.slice(expr.span).replace('_', ""));
                let written = written.is_some_and(|written| same(written, value));
                let mut plain = PLAIN.iter().chain([&scale.low, &scale.high]);
                if written && !plain.any(|plain| same(*plain, value)) {
                    hidden.push((value, expr.span));
                }
            });
            let Some((_, first)) = hidden.first() else {
                continue;
            };
            let numbers: Vec<String> = hidden
                .iter()
                .take(NAMED)
                .map(|(value, _)| value.to_string())
                .collect();
            let more = if hidden.len() > NAMED { ", …" } else { "" };
            let numbers = format!("{}{more}", numbers.join(", "));
            findings.push(Diagnostic {
                severity: Severity::Note,
                ..Diagnostic::warning(
                    self.code(),
                    *first,
                    text!(
                        "angka tersembunyi dalam rumus: {numbers}",
                        "numbers are hidden in a formula: {numbers}"
                    ),
                )
                .help(text!(
                    "beri nama di `[parameters]` pada index.toml, lalu tulis `parameters.<nama>` di sini",
                    "name it in `[parameters]` of index.toml, and write `parameters.<name>` here"
                ))
            });
        }
    }
}

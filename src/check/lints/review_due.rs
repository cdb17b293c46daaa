//! W110: a weight or parameter that was not reviewed for this program year.

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Span};
use crate::check::rule_set::Citation;
use crate::check::{Lint, RuleSet};

/// A rule set that dates its reviews (`reviewed = 2026-01-15`) promises to look at each of its figures every year; reviews
/// are not inherited by the next year.
pub(super) struct ReviewDue;

impl Lint for ReviewDue {
    fn code(&self) -> Code {
        Code::W110
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let nodes = rules.nodes.iter().skip(1);
        let nodes = nodes.map(|node| {
            (
                &node.id,
                &node.citation,
                node.weight.origin.unwrap_or(node.span),
            )
        });
        let parameters = rules
            .parameters
            .iter()
            .filter_map(|own| Some((&own.id, &own.citation, own.value.origin?)));
        let figures: Vec<(&String, &Citation, Span)> = nodes.chain(parameters).collect();
        if !figures
            .iter()
            .any(|(_, citation, _)| citation.reviewed.is_some())
        {
            return;
        }
        let year = rules.name.year;
        for (id, citation, at) in figures {
            let reviewed = citation.reviewed.as_deref();
            let of = reviewed.and_then(|date| date.get(..4)?.parse::<u16>().ok());
            // A year is prepared in the one before.
            if of.is_some_and(|of| of + 1 >= year) {
                continue;
            }
            let said = match reviewed {
                Some(date) => text!(
                    "`{id}` terakhir ditinjau {date}, belum untuk {year}",
                    "`{id}` was last reviewed on {date}, not yet for {year}"
                ),
                None => text!(
                    "`{id}` belum ditinjau untuk {year}",
                    "`{id}` is not reviewed for {year} yet"
                ),
            };
            findings.push(Diagnostic::warning(self.code(), at, said).help(text!(
                "setelah ditinjau, tulis `reviewed = {year}-01-31`",
                "once it is, write `reviewed = {year}-01-31`"
            )));
        }
    }
}

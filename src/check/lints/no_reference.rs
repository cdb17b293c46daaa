//! W111: a published figure without a reference.

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Span};
use crate::check::rule_set::{Citation, Status};
use crate::check::{Lint, RuleSet};

/// Official rules are published somewhere, and who is asked for a figure must be able to say where.
pub(super) struct NoReference;

impl Lint for NoReference {
    fn code(&self) -> Code {
        Code::W111
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        if rules.status.value != Status::Official || !rules.citation.references.is_empty() {
            return;
        }
        let parameters = rules.parameters.iter();
        let parameters = parameters.map(|own| (&own.id, &own.citation, own.value.origin));
        let bands = rules
            .bands
            .iter()
            .map(|own| (&own.id, &own.citation, own.bound.origin));
        let targets = rules
            .targets
            .iter()
            .map(|own| (&own.id, &own.citation, own.count.origin));
        let variables = rules.variables().iter().map(|node| rules.node(*node));
        let variables = variables.map(|own| (&own.id, &own.citation, Some(own.span)));
        let figures = parameters.chain(bands).chain(targets).chain(variables);
        let bare = figures.filter(|(_, citation, _)| citation.references.is_empty());
        let bare: Vec<(&String, &Citation, Option<Span>)> = bare.collect();
        for (id, _, at) in bare {
            let Some(at) = at else { continue };
            findings.push(
                Diagnostic::warning(
                    self.code(),
                    at,
                    text!("`{id}` resmi, tetapi tanpa rujukan", "`{id}` is official, and without a reference"),
                )
                .help(text!(
                    "tulis `reference = {{ title = \"…\", href = \"…\" }}` di sini atau pada indeks",
                    "write `reference = {{ title = \"…\", href = \"…\" }}` here or in the index"
                )),
            );
        }
    }
}

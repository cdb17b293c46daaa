//! W101: a child that the formula of its parent does not read.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// A variable or indicator that its parent's formula leaves out has no effect on any score.
pub(super) struct UnusedChild;

impl Lint for UnusedChild {
    fn code(&self) -> Code {
        Code::W101
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for index in rules.indices() {
            let Some(formula) = rules.formula(index) else {
                continue;
            };
            for child in &rules.node(index).children {
                if formula.children.contains(child) {
                    continue;
                }
                let child = rules.node(*child);
                let id = &child.id;
                findings.push(
                    Diagnostic::warning(
                        self.code(),
                        child.span,
                        text!(
                            "`{id}` tidak dibaca oleh rumus induknya",
                            "the formula of its parent does not read `{id}`"
                        ),
                    )
                    .also(formula.span, text!("rumus itu", "that formula")),
                );
            }
        }
    }
}

//! W106: an internal figure that others tell.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// Where one child is internal and neither its parent nor a second child is, its score can be worked out from those
/// and the rules, or at least be narrowed down.
pub(super) struct LeakingParent;

impl Lint for LeakingParent {
    fn code(&self) -> Code {
        Code::W106
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for node in &rules.nodes {
            let hidden = node.children.iter().map(|child| rules.node(*child));
            let mut hidden = hidden.filter(|child| child.is_internal());
            if node.is_internal() {
                continue;
            }
            let (Some(only), None) = (hidden.next(), hidden.next()) else {
                continue;
            };
            let (id, parent) = (&only.id, &node.id);
            let span = only.internal.and_then(|internal| internal.origin);
            findings.push(
                Diagnostic::warning(
                    self.code(),
                    span.unwrap_or(only.span),
                    text!(
                        "`{id}` internal, tetapi dapat dihitung dari `{parent}` dan saudaranya",
                        "`{id}` is internal, but can be worked out from `{parent}` and its siblings"
                    ),
                )
                .help(if node.parent.is_some() {
                    text!(
                        "tandai juga `{parent}` atau satu saudaranya dengan `internal = true`",
                        "mark `{parent}` or a sibling by `internal = true`, too"
                    )
                } else {
                    text!(
                        "tandai juga satu saudaranya dengan `internal = true`",
                        "mark a sibling by `internal = true`, too"
                    )
                }),
            );
        }
    }
}

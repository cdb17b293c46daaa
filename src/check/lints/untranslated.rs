//! W112: a title in one language.

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Severity, Span, Text};
use crate::check::{Lint, RuleSet};

/// Reports are made in both languages; a rule set that has titles in both should have all of them so.
pub(super) struct Untranslated;

impl Lint for Untranslated {
    fn code(&self) -> Code {
        Code::W112
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let nodes = rules.nodes.iter().map(|node| (&node.title, node.span));
        let bands = rules
            .bands
            .iter()
            .filter_map(|band| Some((&band.title, band.bound.origin?)));
        let titles: Vec<(&Text, Span)> = nodes.chain(bands).collect();
        if titles.iter().all(|(title, _)| title.id == title.en) {
            return;
        }
        for (title, at) in titles {
            let word = &title.id;
            // Names are the same in both.
            let name = !word.contains(' ');
            if title.id != title.en || name {
                continue;
            }
            findings.push(Diagnostic {
                severity: Severity::Note,
                ..Diagnostic::warning(
                    self.code(),
                    at,
                    text!(
                        "judul \"{word}\" hanya dalam satu bahasa",
                        "the title \"{word}\" is in one language only"
                    ),
                )
                .help(text!(
                    "tulis `title = {{ id = \"…\", en = \"…\" }}`",
                    "write `title = {{ id = \"…\", en = \"…\" }}`"
                ))
            });
        }
    }
}

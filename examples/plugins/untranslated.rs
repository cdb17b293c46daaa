//! A lint.

use tanggap::RuleSet;
use tanggap::base::{Code, Diagnostic, Text};
use tanggap::check::Lint;

/// A title that is the same in both languages was most likely not translated.
pub struct Untranslated;

impl Lint for Untranslated {
    fn code(&self) -> Code {
        Code::Other("X101")
    }

    fn meaning(&self) -> Text {
        Text::new(
            "judul yang sama dalam kedua bahasa",
            "a title that is the same in both languages",
        )
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for node in rules
            .nodes
            .iter()
            .filter(|node| node.title.id == node.title.en)
        {
            findings.push(Diagnostic::warning(self.code(), node.span, self.meaning()));
        }
    }
}

//! W115: signs in a rule file that read as something else.

use unicode_security::MixedScript;

use crate::base::language::{is_bidi_control, text};
use crate::base::{Code, Diagnostic, FileId, Span};
use crate::check::{Lint, RuleSet};

/// A word whose letters are of several scripts looks like another one, and a sign of direction makes a line read as another
/// one (Unicode Technical Standard 39; "Trojan Source", CVE-2021-42574). Comments are read by people alone, and so they count.
pub(super) struct HiddenSigns;

impl Lint for HiddenSigns {
    fn code(&self) -> Code {
        Code::W115
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for file in rules.sources.files() {
            let text = rules.sources.text(file);
            // Nearly all files are plain.
            if text.is_ascii() {
                continue;
            }
            for (at, sign) in text.match_indices(is_bidi_control) {
                let span = Span::new(file, at, at + sign.len());
                let sign = sign.chars().next().map_or(0, u32::from);
                let found = text!(
                    "tanda U+{sign:04X} tidak tampak dan membalik arah baca",
                    "the sign U+{sign:04X} is not seen and turns the direction of reading"
                );
                findings.push(
                    Diagnostic::warning(self.code(), span, found)
                        .help(text!("hapus tandanya", "delete the sign")),
                );
            }
            for (at, word) in words(text) {
                if !word.is_ascii() && !word.is_single_script() {
                    findings.push(self.mixed(file, at, word));
                }
            }
        }
    }
}

impl HiddenSigns {
    fn mixed(&self, file: FileId, at: usize, word: &str) -> Diagnostic {
        let latin = word.bytes().any(|byte| byte.is_ascii_alphabetic());
        let strange = |c: &char| c.is_alphabetic() && c.is_ascii() != latin;
        let strange = word.chars().find(strange).unwrap_or('?');
        let code = u32::from(strange);
        let found = text!(
            "huruf dalam `{word}` dari beberapa aksara: `{strange}` adalah U+{code:04X}",
            "the letters of `{word}` are of several scripts: `{strange}` is U+{code:04X}"
        );
        let span = Span::new(file, at, at + word.len());
        Diagnostic::warning(self.code(), span, found)
            .help(text!("ketik ulang katanya", "type the word anew"))
    }
}

/// The words of a text, with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    text.split(move |c: char| !is_part(c)).map(move |word| {
        let start = at;
        let after = text.get(start + word.len()..).unwrap_or_default();
        at = start + word.len() + after.chars().next().map_or(0, char::len_utf8);
        (start, word)
    })
}

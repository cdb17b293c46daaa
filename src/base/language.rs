//! Indonesian and English: every sentence of ours exists in both, side by side.

use std::borrow::Cow;

use serde::Serialize;

/// The reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Bahasa Indonesia.
    Id,
    /// English.
    En,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Lang; 2] = [Lang::Id, Lang::En];

    /// The language that a locale such as `id_ID.UTF-8` or `en-GB` asks for: Indonesian for `id` (and
    /// its older name `in`), English for everything else.
    pub fn from_locale(locale: &str) -> Self {
        let tongue = locale.split(['_', '-', '.']).next().unwrap_or("");
        if tongue.eq_ignore_ascii_case("id") || tongue.eq_ignore_ascii_case("in") {
            Lang::Id
        } else {
            Lang::En
        }
    }

    /// Picks the text of this language.
    pub fn pick<T>(self, id: T, en: T) -> T {
        match self {
            Lang::Id => id,
            Lang::En => en,
        }
    }

    /// A number with a fixed count of decimals, as this language writes it: `1.234,50` or `1,234.50`.
    pub fn number(self, value: f64, decimals: u8) -> String {
        self.localise(&format!("{value:.*}", decimals as usize))
    }

    /// A number with all its digits (the shortest that read back to the same double).
    pub fn exact(self, value: f64) -> String {
        self.localise(&format!("{value}"))
    }

    /// A count.
    pub fn count(self, value: usize) -> String {
        self.localise(&value.to_string())
    }

    fn localise(self, plain: &str) -> String {
        if plain.contains(|c: char| c.is_ascii_alphabetic()) {
            return plain.to_owned();
        }
        let (group, point) = self.pick(('.', ','), (',', '.'));
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", plain),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut out = String::from(sign);
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                out.push(group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(point);
            out.push_str(fraction);
        }
        out
    }
}

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Bahasa Indonesia.
    pub id: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A text from its two languages.
    pub fn new(id: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self {
            id: id.into(),
            en: en.into(),
        }
    }

    /// A text that reads alike in both languages: an id, a name, a figure.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(text.clone(), text)
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.id, &self.en)
    }
}

/// Builds a [`Text`] from two format strings over the same arguments in scope.
macro_rules! text {
    ($id:literal, $en:literal $(,)?) => {
        $crate::base::Text::new(format!($id), format!($en))
    };
}
pub(crate) use text;

/// Whether a sign changes the direction of what stands around it, so that a text reads as another one (Unicode Technical
/// Report 36; "Trojan Source", CVE-2021-42574).
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_reader_writes_them() {
        assert_eq!(Lang::Id.number(1_234_567.891, 2), "1.234.567,89");
        assert_eq!(Lang::En.number(-1234.5, 1), "-1,234.5");
        assert_eq!(Lang::Id.exact(0.1), "0,1");
        assert_eq!(Lang::En.count(75_261), "75,261");
        assert_eq!(Lang::Id.number(f64::NAN, 2), "NaN");
    }

    #[test]
    fn the_locale_decides() {
        assert_eq!(Lang::from_locale("id_ID.UTF-8"), Lang::Id);
        assert_eq!(Lang::from_locale("en-GB"), Lang::En);
        assert_eq!(Lang::from_locale("C"), Lang::En);
    }
}

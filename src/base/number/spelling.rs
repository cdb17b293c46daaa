//! Numbers as people write them, where rule files take another spelling: what is wrong, and what was meant.

use super::{Rounding, parse_decimal};
use crate::base::Text;
use crate::base::language::text;

/// A number that is written in a way that rule files do not take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misspelt {
    /// What is wrong.
    pub(crate) message: Text,
    /// What to write instead.
    pub(crate) help: Text,
}

/// What is wrong with a text that is meant as a number, and is none; nothing where it is not meant as one.
pub(crate) fn misspelt(written: &str) -> Option<Misspelt> {
    let written = written.trim_matches([' ', '\t', '\r', '\n']);
    let kinds: [fn(&str) -> Option<Misspelt>; 12] = [
        no_value, invisible, operation, sign, marks, brackets, fractions, grouped, digits,
        magnitude, per_cent, affixes,
    ];
    kinds.into_iter().find_map(|kind| kind(written))
}

/// Both readings of a number with one to three digits, not beginning with 0, a sign, and exactly three digits: as a
/// decimal, and as thousands.
pub(crate) fn three_digits(written: &str, sign: char) -> Option<[f64; 2]> {
    let size = written.trim_start_matches(['-', '+']);
    let (whole, fraction) = size.split_once(sign)?;
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let fits = (1..=3).contains(&whole.len())
        && fraction.len() == 3
        && !whole.starts_with('0')
        && all_digits(whole)
        && all_digits(fraction);
    let minus = if written.starts_with('-') { "-" } else { "" };
    fits.then(|| {
        let read = |text: String| parse_decimal(&text).unwrap_or(f64::NAN);
        [
            read(format!("{minus}{whole}.{fraction}")),
            read(format!("{minus}{whole}{fraction}")),
        ]
    })
}

/// How a rule file writes a decimal so that its three digits after the point are plainly meant: `12.500` as `12.5`, `3.065`
/// as `3.0650`.
pub(crate) fn plain_decimal(value: f64) -> String {
    let written = value.to_string();
    match written.split_once('.') {
        None => format!("{written}.0"),
        Some((_, fraction)) if fraction.len() == 3 => format!("{written}0"),
        Some(_) => written,
    }
}

fn said(message: Text, write: impl std::fmt::Display) -> Option<Misspelt> {
    Some(Misspelt {
        message,
        help: text!("tulis `{write}`", "write `{write}`"),
    })
}

/// Whether a text is a number as rule files take it.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') && plain(text).is_some()
}

/// The value of plain digits, with a sign and a decimal point where they have some.
fn plain(text: &str) -> Option<f64> {
    let size = text.strip_prefix(['-', '+']).unwrap_or(text);
    let inner = size.starts_with(|c: char| c.is_ascii_digit())
        && size.ends_with(|c: char| c.is_ascii_digit());
    parse_decimal(text).filter(|value| inner && value.is_finite())
}

/// Words of other languages for "no value", "true" and "false".
fn no_value(written: &str) -> Option<Misspelt> {
    const NOTHING: [&str; 8] = ["none", "null", "nil", "n/a", "na", "-", "–", "#n/a"];
    let lower = written.to_lowercase();
    if NOTHING.contains(&lower.as_str()) {
        return Some(Misspelt {
            message: text!("`{written}` bukan nilai", "`{written}` is not a value"),
            help: text!(
                "tulis angkanya, atau hapus baris ini bila memang tidak ada",
                "write the number, or delete the line where there is none"
            ),
        });
    }
    (matches!(lower.as_str(), "true" | "false") && written != lower)
        .then(|| {
            said(
                text!("`{written}` bukan nilai", "`{written}` is not a value"),
                &lower,
            )
        })
        .flatten()
}

/// Characters that nobody sees.
fn invisible(written: &str) -> Option<Misspelt> {
    let hidden = |c: char| {
        matches!(
            c,
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'
        )
    };
    let seen: String = written.chars().filter(|c| !hidden(*c)).collect();
    let seen = seen.trim();
    (seen != written && is_number(seen))
        .then(|| {
            said(
                text!(
                    "tanda yang tidak tampak dalam angka `{seen}`",
                    "an invisible character in the number `{seen}`"
                ),
                seen,
            )
        })
        .flatten()
}

/// `10^3`, `1/2`, `10*3`: an operation, which only formulas have.
fn operation(written: &str) -> Option<Misspelt> {
    const SIGNS: [&str; 7] = ["**", "^", "*", "×", "/", ":", "+"];
    SIGNS.into_iter().find_map(|sign| {
        let (left, right) = written.split_once(sign)?;
        let (x, y) = (plain(left.trim())?, plain(right.trim())?);
        let value = match sign {
            "**" | "^" => super::pow(x, y),
            "*" | "×" => x * y,
            "/" | ":" => x / y,
            _ => x + y,
        };
        let message = text!(
            "hitungan `{written}` di tempat angka",
            "the operation `{written}` where a number should be"
        );
        if !value.is_finite() {
            return Some(Misspelt {
                message,
                help: text!(
                    "tulis hasilnya; yang ini tidak terhingga",
                    "write its result; this one is infinite"
                ),
            });
        }
        said(message, Rounding::HalfUp.round(value, 15))
    })
}

/// `½`, `5½`, `10²`: signs that stand for a fraction or a power.
fn fractions(written: &str) -> Option<Misspelt> {
    const PARTS: [(char, f64); 6] = [
        ('½', 0.5),
        ('¼', 0.25),
        ('¾', 0.75),
        ('⅓', 1.0 / 3.0),
        ('⅔', 2.0 / 3.0),
        ('⅛', 0.125),
    ];
    const POWERS: [(char, f64); 4] = [('²', 2.0), ('³', 3.0), ('⁴', 4.0), ('⁶', 6.0)];
    let last = written.chars().next_back()?;
    let before = written.strip_suffix(last)?.trim_end();
    let of = |list: &[(char, f64)]| list.iter().find(|(c, _)| *c == last).map(|(_, own)| *own);
    let value = match (of(&PARTS), of(&POWERS)) {
        (Some(part), _) if before.is_empty() => part,
        (Some(part), _) => plain(before)? + part,
        (_, Some(power)) => super::pow(plain(before)?, power),
        _ => return None,
    };
    let value = Rounding::HalfUp.round(value, 15);
    value.is_finite().then(|| {
        said(
            text!(
                "tanda `{last}` dalam angka `{written}`",
                "the sign `{last}` in the number `{written}`"
            ),
            value,
        )
    })?
}

/// `5 juta`, `10rb`, `10k`: a word for thousands, millions or more.
fn magnitude(written: &str) -> Option<Misspelt> {
    const WORDS: [(&str, f64); 14] = [
        ("ribu", 1e3),
        ("rb", 1e3),
        ("k", 1e3),
        ("thousand", 1e3),
        ("juta", 1e6),
        ("jt", 1e6),
        ("million", 1e6),
        ("mn", 1e6),
        ("miliar", 1e9),
        ("milyar", 1e9),
        ("billion", 1e9),
        ("bn", 1e9),
        ("triliun", 1e12),
        ("trillion", 1e12),
    ];
    let number = written
        .trim_start_matches("Rp")
        .trim_start_matches(['.', ' ']);
    let end = number.find(|c: char| c.is_alphabetic())?;
    let (size, word) = (
        number.get(..end)?.trim(),
        number.get(end..)?.trim_end_matches('.'),
    );
    let lower = word.to_lowercase();
    let (_, times) = WORDS.into_iter().find(|(own, _)| *own == lower)?;
    // Nobody writes thousands of thousands: a sign is a decimal one.
    let value = plain(&size.replace(',', "."))? * times;
    let value = Rounding::HalfUp.round(value, 9);
    said(
        text!(
            "kata `{word}` pada angka `{written}`",
            "the word `{word}` beside the number `{written}`"
        ),
        value,
    )
}

/// `80%`, `10 persen`: of a hundred or of one.
fn per_cent(written: &str) -> Option<Misspelt> {
    const SIGNS: [&str; 5] = ["%", "persen", "percent", "per cent", "pct"];
    let lower = written.to_lowercase();
    let sign = SIGNS.into_iter().find(|sign| lower.ends_with(sign))?;
    let size = written.get(..written.len() - sign.len())?.trim();
    let size = size.replace(',', ".");
    let value = plain(&size)?;
    let share = Rounding::HalfUp.round(value / 100.0, 15);
    Some(Misspelt {
        message: text!(
            "tanda persen dalam angka `{written}`",
            "a per cent sign in the number `{written}`"
        ),
        help: text!(
            "tulis `{size}` bila seratus adalah keseluruhannya, `{share}` bila satu",
            "write `{size}` where a hundred is the whole, `{share}` where one is"
        ),
    })
}

/// A minus sign as word processors write it, or one that stands apart; a plus sign that does.
fn sign(written: &str) -> Option<Misspelt> {
    let first = written.chars().next()?;
    let rest = written.get(first.len_utf8()..)?;
    let typographic = matches!(first, '−' | '–' | '—' | '‒' | '‐' | '‑' | '﹣' | '－');
    if typographic {
        let number = ascii(rest.trim());
        return is_number(&number)
            .then(|| {
                said(
                    text!(
                        "tanda minus `{first}` dari pengolah kata",
                        "the minus sign `{first}` of a word processor"
                    ),
                    format!("-{number}"),
                )
            })
            .flatten();
    }
    let apart = matches!(first, '-' | '+') && rest.starts_with(char::is_whitespace);
    let number = rest.trim();
    let minus = if first == '-' { "-" } else { "" };
    (apart && plain(number).is_some())
        .then(|| {
            said(
                text!(
                    "spasi sesudah tanda `{first}`",
                    "a blank after the sign `{first}`"
                ),
                format!("{minus}{number}"),
            )
        })
        .flatten()
}

/// A mark of punctuation after a number.
fn marks(written: &str) -> Option<Misspelt> {
    let number = written.strip_suffix([';', ','])?.trim_end();
    let mark = written.chars().next_back()?;
    is_number(number)
        .then(|| {
            said(
                text!(
                    "tanda `{mark}` sesudah angka",
                    "the mark `{mark}` after a number"
                ),
                number,
            )
        })
        .flatten()
}

/// `(5)`, which accountants read as −5.
fn brackets(written: &str) -> Option<Misspelt> {
    let inner = written.strip_prefix('(')?.strip_suffix(')')?.trim();
    let ends: Vec<&str> = inner.split([',', ';']).map(str::trim).collect();
    if let [low, high] = ends.as_slice()
        && is_number(low)
        && is_number(high)
    {
        return Some(Misspelt {
            message: text!(
                "daftar `{written}` dalam kurung biasa",
                "the list `{written}` in round brackets"
            ),
            help: text!("tulis `[{low}, {high}]`", "write `[{low}, {high}]`"),
        });
    }
    plain(inner)?;
    Some(Misspelt {
        message: text!(
            "kurung di sekitar angka `{inner}`",
            "brackets around the number `{inner}`"
        ),
        help: text!(
            "tulis `{inner}`, atau `-{inner}` bila itu angka negatif",
            "write `{inner}`, or `-{inner}` if it is negative"
        ),
    })
}

/// The digits of other scripts as our own, and the full stop of wide ones.
fn ascii(written: &str) -> String {
    let one = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + u32::from(b'0')).unwrap_or(c),
        '٠'..='٩' => char::from_u32(c as u32 - '٠' as u32 + u32::from(b'0')).unwrap_or(c),
        '．' => '.',
        '，' => ',',
        c => c,
    };
    written.chars().map(one).collect()
}

/// Signs between digits that are no decimal point: commas, several points, blanks, apostrophes, underscores in pairs.
fn grouped(written: &str) -> Option<Misspelt> {
    let minus = if written.starts_with('-') { "-" } else { "" };
    let size = written.strip_prefix(['-', '+']).unwrap_or(written);
    let blank = |c: char| c.is_whitespace() || c == '\u{202f}';
    let mark = |c: char| matches!(c, '\'' | '’' | '‘' | '´' | '`' | '·');
    let digit_at = |at: Option<char>| at.is_some_and(|c| c.is_ascii_digit());
    if !digit_at(size.chars().next()) || !digit_at(size.chars().next_back()) {
        return None;
    }
    let known = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_') || blank(c) || mark(c);
    if !size.chars().all(known) || size.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let bare: String = size.chars().filter(char::is_ascii_digit).collect();
    // Groups of three after a first one of one to three, whatever separates them.
    let thousands = |text: &str, separator: &dyn Fn(char) -> bool| {
        let mut groups = text.split(separator);
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        (1..=3).contains(&first.len())
            && digits(first)
            && !first.starts_with('0')
            && !rest.is_empty()
            && rest.iter().all(|group| group.len() == 3 && digits(group))
    };
    let (points, commas) = (size.matches('.').count(), size.matches(',').count());
    if size.contains(blank) || size.contains(mark) {
        let sign = if size.contains(blank) {
            Text::new("spasi", "a blank")
        } else {
            Text::new("tanda petik", "an apostrophe")
        };
        let (whole, decimals) = size
            .rsplit_once(['.', ','])
            .filter(|(whole, _)| !whole.contains(['.', ',']))
            .map_or((size, None), |(whole, decimals)| (whole, Some(decimals)));
        let (id, en) = (&sign.id, &sign.en);
        let message = text!(
            "{id} di dalam angka `{written}`",
            "{en} within the number `{written}`"
        );
        if thousands(whole, &|c| blank(c) || mark(c)) {
            let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
            let decimals = decimals.map_or_else(String::new, |own| format!(".{own}"));
            return said(message, format!("{minus}{whole}{decimals}"));
        }
        // A blank beside a decimal sign.
        let close: String = size.chars().filter(|c| !blank(*c)).collect();
        if (size.contains(" ,") || size.contains(", ")) && close.matches(',').count() == 1 {
            return grouped(&format!("{minus}{close}"));
        }
        if size.contains(['.', ',']) {
            return None;
        }
        let list = size.split_whitespace().collect::<Vec<_>>().join(", ");
        return Some(Misspelt {
            message,
            help: text!(
                "tulis `{minus}{bare}`, atau daftar `[{list}]`",
                "write `{minus}{bare}`, or a list `[{list}]`"
            ),
        });
    }
    match (points, commas) {
        (0, 1) => {
            let message = text!(
                "koma dalam angka `{written}`",
                "a comma in the number `{written}`"
            );
            if let Some([decimal, whole]) = three_digits(written, ',') {
                let decimal = plain_decimal(decimal);
                return Some(Misspelt {
                    message,
                    help: text!(
                        "bila itu pemisah ribuan, tulis `{whole}`; bila itu koma desimal, tulis `{decimal}`",
                        "if it separates thousands, write `{whole}`; if it is decimal, write `{decimal}`"
                    ),
                });
            }
            let dotted = written.replace(',', ".");
            Some(Misspelt {
                message: text!(
                    "koma desimal dalam angka `{written}`",
                    "a decimal comma in the number `{written}`"
                ),
                help: text!("pakai titik: `{dotted}`", "use a point: `{dotted}`"),
            })
        }
        (0, 2..) if thousands(size, &|c| c == ',') => said(
            text!(
                "koma pemisah ribuan dalam angka `{written}`",
                "commas between the thousands of `{written}`"
            ),
            format!("{minus}{bare}"),
        ),
        (2.., 0) if thousands(size, &|c| c == '.') => said(
            text!(
                "titik pemisah ribuan dalam angka `{written}`",
                "points between the thousands of `{written}`"
            ),
            format!("{minus}{bare}"),
        ),
        (1.., 1) | (1, 1..) => {
            let (whole, decimals) = size.rsplit_once(['.', ','])?;
            let other = if size.rfind(',') > size.rfind('.') {
                '.'
            } else {
                ','
            };
            if !thousands(whole, &|c| c == other) {
                return None;
            }
            let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
            said(
                text!(
                    "pemisah ribuan dalam angka `{written}`",
                    "a sign between the thousands of `{written}`"
                ),
                format!("{minus}{whole}.{decimals}"),
            )
        }
        (_, 0) if size.contains("__") => said(
            text!(
                "garis bawah berulang dalam angka `{written}`",
                "repeated underscores in the number `{written}`"
            ),
            format!("{minus}{}", size.replace('_', "")),
        ),
        _ => None,
    }
}

/// Digits that are no number of ours yet: `.5`, `5.`, `05`, `1e 3`, wide ones.
fn digits(written: &str) -> Option<Misspelt> {
    let wide = ascii(written);
    if wide != written && !is_number(&wide) {
        return misspelt(&wide);
    }
    if wide != written {
        return said(
            text!(
                "angka `{written}` ditulis dengan huruf lain",
                "the digits of `{written}` are of another script"
            ),
            wide,
        );
    }
    let minus = if written.starts_with('-') { "-" } else { "" };
    let size = written.strip_prefix(['-', '+']).unwrap_or(written);
    let only = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(fraction) = size.strip_prefix('.').filter(|own| only(own)) {
        return said(
            text!(
                "angka `{written}` tanpa angka di depan titik",
                "the number `{written}` has no digit before its point"
            ),
            format!("{minus}0.{fraction}"),
        );
    }
    if let Some(whole) = size.strip_suffix('.').filter(|own| is_number(own)) {
        return said(
            text!(
                "angka `{written}` tanpa angka di belakang titik",
                "the number `{written}` has no digit after its point"
            ),
            format!("{minus}{whole}"),
        );
    }
    let whole = size.split(['.', 'e', 'E']).next().unwrap_or_default();
    if only(whole) && whole.len() > 1 && whole.starts_with('0') && plain(size).is_some() {
        let rest = size.get(whole.len()..).unwrap_or_default();
        let kept = whole.trim_start_matches('0');
        let kept = if kept.is_empty() { "0" } else { kept };
        return said(
            text!(
                "nol di depan angka `{written}`",
                "the number `{written}` begins with zeros"
            ),
            format!("{minus}{kept}{rest}"),
        );
    }
    if let Some((mantissa, exponent)) = size.split_once(['e', 'E']) {
        if exponent.is_empty() && is_number(mantissa) {
            return Some(Misspelt {
                message: text!(
                    "angka `{written}` tanpa pangkat sesudah `e`",
                    "the number `{written}` has no exponent after its `e`"
                ),
                help: text!(
                    "tulis angkanya utuh, misalnya `{minus}{mantissa}` atau `{minus}{mantissa}e3`",
                    "write the number in full, such as `{minus}{mantissa}` or `{minus}{mantissa}e3`"
                ),
            });
        }
        let dotted = size.replacen(',', ".", 1);
        if mantissa.contains(',') && is_number(&dotted) {
            return Some(Misspelt {
                message: text!(
                    "koma desimal dalam angka `{written}`",
                    "a decimal comma in the number `{written}`"
                ),
                help: text!(
                    "pakai titik: `{minus}{dotted}`",
                    "use a point: `{minus}{dotted}`"
                ),
            });
        }
    }
    if let Some((low, high)) = written.split_once("..")
        && is_number(low)
        && is_number(high.trim_start_matches(['.', '=']))
    {
        let high = high.trim_start_matches(['.', '=']);
        return Some(Misspelt {
            message: text!(
                "rentang `{written}` di tempat daftar",
                "the range `{written}` where a list should be"
            ),
            help: text!("tulis `[{low}, {high}]`", "write `[{low}, {high}]`"),
        });
    }
    let joined: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    (joined != written && written.contains(['e', 'E']) && is_number(&joined))
        .then(|| {
            said(
                text!(
                    "spasi di dalam angka `{written}`",
                    "a blank within the number `{written}`"
                ),
                joined,
            )
        })
        .flatten()
}

/// A currency, a unit or a footnote mark beside a number.
fn affixes(written: &str) -> Option<Misspelt> {
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '-' | '_');
    let before = written.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '-');
    let bare = before.trim_end_matches(|c: char| !c.is_ascii_digit());
    let (first, last) = (bare.chars().next()?, bare.chars().next_back()?);
    let inner = (first.is_ascii_digit() || first == '-') && last.is_ascii_digit();
    let around = written.replacen(bare, " ", 1);
    let short = around.trim().chars().count();
    if !inner || bare == written || !bare.chars().all(number) || short > 4 {
        return None;
    }
    // Names begin with letters, too.
    let currency = written.len() > before.len();
    let names = [
        "Rp", "IDR", "USD", "EUR", "$", "€", "£", "~", "±", "<", ">", "≤", "≥", "=",
    ];
    let lead = written.get(..written.len() - before.len())?.trim();
    if currency && !names.contains(&lead.trim_end_matches('.')) {
        return None;
    }
    let around = around.trim();
    let message = text!(
        "`{around}` pada angka `{written}`",
        "`{around}` beside the number `{written}`"
    );
    if let Some([decimal, whole]) = three_digits(bare, '.') {
        let decimal = plain_decimal(decimal);
        let help = text!(
            "tulis angkanya saja: `{whole}` bila ribuan, `{decimal}` bila desimal",
            "write the number alone: `{whole}` for thousands, `{decimal}` for a decimal"
        );
        return Some(Misspelt { message, help });
    }
    if is_number(bare) {
        let help = text!(
            "tulis angkanya saja: `{bare}`",
            "write the number alone: `{bare}`"
        );
        return Some(Misspelt { message, help });
    }
    let help = grouped(bare)?.help;
    Some(Misspelt { message, help })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the help says to write.
    fn help(written: &str) -> String {
        misspelt(written).map_or_else(|| "–".to_owned(), |own| own.help.en.to_string())
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (written, write) in [
            ("0,4", "use a point: `0.4`"),
            ("12,5", "use a point: `12.5`"),
            ("0,500", "use a point: `0.500`"),
            (
                "10,000",
                "if it separates thousands, write `10000`; if it is decimal, write `10.0`",
            ),
            (
                "-12,345",
                "if it separates thousands, write `-12345`; if it is decimal, write `-12.3450`",
            ),
            ("1,000,000", "write `1000000`"),
            ("1.000.000", "write `1000000`"),
            ("1.234,56", "write `1234.56`"),
            ("1,234.56", "write `1234.56`"),
            ("10 000", "write `10000`"),
            ("10\u{a0}000", "write `10000`"),
            ("1\u{202f}234,5", "write `1234.5`"),
            ("5 5", "write `55`, or a list `[5, 5]`"),
            ("1'000", "write `1000`"),
            ("1’000’000", "write `1000000`"),
            ("−5", "write `-5`"),
            ("–5", "write `-5`"),
            ("- 5", "write `-5`"),
            ("+ 5", "write `5`"),
            ("10^3", "write `1000`"),
            ("10*3", "write `30`"),
            ("1/2", "write `0.5`"),
            ("1/3", "write `0.333333333333333`"),
            (".5", "write `0.5`"),
            ("-.5", "write `-0.5`"),
            ("5.", "write `5`"),
            ("05", "write `5`"),
            ("007.5", "write `7.5`"),
            ("1e 3", "write `1e3`"),
            ("(5)", "write `5`, or `-5` if it is negative"),
            ("5;", "write `5`"),
            ("5,", "write `5`"),
            ("５", "write `5`"),
            ("５．５", "write `5.5`"),
            ("5\u{200b}", "write `5`"),
            ("1__000", "write `1000`"),
            ("Rp5", "write the number alone: `5`"),
            ("Rp 10.000.000", "write `10000000`"),
            ("$5", "write the number alone: `5`"),
            ("5x", "write the number alone: `5`"),
            ("5 kg", "write the number alone: `5`"),
            ("12.3*", "write the number alone: `12.3`"),
            ("5 juta", "write `5000000`"),
            ("10rb", "write `10000`"),
            ("10 ribu", "write `10000`"),
            ("10k", "write `10000`"),
            ("Rp 2,5 juta", "write `2500000`"),
            ("10²", "write `100`"),
            ("½", "write `0.5`"),
            ("5½", "write `5.5`"),
            (
                "80%",
                "write `80` where a hundred is the whole, `0.8` where one is",
            ),
            (
                "7,5 persen",
                "write `7.5` where a hundred is the whole, `0.075` where one is",
            ),
            (
                "Rp10.000",
                "write the number alone: `10000` for thousands, `10.0` for a decimal",
            ),
            ("5e", "write the number in full, such as `5` or `5e3`"),
            ("2,5e3", "use a point: `2.5e3`"),
            ("0..100", "write `[0, 100]`"),
            ("(0, 100)", "write `[0, 100]`"),
            ("10 , 5", "use a point: `10.5`"),
            ("0.0.", "write `0.0`"),
            ("１０，５", "use a point: `10.5`"),
            ("1/0", "write its result; this one is infinite"),
            ("True", "write `true`"),
            (
                "None",
                "write the number, or delete the line where there is none",
            ),
            (
                "-",
                "write the number, or delete the line where there is none",
            ),
        ] {
            assert_eq!(help(written), write, "{written}");
        }
        for fine in [
            "5",
            "-5",
            "5.5",
            "1_000",
            "1e3",
            "abc",
            "true",
            "rasio_1",
            "\"5\"",
            "[1, 2]",
            "a5",
            "",
            "2024-01-01",
        ] {
            assert_eq!(misspelt(fine), None, "{fine}");
        }
    }

    #[test]
    fn three_digits_have_two_readings() {
        assert_eq!(three_digits("12.500", '.'), Some([12.5, 12500.0]));
        assert_eq!(three_digits("-1.000", '.'), Some([-1.0, -1000.0]));
        for one in [
            "0.125",
            "1007.436",
            "12.50",
            "12.5000",
            "12_500",
            "1.000.000",
            "12.500e1",
        ] {
            assert_eq!(three_digits(one, '.'), None, "{one}");
        }
        assert_eq!(plain_decimal(3.065), "3.0650");
        assert_eq!(plain_decimal(250.0), "250.0");
    }
}

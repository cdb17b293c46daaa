//! Numbers as nearly all are written: few digits, perhaps a decimal sign. They are read without looking twice.

/// A number as nearly all are written, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) value: f64,
    /// How many digits stand before the decimal sign.
    pub(crate) whole: usize,
    /// How many stand behind it, where there is one.
    pub(crate) fraction: Option<usize>,
    /// Whether the first digit is 0.
    pub(crate) leading_zero: bool,
}

/// So many digits are a whole number that a double holds, and a power of ten that it holds as well.
const PLAIN_DIGITS: usize = 15;
const POWERS: [f64; PLAIN_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Reads a number of up to 15 digits with at most a minus and one decimal sign; `None` for all else, which may be a number
/// all the same. The value is that of [`parse_decimal`]: a quotient of two whole doubles is correctly rounded (Clinger: *How
/// to read floating point numbers accurately*, 1990).
pub(crate) fn written(text: &[u8], sign: u8) -> Option<Written> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut number = 0_u64;
    let (mut count, mut point) = (0_usize, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                count += 1;
            }
            _ if *byte == sign && point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    let whole = point.unwrap_or(count);
    let fraction = point.map(|point| count - point);
    if whole == 0 || fraction == Some(0) || count > PLAIN_DIGITS {
        return None;
    }
    let value = number as f64 / POWERS.get(fraction.unwrap_or(0))?;
    Some(Written {
        value: if negative { -value } else { value },
        whole,
        fraction,
        leading_zero: digits.first() == Some(&b'0'),
    })
}

/// The number at the beginning of eight bytes, up to a delimiter, and how many bytes it has; as [`written`] reads it, all
/// digits at once. `None` where there is no delimiter, and for all that `written` does not read, or a minus.
///
/// Digits are joined in pairs, fours and eights by multiplication (Lemire: *Quickly parsing eight digits*, 2018).
#[inline]
pub(crate) fn written_before(text: &[u8; 8], delimiter: u8, sign: u8) -> Option<(Written, usize)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    // The position of the first byte of a kind.
    let first = |word: u64, byte: u8| {
        let same = word ^ (EACH * u64::from(byte));
        let found = same.wrapping_sub(EACH) & !same & (EACH << 7);
        (found.trailing_zeros() / 8) as usize
    };
    let word = u64::from_le_bytes(*text);
    let length = first(word, delimiter);
    if length == 8 || length == 0 {
        return None;
    }
    let cell = word & ((1 << (8 * length)) - 1);
    let point = first(cell, sign);
    let (digits, count, fraction) = if point < length {
        let low = cell & ((1 << (8 * point)) - 1);
        let high = (cell >> (8 * point) >> 8) << (8 * point);
        (low | high, length - 1, Some(length - point - 1))
    } else {
        (cell, length, None)
    };
    let whole = point.min(length);
    if whole == 0 || fraction == Some(0) {
        return None;
    }
    let digits = (digits << (8 * (8 - count)) | ZEROS >> (8 * count)) ^ ZEROS;
    let beyond_nine = (digits.wrapping_add(EACH * 0x76) | digits) & (EACH << 7);
    if beyond_nine != 0 {
        return None;
    }
    let pairs = digits * 10 + (digits >> 8);
    let high = (pairs & 0xff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let low = (pairs >> 16 & 0xff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    let number = high.wrapping_add(low) >> 32;
    let power = POWERS.get(fraction.unwrap_or(0))?;
    let written = Written {
        value: number as f64 / power,
        whole,
        fraction,
        leading_zero: text[0] == b'0',
    };
    Some((written, length))
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::number::{parse_decimal, part, random};

    #[test]
    fn numbers_are_read_at_once_as_they_are_digit_by_digit() {
        let kinds = b"0123456789.,;- e\"\n\xff0123456789.,;";
        let mut state = 3;
        let mut read = 0;
        for _ in 0..400_000 {
            let mut bytes = [0u8; 8];
            for byte in &mut bytes {
                *byte = kinds[(random(&mut state) % kinds.len() as u64) as usize];
            }
            for (delimiter, sign) in [(b';', b','), (b',', b'.')] {
                let expected = bytes.iter().position(|byte| *byte == delimiter);
                let cell = expected.and_then(|end| Some((written(&bytes[..end], sign)?, end)));
                let cell = cell.filter(|_| bytes[0] != b'-');
                read += usize::from(cell.is_some());
                let found = written_before(&bytes, delimiter, sign);
                let bits = |read: Option<(Written, usize)>| {
                    read.map(|(written, end)| (written.value.to_bits(), written, end))
                };
                assert_eq!(bits(found), bits(cell), "{}", bytes.escape_ascii());
            }
        }
        assert!(read > 10_000);
    }

    #[test]
    fn numbers_are_read_in_short_as_they_are_at_length() {
        let mut seed = 7;
        let mut read = 0;
        for _ in 0..200_000 {
            let count = 1 + (part(&mut seed) * 17.0) as usize;
            let mut text = String::new();
            if part(&mut seed) < 0.3 {
                text.push('-');
            }
            let point = (part(&mut seed) * (count as f64 + 2.0)) as usize;
            for at in 0..count {
                if at == point {
                    text.push('.');
                }
                text.push(char::from(b'0' + (part(&mut seed) * 10.0) as u8));
            }
            let Some(short) = written(text.as_bytes(), b'.') else {
                continue;
            };
            read += 1;
            let long = parse_decimal(&text).unwrap();
            assert_eq!(short.value.to_bits(), long.to_bits(), "{text}");
            let comma = text.replace('.', ",");
            assert_eq!(written(comma.as_bytes(), b','), Some(short));
        }
        assert!(read > 100_000, "{read}");
        for other in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "+1",
            "1e3",
            " 1",
            "1,5",
            "1.2.3",
            "--1",
            "1234567890123456",
        ] {
            assert_eq!(written(other.as_bytes(), b'.'), None, "{other}");
        }
    }
}

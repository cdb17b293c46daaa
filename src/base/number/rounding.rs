//! Rounding: to how many decimals, which way, and how near to a half or whole unit a number stands for it.

use super::decided::Tolerance;

/// The powers of ten that numbers are rounded by without looking at their digits.
const TENS: [f64; 16] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// What happens to the digits that are not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// A half goes away from zero: 2.675 → 2.68, −2.675 → −2.68.
    HalfUp,
    /// A half goes to the even neighbour: 2.665 → 2.66, 2.675 → 2.68.
    HalfEven,
    /// The digits are cut off: 96.7857 → 96.78.
    Truncate,
}

impl Rounding {
    /// All modes with the names that rule files use.
    pub const NAMES: [(&'static str, Rounding); 3] = [
        ("half-up", Rounding::HalfUp),
        ("half-even", Rounding::HalfEven),
        ("truncate", Rounding::Truncate),
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Rounding::HalfUp => "half-up",
            Rounding::HalfEven => "half-even",
            Rounding::Truncate => "truncate",
        }
    }

    /// Rounds to a number of decimals.
    ///
    /// It acts on the shortest decimal that reads back to `value`, which is what a person sees: 2.675
    /// is a half here, though the double nearest to it lies a little below. What is not finite is
    /// returned as it is. Scores are rounded by a [`Precision`], which knows their range.
    ///
    /// ```
    /// use tanggap::base::Rounding;
    /// assert_eq!(Rounding::HalfUp.round(2.675, 2), 2.68);
    /// assert_eq!(Rounding::HalfEven.round(2.665, 2), 2.66);
    /// assert_eq!(Rounding::Truncate.round(96.7857, 2), 96.78);
    /// ```
    pub fn round(self, value: f64, decimals: u8) -> f64 {
        Precision::exact(self, decimals).round(value)
    }

    /// A finite number, rounded to a number of decimals and written with all of them: `78.40`.
    pub fn written(self, value: f64, decimals: u8) -> String {
        Precision::exact(self, decimals).written(value)
    }

    /// The first `kept` digits, the last one rounded; zeros where there are fewer.
    fn cut(self, digits: &[u8], kept: usize) -> Vec<u8> {
        let mut head: Vec<u8> = digits.iter().copied().take(kept).collect();
        head.resize(kept, b'0');
        let tail = digits.get(kept..).unwrap_or(&[]);
        let next = tail.first().map_or(0, |digit| digit - b'0');
        let beyond = tail.iter().skip(1).any(|digit| *digit != b'0');
        let odd = head.last().is_some_and(|digit| (digit - b'0') % 2 == 1);
        let mut carry = match self {
            Rounding::HalfUp => next >= 5,
            Rounding::HalfEven => next > 5 || (next == 5 && (beyond || odd)),
            Rounding::Truncate => false,
        };
        for digit in head.iter_mut().rev() {
            if !carry {
                break;
            }
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { *digit + 1 };
        }
        if carry {
            head.insert(0, b'1');
        }
        head
    }
}

/// How scores of one range are published: with so many decimals, rounded in one way, decided as decimals.
///
/// A score lies within a tiny distance of what exact arithmetic would give. Where a half or whole unit of the last decimal
/// lies that close ([`Tolerance::of_range`]), the score stands for it: 64.64999999999999 on a scale to 100 is published
/// with one decimal as 64.7, as by hand. Where the unit is finer than 10⁻¹⁰ of the range nothing is moved.
///
/// ```
/// use tanggap::base::{Precision, Rounding};
/// let twelfth = Precision::new(Rounding::HalfUp, 1, 0.0, 100.0);
/// assert_eq!(twelfth.round(64.649_999_999_999_99), 64.7);
/// assert_eq!(Precision::new(Rounding::Truncate, 1, 0.0, 100.0).round(2.999_999_999_999_999), 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    rounding: Rounding,
    decimals: u8,
    tolerance: f64,
}

/// The finest unit, as a part of the range, at which scores are moved to a half or whole unit.
const FINEST_UNIT: f64 = 1e-10;

impl Precision {
    /// Scores between `low` and `high`, rounded to `decimals`.
    pub fn new(rounding: Rounding, decimals: u8, low: f64, high: f64) -> Self {
        Self::within(rounding, decimals, high - low)
    }

    /// Numbers of which `size` is the whole: the width of their range, or their magnitude.
    pub(crate) fn within(rounding: Rounding, decimals: u8, size: f64) -> Self {
        let unit = TENS
            .get(usize::from(decimals))
            .map_or(0.0, |tens| 1.0 / tens);
        // The unit may be just the finest one, give or take how doubles hold either.
        let coarse = size.is_finite() && unit >= size * FINEST_UNIT * 0.999_999;
        Self {
            tolerance: if coarse {
                Tolerance::of_size(size).width()
            } else {
                0.0
            },
            ..Self::exact(rounding, decimals)
        }
    }

    /// Numbers that are taken as they are written.
    pub(crate) fn exact(rounding: Rounding, decimals: u8) -> Self {
        Self {
            rounding,
            decimals,
            tolerance: 0.0,
        }
    }

    /// How many decimals are kept.
    pub fn decimals(self) -> u8 {
        self.decimals
    }

    /// The distance to a half or whole unit at which a value stands for it.
    pub fn tolerance(self) -> f64 {
        self.tolerance
    }

    /// The number that is published for a value; what is not finite is returned as it is.
    pub fn round(self, value: f64) -> f64 {
        if !value.is_finite() {
            return value;
        }
        match self.near(value) {
            Some(rounded) => rounded,
            None => self.digits(value).parse().unwrap_or(value),
        }
    }

    /// The size of a rounded number in units of its last decimal, by arithmetic, where it is plain which way the digits
    /// go.
    ///
    /// The shortest decimal lies within half a unit in the last place of the double, and so does the product: unless
    /// the digits beyond are that close to where the rounding turns, both give the same. A value that stands for a half or
    /// whole unit is decided as that.
    #[inline]
    fn units(self, value: f64) -> Option<i64> {
        let tens = TENS.get(usize::from(self.decimals))?;
        let scaled = value.abs() * tens;
        // Also what is no number.
        if !matches!(scaled, 0.0..=1e14) {
            return None;
        }
        let whole = scaled as i64;
        let rest = scaled - whole as f64;
        let doubt = scaled * 1e-15 + self.tolerance * tens;
        let up = match self.rounding {
            Rounding::HalfUp | Rounding::HalfEven if (rest - 0.5).abs() > doubt => rest > 0.5,
            Rounding::Truncate if rest > doubt && rest < 1.0 - doubt => false,
            _ => return self.units_of_half(value.abs(), 2 * whole + (2.0 * rest + 0.5) as i64),
        };
        Some(whole + i64::from(up))
    }

    /// The same for a positive value that stands for so many half units; `None` where it does not.
    fn units_of_half(self, value: f64, halves: i64) -> Option<i64> {
        let tens = TENS.get(usize::from(self.decimals))?;
        let near = halves as f64 / (2.0 * tens);
        let whole = halves / 2;
        let up = match self.rounding {
            Rounding::HalfUp => halves % 2 == 1,
            Rounding::HalfEven => halves % 2 == 1 && whole % 2 == 1,
            Rounding::Truncate => false,
        };
        ((value - near).abs() <= self.tolerance).then_some(whole + i64::from(up))
    }

    /// The same as a number. A whole number below 2^53 over a power of ten up to 10^22 is the double nearest to that
    /// decimal.
    fn near(self, value: f64) -> Option<f64> {
        let rounded = self.units(value)? as f64 / TENS.get(usize::from(self.decimals))?;
        Some(if value < 0.0 && rounded > 0.0 {
            -rounded
        } else {
            rounded
        })
    }

    /// Writes what [`written`](Self::written) gives to the end of a text.
    pub fn write(self, value: f64, out: &mut Vec<u8>) {
        let Some(units) = self.units(value) else {
            out.extend_from_slice(self.digits(value).as_bytes());
            return;
        };
        let decimals = self.decimals;
        if value < 0.0 && units > 0 {
            out.push(b'-');
        }
        if let (Ok(units @ ..10_000_000), 1..=6) = (u32::try_from(units), decimals) {
            let (text, over) = short(units, decimals);
            out.extend_from_slice(&text);
            out.truncate(out.len() - over);
            return;
        }
        // From the last digit on.
        let mut text = [0; 24];
        let mut at = text.len();
        let mut put = |byte: u8| {
            at -= 1;
            if let Some(slot) = text.get_mut(at) {
                *slot = byte;
            }
        };
        let mut rest = units;
        for _ in 0..decimals {
            put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        if decimals > 0 {
            put(b'.');
        }
        loop {
            put(b'0' + (rest % 10) as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// A finite number, rounded and written with all decimals: `78.40`.
    pub fn written(self, value: f64) -> String {
        let mut text = Vec::with_capacity(24);
        self.write(value, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// The same by the digits of the shortest decimal.
    fn digits(self, value: f64) -> String {
        let decimals = self.decimals;
        let shortest = format!("{:e}", value.abs());
        let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
        let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let exponent: i32 = exponent.parse().unwrap_or(0);
        // How many of the digits stay; below zero, the first one lies beyond the last decimal.
        let kept = exponent + 1 + i32::from(decimals);
        let mut head = match usize::try_from(kept) {
            Ok(kept) => self.rounding.cut(&digits, kept),
            Err(_) => Vec::new(),
        };
        let least = usize::from(decimals) + 1;
        let padding = least.saturating_sub(head.len());
        head.splice(0..0, std::iter::repeat_n(b'0', padding));
        let mut text = String::with_capacity(head.len() + 2);
        if value < 0.0 && head.iter().any(|digit| *digit != b'0') {
            text.push('-');
        }
        let point = head.len() - usize::from(decimals);
        for (at, digit) in head.iter().enumerate() {
            if at == point {
                text.push('.');
            }
            text.push(char::from(*digit));
        }
        text
    }
}

/// A number of up to seven digits with some decimals, at the beginning of eight bytes, and how many of those are too many.
/// All digits are found at once, each lane of a word by the same multiplications.
#[inline]
fn short(units: u32, decimals: u8) -> ([u8; 8], usize) {
    let fours = u64::from(units / 10_000) | u64::from(units % 10_000) << 32;
    let high = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = (fours - high * 100) << 16 | high;
    let high = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = (pairs - high * 10) << 8 | high;
    // The first digit is zero, and gives way to the decimal point.
    let whole = 8 * (7 - u32::from(decimals));
    let text = digits | 0x3030_3030_3030_3030;
    let before = text >> 8 & ((1 << whole) - 1);
    let after = text >> (whole + 8) << (whole + 8);
    let text = before | u64::from(b'.') << whole | after;
    // One zero stays before the point.
    let zeros = (digits >> 8 | 1 << (whole - 8)).trailing_zeros() / 8;
    ((text >> (8 * zeros)).to_le_bytes(), zeros as usize)
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::number::pow;

    #[test]
    fn half_up_acts_on_the_shortest_decimal_away_from_zero() {
        for (value, decimals, expected) in [
            (2.675, 2, 2.68),
            (-2.675, 2, -2.68),
            (1.005, 2, 1.01),
            (0.5, 0, 1.0),
            (0.05, 0, 0.0),
            (0.06, 1, 0.1),
            (9.995, 2, 10.0),
            (99.99, 1, 100.0),
            (1e300, 2, 1e300),
            (5e-324, 3, 0.0),
            (123.0, 0, 123.0),
        ] {
            assert_eq!(Rounding::HalfUp.round(value, decimals), expected, "{value}");
        }
        assert_eq!(Rounding::HalfUp.written(78.4, 2), "78.40");
        assert_eq!(Rounding::HalfUp.written(-0.004, 2), "0.00");
        assert_eq!(Rounding::HalfUp.written(-1234.5, 0), "-1235");
        assert_eq!(Rounding::HalfUp.written(9.995, 2), "10.00");
        assert_eq!(Rounding::HalfUp.written(0.05, 1), "0.1");
        assert_eq!(Rounding::HalfUp.written(0.0, 3), "0.000");
        assert_eq!(
            Rounding::HalfUp.round(-0.001, 2).to_bits(),
            0.0f64.to_bits()
        );
    }

    #[test]
    fn arithmetic_and_digits_round_alike() {
        let mut state = 7u64;
        for _ in 0..200_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let digits = (state >> 33) as f64;
            let near = |value: f64, decimals| {
                for mode in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Truncate] {
                    let precision = Precision::exact(mode, decimals);
                    let digits = precision.digits(value);
                    let expected: f64 = digits.parse().unwrap();
                    let got = precision.round(value);
                    assert_eq!(got.to_bits(), expected.to_bits(), "{value} {decimals}");
                    assert_eq!(precision.written(value), digits);
                }
            };
            // Decimals with a tie among them, their neighbours, and any double.
            let decimals = (state >> 20) as u8 % 5;
            let value = digits / pow(10.0, f64::from((state >> 24) as i32 % 8)) - 1000.0;
            for value in [
                value,
                value.next_up(),
                value.next_down(),
                f64::from_bits(state),
            ] {
                if value.is_finite() {
                    near(value, decimals);
                }
            }
        }
    }

    /// A number a little beside a half or whole unit is rounded as that, one further away by its digits.
    #[test]
    fn scores_are_decided_as_decimals() {
        let mut state = 11u64;
        for _ in 0..100_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let decimals = (state >> 20) as u8 % 5;
            let tens = pow(10.0, f64::from(decimals));
            // A whole number of half units on a scale from −100 to 100.
            let halves = ((state >> 33) % 400_000) as f64 - 200_000.0;
            let exact = halves / (2.0 * tens);
            for mode in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Truncate] {
                let precision = Precision::new(mode, decimals, -100.0, 100.0);
                let expected = Precision::exact(mode, decimals).round(exact);
                for by in [-1.9e-10, -1e-13, 0.0, 1e-13, 1.9e-10] {
                    let got = precision.round(exact + by);
                    assert_eq!(got.to_bits(), expected.to_bits(), "{exact} {by} {mode:?}");
                }
                for by in [-3e-10, 3e-10] {
                    let digits = precision.digits(exact + by);
                    assert_eq!(precision.written(exact + by), digits, "{exact} {by}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_moved_where_the_unit_is_finer_than_the_tolerance_serves() {
        for (decimals, low, high, moves) in [
            (8, 0.0, 100.0, true),
            (9, 0.0, 100.0, false),
            (10, 0.0, 1.0, true),
            (11, 0.0, 1.0, false),
            (2, 0.0, f64::MAX, false),
            (0, -f64::MAX, f64::MAX, false),
        ] {
            let precision = Precision::new(Rounding::HalfUp, decimals, low, high);
            assert_eq!(
                precision.tolerance() > 0.0,
                moves,
                "{decimals} {low} {high}"
            );
        }
    }

    #[test]
    fn half_even_and_truncate() {
        assert_eq!(Rounding::HalfEven.round(2.665, 2), 2.66);
        assert_eq!(Rounding::HalfEven.round(2.675, 2), 2.68);
        assert_eq!(Rounding::HalfEven.round(2.6650001, 2), 2.67);
        assert_eq!(Rounding::HalfEven.round(0.5, 0), 0.0);
        assert_eq!(Rounding::HalfEven.round(1.5, 0), 2.0);
        assert_eq!(Rounding::Truncate.round(2.71 / 2.8 * 100.0, 2), 96.78);
        assert_eq!(Rounding::Truncate.round(-0.009, 2), 0.0);
    }
}

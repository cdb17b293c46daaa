//! Numbers: the only place that rounds, sums over rows, or calls a transcendental function.
//!
//! Functions beyond the four operations come from `libm`, so that the same rules and the same data
//! give the same bits on every machine.

mod written;

pub(crate) use written::{Written, written, written_before};

/// Up to here (2^53), doubles hold every whole number.
pub const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The powers of ten that numbers are rounded by without looking at their digits.
const TENS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

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
    /// returned as it is.
    ///
    /// ```
    /// use tanggap::base::Rounding;
    /// assert_eq!(Rounding::HalfUp.round(2.675, 2), 2.68);
    /// assert_eq!(Rounding::HalfEven.round(2.665, 2), 2.66);
    /// assert_eq!(Rounding::Truncate.round(96.7857, 2), 96.78);
    /// ```
    pub fn round(self, value: f64, decimals: u8) -> f64 {
        if !value.is_finite() {
            return value;
        }
        match self.near(value, decimals) {
            Some(rounded) => rounded,
            None => self.written(value, decimals).parse().unwrap_or(value),
        }
    }

    /// The size of a rounded number in units of its last decimal, by arithmetic, where it is plain which way the digits
    /// go.
    ///
    /// The shortest decimal lies within half a unit in the last place of the double, and so does the product: unless
    /// the digits beyond are that close to where the rounding turns, both say the same.
    #[inline]
    fn units(self, value: f64, decimals: u8) -> Option<i64> {
        let scaled = value.abs() * TENS.get(usize::from(decimals))?;
        // Also what is no number.
        if !matches!(scaled, 0.0..=1e14) {
            return None;
        }
        let whole = scaled as i64;
        let rest = scaled - whole as f64;
        let doubt = scaled * 1e-15;
        let up = match self {
            Rounding::HalfUp | Rounding::HalfEven if (rest - 0.5).abs() > doubt => rest > 0.5,
            Rounding::Truncate if rest > doubt && rest < 1.0 - doubt => false,
            _ => return None,
        };
        Some(whole + i64::from(up))
    }

    /// The same as a number. A whole number below 2^53 over a power of ten up to 10^22 is the double nearest to that
    /// decimal.
    fn near(self, value: f64, decimals: u8) -> Option<f64> {
        let rounded = self.units(value, decimals)? as f64 / TENS.get(usize::from(decimals))?;
        Some(if value < 0.0 && rounded > 0.0 {
            -rounded
        } else {
            rounded
        })
    }

    /// Writes what [`written`](Self::written) gives to the end of a text.
    pub fn write(self, value: f64, decimals: u8, out: &mut Vec<u8>) {
        let Some(units) = self.units(value, decimals) else {
            out.extend_from_slice(self.written(value, decimals).as_bytes());
            return;
        };
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

    /// A finite number, rounded to a number of decimals and written with all of them: `78.40`.
    pub fn written(self, value: f64, decimals: u8) -> String {
        let shortest = format!("{:e}", value.abs());
        let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
        let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let exponent: i32 = exponent.parse().unwrap_or(0);
        // How many of the digits stay; below zero, the first one lies beyond the last decimal.
        let kept = exponent + 1 + i32::from(decimals);
        let mut head = match usize::try_from(kept) {
            Ok(kept) => self.cut(&digits, kept),
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

/// Whether two doubles are the same number: IEEE `==`, written out so that each use is deliberate.
#[allow(clippy::float_cmp)]
pub fn same(a: f64, b: f64) -> bool {
    a == b
}

/// The smaller of two; the first of equals, so that the sign of a zero is defined.
pub fn lesser(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The greater of two; the first of equals.
pub fn greater(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// `x`, kept between `low` and `high`.
pub fn clamp(x: f64, low: f64, high: f64) -> f64 {
    lesser(greater(x, low), high)
}

/// The sum of values over rows, in ascending order, so that the order of rows changes no bit.
pub fn sum_over_rows(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.into_iter().sum()
}

/// A sum without rounding on the way, in parts that do not overlap (Shewchuk: *Adaptive precision floating-point
/// arithmetic*, 1997): neither the order of values nor how they are divided among sums changes a bit.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExactSum {
    /// From the smallest to the largest.
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        let mut rest = value;
        let mut kept = 0;
        for at in 0..self.parts.len() {
            let Some(part) = self.parts.get(at).copied() else {
                break;
            };
            let (large, small) = if rest.abs() < part.abs() {
                (part, rest)
            } else {
                (rest, part)
            };
            let sum = large + small;
            let lost = small - (sum - large);
            if !same(lost, 0.0) {
                if let Some(slot) = self.parts.get_mut(kept) {
                    *slot = lost;
                }
                kept += 1;
            }
            rest = sum;
        }
        self.parts.truncate(kept);
        self.parts.push(rest);
    }

    /// Adds all of another sum.
    pub(crate) fn join(&mut self, other: &Self) {
        for part in &other.parts {
            self.add(*part);
        }
    }

    /// The sum, rounded once.
    pub(crate) fn total(&self) -> f64 {
        let mut parts = self.parts.iter().rev().copied();
        let mut total = parts.next().unwrap_or(0.0);
        while let Some(part) = parts.next() {
            let before = total;
            total = before + part;
            let lost = part - (total - before);
            if same(lost, 0.0) {
                continue;
            }
            // A half that was rounded to even goes the way of what lies below it.
            let below = parts.next().unwrap_or(0.0);
            let twice = lost * 2.0;
            if lost * below > 0.0 && same(total + twice - total, twice) {
                total += twice;
            }
            break;
        }
        total
    }
}

/// The mean of values over rows; `None` of nothing, and of values whose sum no double can hold.
pub fn mean_over_rows(values: Vec<f64>) -> Option<f64> {
    let count = values.len();
    let mean = sum_over_rows(values) / count as f64;
    (count > 0 && mean.is_finite()).then_some(mean)
}

/// The natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The logarithm to base 10.
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// The exponential function.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `x` to the power `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// x^y − 1 for x ≥ 0, exact also where the power is close to 1.
pub fn power_less_one(x: f64, y: f64) -> f64 {
    libm::expm1(y * libm::log(x))
}

/// ln(1 + x), exact also where x is close to 0.
pub fn ln_one_plus(x: f64) -> f64 {
    libm::log1p(x)
}

/// The square root.
pub fn sqrt(x: f64) -> f64 {
    libm::sqrt(x)
}

/// Reads a plain decimal number with a point: digits, sign, exponent; no `inf`, `nan`, hex or
/// underscores. Whether the result is finite is for the caller to ask.
pub fn parse_decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    if plain { text.parse().ok() } else { None }
}

/// Puts a list into another order, which the seed decides; the seed is another one then.
pub(crate) fn shuffle<T>(list: &mut [T], seed: &mut u64) {
    for at in (1..list.len()).rev() {
        list.swap(at, (random(seed) % (at as u64 + 1)) as usize);
    }
}

/// A number from 0 to 1, drawn evenly; 1 is never drawn.
pub(crate) fn part(seed: &mut u64) -> f64 {
    (random(seed) >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

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
                    let expected: f64 = mode.written(value, decimals).parse().unwrap();
                    let got = mode.round(value, decimals);
                    assert_eq!(got.to_bits(), expected.to_bits(), "{value} {decimals}");
                    let mut text = Vec::new();
                    mode.write(value, decimals, &mut text);
                    assert_eq!(text, mode.written(value, decimals).as_bytes());
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

    #[test]
    fn sums_do_not_depend_on_the_order_of_rows() {
        let ways = [vec![1e16, 1.0, -1e16, 0.1], vec![0.1, -1e16, 1.0, 1e16]];
        let [a, b] = ways.map(sum_over_rows);
        assert_eq!(a.to_bits(), b.to_bits());
    }

    #[test]
    fn exact_sums_are_the_nearest_double_however_they_are_divided() {
        let sum = |values: &[f64]| {
            let mut sum = ExactSum::default();
            values.iter().for_each(|value| sum.add(*value));
            sum
        };
        assert_eq!(sum(&[]).total().to_bits(), 0.0f64.to_bits());
        assert_eq!(sum(&[1e16, 1.0, -1e16, 0.1]).total(), 1.1);
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]).total(), 2.0);
        // A half, and a little more: to even, and up.
        assert_eq!(
            sum(&[9_007_199_254_740_992.0, 1.0]).total(),
            9_007_199_254_740_992.0
        );
        let more = [9_007_199_254_740_992.0, 1.0, 1e-30];
        assert_eq!(sum(&more).total(), 9_007_199_254_740_994.0);
        let mut seed = 5;
        let mut values: Vec<f64> = (0..300)
            .map(|at| (part(&mut seed) - 0.5) * pow(10.0, f64::from(at % 40)))
            .collect();
        let all = sum(&values).total();
        for _ in 0..50 {
            shuffle(&mut values, &mut seed);
            let (one, two) = values.split_at((random(&mut seed) % 300) as usize);
            let mut joined = sum(one);
            joined.join(&sum(two));
            assert_eq!(joined.total().to_bits(), all.to_bits());
        }
    }

    #[test]
    fn only_plain_decimals_are_numbers() {
        assert_eq!(parse_decimal("-1.5e3"), Some(-1500.0));
        for bad in ["", "inf", "nan", "0x10", "1_000", "1,5", "e"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }
}

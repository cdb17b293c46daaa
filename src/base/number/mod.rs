//! Numbers: the only place that rounds, sums over rows, or calls a transcendental function.
//!
//! Functions beyond the four operations come from `libm`, so that the same rules and the same data
//! give the same bits on every machine.

mod decided;
mod random;
mod rounding;
mod spelling;
mod sums;
mod written;

pub use decided::{RawValues, TOLERANCE, Tolerance, ceil, floor};
#[cfg(test)]
pub(crate) use random::random;
pub(crate) use random::{part, shuffle};
pub use rounding::{Precision, Rounding};
pub(crate) use spelling::{Misspelt, misspelt, plain_decimal, three_digits};
pub(crate) use sums::{Bounds, ExactSum, mean};
pub use sums::{mean_over_rows, sum_over_rows, weighted_mean_over_rows};
pub(crate) use written::{Written, written, written_before};

/// Up to here (2^53), doubles hold every whole number.
pub const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        assert_eq!(parse_decimal("-1.5e3"), Some(-1500.0));
        for bad in ["", "inf", "nan", "0x10", "1_000", "1,5", "e"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }
}

//! Decisions between a calculated number and a written one, as decimals.
//!
//! A rule file writes decimals; doubles hold few of them exactly, and arithmetic on them misses by a little. Where the
//! engine decides something against a written number (a bound of a band, a least share, the end of a range), a distance
//! this small is none. Formulas compare as IEEE 754 has it.

use super::same;

/// The part of its whole by which a calculated number may miss: the width of the range of a score, 1 of a share, the larger
/// magnitude of a raw value.
pub const TOLERANCE: f64 = 1e-12;

/// How far apart two numbers lie that stand for the same decimal.
///
/// ```
/// use tanggap::base::number::Tolerance;
/// let scores = Tolerance::of_range(0.0, 100.0);
/// assert!(scores.reaches(64.649_999_999_999_99, 64.65));
/// assert!(!scores.exceeds(64.650_000_000_000_01, 64.65));
/// assert!(!scores.reaches(64.649, 64.65));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance(f64);

impl Tolerance {
    /// None: numbers as they are written.
    pub const NONE: Self = Self(0.0);
    /// That of shares of 1.
    pub const SHARE: Self = Self(TOLERANCE);

    /// That of scores between two ends.
    pub fn of_range(low: f64, high: f64) -> Self {
        Self::of_size(high - low)
    }

    /// That of numbers of which `size` is the whole.
    pub(crate) fn of_size(size: f64) -> Self {
        let width = TOLERANCE * size.abs();
        Self(if width.is_finite() { width } else { 0.0 })
    }

    /// The distance itself.
    pub fn width(self) -> f64 {
        self.0
    }

    /// Whether `x` is at least `bound`.
    #[inline]
    pub fn reaches(self, x: f64, bound: f64) -> bool {
        x >= self.least(bound)
    }

    /// Whether `x` is more than `bound`.
    #[inline]
    pub fn exceeds(self, x: f64, bound: f64) -> bool {
        x > self.most(bound)
    }

    /// The least number that reaches a bound, for comparisons without further arithmetic.
    #[inline]
    pub fn least(self, bound: f64) -> f64 {
        bound - self.0
    }

    /// The largest number that does not exceed a bound.
    #[inline]
    pub fn most(self, bound: f64) -> f64 {
        bound + self.0
    }

    /// Whether two numbers stand for the same decimal.
    #[inline]
    pub fn same(self, x: f64, y: f64) -> bool {
        (x - y).abs() <= self.0
    }
}

/// How raw values of an indicator come about, which decides how near to each other they are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RawValues {
    /// A column, read as it is written: only equal values are the same.
    #[default]
    AsRead,
    /// An expression or a logarithm: values that differ by 10⁻¹² of the larger magnitude are the same.
    Calculated,
}

impl RawValues {
    /// The tolerance between two of them, or between one and a written number.
    #[inline]
    pub fn tolerance(self, x: f64, y: f64) -> Tolerance {
        match self {
            RawValues::AsRead => Tolerance::NONE,
            RawValues::Calculated => Tolerance::of_size(if x.abs() > y.abs() { x } else { y }),
        }
    }

    /// Whether two of them are the same.
    pub fn same(self, x: f64, y: f64) -> bool {
        same(x, y) || self.tolerance(x, y).same(x, y)
    }

    /// Whether `x` is at least `y`.
    pub fn reaches(self, x: f64, y: f64) -> bool {
        self.tolerance(x, y).reaches(x, y)
    }

    /// Whether a value lies between two written ends.
    pub fn between(self, x: f64, low: f64, high: f64) -> bool {
        self.reaches(x, low) && self.reaches(high, x)
    }
}

/// The largest whole number that a number reaches, where its neighbours by 10⁻¹² of its magnitude (of 1 at least) stand
/// for it.
///
/// ```
/// use tanggap::base::number::{ceil, floor};
/// assert_eq!(floor(2.999_999_999_999_999_6), 3.0);
/// assert_eq!(ceil(3.000_000_000_000_000_4), 3.0);
/// assert_eq!((floor(2.9999), ceil(2.0001)), (2.0, 3.0));
/// ```
pub fn floor(x: f64) -> f64 {
    decided(x).floor()
}

/// The smallest whole number that is not exceeded, likewise.
pub fn ceil(x: f64) -> f64 {
    decided(x).ceil()
}

/// The whole number that `x` stands for, or `x`.
fn decided(x: f64) -> f64 {
    let size = if x.abs() > 1.0 { x } else { 1.0 };
    let nearest = (x + 0.5).floor();
    // Beyond 10¹⁰ every double is whole but for digits that carry nothing.
    if x.abs() <= 1e10 && Tolerance::of_size(size).same(x, nearest) {
        nearest
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_reached_and_exceeded_as_decimals() {
        let scores = Tolerance::of_range(0.0, 100.0);
        for (x, bound, reaches, exceeds) in [
            (0.1 + 0.2, 0.3, true, false),
            (0.3, 0.1 + 0.2, true, false),
            (60.0 - 0.9e-10, 60.0, true, false),
            (60.0 + 0.9e-10, 60.0, true, false),
            (60.0 - 1.1e-10, 60.0, false, false),
            (60.0 + 1.1e-10, 60.0, true, true),
        ] {
            assert_eq!(scores.reaches(x, bound), reaches, "{x}");
            assert_eq!(scores.exceeds(x, bound), exceeds, "{x}");
        }
        assert!(Tolerance::of_range(-f64::MAX, f64::MAX).same(1.0, 1.0));
        assert!(!Tolerance::of_range(-f64::MAX, f64::MAX).same(1.0, 2.0));
    }

    #[test]
    fn raw_values_as_read_differ_by_their_last_digit() {
        let (x, y) = (0.3, 0.1 + 0.2);
        assert!(!RawValues::AsRead.same(x, y) && RawValues::Calculated.same(x, y));
        assert!(RawValues::Calculated.same(0.0, 0.0));
        assert!(!RawValues::Calculated.same(0.0, 1e-300));
        assert!(RawValues::Calculated.between(100.000_000_000_000_01, 0.0, 100.0));
        assert!(!RawValues::AsRead.between(100.000_000_000_000_02, 0.0, 100.0));
    }

    #[test]
    fn whole_numbers_of_huge_and_tiny_values() {
        for x in [1e300, -1e300, 1e15 + 0.5, f64::INFINITY] {
            assert_eq!(floor(x).to_bits(), x.floor().to_bits());
        }
        assert!(same(floor(-1e-13), 0.0) && same(ceil(1e-13), 0.0));
        assert!(same(floor(-1e-11), -1.0));
        assert!(floor(f64::NAN).is_nan());
    }
}

//! Straight lines onto a range of scores, over columns: no division, the same bits.

use crate::base::number;
use crate::calculus::Curve;
use crate::check::rule_set::{Node, Range};

/// The score of plain raw values (see `in_fast_range` of number columns) on a straight line.
///
/// It is what [`Position::spread`](crate::calculus::Position::spread) says, to the bit: `low + part · (high − low) /
/// whole`, and where it is clamped the ends themselves from `part = 0` and `part = whole` on.
///
/// Where the processor multiplies and adds in one rounding, there is no division in it: see [`Divisor`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    from: f64,
    whole: f64,
    /// What `part` is kept between.
    least: f64,
    most: f64,
    low: f64,
    high: f64,
    /// high − low.
    width: f64,
    by_whole: Divisor,
    /// The part from where the score is `high`, where the way does not end there by itself; else NaN.
    end: f64,
}

impl Line {
    /// The line of an indicator's curve onto the range of its scores.
    pub(crate) fn of(node: &Node, curve: &Curve) -> Option<Self> {
        let scaled = node.indicator()?.normalisation.scaled();
        let clamp = node.clamp.is_none_or(|clamp| clamp.value);
        scaled.then(|| Self::new(curve, node.range.value, clamp))?
    }

    /// The line of a curve onto a range; `None` where it is none, or its numbers are out of the ordinary.
    fn new(curve: &Curve, range: Range, clamp: bool) -> Option<Self> {
        let (from, whole) = curve.as_line()?;
        let width = range.high - range.low;
        let by_whole = Divisor::new(whole)?;
        if !(ordinary(width) && (number::same(from, 0.0) || ordinary(from))) {
            return None;
        }
        // A negative zero would be printed as one.
        let (low, high) = (range.low + 0.0, range.high + 0.0);
        let (least, most) = if clamp {
            (whole.min(0.0), whole.max(0.0))
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        };
        Some(Self {
            from,
            whole,
            least,
            most,
            low,
            high,
            width,
            by_whole,
            end: if clamp && !number::same(low + whole * width / whole, high) {
                whole
            } else {
                f64::NAN
            },
        })
    }

    /// Whether [`Line::at`] may be asked without looking for the end.
    pub(crate) fn ends(&self) -> bool {
        self.end.is_nan()
    }

    /// The score of a raw value. `FUSED`: multiply and add in one rounding; `ENDS`: as [`Line::ends`] says.
    #[inline(always)]
    pub(crate) fn at<const FUSED: bool, const ENDS: bool>(&self, x: f64) -> f64 {
        let part = x - self.from;
        let part = if part > self.least { part } else { self.least };
        let part = if part < self.most { part } else { self.most };
        let scaled = part * self.width;
        let way = if FUSED {
            self.by_whole.divide(scaled)
        } else {
            scaled / self.whole
        };
        if !ENDS && number::same(part, self.end) {
            self.high
        } else {
            self.low + way
        }
    }
}

/// A divisor that is known in advance.
///
/// The quotient comes from its reciprocal, the error of that, and one correction by the exact remainder. That is the
/// correctly rounded quotient (P. Markstein, "Computation of elementary functions on the IBM RISC System/6000
/// processor", 1990; N. Brisebarre, J.-M. Muller, S. K. Raina, "Accelerating correctly rounded floating-point division
/// when the divisor is known in advance", 2004), as long as nothing comes near the ends of what doubles can hold: the
/// divisor lies between 1e-15 and 1e15, and what is divided between 1e-180 and 1e180. Of a zero the sign may differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Divisor {
    divisor: f64,
    reciprocal: f64,
    /// What is missing from the reciprocal.
    error: f64,
}

impl Divisor {
    /// `None` where the divisor is out of the ordinary.
    pub(crate) fn new(divisor: f64) -> Option<Self> {
        let reciprocal = 1.0 / divisor;
        ordinary(divisor).then(|| Self {
            divisor,
            reciprocal,
            error: (-reciprocal).mul_add(divisor, 1.0) / divisor,
        })
    }

    /// x over the divisor, where multiply and add round once.
    #[inline(always)]
    pub(crate) fn divide(&self, x: f64) -> f64 {
        let near = x.mul_add(self.reciprocal, x * self.error);
        let rest = (-near).mul_add(self.divisor, x);
        rest.mul_add(self.reciprocal, near)
    }
}

fn ordinary(x: f64) -> bool {
    (1e-15..=1e15).contains(&x.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculus::Position;
    use proptest::prelude::*;

    /// The definition.
    fn spread(position: Position, range: Range, clamp: bool) -> u64 {
        (position.spread(range.low, range.high, clamp) + 0.0).to_bits()
    }

    fn number() -> impl Strategy<Value = f64> {
        let whole = (-1000i32..1000).prop_map(f64::from);
        let decimal = (-1_000_000i32..1_000_000).prop_map(|x| f64::from(x) / 100.0);
        let any = (any::<u64>(), -45i32..45).prop_map(|(bits, power)| {
            let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
            let sign = if bits >> 63 == 0 { 1.0 } else { -1.0 };
            sign * mantissa * number::pow(2.0, f64::from(power))
        });
        prop_oneof![whole, decimal, any]
    }

    proptest! {
        #[test]
        fn lines_are_the_definition_to_the_bit(
            (from, to, low, high, x) in (number(), number(), number(), number(), number()),
            (clamp, near) in (any::<bool>(), 0usize..5),
        ) {
            let curve = Curve::line(from, to - from);
            let range = Range { low: low.min(high), high: low.max(high) };
            let line = Line::new(&curve, range, clamp);
            prop_assume!(line.is_some());
            let line = line.unwrap();
            let x = [x, from, to, to.next_up(), to.next_down()][near];
            let expected = spread(curve.at(x), range, clamp);
            prop_assert_eq!(line.at::<true, false>(x).to_bits(), expected);
            prop_assert_eq!(line.at::<false, false>(x).to_bits(), expected);
            if line.ends() {
                prop_assert_eq!(line.at::<true, true>(x).to_bits(), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn known_divisors_divide_to_the_bit(divisor in number(), bits in any::<u64>(), power in -500i32..500) {
            let known = Divisor::new(divisor);
            prop_assume!(known.is_some());
            let mantissa = f64::from_bits((bits & 0x800f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
            let x = mantissa * number::pow(2.0, f64::from(power));
            prop_assert_eq!(known.unwrap().divide(x).to_bits(), (x / divisor).to_bits());
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_no_line() {
        let range = Range {
            low: 0.0,
            high: 100.0,
        };
        assert!(Line::new(&Curve::line(0.0, 1e16), range, true).is_none());
        assert!(Line::new(&Curve::line(1e-200, 1.0), range, true).is_none());
        assert!(Line::new(&Curve::new(|x| Position::new(x, 1.0)), range, true).is_none());
        assert!(Line::new(&Curve::line(0.0, 40.0), range, true).is_some());
    }
}

//! Treatment of outliers: whether a column has any, and what becomes of its values.
//!
//! The test, its limits and the order of the remedies are those that the JRC uses in its audits of composite indices
//! and that COINr has by default (W. Becker et al., COINr, Journal of Open Source Software 7(78), 2022): a column
//! is treated when both its skewness and its kurtosis exceed a limit, first by winsorising a few values, and,
//! where that does not suffice, by a logarithm.

use crate::base::number::{
    RawValues, greater, lesser, ln, mean_over_rows, same, sqrt, sum_over_rows,
};

/// How far a logarithm keeps away from zero, as a part of the column's range.
const OFFSET: f64 = 0.01;

/// What a rule set says about the outliers of an indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreatmentRule {
    /// At most so many values at one end are moved to the nearest value that is left.
    pub winsorise: u32,
    /// The absolute skewness beyond which a column is treated.
    pub skew: f64,
    /// The excess kurtosis beyond which a column is treated.
    pub kurtosis: f64,
    /// What is done where winsorising does not suffice.
    pub otherwise: Otherwise,
}

/// What is done where winsorising does not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The winsorised values stand.
    Keep,
    /// The measured values are put on a logarithmic scale.
    Log,
}

impl Otherwise {
    /// Both with their names in rule files.
    pub const NAMES: [(&'static str, Otherwise); 2] =
        [("keep", Otherwise::Keep), ("log", Otherwise::Log)];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        match self {
            Otherwise::Keep => "keep",
            Otherwise::Log => "log",
        }
    }
}

/// What is done to the values of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Treatment {
    /// Values beyond an end are moved to it; where there is none, nothing is.
    Winsorise {
        /// The lower end.
        low: Option<f64>,
        /// The upper end.
        high: Option<f64>,
    },
    /// ln(x − from), or −ln(from − x) where the long tail is below. A value beyond the end of the population that
    /// it was decided on is moved to that end.
    Log {
        /// Where the logarithm begins.
        from: f64,
        /// The end of the population that lies next to it.
        end: f64,
        /// Whether the column is seen from its upper end.
        reflected: bool,
    },
}

impl Treatment {
    /// What becomes of a value.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Treatment::Winsorise { low, high } => lesser(
                greater(x, low.unwrap_or(f64::NEG_INFINITY)),
                high.unwrap_or(f64::INFINITY),
            ),
            Treatment::Log {
                from,
                end,
                reflected: false,
            } => ln(greater(x, end) - from),
            Treatment::Log {
                from,
                end,
                reflected: true,
            } => -ln(from - lesser(x, end)),
        }
    }
}

/// What a rule makes of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Treated {
    /// What is done; `None`: the column needs nothing.
    pub treatment: Option<Treatment>,
    /// Whether the column exceeds the limits still.
    pub still: bool,
}

/// Decides on the treatment of a column, given its values in ascending order.
///
/// Too few values to tell, or values that are all equal, need no treatment.
pub fn treat(rule: &TreatmentRule, sorted: &[f64]) -> Treated {
    let nothing = Treated {
        treatment: None,
        still: false,
    };
    let Shape::Exceeds { .. } = rule.judge(sorted) else {
        return nothing;
    };
    let (below, above, shape) = winsorise(rule, sorted);
    if shape == Shape::Fine {
        return Treated {
            treatment: Some(moved(sorted, below, above)),
            still: false,
        };
    }
    if rule.otherwise == Otherwise::Log
        && let (Some(low), Some(high)) = (sorted.first(), sorted.last())
        && let Shape::Exceeds { upper } = rule.judge(sorted)
    {
        let room = OFFSET * (high - low);
        let treatment = Treatment::Log {
            from: if upper { low - room } else { high + room },
            end: if upper { *low } else { *high },
            reflected: !upper,
        };
        let values: Vec<f64> = sorted.iter().map(|x| treatment.apply(*x)).collect();
        // Where the range is lost beside the size of its values, there is no room for a logarithm.
        if values.iter().all(|value| value.is_finite()) {
            return Treated {
                treatment: Some(treatment),
                still: rule.judge(&values) != Shape::Fine,
            };
        }
    }
    Treated {
        treatment: (below + above > 0).then(|| moved(sorted, below, above)),
        still: true,
    }
}

/// What the test says of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Within a limit.
    Fine,
    /// Beyond both; `upper`: the long tail is above.
    Exceeds { upper: bool },
    /// Too few values, or all equal.
    Unknown,
}

impl TreatmentRule {
    fn judge(&self, values: &[f64]) -> Shape {
        match shape(values) {
            None => Shape::Unknown,
            Some((skew, kurtosis))
                if exceeds(skew.abs(), self.skew) && exceeds(kurtosis, self.kurtosis) =>
            {
                Shape::Exceeds { upper: skew > 0.0 }
            }
            Some(_) => Shape::Fine,
        }
    }
}

/// Whether a calculated figure is more than a written limit.
fn exceeds(figure: f64, limit: f64) -> bool {
    let tolerance = RawValues::Calculated.tolerance(figure, limit);
    tolerance.exceeds(figure, limit)
}

/// Moves one value more at a time, at the end where the long tail then is, until the test holds: how many below,
/// how many above, and what the test says in the end. A column that would have no spread left is not moved to
/// there.
fn winsorise(rule: &TreatmentRule, sorted: &[f64]) -> (usize, usize, Shape) {
    let (mut below, mut above) = (0, 0);
    let mut shape = rule.judge(sorted);
    while let Shape::Exceeds { upper } = shape {
        if below + above >= rule.winsorise as usize {
            break;
        }
        let next = if upper {
            (below, above + 1)
        } else {
            (below + 1, above)
        };
        if next.0 + next.1 + 1 >= sorted.len() {
            break;
        }
        let treatment = moved(sorted, next.0, next.1);
        let values: Vec<f64> = sorted.iter().map(|x| treatment.apply(*x)).collect();
        let then = rule.judge(&values);
        if then == Shape::Unknown {
            break;
        }
        (below, above) = next;
        shape = then;
    }
    (below, above, shape)
}

/// The treatment that moves so many values at each end to the nearest one that is left.
fn moved(sorted: &[f64], below: usize, above: usize) -> Treatment {
    let last = sorted.len().saturating_sub(1);
    let at = |moved: usize, at: usize| (moved > 0).then(|| sorted.get(at).copied()).flatten();
    Treatment::Winsorise {
        low: at(below, below),
        high: at(above, last.saturating_sub(above)),
    }
}

/// Skewness and excess kurtosis of a sample, as spreadsheets have them (SKEW and KURT: the estimators G₁ and
/// G₂ of Joanes and Gill, 1998); `None` below four values, or when all are equal.
pub fn shape(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let least = values.iter().copied().reduce(lesser)?;
    let greatest = values.iter().copied().reduce(greater)?;
    if values.len() < 4 || same(least, greatest) {
        return None;
    }
    // Seen from the least, the digits that all values share are no part of what is rounded.
    let apart: Vec<f64> = values.iter().map(|x| x - least).collect();
    let mean = mean_over_rows(apart.clone())?;
    let moment = |power: fn(f64) -> f64| {
        let powers = apart.iter().map(|x| power(x - mean)).collect();
        sum_over_rows(powers) / n
    };
    let (second, third, fourth) = (
        moment(|x| x * x),
        moment(|x| x * x * x),
        moment(|x| x * x * (x * x)),
    );
    let skew = third / (second * sqrt(second)) * sqrt(n * (n - 1.0)) / (n - 2.0);
    let excess = fourth / (second * second) - 3.0;
    let kurtosis = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0);
    (skew.is_finite() && kurtosis.is_finite()).then_some((skew, kurtosis))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: TreatmentRule = TreatmentRule {
        winsorise: 5,
        skew: 2.0,
        kurtosis: 3.5,
        otherwise: Otherwise::Log,
    };

    #[test]
    fn skewness_and_kurtosis_are_those_of_spreadsheets() {
        // The examples in the documentation of SKEW and KURT.
        let (skew, kurtosis) = shape(&[3.0, 4.0, 5.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 7.0]).unwrap();
        assert!((skew - 0.359_543_071_406_797).abs() < 1e-12, "{skew}");
        assert!(
            (kurtosis + 0.151_799_637_208_415_9).abs() < 1e-12,
            "{kurtosis}"
        );
        assert_eq!(shape(&[1.0, 2.0, 3.0]), None);
        assert_eq!(shape(&[2.0; 9]), None);
    }

    #[test]
    fn a_few_outliers_are_moved_and_no_more_than_needed() {
        let mut values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(treat(&RULE, &values).treatment, None);
        values.extend([100.0, 400.0]);
        let treated = treat(&RULE, &values);
        let ends = Treatment::Winsorise {
            low: None,
            high: Some(20.0),
        };
        assert_eq!(treated.treatment, Some(ends));
        assert!(!treated.still);
        let mirrored: Vec<f64> = values.iter().rev().map(|x| -x).collect();
        let ends = Treatment::Winsorise {
            low: Some(-20.0),
            high: None,
        };
        assert_eq!(treat(&RULE, &mirrored).treatment, Some(ends));
    }

    /// The tail that is long after a value was moved is the one whose next value is moved.
    #[test]
    fn both_ends_may_be_moved() {
        let mut values: Vec<f64> = (1..=20).map(f64::from).collect();
        values.insert(0, -700.0);
        values.push(1500.0);
        let treated = treat(&RULE, &values);
        let ends = Treatment::Winsorise {
            low: Some(1.0),
            high: Some(20.0),
        };
        assert_eq!(treated.treatment, Some(ends));
        assert!(!treated.still);
    }

    /// A column that is mostly zeros has no spread but that of its few other values.
    #[test]
    fn no_column_loses_its_spread() {
        let mut values = vec![0.0; 40];
        values.extend([3.0, 5.0, 9.0]);
        let keep = TreatmentRule {
            otherwise: Otherwise::Keep,
            ..RULE
        };
        let kept = treat(&keep, &values);
        let ends = Treatment::Winsorise {
            low: None,
            high: Some(3.0),
        };
        assert_eq!((kept.treatment, kept.still), (Some(ends), true));
    }

    #[test]
    fn where_moving_a_few_does_not_suffice_the_scale_is_logarithmic() {
        let many = (1..=100).chain((1..=8).map(|x| 1000 * x));
        let values: Vec<f64> = many.map(f64::from).collect();
        let treated = treat(&RULE, &values);
        let Some(treatment @ Treatment::Log { reflected, .. }) = treated.treatment else {
            panic!("{treated:?}");
        };
        assert!(!reflected);
        let after: Vec<f64> = values.iter().map(|x| treatment.apply(*x)).collect();
        assert!(
            after.windows(2).all(|pair| pair[0] < pair[1]),
            "the order stays"
        );
        let mirrored: Vec<f64> = values.iter().rev().map(|x| -x).collect();
        let Some(treatment @ Treatment::Log { reflected, .. }) = treat(&RULE, &mirrored).treatment
        else {
            panic!();
        };
        assert!(reflected && treatment.apply(mirrored[0]) < treatment.apply(mirrored[1]));
        let keep = TreatmentRule {
            otherwise: Otherwise::Keep,
            ..RULE
        };
        let kept = treat(&keep, &values);
        assert!(kept.still && matches!(kept.treatment, Some(Treatment::Winsorise { .. })));
    }

    /// Five times 0.1 and a 100: whatever is moved, no spread is left, also where the mean of 0.1 is not 0.1 in doubles.
    #[test]
    fn the_only_value_that_differs_stays() {
        for constant in [0.1, 0.5, -3.390_562_087_565_899_5] {
            let mut values = vec![constant; 19];
            values.extend([6.6, 6.6]);
            let kept = treat(&RULE, &values);
            assert!(kept.still && kept.treatment.is_some(), "{constant}");
            let alone = [&[constant; 6][..], &[100.0]].concat();
            let keep = TreatmentRule {
                otherwise: Otherwise::Keep,
                ..RULE
            };
            let kept = treat(&keep, &alone);
            assert_eq!((kept.treatment, kept.still), (None, true), "{constant}");
        }
    }

    #[test]
    fn limits_are_exceeded_as_decimals() {
        let (skew, _) = shape(&[32.0, 32.0, 32.0, 77.7]).unwrap();
        assert!((skew - 2.0).abs() < 1e-13);
        for outlier in [77.7, 80.0, 32.1, 1e9] {
            let treated = treat(&RULE, &[32.0, 32.0, 32.0, outlier]);
            assert_eq!((treated.treatment, treated.still), (None, false));
        }
    }

    #[test]
    fn hostile_columns_are_left_alone() {
        for values in [
            vec![],
            vec![f64::MAX; 3],
            vec![-f64::MAX, 0.0, 0.0, 0.0, f64::MAX],
            vec![0.0, 0.0, 0.0, 0.0, 5e-324],
        ] {
            assert_eq!(treat(&RULE, &values).treatment, None, "{values:?}");
        }
    }
}

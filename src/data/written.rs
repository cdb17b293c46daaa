//! How many decimals the numbers of a column are written with, as its text or its cell formats have them: a double has
//! forgotten it.

/// The most decimals that are told apart.
const MOST: usize = 16;
/// From so many decimals on, a column holds doubles as programs calculate them.
const FULL: u8 = 10;

/// How many decimals a column has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimals {
    /// Neither text nor cell formats say so.
    #[default]
    Unknown,
    /// Nearly all of its numbers are written with at most so many.
    Written(u8),
    /// Nearly all of its cells show so many, whatever number they hold.
    Shown(u8),
    /// They have all the digits of doubles.
    Full,
}

impl Decimals {
    /// So many, where the column says so.
    pub fn count(self) -> Option<u8> {
        match self {
            Decimals::Written(count) | Decimals::Shown(count) => Some(count),
            Decimals::Unknown | Decimals::Full => None,
        }
    }

    /// Those of numbers that were read as doubles, each written as short as it reads back.
    pub(crate) fn of_doubles(values: impl Iterator<Item = f64>) -> Self {
        let mut counts = DecimalCounts::default();
        values.for_each(|value| counts.add(shortest_decimals(value)));
        counts.shared(Decimals::Written)
    }
}

/// The decimals of a double, written as short as it reads back.
pub(crate) fn shortest_decimals(value: f64) -> usize {
    let written = value.to_string();
    let fraction = written.split_once('.');
    fraction.map_or(0, |(_, digits)| digits.len())
}

/// How many numbers of a column have how many decimals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DecimalCounts([u32; MOST + 1]);

impl DecimalCounts {
    pub(crate) fn add(&mut self, decimals: usize) {
        self.add_many(decimals, 1);
    }

    pub(crate) fn add_many(&mut self, decimals: usize, count: u32) {
        if let Some(slot) = self.0.get_mut(decimals.min(MOST)) {
            *slot = slot.saturating_add(count);
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    pub(crate) fn total(&self) -> u32 {
        self.0
            .iter()
            .fold(0, |total, count| total.saturating_add(*count))
    }

    /// The decimals that nearly all of them do not exceed: nineteen of twenty.
    pub(crate) fn shared(&self, as_written: fn(u8) -> Decimals) -> Decimals {
        let total = u64::from(self.total());
        let mut below = 0;
        for (decimals, count) in (0u8..).zip(self.0) {
            below += u64::from(count);
            if total > 0 && 20 * below >= 19 * total {
                return if decimals >= FULL {
                    Decimals::Full
                } else {
                    as_written(decimals)
                };
            }
        }
        Decimals::Unknown
    }
}

/// How many decimals a number has as it is written: those of `1.50e1` are one.
pub(crate) fn decimals_of_text(text: &str) -> usize {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let fraction = digits.split_once('.').map_or(0, |(_, digits)| digits.len());
    let exponent: i64 = exponent.parse().unwrap_or(0);
    usize::try_from((fraction as i64).saturating_sub(exponent)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_numbers_decide() {
        let shared = |list: &[(usize, u32)]| {
            let mut counts = DecimalCounts::default();
            for (decimals, count) in list {
                counts.add_many(*decimals, *count);
            }
            counts.shared(Decimals::Written)
        };
        assert_eq!(shared(&[]), Decimals::Unknown);
        assert_eq!(shared(&[(2, 3)]), Decimals::Written(2));
        assert_eq!(shared(&[(0, 2), (2, 1)]), Decimals::Written(2));
        assert_eq!(shared(&[(1, 95), (14, 5)]), Decimals::Written(1));
        assert_eq!(shared(&[(1, 94), (14, 6)]), Decimals::Full);
        assert_eq!(shared(&[(15, 40), (3, 2)]), Decimals::Full);
    }

    #[test]
    fn text_keeps_its_zeros() {
        for (text, decimals) in [
            ("10.50", 2),
            ("10", 0),
            ("-0.5", 1),
            ("1.50e1", 1),
            ("15e-1", 1),
            ("1e300", 0),
        ] {
            assert_eq!(decimals_of_text(text), decimals, "{text}");
        }
    }
}

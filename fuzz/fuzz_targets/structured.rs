//! Well-formed formulas over rows of any numbers, scored by both executors: nearly all of them pass the check, so that
//! the work goes into running them. Each is scored a second time without the brackets and commas that it could do
//! without, which must change nothing.
#![no_main]

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use tanggap_fuzz::formulas::{self, written};
use tanggap_fuzz::{DATA, ROWS, Row, compare, one_thread};

fuzz_target!(init: one_thread(), |case: Case| {
    let [full, bare] = [false, true].map(|bare| {
        let texts = [&case.formula, &case.library].map(|text| written(text, bare));
        compare(&texts[0], &texts[1], &case.rows)
    });
    if let (Some(full), Some(bare)) = (full, bare) {
        assert_eq!(full, bare, "with brackets, without");
    }
});

/// A formula, what stands in `lib/`, and the rows, some values of which differ from the usual ones; `cargo fuzz fmt` shows that of an input.
struct Case {
    formula: String,
    library: String,
    rows: [Row; ROWS],
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bare in [false, true] {
            let texts = [&self.formula, &self.library].map(|text| written(text, bare));
            write!(f, "\n{}", texts.join("\n---\n"))?;
        }
        self.rows.iter().try_for_each(|row| write!(f, "\n{row:?}"))
    }
}

impl<'b> Arbitrary<'b> for Case {
    fn arbitrary(input: &mut Unstructured<'b>) -> Result<Self> {
        let mut rows = DATA;
        for _ in 0..input.choose_index(8)? {
            let (row, column) = (input.choose_index(ROWS)?, input.choose_index(5)?);
            rows[row][column] = cell(input)?;
        }
        let (formula, library) = formulas::write(input)?;
        Ok(Self {
            formula,
            library,
            rows,
        })
    }
}

/// A value that is finite, or missing.
fn cell(input: &mut Unstructured<'_>) -> Result<Option<f64>> {
    const SPECIAL: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        2.0,
        3.0,
        25.0,
        24.999999999999996,
        0.5,
        -3.0,
        59.5,
        5e-324,
        1e308,
    ];
    Ok(match input.arbitrary::<u8>()? {
        0..=31 => None,
        32..=63 => Some(f64::from_bits(input.arbitrary()?)).filter(|x| x.is_finite()),
        64..=127 => Some(f64::from(input.arbitrary::<i8>()?)),
        at => SPECIAL.get(usize::from(at) % SPECIAL.len()).copied(),
    })
}

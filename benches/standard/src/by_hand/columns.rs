//! Column by column in chunks that stay in the cache, compiled for AVX2 and AVX-512 too: the fastest form we could write.

use crate::work::{
    CRITICAL, CUT, INDICATORS, LIMIT, Outcome, TOP, VARIABLE_WEIGHTS, VARIABLES, WEIGHTS, WHOLE,
    WORST, band, lesser, score, weight,
};

/// How many rows are taken at a time.
const CHUNK: usize = 1024;

/// Room for one number of each row of a chunk.
type Row = [f64; CHUNK];

/// How a raw value becomes a score: raw value and position of its column.
trait Normalise: Copy {
    fn score(self, raw: f64, column: usize) -> f64;
}

/// By division, as tanggap does it, to the same bits.
#[derive(Clone, Copy)]
struct Divide;

impl Normalise for Divide {
    #[inline(always)]
    fn score(self, raw: f64, column: usize) -> f64 {
        score(raw, WORST[column], WHOLE[column])
    }
}

/// By multiplication with a factor that is known beforehand: faster, with other last bits.
#[derive(Clone, Copy)]
struct Reciprocal;

impl Normalise for Reciprocal {
    #[inline(always)]
    fn score(self, raw: f64, column: usize) -> f64 {
        let score = (raw - WORST[column]) * (TOP / WHOLE[column]);
        if score <= 0.0 {
            0.0
        } else {
            lesser(score, TOP)
        }
    }
}

/// Scores all rows to the same bits as tanggap, with the widest instructions that the processor has.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw+fma+avx2+avx",
    "x86_64+avx+avx2+fma"
))]
pub fn run(columns: &[&[f64]], outcome: &mut Outcome) {
    all_chunks(columns, outcome, Divide);
}

/// The same by reciprocals, within 1e-9.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw+fma+avx2+avx",
    "x86_64+avx+avx2+fma"
))]
pub fn run_reciprocal(columns: &[&[f64]], outcome: &mut Outcome) {
    all_chunks(columns, outcome, Reciprocal);
}

#[inline(always)]
fn all_chunks(columns: &[&[f64]], outcome: &mut Outcome, method: impl Normalise) {
    let (mut sum, mut least) = ([0.0; CHUNK], [0.0; CHUNK]);
    let mut start = 0;
    let chunks = outcome.index.chunks_mut(CHUNK);
    for (index, bands) in chunks.zip(outcome.bands.chunks_mut(CHUNK)) {
        index.fill(0.0);
        for variable in 0..VARIABLES {
            one_variable(
                columns,
                start,
                (variable, index.len()),
                (&mut sum, &mut least),
                method,
            );
            let means = sum.iter().zip(&least);
            for (index, (sum, least)) in index.iter_mut().zip(means) {
                let mean = sum / WEIGHTS;
                let mean = if *least < LIMIT { mean * CUT } else { mean };
                *index += weight(variable) * lesser(mean, TOP);
            }
        }
        for (index, place) in index.iter_mut().zip(bands) {
            *index /= VARIABLE_WEIGHTS;
            *place = band(*index);
        }
        start += CHUNK;
    }
}

/// Sums the weighted scores of one variable and takes the least critical score, for one chunk.
#[inline(always)]
fn one_variable(
    columns: &[&[f64]],
    start: usize,
    (variable, length): (usize, usize),
    (sum, least): (&mut Row, &mut Row),
    method: impl Normalise,
) {
    sum[..length].fill(0.0);
    least[..length].fill(TOP);
    for indicator in 0..INDICATORS {
        let at = variable * INDICATORS + indicator;
        let raw = &columns[at][start..start + length];
        if CRITICAL.contains(&indicator) {
            let slots = sum.iter_mut().zip(least.iter_mut());
            for ((sum, least), raw) in slots.zip(raw) {
                let score = method.score(*raw, at);
                *sum += weight(indicator) * score;
                *least = lesser(*least, score);
            }
        } else {
            for (sum, raw) in sum.iter_mut().zip(raw) {
                *sum += weight(indicator) * method.score(*raw, at);
            }
        }
    }
}

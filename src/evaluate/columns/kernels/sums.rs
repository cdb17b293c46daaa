//! Weighted sums and means, with the normalisation of their terms.

use super::{FUSED, Side, Width, odd};
use crate::base::number::{greater, lesser};
use crate::compile::flat::line::Line;

/// The terms of a sum that are added in one pass, at most four.
#[derive(Clone, Copy)]
pub(in crate::evaluate) struct Weighed<'a> {
    pub(in crate::evaluate) weight: f64,
    pub(in crate::evaluate) value: Side<'a>,
    pub(in crate::evaluate) line: Option<&'a Line>,
}

/// How many of the first terms are columns along lines, up to four; else one.
fn run_of_lines(terms: &[Weighed<'_>]) -> usize {
    let lines = terms
        .iter()
        .take(4)
        .take_while(|term| term.line.is_some() && matches!(term.value, Side::Column(_)));
    lines.count()
}

#[inline(always)]
fn sum_body<const FUSED: bool>(to: &mut [f64], start: f64, terms: &[Weighed<'_>]) -> bool {
    let mut from = Some(start);
    let mut rest = terms;
    while !rest.is_empty() {
        let lines = run_of_lines(rest);
        let (now, later) = rest.split_at(lines.max(1));
        match lines {
            4 => lines_body::<FUSED, 4>(to, from, now),
            3 => lines_body::<FUSED, 3>(to, from, now),
            2 => lines_body::<FUSED, 2>(to, from, now),
            1 => lines_body::<FUSED, 1>(to, from, now),
            _ => {
                if let Some(term) = now.first() {
                    term_body(to, from, term);
                }
            }
        }
        from = None;
        rest = later;
    }
    // What is not finite before the end stays so.
    let mut found = 0;
    for to in to.iter() {
        found |= odd(*to);
    }
    found != 0
}

wide! { /// start + w₁·x₁ + w₂·x₂ …, from left to right; whether one is not finite.
sum(to: &'a mut [f64], start: f64, terms: &'a [Weighed<'a>]) -> bool = sum_body }

/// A term by itself: a number that is there already.
#[inline(always)]
fn term_body(to: &mut [f64], from: Option<f64>, term: &Weighed<'_>) {
    let weight = term.weight;
    match (term.value, from) {
        (Side::Column(x), Some(start)) => {
            for (to, x) in to.iter_mut().zip(x) {
                *to = start + weight * x;
            }
        }
        (Side::Column(x), None) => {
            for (to, x) in to.iter_mut().zip(x) {
                *to += weight * x;
            }
        }
        (Side::Constant(x), from) => {
            let own = weight * x;
            for to in to.iter_mut() {
                *to = from.unwrap_or(*to) + own;
            }
        }
    }
}

/// Rows that terms along lines are calculated for side by side.
const LANES: usize = 16;

/// Terms along lines, all in one pass.
#[inline(always)]
fn lines_body<const FUSED: bool, const TERMS: usize>(
    to: &mut [f64],
    from: Option<f64>,
    terms: &[Weighed<'_>],
) {
    let Some(first) = terms.first().and_then(|term| term.line) else {
        return;
    };
    let (mut columns, mut lines, mut weights) = ([&[][..]; TERMS], [first; TERMS], [0.0; TERMS]);
    let slots = columns.iter_mut().zip(&mut lines).zip(&mut weights);
    for (((column, line), weight), term) in slots.zip(terms) {
        if let (Side::Column(own), Some(own_line)) = (term.value, term.line) {
            (*column, *line, *weight) = (own, own_line, term.weight);
        }
    }
    match (from, lines.iter().all(|line| line.ends())) {
        (Some(start), true) => {
            pass::<FUSED, true, TERMS>(to, |_| start, columns, lines, weights);
        }
        (Some(start), false) => {
            pass::<FUSED, false, TERMS>(to, |_| start, columns, lines, weights);
        }
        (None, true) => pass::<FUSED, true, TERMS>(to, |to| to, columns, lines, weights),
        (None, false) => pass::<FUSED, false, TERMS>(to, |to| to, columns, lines, weights),
    }
}

#[inline(always)]
fn pass<const FUSED: bool, const ENDS: bool, const TERMS: usize>(
    to: &mut [f64],
    from: impl Fn(f64) -> f64,
    columns: [&[f64]; TERMS],
    lines: [&Line; TERMS],
    weights: [f64; TERMS],
) {
    let whole = to.len() / LANES * LANES;
    let (to, to_rest) = to.as_chunks_mut::<LANES>();
    let chunks: [&[[f64; LANES]]; TERMS] = columns.map(|column| column.as_chunks::<LANES>().0);
    for (at, to) in to.iter_mut().enumerate() {
        let mut sum = to.map(&from);
        for ((chunks, line), weight) in chunks.iter().zip(lines).zip(weights) {
            let Some(x) = chunks.get(at) else {
                continue;
            };
            for (sum, x) in sum.iter_mut().zip(x) {
                *sum += weight * line.at::<FUSED, ENDS>(*x);
            }
        }
        *to = sum;
    }
    for (at, to) in to_rest.iter_mut().enumerate() {
        let mut sum = from(*to);
        for ((column, line), weight) in columns.iter().zip(lines).zip(weights) {
            if let Some(x) = column.get(whole + at) {
                sum += weight * line.at::<FUSED, ENDS>(*x);
            }
        }
        *to = sum;
    }
}

#[inline(always)]
fn mean_body<const FUSED: bool>(to: &mut [f64], total: f64, terms: &[Weighed<'_>]) -> bool {
    let mut found = 0;
    let whole = to.len() / LANES * LANES;
    let (chunks, rest) = to.as_chunks_mut::<LANES>();
    for (at, to) in chunks.iter_mut().enumerate() {
        // What sums begin with where nothing is written: adding to it changes no bit.
        let mut sum = [-0.0; LANES];
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for term in terms {
            let values = match term.value {
                Side::Constant(value) => &[value; LANES],
                Side::Column(column) => match column.as_chunks::<LANES>().0.get(at) {
                    Some(values) => values,
                    None => continue,
                },
            };
            let values = match term.line {
                Some(line) => &values.map(|value| line.at::<FUSED, false>(value)),
                None => values,
            };
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += term.weight * value;
            }
            if term.weight > 0.0 {
                for ((low, high), x) in low.iter_mut().zip(&mut high).zip(values) {
                    *low = if *x < *low { *x } else { *low };
                    *high = if *x > *high { *x } else { *high };
                }
            }
        }
        for ((to, sum), (low, high)) in to.iter_mut().zip(&sum).zip(low.iter().zip(&high)) {
            let mean = sum / total;
            found |= odd(mean);
            let mean = if *low > mean { *low } else { mean };
            *to = if *high < mean { *high } else { mean };
        }
    }
    for (at, to) in rest.iter_mut().enumerate() {
        let (mut sum, mut bounds) = (-0.0, None);
        for term in terms {
            let x = term.value.at(whole + at);
            let x = match term.line {
                Some(line) => line.at::<FUSED, false>(x),
                None => x,
            };
            sum += term.weight * x;
            if term.weight > 0.0 {
                let (low, high) = bounds.unwrap_or((x, x));
                bounds = Some((lesser(low, x), greater(high, x)));
            }
        }
        let mean = sum / total;
        found |= odd(mean);
        let (low, high) = bounds.unwrap_or((mean, mean));
        *to = lesser(greater(mean, low), high);
    }
    found != 0
}

wide! { /// Σw·x/Σw, kept between the least and the greatest x that weighs; whether one is not finite.
mean(to: &'a mut [f64], total: f64, terms: &'a [Weighed<'a>]) -> bool = mean_body }

/// What the children that each row has come to.
pub(in crate::evaluate) struct Present {
    /// The sum of their weights.
    pub(in crate::evaluate) total: Vec<f64>,
    /// The least and the greatest of those that weigh.
    pub(in crate::evaluate) low: Vec<f64>,
    pub(in crate::evaluate) high: Vec<f64>,
}

impl Present {
    pub(in crate::evaluate) fn new(rows: usize) -> Self {
        Self {
            total: vec![-0.0; rows],
            low: vec![f64::INFINITY; rows],
            high: vec![f64::NEG_INFINITY; rows],
        }
    }
}

#[inline(always)]
fn add_present_body<const FUSED: bool>(
    to: &mut [f64],
    weight: f64,
    score: &[f64],
    missing: &[bool],
    present: &mut Present,
) {
    let sums = to.iter_mut().zip(&mut present.total);
    let bounds = present.low.iter_mut().zip(&mut present.high);
    let children = score.iter().zip(missing);
    if weight > 0.0 {
        for (((to, total), (low, high)), (x, missing)) in sums.zip(bounds).zip(children) {
            let (sum, weights) = (*to + weight * x, *total + weight);
            *to = if *missing { *to } else { sum };
            *total = if *missing { *total } else { weights };
            let (below, above) = (
                if x < low { *x } else { *low },
                if x > high { *x } else { *high },
            );
            *low = if *missing { *low } else { below };
            *high = if *missing { *high } else { above };
        }
    } else {
        for ((to, total), (x, missing)) in sums.zip(children) {
            let (sum, weights) = (*to + weight * x, *total + weight);
            *to = if *missing { *to } else { sum };
            *total = if *missing { *total } else { weights };
        }
    }
}

wide! { /// Adds a child to the sums of those rows that have it.
add_present(
    to: &'a mut [f64],
    weight: f64,
    score: &'a [f64],
    missing: &'a [bool],
    present: &'a mut Present,
) -> () = add_present_body }

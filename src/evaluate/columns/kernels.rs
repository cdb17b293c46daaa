//! The loops over columns. Each is compiled for several widths of vector instructions; all give the same bits, since
//! every row is calculated by itself and every operation rounds once.

use crate::base::number::{self, greater, lesser};
use crate::compile::flat::code::Pick;
use crate::compile::flat::line::Line;

/// How wide the vector instructions are that columns are calculated with. The figures are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What every processor of the kind has.
    Narrow,
    /// Four doubles (AVX2 with fused multiply-add).
    Four,
    /// Eight doubles (AVX-512).
    Eight,
}

impl Width {
    /// The widths that this processor has, the widest last.
    ///
    /// ```
    /// assert!(tanggap::evaluate::Width::available().contains(&Default::default()));
    /// ```
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut widths = vec![Width::Narrow];
        #[cfg(target_arch = "x86_64")]
        {
            use std::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                widths.push(Width::Four);
                if has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("avx512bw") {
                    widths.push(Width::Eight);
                }
            }
        }
        widths
    }
}

impl Default for Width {
    /// The widest that this processor has.
    fn default() -> Self {
        static WIDEST: std::sync::OnceLock<Width> = std::sync::OnceLock::new();
        *WIDEST.get_or_init(|| Self::available().pop().unwrap_or(Width::Narrow))
    }
}

/// Whether every processor of the kind multiplies and adds in one rounding.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

/// Makes a function of a body that is compiled for all widths; the first parameter of the body says whether multiply and
/// add in one rounding is to be had.
macro_rules! wide {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty = $body:ident) => {
        $(#[$doc])*
        pub(in crate::evaluate) fn $name<'a>(width: Width, $($argument: $type),*) -> $result {
            #[multiversion::multiversion(targets("x86_64+avx+avx2+fma"))]
            fn four<'a>($($argument: $type),*) -> $result {
                $body::<true>($($argument),*)
            }
            #[multiversion::multiversion(targets(
                "x86_64+avx+avx2+fma+avx512f+avx512dq+avx512vl+avx512bw"
            ))]
            fn eight<'a>($($argument: $type),*) -> $result {
                $body::<true>($($argument),*)
            }
            match width {
                Width::Narrow => $body::<FUSED>($($argument),*),
                Width::Four => four($($argument),*),
                Width::Eight => eight($($argument),*),
            }
        }
    };
}

/// One side of an operation.
#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    Constant(f64),
    Column(&'a [f64]),
}

impl Side<'_> {
    pub(super) fn at(self, row: usize) -> f64 {
        match self {
            Side::Constant(value) => value,
            Side::Column(column) => column.get(row).copied().unwrap_or(0.0),
        }
    }
}

/// Rows that are calculated side by side.
const LANES: usize = 16;

/// NaN once a number was not finite.
type Trouble = [f64; LANES];

#[inline(always)]
fn found(trouble: &Trouble) -> bool {
    !trouble.iter().sum::<f64>().is_finite()
}

/// Marks a number that is not finite.
#[inline(always)]
fn note<const FUSED: bool>(trouble: &mut f64, value: f64) {
    *trouble = if FUSED {
        value.mul_add(0.0, *trouble)
    } else {
        *trouble + value * 0.0
    };
}

/// Fills a column row by row; whether a number was not finite, if that is asked for.
#[inline(always)]
fn fill<const FUSED: bool, const CHECK: bool>(
    to: &mut [f64],
    x: Side<'_>,
    y: Side<'_>,
    of: impl Fn(f64, f64) -> f64 + Copy,
) -> bool {
    match (x, y) {
        (Side::Column(x), Side::Column(y)) => {
            let mut trouble = [0.0; LANES];
            let (to, to_rest) = to.as_chunks_mut::<LANES>();
            let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
            for ((to, x), y) in to.iter_mut().zip(x).zip(y) {
                for (((to, x), y), trouble) in to.iter_mut().zip(x).zip(y).zip(&mut trouble) {
                    *to = of(*x, *y);
                    if CHECK {
                        note::<FUSED>(trouble, *to);
                    }
                }
            }
            let rest = to_rest.iter_mut().zip(x_rest).zip(y_rest);
            for (((to, x), y), trouble) in rest.zip(&mut trouble) {
                *to = of(*x, *y);
                if CHECK {
                    note::<FUSED>(trouble, *to);
                }
            }
            found(&trouble)
        }
        (Side::Column(x), Side::Constant(y)) => map::<FUSED, CHECK>(to, x, move |x| of(x, y)),
        (Side::Constant(x), Side::Column(y)) => map::<FUSED, CHECK>(to, y, move |y| of(x, y)),
        (Side::Constant(x), Side::Constant(y)) => {
            to.fill(of(x, y));
            CHECK && !of(x, y).is_finite()
        }
    }
}

#[inline(always)]
fn map<const FUSED: bool, const CHECK: bool>(
    to: &mut [f64],
    x: &[f64],
    of: impl Fn(f64) -> f64,
) -> bool {
    let mut trouble = [0.0; LANES];
    let (to, to_rest) = to.as_chunks_mut::<LANES>();
    let (x, x_rest) = x.as_chunks::<LANES>();
    for (to, x) in to.iter_mut().zip(x) {
        for ((to, x), trouble) in to.iter_mut().zip(x).zip(&mut trouble) {
            *to = of(*x);
            if CHECK {
                note::<FUSED>(trouble, *to);
            }
        }
    }
    for ((to, x), trouble) in to_rest.iter_mut().zip(x_rest).zip(&mut trouble) {
        *to = of(*x);
        if CHECK {
            note::<FUSED>(trouble, *to);
        }
    }
    found(&trouble)
}

#[inline(always)]
fn add_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<FUSED, true>(to, x, y, |x, y| x + y)
}

#[inline(always)]
fn subtract_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<FUSED, true>(to, x, y, |x, y| x - y)
}

#[inline(always)]
fn multiply_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<FUSED, true>(to, x, y, |x, y| x * y)
}

#[inline(always)]
fn divide_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<FUSED, true>(to, x, y, |x, y| x / y)
}

wide! { /// x + y; whether one is not finite.
add(to: &'a mut [f64], x: Side<'a>, y: Side<'a>) -> bool = add_body }
wide! { /// x − y; whether one is not finite.
subtract(to: &'a mut [f64], x: Side<'a>, y: Side<'a>) -> bool = subtract_body }
wide! { /// x · y; whether one is not finite.
multiply(to: &'a mut [f64], x: Side<'a>, y: Side<'a>) -> bool = multiply_body }
wide! { /// x / y; whether one is not finite.
divide(to: &'a mut [f64], x: Side<'a>, y: Side<'a>) -> bool = divide_body }

#[inline(always)]
fn pick_body<const FUSED: bool>(to: &mut [f64], pick: Pick, x: Side<'_>, y: Side<'_>) -> bool {
    match pick {
        Pick::Lesser => fill::<FUSED, false>(to, x, y, |x, y| if y < x { y } else { x }),
        Pick::Greater => fill::<FUSED, false>(to, x, y, |x, y| if y > x { y } else { x }),
    }
}

wide! { /// The lesser or greater, the first of equals.
pick(to: &'a mut [f64], pick: Pick, x: Side<'a>, y: Side<'a>) -> bool = pick_body }

#[inline(always)]
fn same_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>) -> bool {
    fill::<FUSED, true>(to, x, Side::Constant(0.0), |x, _| x)
}

wide! { /// A copy; whether a number is not finite.
same(to: &'a mut [f64], x: Side<'a>) -> bool = same_body }

#[inline(always)]
fn select_body<const FUSED: bool>(to: &mut [f64], by: &[bool], x: Side<'_>, y: Side<'_>) -> bool {
    match (x, y) {
        (Side::Column(x), Side::Column(y)) => {
            for ((to, by), (x, y)) in to.iter_mut().zip(by).zip(x.iter().zip(y)) {
                *to = if *by { *x } else { *y };
            }
        }
        (x, y) => {
            for (row, (to, by)) in to.iter_mut().zip(by).enumerate() {
                *to = if *by { x.at(row) } else { y.at(row) };
            }
        }
    }
    FUSED
}

wide! { /// x where the flag is set, else y.
select(to: &'a mut [f64], by: &'a [bool], x: Side<'a>, y: Side<'a>) -> bool = select_body }

/// How two numbers are compared.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[inline(always)]
fn compare_body<const FUSED: bool>(
    to: &mut [bool],
    order: Order,
    x: Side<'_>,
    y: Side<'_>,
) -> bool {
    #[inline(always)]
    fn each(to: &mut [bool], x: Side<'_>, y: Side<'_>, of: impl Fn(f64, f64) -> bool) {
        match (x, y) {
            (Side::Column(x), Side::Column(y)) => {
                for (to, (x, y)) in to.iter_mut().zip(x.iter().zip(y)) {
                    *to = of(*x, *y);
                }
            }
            (Side::Column(x), Side::Constant(y)) => {
                for (to, x) in to.iter_mut().zip(x) {
                    *to = of(*x, y);
                }
            }
            (Side::Constant(x), Side::Column(y)) => {
                for (to, y) in to.iter_mut().zip(y) {
                    *to = of(x, *y);
                }
            }
            (Side::Constant(x), Side::Constant(y)) => to.fill(of(x, y)),
        }
    }
    match order {
        Order::Less => each(to, x, y, |x, y| x < y),
        Order::LessOrEqual => each(to, x, y, |x, y| x <= y),
        Order::Greater => each(to, x, y, |x, y| x > y),
        Order::GreaterOrEqual => each(to, x, y, |x, y| x >= y),
        Order::Equal => each(to, x, y, number::same),
        Order::NotEqual => each(to, x, y, |x, y| !number::same(x, y)),
    }
    FUSED
}

wide! { /// Compares two numbers in every row.
compare(to: &'a mut [bool], order: Order, x: Side<'a>, y: Side<'a>) -> bool = compare_body }

#[inline(always)]
fn line_body<const FUSED: bool>(to: &mut [f64], x: &[f64], line: &Line) -> bool {
    if line.ends() {
        map::<FUSED, false>(to, x, |x| line.at::<FUSED, true>(x))
    } else {
        map::<FUSED, false>(to, x, |x| line.at::<FUSED, false>(x))
    }
}

wide! { /// The scores of plain raw values along a line.
line(to: &'a mut [f64], x: &'a [f64], line: &'a Line) -> bool = line_body }

/// The terms of a sum that are added in one pass, at most four.
#[derive(Clone, Copy)]
pub(super) struct Weighed<'a> {
    pub(super) weight: f64,
    pub(super) value: Side<'a>,
    pub(super) line: Option<&'a Line>,
}

/// What a mean is kept between.
pub(super) struct Bounds<'a> {
    pub(super) low: &'a mut [f64],
    pub(super) high: &'a mut [f64],
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
    let mut trouble = false;
    let mut rest = terms;
    while !rest.is_empty() {
        let lines = run_of_lines(rest);
        let (now, later) = rest.split_at(lines.max(1));
        // The last pass sees whether the sum is finite; what was not finite before stays so.
        trouble = match lines {
            4 => lines_body::<FUSED, 4>(to, from, now),
            3 => lines_body::<FUSED, 3>(to, from, now),
            2 => lines_body::<FUSED, 2>(to, from, now),
            1 => lines_body::<FUSED, 1>(to, from, now),
            _ => now.iter().any(|term| term_body::<FUSED>(to, from, term)),
        };
        from = None;
        rest = later;
    }
    trouble
}

wide! { /// start + w₁·x₁ + w₂·x₂ …, from left to right; whether one is not finite.
sum(to: &'a mut [f64], start: f64, terms: &'a [Weighed<'a>]) -> bool = sum_body }

#[inline(always)]
fn term_body<const FUSED: bool>(to: &mut [f64], from: Option<f64>, term: &Weighed<'_>) -> bool {
    let weight = term.weight;
    let value = |x: f64| match term.line {
        Some(line) => line.at::<FUSED, false>(x),
        None => x,
    };
    match (term.value, from) {
        (Side::Column(x), Some(start)) => map::<FUSED, true>(to, x, |x| start + weight * value(x)),
        (Side::Column(x), None) => {
            let mut trouble = [0.0; LANES];
            let (to, to_rest) = to.as_chunks_mut::<LANES>();
            let (x, x_rest) = x.as_chunks::<LANES>();
            for (to, x) in to.iter_mut().zip(x) {
                for ((to, x), trouble) in to.iter_mut().zip(x).zip(&mut trouble) {
                    *to += weight * value(*x);
                    note::<FUSED>(trouble, *to);
                }
            }
            for ((to, x), trouble) in to_rest.iter_mut().zip(x_rest).zip(&mut trouble) {
                *to += weight * value(*x);
                note::<FUSED>(trouble, *to);
            }
            found(&trouble)
        }
        (Side::Constant(x), from) => {
            let own = weight * value(x);
            let mut trouble = 0.0;
            for to in to.iter_mut() {
                *to = from.unwrap_or(*to) + own;
                note::<FUSED>(&mut trouble, *to);
            }
            !trouble.is_finite()
        }
    }
}

/// Terms along lines, all in one pass.
#[inline(always)]
fn lines_body<const FUSED: bool, const TERMS: usize>(
    to: &mut [f64],
    from: Option<f64>,
    terms: &[Weighed<'_>],
) -> bool {
    let (mut columns, mut lines, mut weights) = ([&[][..]; TERMS], [None; TERMS], [0.0; TERMS]);
    let rows = to.len();
    for (at, term) in terms.iter().enumerate().take(TERMS) {
        if let (Side::Column(column), Some(line)) = (term.value, term.line)
            && let (Some(c), Some(l), Some(w)) =
                (columns.get_mut(at), lines.get_mut(at), weights.get_mut(at))
        {
            *c = column.get(..rows).unwrap_or(&[]);
            *l = Some(*line);
            *w = term.weight;
        }
    }
    let Some(first) = lines.first().copied().flatten() else {
        return false;
    };
    let lines = lines.map(|line| line.unwrap_or(first));
    if lines.iter().all(Line::ends) {
        pass::<FUSED, true, TERMS>(to, from, columns, lines, weights)
    } else {
        pass::<FUSED, false, TERMS>(to, from, columns, lines, weights)
    }
}

#[inline(always)]
fn pass<const FUSED: bool, const ENDS: bool, const TERMS: usize>(
    to: &mut [f64],
    from: Option<f64>,
    columns: [&[f64]; TERMS],
    lines: [Line; TERMS],
    weights: [f64; TERMS],
) -> bool {
    match from {
        Some(start) => pass_from::<FUSED, ENDS, TERMS>(to, |_| start, columns, &lines, &weights),
        None => pass_from::<FUSED, ENDS, TERMS>(to, |to| to, columns, &lines, &weights),
    }
}

#[inline(always)]
fn pass_from<const FUSED: bool, const ENDS: bool, const TERMS: usize>(
    to: &mut [f64],
    from: impl Fn(f64) -> f64,
    columns: [&[f64]; TERMS],
    lines: &[Line; TERMS],
    weights: &[f64; TERMS],
) -> bool {
    let mut trouble = [0.0; LANES];
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
        for (trouble, sum) in trouble.iter_mut().zip(&sum) {
            note::<FUSED>(trouble, *sum);
        }
    }
    for ((at, to), trouble) in to_rest.iter_mut().enumerate().zip(&mut trouble) {
        let mut sum = from(*to);
        for ((column, line), weight) in columns.iter().zip(lines).zip(weights) {
            if let Some(x) = column.get(whole + at) {
                sum += weight * line.at::<FUSED, ENDS>(*x);
            }
        }
        *to = sum;
        note::<FUSED>(trouble, sum);
    }
    found(&trouble)
}

#[inline(always)]
fn mean_body<const FUSED: bool>(
    to: &mut [f64],
    total: f64,
    terms: &[Weighed<'_>],
    bounds: Bounds<'_>,
) -> bool {
    to.fill(-0.0);
    let mut first = true;
    for term in terms {
        let value = |x: f64| match term.line {
            Some(line) => line.at::<FUSED, false>(x),
            None => x,
        };
        let weight = term.weight;
        let weighs = weight > 0.0;
        let rows = to
            .iter_mut()
            .zip(bounds.low.iter_mut().zip(bounds.high.iter_mut()));
        match term.value {
            Side::Column(x) => {
                if weighs && first {
                    for ((to, (low, high)), x) in rows.zip(x) {
                        let x = value(*x);
                        *to += weight * x;
                        (*low, *high) = (x, x);
                    }
                } else if weighs {
                    for ((to, (low, high)), x) in rows.zip(x) {
                        let x = value(*x);
                        *to += weight * x;
                        *low = if x < *low { x } else { *low };
                        *high = if x > *high { x } else { *high };
                    }
                } else {
                    for ((to, _), x) in rows.zip(x) {
                        *to += weight * value(*x);
                    }
                }
            }
            Side::Constant(x) => {
                let x = value(x);
                for (to, (low, high)) in rows {
                    *to += weight * x;
                    if weighs {
                        *low = if first { x } else { lesser(*low, x) };
                        *high = if first { x } else { greater(*high, x) };
                    }
                }
            }
        }
        first &= !weighs;
    }
    let mut trouble = 0.0;
    for (to, (low, high)) in to.iter_mut().zip(bounds.low.iter().zip(bounds.high.iter())) {
        let mean = *to / total;
        note::<false>(&mut trouble, mean);
        let mean = if *low > mean { *low } else { mean };
        *to = if *high < mean { *high } else { mean };
    }
    !trouble.is_finite()
}

wide! { /// Σw·x/Σw, kept between the least and the greatest x that weighs; whether one is not finite.
mean(to: &'a mut [f64], total: f64, terms: &'a [Weighed<'a>], bounds: Bounds<'a>) -> bool = mean_body }

#[inline(always)]
fn inside_body<const FUSED: bool>(
    to: &mut [f64],
    x: Side<'_>,
    low: f64,
    high: f64,
    most: f64,
) -> bool {
    // Nothing is outside by more than `most`, and everything is finite.
    let mut within = [1u64; LANES];
    let clamp = |x: f64| {
        let x = if low > x { low } else { x };
        if high < x { high } else { x }
    };
    match x {
        Side::Column(x) => {
            let (to, to_rest) = to.as_chunks_mut::<LANES>();
            let (x, x_rest) = x.as_chunks::<LANES>();
            for (to, x) in to.iter_mut().zip(x) {
                for ((to, x), within) in to.iter_mut().zip(x).zip(&mut within) {
                    let inside = clamp(*x);
                    *within &= u64::from((*x - inside).abs() <= most);
                    *to = inside + 0.0;
                }
            }
            for ((to, x), within) in to_rest.iter_mut().zip(x_rest).zip(&mut within) {
                let inside = clamp(*x);
                *within &= u64::from((*x - inside).abs() <= most);
                *to = inside + 0.0;
            }
        }
        Side::Constant(x) => {
            let inside = clamp(x);
            if let Some(within) = within.first_mut() {
                *within = u64::from((x - inside).abs() <= most);
            }
            to.fill(inside + 0.0);
        }
    }
    let _ = FUSED;
    within.contains(&0)
}

wide! { /// Values kept on a range; whether one was outside it by more than `most`, or not finite.
inside(to: &'a mut [f64], x: Side<'a>, low: f64, high: f64, most: f64) -> bool = inside_body }

#[inline(always)]
fn bands_body<const FUSED: bool>(to: &mut [u16], x: &[f64], bounds: &[(f64, bool)]) -> bool {
    to.fill(0);
    for (bound, inclusive) in bounds {
        if *inclusive {
            for (to, x) in to.iter_mut().zip(x) {
                *to += u16::from(*x >= *bound);
            }
        } else {
            for (to, x) in to.iter_mut().zip(x) {
                *to += u16::from(*x > *bound);
            }
        }
    }
    FUSED
}

wide! { /// How many bounds each value reaches; each is its value and whether it belongs to what is above it.
bands(to: &'a mut [u16], x: &'a [f64], bounds: &'a [(f64, bool)]) -> bool = bands_body }

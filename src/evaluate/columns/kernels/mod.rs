//! The loops over columns. Each is compiled for several widths of vector instructions; all give the same bits, since
//! every row is calculated by itself and every operation rounds once.

use crate::base::number;
use crate::compile::flat::code::Pick;
use crate::compile::flat::line::{Divisor, Line};

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

mod sums;

pub(in crate::evaluate) use sums::{Present, Weighed, add_present, mean, sum};

/// One side of an operation.
#[derive(Clone, Copy)]
pub(in crate::evaluate) enum Side<'a> {
    Constant(f64),
    Column(&'a [f64]),
}

impl Side<'_> {
    pub(in crate::evaluate) fn at(self, row: usize) -> f64 {
        match self {
            Side::Constant(value) => value,
            Side::Column(column) => column.get(row).copied().unwrap_or(0.0),
        }
    }
}

/// 1 for a number that is not finite, else 0. Sums of it are bits, which the compiler may take in any order.
#[inline(always)]
fn odd(value: f64) -> u64 {
    const EXPONENT: u64 = 0x7ff << 52;
    u64::from(value.to_bits() & EXPONENT == EXPONENT)
}

/// Fills a column row by row; whether a number was not finite, if that is asked for.
///
/// What is calculated is small: it must become part of the loop, which is compiled for the width.
#[inline(always)]
fn fill<const CHECK: bool>(
    to: &mut [f64],
    x: Side<'_>,
    y: Side<'_>,
    of: impl Fn(f64, f64) -> f64 + Copy,
) -> bool {
    match (x, y) {
        (Side::Column(x), Side::Column(y)) => {
            let mut found = 0;
            for ((to, x), y) in to.iter_mut().zip(x).zip(y) {
                *to = of(*x, *y);
                if CHECK {
                    found |= odd(*to);
                }
            }
            found != 0
        }
        (Side::Column(x), Side::Constant(y)) => map::<CHECK>(to, x, move |x| of(x, y)),
        (Side::Constant(x), Side::Column(y)) => map::<CHECK>(to, y, move |y| of(x, y)),
        (Side::Constant(x), Side::Constant(y)) => {
            to.fill(of(x, y));
            CHECK && odd(of(x, y)) != 0
        }
    }
}

#[inline(always)]
fn map<const CHECK: bool>(to: &mut [f64], x: &[f64], of: impl Fn(f64) -> f64) -> bool {
    let mut found = 0;
    for (to, x) in to.iter_mut().zip(x) {
        *to = of(*x);
        if CHECK {
            found |= odd(*to);
        }
    }
    found != 0
}

#[inline(always)]
fn add_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<true>(to, x, y, |x, y| x + y)
}

#[inline(always)]
fn subtract_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<true>(to, x, y, |x, y| x - y)
}

#[inline(always)]
fn multiply_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    fill::<true>(to, x, y, |x, y| x * y)
}

#[inline(always)]
fn divide_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>, y: Side<'_>) -> bool {
    if FUSED
        && let (Side::Column(x), Side::Constant(y)) = (x, y)
        && let Some(known) = Divisor::new(y)
    {
        let mut other = 0;
        for (to, x) in to.iter_mut().zip(x) {
            let size = x.abs();
            other |= u64::from(size < 1e-120) | u64::from(size > 1e120) | odd(*x);
            *to = known.divide(*x);
        }
        if other == 0 {
            return false;
        }
    }
    fill::<true>(to, x, y, |x, y| x / y)
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
fn pick_body<const FUSED: bool>(to: &mut [f64], pick: Pick, x: Side<'_>, y: Side<'_>) {
    let _unchecked = match pick {
        Pick::Lesser => fill::<false>(to, x, y, |x, y| if y < x { y } else { x }),
        Pick::Greater => fill::<false>(to, x, y, |x, y| if y > x { y } else { x }),
    };
}

wide! { /// The lesser or greater, the first of equals.
pick(to: &'a mut [f64], pick: Pick, x: Side<'a>, y: Side<'a>) -> () = pick_body }

#[inline(always)]
fn same_body<const FUSED: bool>(to: &mut [f64], x: Side<'_>) -> bool {
    fill::<true>(to, x, Side::Constant(0.0), |x, _| x)
}

wide! { /// A copy; whether a number is not finite.
same(to: &'a mut [f64], x: Side<'a>) -> bool = same_body }

/// A copy.
pub(in crate::evaluate) fn copy(to: &mut [f64], x: Side<'_>) {
    match x {
        Side::Constant(value) => to.fill(value),
        Side::Column(column) if column.len() == to.len() => to.copy_from_slice(column),
        Side::Column(_) => {}
    }
}

#[inline(always)]
fn select_body<const FUSED: bool>(to: &mut [f64], by: &[bool], x: Side<'_>, y: Side<'_>) {
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
}

wide! { /// x where the flag is set, else y.
select(to: &'a mut [f64], by: &'a [bool], x: Side<'a>, y: Side<'a>) -> () = select_body }

/// How two numbers are compared.
#[derive(Clone, Copy)]
pub(in crate::evaluate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[inline(always)]
fn compare_body<const FUSED: bool>(to: &mut [bool], order: Order, x: Side<'_>, y: Side<'_>) {
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
}

wide! { /// Compares two numbers in every row.
compare(to: &'a mut [bool], order: Order, x: Side<'a>, y: Side<'a>) -> () = compare_body }

#[inline(always)]
fn line_body<const FUSED: bool>(to: &mut [f64], x: &[f64], line: &Line) {
    if line.ends() {
        along::<FUSED, true>(to, x, line);
    } else {
        along::<FUSED, false>(to, x, line);
    }
}

/// A loop of its own: as a closure it would be too large to become part of one.
#[inline(always)]
fn along<const FUSED: bool, const ENDS: bool>(to: &mut [f64], x: &[f64], line: &Line) {
    for (to, x) in to.iter_mut().zip(x) {
        *to = line.at::<FUSED, ENDS>(*x);
    }
}

wide! { /// The scores of plain raw values along a line.
line(to: &'a mut [f64], x: &'a [f64], line: &'a Line) -> () = line_body }

#[inline(always)]
fn inside_body<const FUSED: bool>(
    to: &mut [f64],
    x: Side<'_>,
    low: f64,
    high: f64,
    most: f64,
) -> bool {
    let clamp = |x: f64| {
        let x = if low > x { low } else { x };
        if high < x { high } else { x }
    };
    let mut within = 1;
    match x {
        Side::Column(x) => {
            for (to, x) in to.iter_mut().zip(x) {
                let inside = clamp(*x);
                within &= u64::from((*x - inside).abs() <= most);
                *to = inside + 0.0;
            }
        }
        Side::Constant(x) => {
            let inside = clamp(x);
            within = u64::from((x - inside).abs() <= most);
            to.fill(inside + 0.0);
        }
    }
    within == 0
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
    let mut below = 0;
    for to in to.iter() {
        below |= u16::from(*to == 0);
    }
    below != 0
}

wide! { /// How many bounds each value reaches; each is its value and whether it belongs to what is above it. Whether a
/// value reaches none.
bands(to: &'a mut [u16], x: &'a [f64], bounds: &'a [(f64, bool)]) -> bool = bands_body }

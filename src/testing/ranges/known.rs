//! What is known of the values of a formula: ends of numbers, yes or no, texts; and what operators make of that.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NodeIndex;
use crate::base::number::{greater, lesser, same};
use crate::check::formula::{BinaryOp, Label, LocalId, Place};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    Anything,
    /// From the least to the greatest.
    Number(f64, f64),
    /// Whether it can be true, and whether it can be false.
    Bool(bool, bool),
    Text(Arc<str>),
    Child(NodeIndex),
    List(Vec<Known>),
}

impl Known {
    pub(super) fn number(value: f64) -> Self {
        Known::Number(value, value)
    }

    /// The ends of a number.
    pub(super) fn ends(&self) -> (f64, f64) {
        match self {
            Known::Number(low, high) => (*low, *high),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Whether it can be true, and whether it can be false.
    pub(super) fn either(&self) -> (bool, bool) {
        match self {
            Known::Bool(can, cannot) => (*can, *cannot),
            _ => (true, true),
        }
    }

    pub(super) fn or(self, other: Known) -> Known {
        match (self, other) {
            (a, b) if a == b => a,
            (Known::Number(a, b), Known::Number(c, d)) => {
                Known::Number(lesser(a, c), greater(b, d))
            }
            (Known::Bool(a, b), Known::Bool(c, d)) => Known::Bool(a || c, b || d),
            (Known::List(a), Known::List(b)) if a.len() == b.len() => {
                Known::List(a.into_iter().zip(b).map(|(a, b)| a.or(b)).collect())
            }
            _ => Known::Anything,
        }
    }
}

/// What is known where a region is at work.
#[derive(Clone)]
pub(super) struct State {
    pub(super) locals: Vec<Known>,
    /// What conditions have told of scores and raw values.
    pub(super) places: BTreeMap<Place, (f64, f64)>,
}

impl State {
    pub(super) fn or(mut self, other: State) -> State {
        let locals = self.locals.into_iter().zip(other.locals);
        self.locals = locals.map(|(a, b)| a.or(b)).collect();
        self.places
            .retain(|place, _| other.places.contains_key(place));
        for (place, ends) in &mut self.places {
            if let Some((low, high)) = other.places.get(place) {
                *ends = (lesser(ends.0, *low), greater(ends.1, *high));
            }
        }
        self
    }
}

/// `None` where no region comes.
pub(super) type Here = Option<State>;

pub(super) fn join(a: Here, b: Here) -> Here {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.or(b)),
        (a, b) => a.or(b),
    }
}

pub(super) fn get(here: &Here, local: LocalId) -> Known {
    let known = here.as_ref().and_then(|state| state.locals.get(local.0));
    known.cloned().unwrap_or(Known::Anything)
}

pub(super) fn set(here: &mut Here, local: LocalId, known: Known) {
    if let Some(state) = here
        && let Some(slot) = state.locals.get_mut(local.0)
    {
        *slot = known;
    }
}

pub(super) fn arithmetic(op: BinaryOp, x: &Known, y: &Known) -> Known {
    let ((a, b), (c, d)) = (x.ends(), y.ends());
    let (low, high) = match op {
        BinaryOp::Add => (a + c, b + d),
        BinaryOp::Subtract => (a - d, b - c),
        BinaryOp::Multiply => corners([a * c, a * d, b * c, b * d]),
        BinaryOp::Divide if c > 0.0 || d < 0.0 => corners([a / c, a / d, b / c, b / d]),
        _ => return Known::Anything,
    };
    // An infinite end times zero says nothing.
    if low.is_nan() || high.is_nan() {
        Known::Anything
    } else {
        Known::Number(low, high)
    }
}

pub(super) fn corners(all: [f64; 4]) -> (f64, f64) {
    if all.iter().any(|value| value.is_nan()) {
        return (f64::NAN, f64::NAN);
    }
    let low = all.into_iter().fold(f64::INFINITY, lesser);
    (low, all.into_iter().fold(f64::NEG_INFINITY, greater))
}

pub(super) fn compare(op: BinaryOp, x: &Known, y: &Known) -> Known {
    if let (Known::Text(x), Known::Text(y)) = (x, y) {
        return match op {
            BinaryOp::Equal => Known::Bool(x == y, x != y),
            BinaryOp::NotEqual => Known::Bool(x != y, x == y),
            _ => Known::Anything,
        };
    }
    let (Known::Number(a, b), Known::Number(c, d)) = (x, y) else {
        return Known::Anything;
    };
    let alone = same(*a, *b) && same(*c, *d) && same(*a, *c);
    let apart = b < c || d < a;
    match op {
        BinaryOp::Less => Known::Bool(a < d, b >= c),
        BinaryOp::LessOrEqual => Known::Bool(a <= d, b > c),
        BinaryOp::Greater => Known::Bool(b > c, a <= d),
        BinaryOp::GreaterOrEqual => Known::Bool(b >= c, a < d),
        BinaryOp::Equal => Known::Bool(!apart, !alone),
        BinaryOp::NotEqual => Known::Bool(!alone, !apart),
        _ => Known::Anything,
    }
}

/// Whether a value is, and whether it is not, one that a label means.
pub(super) fn labelled(value: &Known, label: &Label) -> Known {
    match label {
        Label::Number(number) => compare(BinaryOp::Equal, value, &Known::number(*number)),
        Label::Text(text) => compare(BinaryOp::Equal, value, &Known::Text(text.clone())),
        Label::Bool(flag) => {
            let (can, cannot) = value.either();
            if *flag {
                Known::Bool(can, cannot)
            } else {
                Known::Bool(cannot, can)
            }
        }
        Label::Range {
            low,
            high,
            inclusive,
        } => {
            let last = if *inclusive {
                BinaryOp::LessOrEqual
            } else {
                BinaryOp::Less
            };
            let (a, b) = compare(BinaryOp::GreaterOrEqual, value, &Known::number(*low)).either();
            let (c, d) = compare(last, value, &Known::number(*high)).either();
            Known::Bool(a && c, b || d)
        }
    }
}

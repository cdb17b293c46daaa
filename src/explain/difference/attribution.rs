//! The change of each region's score, divided among the causes.
//!
//! A Shapley division (Shapley: *A value for n-person games*, 1953): each cause gets the mean of what it changes when it
//! comes in, over all orders in which the causes could have come. The parts add up to the whole.
//!
//! - Up to [`EXACT_CAUSES`] causes: over all states between, exactly.
//! - More, where they touch different variables and the index is a weighted mean of those: exactly, variable by variable.
//! - Else: over orders drawn in antithetic pairs (each with its reverse, after Mitchell et al., *Sampling permutations
//!   for Shapley value estimation*, 2022), with the largest standard error of a part.

use std::collections::{BTreeMap, BTreeSet};

use super::Difference;
use super::causes::{Cause, CauseKind, variables_of};
use super::states::{State, States, Values, all, bit, join, smallest};
use crate::base::number::{greater, same, sqrt};
use crate::base::{Error, NodeIndex};

/// Up to so many causes that touch each other are divided over all states between.
pub const EXACT_CAUSES: usize = 10;
/// The fewest and the most pairs of orders that are drawn.
const FEWEST_PAIRS: usize = 16;
const MOST_PAIRS: usize = 256;
/// So many states are in work at once.
const AT_ONCE: usize = 64;

/// The change of each region's score, divided among causes.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// The causes.
    pub causes: Vec<Cause>,
    /// The part of each cause, by region; `None` where the change cannot be divided.
    pub parts: Vec<Vec<Option<f64>>>,
    /// The largest standard error of a part; `None` where all are exact.
    pub error: Option<f64>,
    /// How many combinations of changes were scored, both ends included.
    pub states: usize,
}

/// A state that does not check, found on the way.
struct Unfit(State);

/// Divides the change of each region among the causes, with errors below `wanted` where orders are drawn.
pub(super) fn attribute(
    states: &States<'_>,
    mut causes: Vec<Cause>,
    wanted: f64,
) -> Result<Attribution, Error> {
    loop {
        match divide(states, &causes, wanted)? {
            Ok(attribution) => return Ok(attribution),
            // Causes that no rule set has apart are one.
            Err(Unfit(state)) => {
                if causes.len() < 2 {
                    // Both ends check, so that this is a fault of ours: nothing is divided.
                    return Ok(Attribution::default());
                }
                let least = smallest(&causes, state, |set| states.program(&causes, set).is_some());
                let before = causes.len();
                causes = join(causes, least);
                if causes.len() == before {
                    let whole = all(&causes);
                    causes = join(causes, whole);
                }
            }
        }
    }
}

fn divide(
    states: &States<'_>,
    causes: &[Cause],
    wanted: f64,
) -> Result<Result<Attribution, Unfit>, Error> {
    let mut work = Work {
        states,
        causes,
        known: BTreeMap::new(),
        scored: 0,
    };
    let ends = match work.values(&[0, all(causes)])? {
        Ok(ends) => ends,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let regions = ends.iter().map(|end| end.index.len()).min().unwrap_or(0);
    let components = components(states.difference, causes);
    let exact = |component: &Vec<usize>| component.len() <= EXACT_CAUSES;
    let mut parts = Parts::new(causes.len(), regions);
    let mut error = None;
    let divided = if components.iter().all(exact) {
        work.exact(&components, &mut parts)?
    } else {
        Ok(false)
    };
    match divided {
        Err(unfit) => return Ok(Err(unfit)),
        Ok(true) => {}
        Ok(false) => {
            let whole: Vec<usize> = (0..causes.len()).collect();
            parts = Parts::new(causes.len(), regions);
            let divided = if exact(&whole) {
                work.exact(&[whole], &mut parts)?.map(|_| ())
            } else {
                let drawn = work.drawn(wanted, &mut parts)?;
                drawn.map(|largest| error = Some(largest))
            };
            if let Err(unfit) = divided {
                return Ok(Err(unfit));
            }
        }
    }
    let scored = work.scored;
    Ok(Ok(Attribution {
        causes: causes.to_vec(),
        parts: parts.finish(),
        error,
        states: scored,
    }))
}

/// Causes that touch each other, by position: one list for all, unless the index is a weighted mean of variables whose
/// own rules the causes touch.
fn components(difference: &Difference, causes: &[Cause]) -> Vec<Vec<usize>> {
    let whole = || vec![(0..causes.len()).collect()];
    let linear = [&difference.before, &difference.after]
        .into_iter()
        .all(|rules| {
            let root = rules.root().parent_rules();
            let rounded = root.is_some_and(|own| own.round_to.is_some());
            rules.is_weighted_mean(NodeIndex::ROOT) && !rounded
        });
    if !linear {
        return whole();
    }
    let mut groups: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
    for (at, cause) in causes.iter().enumerate() {
        let variables = match cause.kind {
            CauseKind::Data => None,
            _ => variables_of(difference, cause),
        };
        let Some(mut variables) = variables else {
            return whole();
        };
        let mut members = vec![at];
        groups.retain(|(other, more)| {
            let apart = other.is_disjoint(&variables);
            if !apart {
                variables.extend(other.iter().cloned());
                members.extend(more);
            }
            apart
        });
        members.sort_unstable();
        groups.push((variables, members));
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The parts so far, by cause and region.
struct Parts {
    sums: Vec<Vec<f64>>,
    /// Regions whose change cannot be divided.
    lost: Vec<bool>,
}

impl Parts {
    fn new(causes: usize, regions: usize) -> Self {
        Self {
            sums: vec![vec![0.0; regions]; causes],
            lost: vec![false; regions],
        }
    }

    /// Adds a multiple of the scores of a state to the part of a cause.
    fn add(&mut self, cause: usize, factor: f64, values: &Values) {
        let Some(sums) = self.sums.get_mut(cause) else {
            return;
        };
        for (sum, value) in sums.iter_mut().zip(&values.index) {
            *sum += factor * value.unwrap_or(0.0);
        }
    }

    fn see(&mut self, values: &Values) {
        for (lost, value) in self.lost.iter_mut().zip(&values.index) {
            *lost |= value.is_none();
        }
    }

    fn finish(self) -> Vec<Vec<Option<f64>>> {
        let Self { sums, lost } = self;
        let kept = |sums: Vec<f64>| {
            let parts = sums.into_iter().zip(&lost);
            parts.map(|(part, lost)| (!lost).then_some(part)).collect()
        };
        sums.into_iter().map(kept).collect()
    }
}

struct Work<'a> {
    states: &'a States<'a>,
    causes: &'a [Cause],
    /// The two ends, which every division needs.
    known: BTreeMap<State, std::sync::Arc<Values>>,
    scored: usize,
}

impl Work<'_> {
    fn values(
        &mut self,
        wanted: &[State],
    ) -> Result<Result<Vec<std::sync::Arc<Values>>, Unfit>, Error> {
        let fresh: BTreeSet<State> = wanted
            .iter()
            .copied()
            .filter(|state| !self.known.contains_key(state))
            .collect();
        let fresh: Vec<State> = fresh.into_iter().collect();
        self.scored += fresh.len();
        let found = self.states.values(self.causes, &fresh)?;
        let mut now = BTreeMap::new();
        for (state, values) in fresh.iter().zip(found) {
            let Some(values) = values else {
                return Ok(Err(Unfit(*state)));
            };
            let values = std::sync::Arc::new(values);
            if self.known.len() < 2 {
                self.known.insert(*state, values.clone());
            }
            now.insert(*state, values);
        }
        let of = |state: &State| self.known.get(state).or_else(|| now.get(state)).cloned();
        Ok(Ok(wanted.iter().filter_map(of).collect()))
    }

    /// Over all states of each component, the others as they are before. Whether the components do add up.
    fn exact(
        &mut self,
        components: &[Vec<usize>],
        parts: &mut Parts,
    ) -> Result<Result<bool, Unfit>, Error> {
        let several = components.len() > 1;
        let ends = match self.values(&[0, all(self.causes)])? {
            Ok(ends) => ends,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let [before, after] = ends.as_slice() else {
            return Ok(Ok(false));
        };
        let mut steady = true;
        for component in components {
            let count = component.len();
            let shares = shapley_weights(count);
            let subsets: Vec<usize> = (0..1usize << count).collect();
            for block in subsets.chunks(AT_ONCE) {
                let state = |subset: &usize| {
                    let members = component.iter().enumerate();
                    members
                        .filter(|(place, _)| subset & (1 << place) != 0)
                        .fold(0, |state, (_, at)| state | bit(*at))
                };
                let wanted: Vec<State> = block.iter().map(state).collect();
                let found = match self.values(&wanted)? {
                    Ok(found) => found,
                    Err(unfit) => return Ok(Err(unfit)),
                };
                for (subset, values) in block.iter().zip(&found) {
                    parts.see(values);
                    // What goes missing within a variable may shift the weights of the others.
                    steady &= !several || values.odd == before.odd;
                    let size = subset.count_ones() as usize;
                    for (place, at) in component.iter().enumerate() {
                        let factor = if subset & (1 << place) != 0 {
                            shares.get(size - 1).copied().unwrap_or(0.0)
                        } else {
                            -shares.get(size).copied().unwrap_or(0.0)
                        };
                        parts.add(*at, factor, values);
                    }
                }
            }
        }
        parts.see(before);
        parts.see(after);
        let whole = before.index.iter().zip(&after.index).enumerate();
        let adds_up = whole.into_iter().all(|(region, (old, new))| {
            let (Some(old), Some(new)) = (old, new) else {
                return true;
            };
            let sum: f64 = parts.sums.iter().filter_map(|own| own.get(region)).sum();
            let scale = self.states.scale;
            (sum - (new - old)).abs() <= 1e-9 * (scale.high - scale.low)
        });
        Ok(Ok(steady && adds_up))
    }

    /// Over drawn orders, each with its reverse, until the standard error of each part is below `wanted`. The draw is fixed.
    fn drawn(&mut self, wanted: f64, parts: &mut Parts) -> Result<Result<f64, Unfit>, Error> {
        let count = self.causes.len();
        let regions = parts.lost.len();
        let mut squares = vec![vec![0.0; regions]; count];
        let mut order: Vec<usize> = (0..count).collect();
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        // The states of a round are kept until its pairs are summed.
        let round = (20_000_000 / (regions * count * 2).max(1)).clamp(1, FEWEST_PAIRS);
        let mut pairs = 0;
        let mut largest = f64::INFINITY;
        while pairs < MOST_PAIRS && (pairs < FEWEST_PAIRS || largest >= wanted) {
            let orders: Vec<Vec<usize>> = (0..round)
                .map(|_| {
                    crate::base::number::shuffle(&mut order, &mut seed);
                    order.clone()
                })
                .collect();
            let path = |order: &[usize]| {
                let mut state = 0;
                let mut path = vec![state];
                for at in order {
                    state |= bit(*at);
                    path.push(state);
                }
                path
            };
            let both = |order: &Vec<usize>| {
                let reverse: Vec<usize> = order.iter().rev().copied().collect();
                [order.clone(), reverse]
            };
            let drawn: Vec<[Vec<usize>; 2]> = orders.iter().map(both).collect();
            let states: BTreeSet<State> = drawn
                .iter()
                .flatten()
                .flat_map(|order| path(order))
                .collect();
            let states: Vec<State> = states.into_iter().collect();
            let found = match self.values(&states)? {
                Ok(found) => found,
                Err(unfit) => return Ok(Err(unfit)),
            };
            found.iter().for_each(|values| parts.see(values));
            let of = |state: &State| {
                let at = states.binary_search(state).ok()?;
                found.get(at)
            };
            for pair in &drawn {
                let mut own = vec![vec![0.0; regions]; count];
                for order in pair {
                    let path = path(order);
                    for (step, at) in path.windows(2).zip(order) {
                        let [from, to] = step else { continue };
                        let (Some(from), Some(to), Some(own)) =
                            (of(from), of(to), own.get_mut(*at))
                        else {
                            continue;
                        };
                        for (slot, (from, to)) in
                            own.iter_mut().zip(from.index.iter().zip(&to.index))
                        {
                            *slot += (to.unwrap_or(0.0) - from.unwrap_or(0.0)) / 2.0;
                        }
                    }
                }
                for ((sums, squares), own) in parts.sums.iter_mut().zip(&mut squares).zip(&own) {
                    for ((sum, square), part) in sums.iter_mut().zip(squares).zip(own) {
                        *sum += part;
                        *square += part * part;
                    }
                }
            }
            pairs += round;
            let draws = pairs as f64;
            largest = 0.0;
            for (sums, squares) in parts.sums.iter().zip(&squares) {
                for ((sum, square), lost) in sums.iter().zip(squares).zip(&parts.lost) {
                    if *lost {
                        continue;
                    }
                    let mean = sum / draws;
                    let variance = greater(square / draws - mean * mean, 0.0);
                    largest = greater(largest, sqrt(variance / (draws - 1.0).max(1.0)));
                }
            }
            if same(largest, 0.0) {
                break;
            }
        }
        let draws = pairs.max(1) as f64;
        for sums in &mut parts.sums {
            sums.iter_mut().for_each(|sum| *sum /= draws);
        }
        Ok(Ok(largest))
    }
}

/// By the number of others that came before: s! (n − s − 1)! / n!.
fn shapley_weights(count: usize) -> Vec<f64> {
    let mut weights = vec![1.0 / count.max(1) as f64; count.max(1)];
    for s in 1..count {
        let before = weights.get(s - 1).copied().unwrap_or(0.0);
        if let Some(slot) = weights.get_mut(s) {
            *slot = before * s as f64 / (count - s) as f64;
        }
    }
    weights
}

/// Rounds parts to so many decimals so that they add up to a rounded whole: by largest remainder, the first of equals.
///
/// ```
/// use tanggap::explain::difference::largest_remainder;
/// assert_eq!(largest_remainder(&[-1.604, -0.501], -2.1, 1), [-1.6, -0.5]);
/// assert_eq!(largest_remainder(&[0.333, 0.333, 0.334], 1.0, 2), [0.33, 0.33, 0.34]);
/// ```
pub fn largest_remainder(parts: &[f64], whole: f64, decimals: u8) -> Vec<f64> {
    let unit = crate::base::number::pow(10.0, f64::from(decimals));
    let units = |value: f64| crate::base::Rounding::HalfUp.round(value * unit, 0);
    let mut floors: Vec<f64> = parts
        .iter()
        .map(|part| crate::base::number::floor(part * unit))
        .collect();
    let remainders = parts.iter().zip(&floors);
    // Remainders that only the last digits of doubles tell apart are equal.
    let remainders: Vec<i64> = remainders
        .map(|(part, floor)| ((part * unit - floor) * 1e9 + 0.5) as i64)
        .collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let of = |at: &usize| remainders.get(*at).copied().unwrap_or(0);
    order.sort_by_key(|at| std::cmp::Reverse(of(at)));
    let left = units(whole) - floors.iter().sum::<f64>();
    let count = floors.len().max(1) as f64;
    // Each gets the whole rounds; the largest remainders get one more.
    let (each, more) = ((left / count).floor(), left.rem_euclid(count));
    for (place, at) in order.iter().enumerate() {
        if let Some(floor) = floors.get_mut(*at) {
            *floor += each + f64::from(u8::from((place as f64) < more));
        }
    }
    floors.into_iter().map(|units| units / unit + 0.0).collect()
}

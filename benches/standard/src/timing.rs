//! Contenders take turns, so that what disturbs the machine disturbs all alike; ratios are taken within a round.

use std::time::Instant;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How many rounds.
    pub rounds: usize,
    /// How many rounds where one call takes long.
    pub rounds_of_long: usize,
    /// How long one measurement is to last at least, in nanoseconds; short calls are repeated until then.
    pub at_least: f64,
    /// The numbers of regions, besides a single one.
    pub sizes: &'static [usize],
    /// The number of regions of what is compared at one size.
    pub large: usize,
    /// The same for what takes microseconds a region.
    pub small: usize,
}

impl Effort {
    /// A smoke run: shows that all of it runs; its figures mean little.
    pub const QUICK: Self = Self {
        rounds: 3,
        rounds_of_long: 3,
        at_least: 1e5,
        sizes: &[514, 10_000],
        large: 10_000,
        small: 200,
    };
    /// What the published table is made with.
    pub const FULL: Self = Self {
        rounds: 21,
        rounds_of_long: 9,
        at_least: 2e6,
        sizes: &[514, 100_000, 1_000_000],
        large: 100_000,
        small: 2_000,
    };

    /// The rounds for so many regions.
    pub fn rounds_for(&self, regions: usize) -> usize {
        if regions > self.large {
            self.rounds_of_long
        } else {
            self.rounds
        }
    }
}

/// One way of doing the work.
pub struct Contender<'a> {
    name: &'static str,
    regions: usize,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    /// `run` scores so many regions.
    pub fn new(name: &'static str, regions: usize, run: impl FnMut() + 'a) -> Self {
        Self {
            name,
            regions,
            run: Box::new(run),
        }
    }

    /// Nanoseconds a region, over so many calls.
    fn measure(&mut self, calls: usize) -> f64 {
        // Once before the clock runs, so that no one pays for the memory that another has driven out.
        (self.run)();
        let start = Instant::now();
        for _ in 0..calls {
            (self.run)();
        }
        start.elapsed().as_nanos() as f64 / (calls * self.regions) as f64
    }

    /// How many calls last long enough. The first call of all is cold and does not count.
    fn calls(&mut self, at_least: f64) -> usize {
        self.measure(1);
        let one = (self.measure(1) * self.regions as f64).max(1.0);
        ((at_least / one).ceil() as usize).max(1)
    }
}

/// What was measured of one contender, round by round.
#[derive(Debug)]
pub struct Times {
    /// Its name.
    pub name: &'static str,
    /// How many regions a call scored.
    pub regions: usize,
    /// Nanoseconds a region.
    rounds: Vec<f64>,
}

impl Times {
    /// Nanoseconds a region.
    pub fn median(&self) -> f64 {
        median(&self.rounds)
    }

    /// How many times as long as another took: the median over the rounds.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        median(
            &pairs
                .map(|(ours, theirs)| ours / theirs)
                .collect::<Vec<_>>(),
        )
    }
}

/// Measures all contenders in so many rounds, every other one backwards. The times are in the order of the contenders.
pub fn take_turns(mut contenders: Vec<Contender>, rounds: usize, at_least: f64) -> Vec<Times> {
    let calls: Vec<usize> = contenders
        .iter_mut()
        .map(|contender| contender.calls(at_least))
        .collect();
    let mut times: Vec<Times> = contenders
        .iter()
        .map(|contender| Times {
            name: contender.name,
            regions: contender.regions,
            rounds: Vec::new(),
        })
        .collect();
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            times[at].rounds.push(contenders[at].measure(calls[at]));
        }
    }
    times
}

/// The middle one of some numbers.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

//! The children of a node as values of the interpreter: `children` and the variable of a loop over it.

use std::sync::Arc;

use rhai::ImmutableString;

use crate::base::NodeIndex;
use crate::calculus::Sibling;

/// What is the same of a child for all regions.
#[derive(Clone, Debug)]
pub struct KnownChild {
    /// The child.
    pub node: NodeIndex,
    /// Its id.
    pub id: ImmutableString,
    /// Its weight, and how its score is compared.
    pub sibling: Sibling,
}

/// What one child has for one region.
#[derive(Clone, Copy, Debug)]
pub struct ChildValue {
    /// Its score, unless missing.
    pub score: Option<f64>,
    /// Its raw value, if it is an indicator that has one.
    pub raw: Option<f64>,
}

/// All children for one region.
#[derive(Debug)]
struct All {
    known: Arc<[KnownChild]>,
    values: Vec<ChildValue>,
}

/// `children`, or some of them.
#[derive(Clone, Debug)]
pub(super) struct Items {
    all: Arc<All>,
    /// Some of them, by position.
    which: Option<Arc<[usize]>>,
}

/// One child in a loop.
#[derive(Clone, Debug)]
pub(super) struct Item {
    all: Arc<All>,
    at: usize,
}

impl Items {
    pub(super) fn new(known: Arc<[KnownChild]>, values: &[ChildValue]) -> Self {
        let values = values.to_vec();
        Self {
            all: Arc::new(All { known, values }),
            which: None,
        }
    }

    /// Gives all of them the values of another region; in place, where nobody else holds them.
    pub(super) fn set(&mut self, values: &[ChildValue]) {
        match Arc::get_mut(&mut self.all) {
            Some(all) => values.clone_into(&mut all.values),
            None => *self = Self::new(self.all.known.clone(), values),
        }
    }

    /// Those of the given nodes.
    pub(super) fn only(&self, nodes: &[u32]) -> Self {
        let wanted = |at: &usize| {
            let child = self.all.known.get(*at);
            child.is_some_and(|child| nodes.contains(&child.node.0))
        };
        Self {
            all: self.all.clone(),
            which: Some(self.positions().filter(wanted).collect()),
        }
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        let which = self.which.as_ref();
        which.map_or(self.all.values.len(), |which| which.len())
    }

    /// Each with its score.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Sibling, Option<f64>)> {
        self.positions().filter_map(|at| {
            let score = self.all.values.get(at)?.score;
            Some((self.all.known.get(at)?.sibling, score))
        })
    }

    fn positions(&self) -> impl Iterator<Item = usize> {
        let which = self.which.as_deref();
        let all = which.map_or(self.all.values.len(), |_| 0);
        (0..all).chain(which.unwrap_or_default().iter().copied())
    }
}

impl Item {
    pub(super) fn known(&self) -> Option<&KnownChild> {
        self.all.known.get(self.at)
    }

    pub(super) fn value(&self) -> Option<ChildValue> {
        self.all.values.get(self.at).copied()
    }
}

impl IntoIterator for Items {
    type Item = Item;
    type IntoIter = Box<dyn Iterator<Item = Item>>;

    fn into_iter(self) -> Self::IntoIter {
        let count = self.len();
        let (all, which) = (self.all, self.which);
        Box::new((0..count).map(move |at| {
            Item {
                at: which
                    .as_ref()
                    .map_or(at, |which| which.get(at).copied().unwrap_or(usize::MAX)),
                all: all.clone(),
            }
        }))
    }
}

/// The whole numbers of a range, as doubles.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    pub(super) next: f64,
    pub(super) end: f64,
}

impl Iterator for Counting {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let value = self.next;
        (value < self.end).then(|| {
            self.next += 1.0;
            value
        })
    }
}

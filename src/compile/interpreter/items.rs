//! The children of a node as values of the interpreter: `children` and the variable of a loop over it.

use std::sync::Arc;

use crate::base::NodeIndex;

/// One child of one region.
#[derive(Clone, Debug)]
pub struct ItemValue {
    /// The child.
    pub node: NodeIndex,
    /// Its id.
    pub id: Arc<str>,
    /// Its weight.
    pub weight: f64,
    /// Its score, unless missing.
    pub score: Option<f64>,
    /// Its raw value, if it is an indicator that has one.
    pub raw: Option<f64>,
}

/// `children`, or some of them.
#[derive(Clone, Debug)]
pub(super) struct Items {
    all: Arc<[ItemValue]>,
    which: Arc<[usize]>,
}

/// One child in a loop.
#[derive(Clone, Debug)]
pub(super) struct Item {
    all: Arc<[ItemValue]>,
    at: usize,
}

impl Items {
    pub(super) fn new(all: &[ItemValue]) -> Self {
        Self {
            all: all.into(),
            which: (0..all.len()).collect(),
        }
    }

    /// Those of the given nodes.
    pub(super) fn only(&self, nodes: &[u32]) -> Self {
        let wanted = |at: &usize| {
            self.all
                .get(*at)
                .is_some_and(|item| nodes.contains(&item.node.0))
        };
        Self {
            all: self.all.clone(),
            which: self.which.iter().copied().filter(wanted).collect(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ItemValue> {
        self.which.iter().filter_map(|at| self.all.get(*at))
    }
}

impl Item {
    pub(super) fn value(&self) -> Option<&ItemValue> {
        self.all.get(self.at)
    }
}

impl IntoIterator for Items {
    type Item = Item;
    type IntoIter = Box<dyn Iterator<Item = Item>>;

    fn into_iter(self) -> Self::IntoIter {
        let which: Vec<usize> = self.which.to_vec();
        let all = self.all;
        Box::new(which.into_iter().map(move |at| Item {
            all: all.clone(),
            at,
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

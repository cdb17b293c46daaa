//! A formula at work: what is kept from one region to the next.

use rhai::{Caches, GlobalRuntimeState, Scope};

use super::emit::{CHILDREN, NAMED_BY_LENGTH};
use super::items::{ChildValue, Items};
use super::{Failure, Inputs, Interpreter, Script};

/// Runs a formula for many regions, one after the other.
pub struct Session<'a> {
    formula: &'a Interpreter,
    /// What the direct script runs in; nothing before the first region.
    room: Option<Room>,
    /// Room for the children of a region.
    children: Vec<ChildValue>,
}

/// What the interpreter keeps: resolved functions, and the names in scope.
pub(super) struct Room {
    pub(super) global: GlobalRuntimeState,
    pub(super) caches: Caches,
    pub(super) scope: Scope<'static>,
}

impl Room {
    pub(super) fn new(global: GlobalRuntimeState) -> Self {
        let mut caches = Caches::new();
        // One that is there before a run outlives it.
        caches.push_fn_resolution_cache();
        Self {
            global,
            caches,
            scope: Scope::new(),
        }
    }

    /// Puts the values of a region into the scope; `()` for what is missing.
    fn fill(&mut self, script: &Script, inputs: Inputs<'_>) {
        self.global.num_operations = Default::default();
        let read = script.variables.iter();
        let values = read.map(|read| (&read.name, read.value(inputs).unwrap_or_default()));
        let names = script.variables.len() + usize::from(script.children.is_some());
        // Variables that are found quickly keep their place in the scope; more of them are put there anew.
        if self.scope.len() < names || names > NAMED_BY_LENGTH {
            self.scope.clear();
            for (name, value) in values {
                self.scope.push_dynamic(name.clone(), value);
            }
            if let Some(known) = &script.children {
                let items = Items::new(known.clone(), inputs.children);
                self.scope.push(CHILDREN, items);
            }
            return;
        }
        self.scope.rewind(names);
        for (name, value) in values {
            if let Some(slot) = self.scope.get_mut(name) {
                *slot = value;
            }
        }
        if script.children.is_some()
            && let Some(items) = self.scope.get_mut(CHILDREN)
            && let Some(mut items) = items.write_lock::<Items>()
        {
            items.set(inputs.children);
        }
    }
}

impl<'a> Session<'a> {
    pub(super) fn new(formula: &'a Interpreter) -> Self {
        Self {
            formula,
            room: None,
            children: Vec::new(),
        }
    }

    /// The value of the formula of a node, from its children in their order.
    ///
    /// # Errors
    /// The issue of the region.
    pub fn run_over(&mut self, children: impl Iterator<Item = ChildValue>) -> Result<f64, Failure> {
        let mut values = std::mem::take(&mut self.children);
        values.clear();
        values.extend(children);
        let value = self.run(Inputs {
            children: &values,
            columns: &[],
        });
        self.children = values;
        value
    }

    /// The value for one region; yes-or-no becomes 1 or 0.
    ///
    /// # Errors
    /// The issue of the region.
    pub fn run(&mut self, inputs: Inputs<'_>) -> Result<f64, Failure> {
        if let Some(value) = self.direct(inputs) {
            debug_assert!(
                self.placed(inputs)
                    .is_ok_and(|placed| placed.to_bits() == value.to_bits()),
                "both scripts give the same bits"
            );
            return Ok(value);
        }
        self.placed(inputs)
    }

    /// The value, or the issue, of the placed script.
    fn placed(&self, inputs: Inputs<'_>) -> Result<f64, Failure> {
        let formula = self.formula;
        let Script {
            ast,
            variables,
            children,
        } = &formula.placed;
        let mut scope = Scope::new();
        for read in variables {
            if let Some(value) = read.value(inputs) {
                scope.push_dynamic(read.name.clone(), value);
            }
        }
        if let Some(known) = children {
            scope.push(CHILDREN, Items::new(known.clone(), inputs.children));
        }
        match formula.sandbox.placed(&mut scope, ast) {
            Ok(value) => formula.number(value),
            Err(error) => Err(formula.failure(*error)),
        }
    }

    /// The value of the direct script, unless it fails.
    fn direct(&mut self, inputs: Inputs<'_>) -> Option<f64> {
        let formula = self.formula;
        let mut room = self
            .room
            .take()
            .unwrap_or_else(|| Room::new(formula.sandbox.state(&formula.direct.ast)));
        room.fill(&formula.direct, inputs);
        let value = formula.sandbox.direct(&formula.direct.ast, &mut room)?;
        // What failed may have left anything behind, and its room is not used again.
        self.room = Some(room);
        formula.number(value).ok()
    }
}

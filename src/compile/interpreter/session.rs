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
        if let Some(probes) = &self.formula.probes {
            return probes.counted(|| self.placed(inputs));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{MemoryLoader, load};
    use crate::calculus::{Methods, aggregations, functions, normalisations};
    use crate::check::check;
    use crate::compile::{StepKind, compile};

    const INDEX: &str =
        "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\nclamp = true\n[data]\nkey = 'kode'\n";

    /// What the direct script of a formula gives for the scores 10, 20 and nothing.
    fn directly(formula: &str) -> Option<f64> {
        let mut variable = "[variable]\ntitle = 'V'\n".to_owned();
        for id in ["a", "b", "c"] {
            variable += &format!("[indicator.{id}]\ntitle = 'I'\nweight = 2\nnormalise = 'none'\n");
        }
        let files = [
            ("uji/2001/index.toml", INDEX),
            ("uji/2001/v.toml", &variable),
            ("uji/2001/v.rhai", formula),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let bundle = load(&MemoryLoader::new(files), &"uji/2001".parse().unwrap()).unwrap();
        let mut methods = Methods::empty();
        methods.normalisations.extend(normalisations::all());
        methods.aggregations.extend(aggregations::all());
        methods.functions.extend(functions::all());
        let rules = check(bundle, &methods, &[]).unwrap_or_else(|error| panic!("{error:?}"));
        let program = compile(rules.output, &methods).unwrap();
        let steps = program.steps().iter();
        let mut formulas = steps.filter_map(|step| match &step.kind {
            StepKind::Formula(formula) => Some(&formula.interpreter),
            _ => None,
        });
        let mut session = formulas.next().unwrap().session();
        let children = [Some(10.0), Some(20.0), None].map(|score| ChildValue { score, raw: score });
        let inputs = Inputs {
            children: &children,
            columns: &[],
        };
        let (first, again) = (session.direct(inputs), session.direct(inputs));
        assert_eq!(first, again, "{formula}");
        if let Some(value) = first {
            assert_eq!(session.placed(inputs), Ok(value), "{formula}");
        }
        first
    }

    #[test]
    fn what_raises_no_issue_runs_directly() {
        for (formula, value) in [
            ("(a + b) / 2", 15.0),
            (
                "let x = a * 2; if x < b + 1 { x = x * 2; } min(x, 100)",
                40.0,
            ),
            (
                "let s = 0; for k in children { if !k.missing { s += k.weight * k.score; } } s",
                60.0,
            ),
            (
                "let s = 0; for i in 1..4 { if i == 3 { return s; } s += i; } 0",
                3.0,
            ),
            ("weighted_mean(children)", 15.0),
            ("max([a, b]) + children.len()", 23.0),
            ("switch a { 10 => 1, _ => 2 }", 1.0),
            ("fn twice(x) { let y = x + x; y } twice(a) + (c ?? 1)", 21.0),
            // Own functions do not see the variables of the body, nor it theirs.
            (
                "fn all(l) { let s = 0; for k in l { s += k.weight; } s } all(children)",
                6.0,
            ),
            (
                "fn all(l) { let s = 0; for k in l { s += k.score; } s }
                 fn own(k) { k.weight }
                 let s = 0;
                 let t = 1;
                 for k in children { s += own(k); if !k.missing { s += k.score; } }
                 if a > 50 { all(children) } else { s * t }",
                36.0,
            ),
        ] {
            assert_eq!(directly(formula), Some(value), "{formula}");
        }
    }

    #[test]
    fn what_cannot_be_trusted_is_lost_nowhere() {
        for formula in [
            "c",
            "let x = c; 1",
            "a / (1e308 * a)",
            "let x = 1e308 * a; x = 1; x",
            "let x = 1e308; for k in children { x *= 10; } 1",
            "let x = 1e308; for i in 0..3 { x *= 10; if i == 2 { return 1; } } 1",
            "let x = 1e308 * a; if a > 5 { return 2; } x",
            "fn one(x) { 1 } one(1e308 * a)",
            "min(1e308 * a, 1)",
            "if 1e308 * a > 1 { 1 } else { 2 }",
            "let l = [1e308 * a, 1]; l[1]",
            "(1e308 * a) ** 0",
            "1 % (1e308 * a)",
            "a / (b - 20)",
        ] {
            assert_eq!(directly(formula), None, "{formula}");
        }
    }
}

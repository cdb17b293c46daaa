//! Rhai's syntax tree → the typed form: own functions, once for each set of argument types.

use rhai::Position;

use super::cost::DEEPEST_CALLS;
use super::form::{Expr, ExprKind, Function, Type};
use super::library::Found;
use super::lower::{Frame, Lowering};
use crate::base::language::text;
use crate::base::{Code, Diagnostic};

/// The most own functions of one formula, each counted for every set of argument types.
const MOST_INSTANCES: usize = 1_000;

/// An own function in the types of some arguments.
pub(super) struct Instance {
    name: String,
    types: Vec<Type>,
    /// Whether it is one of `lib/`, not of the formula's own file.
    shared: bool,
    state: State,
}

/// How far an instance has come.
#[derive(Clone, Copy)]
enum State {
    /// Its body is being looked at: a call of it now is a call of itself.
    Running,
    /// It is at fault, which has been said.
    Faulty,
    /// It stands at this position among the functions of the formula.
    Done(usize),
}

impl Lowering<'_, '_> {
    /// A call of the own function of a name, in the types of these arguments.
    pub(super) fn own_function(
        &mut self,
        name: &str,
        arguments: Vec<Expr>,
        at: Position,
    ) -> Option<Expr> {
        let span = self.source.at(at);
        let library = self
            .libraries
            .iter()
            .position(|library| library.find(name).is_some())?;
        let found = self.libraries.get(library)?.find(name)?;
        // A function of `lib/` sees only `lib/`, so that it means the same to every formula.
        let shared = library > 0 || self.frame.shared;
        let types: Vec<Type> = arguments
            .iter()
            .map(|argument| argument.ty.clone())
            .collect();
        if found.parameters.len() != types.len() {
            self.wrong_count(name, &found, types.len(), at);
            return None;
        }
        if let Some(nothing) = arguments
            .iter()
            .find(|a| matches!(a.ty, Type::Nothing | Type::Never))
        {
            self.wrong_type(&nothing.clone(), &Type::Number);
            return None;
        }
        let known = self
            .instances
            .iter()
            .find(|known| known.name == name && known.types == types && known.shared == shared);
        let state = match known {
            Some(known) => known.state,
            None => self.instantiate(name, found, types, shared, at),
        };
        let instance = match state {
            State::Done(instance) => instance,
            State::Faulty => return None,
            State::Running => {
                self.report(
                    Diagnostic::error(
                        Code::E418,
                        span,
                        text!(
                            "fungsi `{name}` memanggil dirinya sendiri",
                            "the function `{name}` calls itself"
                        ),
                    )
                    .help(text!(
                        "rumus harus selesai dalam jumlah langkah yang diketahui",
                        "a formula must end after a known number of steps"
                    )),
                );
                return None;
            }
        };
        let ty = self.functions.get(instance)?.result.clone();
        self.frame.calls.push(instance);
        Some(Expr {
            kind: ExprKind::CallOwn(instance, arguments),
            ty,
            span,
        })
    }

    fn wrong_count(&mut self, name: &str, found: &Found<'_, '_>, given: usize, at: Position) {
        let span = self.source.at(at);
        let wanted = found.parameters.len();
        let word = if wanted == 1 { "argument" } else { "arguments" };
        self.report(
            Diagnostic::error(
                Code::E417,
                span,
                text!(
                    "`{name}` menerima {wanted} argumen, bukan {given}",
                    "`{name}` takes {wanted} {word}, not {given}"
                ),
            )
            .also(found.span, text!("ditulis di sini", "written here")),
        );
    }

    fn instantiate(
        &mut self,
        name: &str,
        found: Found<'_, '_>,
        types: Vec<Type>,
        shared: bool,
        at: Position,
    ) -> State {
        if self.frame.depth >= DEEPEST_CALLS || self.instances.len() >= MOST_INSTANCES {
            let span = self.source.at(at);
            self.report(Diagnostic::error(
                Code::E420,
                span,
                text!(
                    "fungsi-fungsi saling memanggil lebih dari {DEEPEST_CALLS} tingkat",
                    "the functions call each other more than {DEEPEST_CALLS} levels deep"
                ),
            ));
            return State::Faulty;
        }
        self.instances.push(Instance {
            name: name.to_owned(),
            types: types.clone(),
            shared,
            state: State::Running,
        });
        let slot = self.instances.len() - 1;
        let function = self.lower_function(name, found, types, shared);
        let state = match function {
            Some(function) => {
                self.functions.push(function);
                State::Done(self.functions.len() - 1)
            }
            None => State::Faulty,
        };
        if let Some(instance) = self.instances.get_mut(slot) {
            instance.state = state;
        }
        state
    }

    fn lower_function(
        &mut self,
        name: &str,
        found: Found<'_, '_>,
        types: Vec<Type>,
        shared: bool,
    ) -> Option<Function> {
        let parameters = types.len();
        let [own, library] = self.libraries;
        let mut inner = Lowering {
            source: found.source,
            scope: self.scope,
            libraries: [if shared { library } else { own }, library],
            methods: self.methods,
            findings: Vec::new(),
            frame: Frame {
                function: Some(name.to_owned()),
                shared,
                depth: self.frame.depth + 1,
                ..Frame::default()
            },
            functions: std::mem::take(&mut self.functions),
            instances: std::mem::take(&mut self.instances),
        };
        for (parameter, ty) in found.parameters.iter().zip(types) {
            inner.new_local(parameter, ty, true, None);
        }
        let body = inner.block(found.body);
        let mut frame = std::mem::take(&mut inner.frame);
        self.functions = inner.functions;
        self.instances = inner.instances;
        self.findings.append(&mut inner.findings);
        let (body, ty) = body?;
        frame.returns.push(ty);
        frame.returns.retain(|ty| *ty != Type::Never);
        let result = frame.returns.first().cloned().filter(|first| {
            frame.returns.iter().all(|ty| ty == first)
                && matches!(first, Type::Number | Type::Bool | Type::Text)
        });
        let Some(result) = result else {
            self.report(Diagnostic::error(
                Code::E406,
                found.span,
                text!(
                    "fungsi `{name}` harus selalu menghasilkan nilai sejenis: angka, ya/tidak, atau teks",
                    "the function `{name}` must always give a value of one kind: a number, yes or no, or a text"
                ),
            ));
            return None;
        };
        Some(Function {
            name: name.to_owned(),
            span: found.whole,
            parameters,
            locals: frame.count,
            body,
            result,
            calls: frame.calls,
        })
    }
}

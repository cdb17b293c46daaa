//! Formulas: Rhai text → a small typed form of our own, with everything wrong in it reported at once.
//!
//! The checker, the executors and every later reader of formulas read only this form ([`Formula`]):
//! only the files of this folder know the syntax tree of Rhai, which may change with its version.
//! What the form cannot express is refused here, so that the form is also the list of what is allowed.

mod calls;
pub mod cost;
pub mod form;
mod library;
mod lower;
mod names;
mod operators;
mod own;
pub(crate) mod reading;
mod scope;
mod source;
mod statements;
mod walk;

pub use form::{
    BinaryOp, Block, Expr, ExprKind, Formula, Function, Item, Label, LocalId, Over, Place,
    Statement, SwitchArm, Type, UnaryOp,
};
pub(crate) use library::Library;
pub(crate) use lower::{lower_expression, lower_formula};
pub(crate) use scope::{Child, Columns, Scope};
pub(crate) use source::{FormulaSource, canonical_tokens, is_name};
pub(crate) use walk::PartMut;

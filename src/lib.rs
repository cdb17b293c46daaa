//! x
pub mod base;
pub mod bundle;
pub mod calculus;
pub mod check;
pub mod compile;
pub mod evaluate;

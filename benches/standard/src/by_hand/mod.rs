//! W written by hand in Rust, for no other rules than these: what a careful programmer would have instead of an engine.

pub mod columns;
pub mod rows;

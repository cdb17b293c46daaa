//! The edges: they touch files, the terminal and the clock, and use only what the crate makes public.

pub mod cli;

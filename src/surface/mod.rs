//! The edges: they touch files, the terminal, the network and the clock, and use only what the crate makes public.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "serve")]
pub mod http;
#[cfg(feature = "watch")]
pub mod watch;

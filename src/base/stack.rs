//! Room for recursion.
//!
//! Formulas and trees may be nested as deep as their limits say. Whoever calls us may stand on a small stack, and
//! builds without optimisation need far more of it: so what recurses along them runs on a stack of its own.

/// A stack on which everything that the limits allow fits, also without optimisation.
const ROOMY: usize = 64 << 20;

/// Runs something that recurses along a formula or tree.
pub fn with_room<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(ROOMY / 2, ROOMY, run)
}

/// The same, where it does recurse.
pub fn with_room_if<T>(recurses: bool, run: impl FnOnce() -> T) -> T {
    if recurses { with_room(run) } else { run() }
}

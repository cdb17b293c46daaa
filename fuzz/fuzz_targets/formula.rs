//! A text as the formula of a small rule set, scored by both executors. What follows a line `---` is `lib/fungsi.rhai`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanggap_fuzz::{DATA, compare, one_thread};

fuzz_target!(init: one_thread(), |text: &str| {
    let (formula, library) = text.split_once("\n---\n").unwrap_or((text, ""));
    compare(formula, library, &DATA);
});

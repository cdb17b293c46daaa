//! Bytes as data in Parquet: read within a small budget, or refused with an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanggap_fuzz::{one_thread, read_as};

fuzz_target!(init: one_thread(), |input: &[u8]| read_as("data.parquet", input));

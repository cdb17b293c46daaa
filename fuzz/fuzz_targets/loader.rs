//! Bytes as rule files: loaded, checked and compiled, or refused with findings that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanggap::base::Lang;
use tanggap::report::{render_plan, render_resolved};
use tanggap_fuzz::{engine, one_thread, program, split};

fuzz_target!(init: one_thread(), |input: &[u8]| {
    let engine = engine(split(input));
    for name in engine.rule_sets().expect("memory can be read") {
        let Some(program) = program(&engine, &name) else {
            continue;
        };
        for lang in [Lang::Id, Lang::En] {
            let _ = render_resolved(program.rules(), lang);
            let _ = render_plan(&program, lang);
        }
    }
});

//! What both programs share: the standard work, the machine, and where figures go.

#[path = "../../standard/src/machine.rs"]
pub mod machine;
#[path = "../../standard/src/work.rs"]
pub mod work;

use std::path::{Path, PathBuf};

use tanggap::bundle::DiskLoader;
use tanggap::{Engine, Program};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An engine over `benches/rules`, and the standard work.
pub fn standard_work() -> (Engine, Program) {
    let engine = Engine::builder()
        .loader(DiskLoader::new(root().join("benches/rules")))
        .build();
    let name = "w/2001".parse().expect("a name");
    let program = engine.program(&name).expect("the rules are right").output;
    (engine, program)
}

/// Where figures were measured, as the line above them.
pub fn measured_on() -> String {
    let machine = machine::Machine::here();
    format!(
        "Measured on {}: {}, {} cores, {}. Ratios travel between machines, times do not.\n",
        machine.date, machine.processor, machine.cores, machine.compiler
    )
}

/// The median of some figures.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A whole number with its thousands apart.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds in a unit that people can read.
pub fn seconds(value: f64) -> String {
    match value {
        long if long >= 1.0 => format!("{long:.2} s"),
        short if short >= 1e-3 => format!("{:.2} ms", short * 1e3),
        shorter => format!("{:.1} µs", shorter * 1e6),
    }
}

/// Puts a report between two markers of `docs/performance.md`.
///
/// # Panics
/// When the page cannot be read or written, or lacks the markers.
pub fn write_section(name: &str, report: &str) {
    let path = root().join("docs/performance.md");
    let text = std::fs::read_to_string(&path).expect("docs/performance.md can be read");
    let (begin, end) = (
        format!("<!-- {name}: begin -->"),
        format!("<!-- {name}: end -->"),
    );
    let (before, rest) = text.split_once(&begin).expect("the page has the marker");
    let (_, after) = rest
        .split_once(&end)
        .expect("the page has the other marker");
    let text = format!("{before}{begin}\n{report}{end}{after}");
    std::fs::write(path, text).expect("docs/performance.md can be written");
}

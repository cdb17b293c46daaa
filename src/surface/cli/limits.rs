//! How much data a call may hold, where it does not say so itself.

use std::sync::OnceLock;

use super::Call;
use crate::base::language::text;
use crate::base::{Memory, Text};
use crate::data::Budget;

/// Of the address space that a process is allowed (`ulimit -v`), the part that data may hold: threads and the program
/// take the rest.
const OF_ADDRESSES: u64 = 3;
/// Of the memory that the machine has available, the part that data may hold, in quarters.
const OF_AVAILABLE: u64 = 3;

/// The budget of a call: its options, else what the machine has.
pub(super) fn budget(call: &Call<'_>) -> Budget {
    let option = |name: &str| {
        let given = call.matches.try_get_one::<u32>(name);
        given.ok().flatten().map(|given| *given as usize)
    };
    let own = Budget::default();
    Budget {
        columns: option("max-columns").unwrap_or(own.columns),
        characters: option("max-characters").unwrap_or(own.characters),
        rows: option("max-rows"),
        memory: memory(option("max-memory").map(|megabytes| megabytes.saturating_mul(1 << 20))),
        ..own
    }
}

/// What to do about data that is too large.
pub(super) fn help() -> Text {
    text!(
        "naikkan batasnya (`--max-rows`, `--max-columns`, `--max-characters`, `--max-memory`); CSV yang besar: `score --stream`",
        "raise the limit (`--max-rows`, `--max-columns`, `--max-characters`, `--max-memory`); for large CSV: `score --stream`"
    )
}

/// The memory of this process, which all that a call reads shares.
fn memory(asked: Option<usize>) -> Memory {
    static MEMORY: OnceLock<Memory> = OnceLock::new();
    let most = || match asked.or_else(|| usize::try_from(most()?).ok()) {
        Some(most) => Memory::of(most),
        None => Memory::default(),
    };
    MEMORY.get_or_init(most).clone()
}

fn most() -> Option<u64> {
    let allowed = allowed().map(|bytes| bytes / OF_ADDRESSES);
    let available = available().map(|bytes| bytes / 4 * OF_AVAILABLE);
    allowed.into_iter().chain(available).min()
}

#[cfg(unix)]
fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::As).current
}

#[cfg(not(unix))]
fn allowed() -> Option<u64> {
    None
}

/// What the machine, or the container that this runs in, has available.
fn available() -> Option<u64> {
    #[allow(clippy::disallowed_methods)]
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let of_machine = read("/proc/meminfo").and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        kilobytes.checked_mul(1024)
    });
    let of_container =
        read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    of_machine.into_iter().chain(of_container).min()
}

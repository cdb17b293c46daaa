//! What an engine scores by, and how that stands to the rule files.

use std::sync::Arc;
use std::time::SystemTime;

use crate::base::language::text;
use crate::base::{Diagnostics, Error, Lang, RuleSetName, Severity, Text};
use crate::bundle::{Bundle, Unread};
use crate::compile::Program;

/// A rule set that is scored by: its program, and when it came in. It never changes; an edit makes another one.
pub struct Active {
    /// The program.
    pub program: Program,
    /// The rule set as it is written.
    pub bundle: Bundle,
    /// What is odd about it.
    pub warnings: Diagnostics,
    /// Since when it is scored by.
    pub since: SystemTime,
}

impl Active {
    /// The digest of all in its rules that can change a score: 64 hexadecimal digits.
    pub fn rules_digest(&self) -> &str {
        &self.program.rules().rules_digest
    }

    /// Whether a digest, or its beginning of 12 digits or more, is that of its rules.
    pub fn has_digest(&self, digest: &str) -> bool {
        digest.len() >= SHORTEST_DIGEST && self.rules_digest().starts_with(digest)
    }
}

/// The shortest beginning of a digest that stands for it.
const SHORTEST_DIGEST: usize = 12;

/// Why the rule files of a rule set are not what is scored by.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// They are wrong.
    Rules(Arc<Diagnostics>),
    /// The rule set does not give what its own tests expect.
    Tests(Arc<Diagnostics>),
    /// They cannot be read.
    Host(Arc<Error>),
    /// They would do, but of its family, joined by `extends`, these are in trouble; all change together or none.
    HeldBack(Vec<RuleSetName>),
    /// They are gone; when that lasts, the rule set is, too.
    Gone,
    /// They change again and again while they are read.
    Unsettled,
}

impl Trouble {
    /// One word for it, as programs read it.
    pub fn name(&self) -> &'static str {
        match self {
            Trouble::Rules(_) => "rules",
            Trouble::Tests(_) => "tests",
            Trouble::Host(_) => "host",
            Trouble::HeldBack(_) => "held_back",
            Trouble::Gone => "gone",
            Trouble::Unsettled => "unsettled",
        }
    }

    /// What is wrong, where that is in rule files or tests.
    pub fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            Trouble::Rules(found) | Trouble::Tests(found) => Some(found),
            _ => None,
        }
    }

    /// The trouble in one sentence.
    pub fn summary(&self) -> Text {
        let first = |found: &Diagnostics| {
            let mut errors = found.list.iter();
            let first = errors.find(|own| own.severity == Severity::Error)?;
            let place = first.span().map(|span| found.sources.place(span));
            let place = place.map_or_else(String::new, |place| format!("{place}: "));
            let (id, en) = (&first.message.id, &first.message.en);
            let more = found.list.iter();
            let more = more.filter(|own| own.severity == Severity::Error).count() - 1;
            Some(match more {
                0 => text!("{place}{id}", "{place}{en}"),
                _ => text!(
                    "{place}{id} (dan {more} lagi)",
                    "{place}{en} (and {more} more)"
                ),
            })
        };
        match self {
            Trouble::Gone => text!("berkasnya hilang", "its files are gone"),
            Trouble::Unsettled => text!(
                "berkasnya terus berubah selagi dibaca",
                "its files keep changing while they are read"
            ),
            Trouble::Rules(found) | Trouble::Tests(found) => {
                first(found).unwrap_or_else(|| Text::same("?"))
            }
            Trouble::Host(error) => {
                let line = |lang| error.render(lang).lines().next().unwrap_or("").to_owned();
                Text::new(line(Lang::Id), line(Lang::En))
            }
            Trouble::HeldBack(names) => {
                let names = listed(names);
                text!(
                    "menunggu keluarganya: {names} bermasalah",
                    "waits for its family: {names} in trouble"
                )
            }
        }
    }

    /// Whether it is the same trouble as another, so that it need not be told again.
    pub(super) fn is_like(&self, other: &Trouble) -> bool {
        let texts = |found: &Diagnostics| found.to_string();
        match (self, other) {
            (Trouble::Rules(a), Trouble::Rules(b)) | (Trouble::Tests(a), Trouble::Tests(b)) => {
                Arc::ptr_eq(a, b) || texts(a) == texts(b)
            }
            (Trouble::Host(a), Trouble::Host(b)) => a.to_string() == b.to_string(),
            (Trouble::HeldBack(a), Trouble::HeldBack(b)) => a == b,
            (Trouble::Gone, Trouble::Gone) | (Trouble::Unsettled, Trouble::Unsettled) => true,
            _ => false,
        }
    }
}

/// Names in a row.
pub(super) fn listed(names: &[RuleSetName]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// How a rule set stands: what it is scored by, and what became of its files.
#[derive(Clone)]
pub struct RuleSetStatus {
    /// The rule set.
    pub name: RuleSetName,
    /// What it is scored by; `None` where its files never were in order.
    pub active: Option<Arc<Active>>,
    /// How many cases of its own tests that has passed.
    pub cases: usize,
    /// When its files were last taken up, or tried to be.
    pub attempted: SystemTime,
    /// Why its files are not what is scored by; `None` where they are.
    pub trouble: Option<Trouble>,
    /// Whether its seal was taken away, which it has been without since.
    pub unsealed: bool,
    /// Since when the tests of its files run, where that takes long; what it is scored by stays until they pass.
    pub testing: Option<SystemTime>,
}

impl RuleSetStatus {
    /// How it stands, in a word.
    pub fn standing(&self) -> Standing {
        match (&self.active, &self.trouble) {
            (Some(_), None) => Standing::Fresh,
            (Some(_), Some(_)) => Standing::Stale,
            (None, _) => Standing::Failed,
        }
    }
}

/// How a rule set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is scored by its files as they are.
    Fresh,
    /// It is scored by the last good state of its files.
    Stale,
    /// It has never been in order, and is not scored by.
    Failed,
}

impl Standing {
    /// One word for it, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Fresh => "fresh",
            Standing::Stale => "stale",
            Standing::Failed => "failed",
        }
    }
}

/// How an engine learns that rule files change.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Watching {
    /// Not at all: whoever owns it calls [`reload`](super::Engine::reload).
    #[default]
    ByHand,
    /// The system tells.
    Events {
        /// How often watching had to begin anew.
        restarts: u32,
        /// Why it had to the last time.
        reason: Option<Text>,
    },
    /// It looks again and again.
    Polling {
        /// Why the system is not relied on; `None` where polling was asked for.
        reason: Option<Text>,
    },
    /// Nobody looks any more.
    Stopped {
        /// Why.
        reason: Text,
    },
}

impl Watching {
    /// One word for it, as programs read it.
    pub fn name(&self) -> &'static str {
        match self {
            Watching::ByHand => "by_hand",
            Watching::Events { .. } => "events",
            Watching::Polling { .. } => "polling",
            Watching::Stopped { .. } => "stopped",
        }
    }

    /// Why it is not as it was asked for.
    pub fn reason(&self) -> Option<&Text> {
        match self {
            Watching::ByHand => None,
            Watching::Events { reason, .. } | Watching::Polling { reason } => reason.as_ref(),
            Watching::Stopped { reason } => Some(reason),
        }
    }
}

/// How an engine stands.
#[derive(Clone)]
pub struct Status {
    /// The rule sets, by name.
    pub rule_sets: Vec<RuleSetStatus>,
    /// When the rule files were last compared with what is scored by; `None`: never.
    pub looked: Option<SystemTime>,
    /// How often something was taken up, or tried to be.
    pub reloads: u64,
    /// Why the source of rule files as a whole could not be read the last time.
    pub trouble: Option<Arc<Error>>,
    /// How it learns of changes.
    pub watching: Watching,
    /// What lies among the rule files and is not read, since its name or its place is slightly off.
    pub unread: Vec<Unread>,
}

/// Why a rule set is not scored by.
#[derive(Clone)]
pub enum Unavailable {
    /// There is no rule set of the name that is written; what may have been meant.
    Unknown(String, Option<Text>),
    /// The folder of its index cannot be read, so that nobody knows whether there is one of the name.
    Unreadable(Text),
    /// Its files have never been in order.
    Failed(RuleSetStatus),
    /// Its files changed and are not in order, and the engine was told to refuse then.
    Stale(RuleSetStatus),
}

impl Unavailable {
    /// What is the matter.
    pub fn message(&self) -> Text {
        match self {
            Unavailable::Unknown(name, _) => text!(
                "perangkat aturan `{name}` tidak ada",
                "there is no rule set `{name}`"
            ),
            Unavailable::Unreadable(why) => why.clone(),
            Unavailable::Failed(status) => {
                let name = &status.name;
                let why = why(status);
                let (id, en) = (why.id, why.en);
                text!(
                    "perangkat aturan `{name}` belum pernah benar: {id}",
                    "the rule set `{name}` has never been in order: {en}"
                )
            }
            Unavailable::Stale(status) => {
                let name = &status.name;
                let why = why(status);
                let (id, en) = (why.id, why.en);
                text!(
                    "berkas `{name}` berubah dan tidak dapat dipakai, dan aturan lama tidak boleh dipakai: {id}",
                    "the files of `{name}` changed and cannot be used, and old rules are not to be used: {en}"
                )
            }
        }
    }

    /// How to mend it.
    pub fn help(&self) -> Option<&Text> {
        match self {
            Unavailable::Unknown(_, help) => help.as_ref(),
            _ => None,
        }
    }

    /// How the rule set stands, where there is one.
    pub fn status(&self) -> Option<&RuleSetStatus> {
        match self {
            Unavailable::Unknown(..) | Unavailable::Unreadable(..) => None,
            Unavailable::Failed(status) | Unavailable::Stale(status) => Some(status),
        }
    }
}

fn why(status: &RuleSetStatus) -> Text {
    let why = status.trouble.as_ref().map(Trouble::summary);
    why.unwrap_or_else(|| {
        text!(
            "pengujiannya sendiri masih berjalan",
            "its own tests still run"
        )
    })
}

impl std::fmt::Debug for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message().en)
    }
}

impl std::error::Error for Unavailable {}

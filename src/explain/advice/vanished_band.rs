//! A202: the name of a band that disappears from one year to the next.

use super::{Advice, Subject, note};
use crate::base::language::text;
use crate::base::{Code, Diagnostic};

/// Regions that bore the name lose it, and comparisons of years lose what they compare.
pub(super) struct VanishedBand;

impl Advice for VanishedBand {
    fn code(&self) -> Code {
        Code::A202
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let Some(previous) = subject.previous else {
            return;
        };
        let rules = subject.program.rules();
        let at = rules.bands.iter().find_map(|band| band.bound.origin);
        let Some(at) = at else { return };
        for band in &previous.bands {
            let kept = rules
                .bands
                .iter()
                .any(|own| own.id == band.id || own.title == band.title);
            if kept {
                continue;
            }
            let (name, before) = (&band.title, &previous.name);
            let (id, en) = (&name.id, &name.en);
            findings.push(
                note(
                    self.code(),
                    at,
                    text!(
                        "kategori \"{id}\" dari {before} tidak ada lagi",
                        "the band \"{en}\" of {before} is no longer there"
                    ),
                )
                .help(text!(
                    "kategori yang artinya sama tetap memakai id atau judulnya",
                    "a band that means the same keeps its id or its title"
                )),
            );
        }
    }
}

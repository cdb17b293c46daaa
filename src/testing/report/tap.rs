//! Results in the Test Anything Protocol, version 14.

use super::{Tested, Untested, failure_text, title};
use crate::base::Lang;

/// The results of several rule sets, numbered through, and what could not be run.
pub fn tests_tap(tested: &[Tested<'_>], untested: &[Untested], lang: Lang) -> String {
    let all: usize = tested.iter().map(|own| own.outcomes.len()).sum();
    let all = all + untested.len();
    let mut out = format!("TAP version 14\n1..{all}\n");
    let mut number = 0;
    for own in tested {
        let (name, status) = (&own.rules.name, own.rules.status.value.title());
        out.push_str(&format!("# {name}: {}\n", plain(status.get(lang))));
        for (case, outcome) in own.cases() {
            number += 1;
            let not = if outcome.passed() { "" } else { "not " };
            let title = title(case, lang).map_or(String::new(), |title| format!(": {title}"));
            out.push_str(&format!(
                "{not}ok {number} - {name} {}\n",
                plain(&format!("{}{title}", case.id))
            ));
            for failure in &outcome.failures {
                let place = own.suite.sources.place(failure.span);
                let said = failure_text(own.rules, failure);
                out.push_str(&format!("# {}: {}\n", place, plain(said.get(lang))));
            }
        }
    }
    for own in untested {
        number += 1;
        let what = lang.pick("berkas", "files");
        out.push_str(&format!("not ok {number} - {} {what}\n", own.name));
        for (place, message) in &own.faults {
            let at = place
                .as_ref()
                .map_or_else(String::new, |at| format!("{at}: "));
            out.push_str(&format!("# {at}{}\n", plain(message.get(lang))));
        }
    }
    out
}

/// A text that TAP takes for nothing else: one line, and no `#`, which begins a directive.
fn plain(text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    text.join(" ").replace('\\', "\\\\").replace('#', "\\#")
}

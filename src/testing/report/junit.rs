//! Results as JUnit XML, which CI services read.

use super::{Tested, Untested, failure_text, title};
use crate::base::Lang;

/// The results of several rule sets, a suite each, and what could not be run.
pub fn tests_junit(tested: &[Tested<'_>], untested: &[Untested], lang: Lang) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for own in tested {
        let rules = own.rules;
        let (passed, failed) = own.counts();
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n    <properties><property name=\"status\" value=\"{}\"/><property name=\"rules_digest\" value=\"{}\"/></properties>\n",
            rules.name,
            passed + failed,
            rules.status.value.name(),
            rules.rules_digest,
        ));
        for (case, outcome) in own.cases() {
            let name = match title(case, lang) {
                Some(title) => format!("{}: {title}", case.id),
                None => case.id.clone(),
            };
            let place = own.suite.sources.place(case.span);
            out.push_str(&format!(
                "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
                rules.name,
                escaped(&name),
                escaped(&place.path),
                place.line
            ));
            if outcome.passed() {
                out.push_str("/>\n");
                continue;
            }
            out.push_str(">\n");
            for failure in &outcome.failures {
                let place = own.suite.sources.place(failure.span);
                let said = failure_text(rules, failure);
                out.push_str(&format!(
                    "      <failure message=\"{}\">{}</failure>\n",
                    escaped(said.get(lang)),
                    escaped(&place.to_string())
                ));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    for own in untested {
        let count = own.faults.len();
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{count}\" errors=\"{count}\">\n",
            own.name
        ));
        for (place, message) in &own.faults {
            let at = place.as_ref().map_or_else(String::new, |place| {
                format!(" file=\"{}\" line=\"{}\"", escaped(&place.path), place.line)
            });
            out.push_str(&format!(
                "    <testcase classname=\"{}\" name=\"{}\"{at}>\n      <error message=\"{}\"/>\n    </testcase>\n",
                own.name,
                escaped(lang.pick("berkas", "files")),
                escaped(message.get(lang))
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// A text as XML may hold it: what XML 1.0 has no place for is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

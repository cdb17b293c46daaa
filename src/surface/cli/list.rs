//! `tanggap list`.

use clap::Command;

use super::{Call, Entry, FINE};
use crate::Registry;
use crate::base::Error;
use crate::base::Lang;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "list",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command.about(say(
        "Menampilkan perangkat aturan yang ada",
        "List the rule sets there are",
    ))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let lang = call.lang;
    for name in call.engine.rule_sets()? {
        let line = match call.engine.check(&name) {
            Ok(checked) => {
                let rules = checked.output;
                let status = rules.status.value.title();
                let short = status.get(lang).split(':').next().unwrap_or("").to_owned();
                format!(
                    "{:<16} {short:<14} {}",
                    name.to_string(),
                    rules.root().title.get(lang)
                )
            }
            Err(_) => {
                format!(
                    "{:<16} {:<14} tanggap check {name}",
                    name.to_string(),
                    lang.pick("salah", "wrong")
                )
            }
        };
        call.output.print(&line);
    }
    call.unread(&[]);
    Ok(FINE)
}

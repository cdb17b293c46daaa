//! `tanggap show`.

use clap::Command;

use super::args::{choice, flag, rule_set};
use super::{Call, Entry, FINE, WRONG};
use crate::Registry;
use crate::base::Error;
use crate::base::Lang;
use crate::report::{Record, render_plan, render_resolved, resolved_json};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "show",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    rule_set(command, lang)
        .about(say(
            "Menampilkan perangkat aturan lengkap dengan asal setiap nilai",
            "Show a resolved rule set with the origin of each value",
        ))
        .arg(
            choice("format", "text|json", &["text", "json"])
                .help(say("Bentuk keluaran", "Form of the output")),
        )
        .arg(flag("plan").conflicts_with("format").help(say(
            "Tampilkan cara setiap rumus dijalankan, dan sebabnya",
            "Show how each formula is run, and why",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let text = if call.matches.get_flag("plan") {
        render_plan(&program, call.lang)
    } else if call.text("format").as_deref() == Some("json") {
        let record = Record {
            call: call.written("json"),
            ..Record::of(program.rules())
        };
        format!("{:#}", resolved_json(program.rules(), &record))
    } else {
        render_resolved(program.rules(), call.lang)
    };
    call.output.print(text.trim_end());
    Ok(FINE)
}

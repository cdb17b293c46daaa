//! `tanggap columns`.

use clap::Command;

use super::args::{choice, column_arguments, option, rule_set};
use super::{Call, Entry, FINE, WRONG, data, output::write_new_file};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang};
use crate::report::{
    Record, columns_json, data_columns, render_columns, template_columns, write_csv_template,
};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "columns",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    column_arguments(rule_set(command, lang), lang)
        .about(say(
            "Kolom data yang dibaca perangkat aturan, atau templat kosong untuk diisi",
            "The columns of data that a rule set reads, or an empty template to fill in",
        ))
        .arg(option("template", "FILE").help(say(
            "Tulis templat kosong (.csv atau .xlsx) ke berkas baru ini",
            "Write an empty template (.csv or .xlsx) to this new file",
        )))
        .arg(
            choice("format", "text|json", &["text", "json"])
                .help(say("Bentuk keluaran", "Form of the output")),
        )
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let rules = program.rules();
    let request = data::request(call, rules);
    let columns = data_columns(rules, &request);
    if let Some(path) = call.text("template") {
        let lang = call.lang;
        let columns = template_columns(&columns);
        match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv") => {
                write_new_file(&path, |out| write_csv_template(&columns, lang, out))?;
            }
            #[cfg(feature = "xlsx")]
            Some("xlsx") => write_new_file(&path, |out| {
                crate::report::write_template(rules, &columns, request.sheet.as_deref(), lang, out)
            })?,
            _ => {
                return Err(Error::new(
                    ErrorKind::Call,
                    text!(
                        "akhiran berkas templat harus `.csv` atau `.xlsx`",
                        "the ending of the template must be `.csv` or `.xlsx`"
                    ),
                ));
            }
        }
        let count = columns.len();
        let said = text!(
            "templat kosong dengan {count} kolom ditulis ke {path}",
            "an empty template of {count} columns was written to {path}"
        );
        call.output.print(said.get(lang));
    } else if call.text("format").as_deref() == Some("json") {
        let record = Record {
            call: call.written("json"),
            ..Record::of(rules)
        };
        let json = columns_json(rules, &columns, &record);
        call.output.print(&format!("{json:#}"));
    } else {
        let text = render_columns(rules, &columns, call.lang);
        call.output.print(text.trim_end());
    }
    Ok(FINE)
}

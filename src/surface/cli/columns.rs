//! `tanggap columns`.

use super::{Call, FINE, WRONG, data, output::write_new_file};
use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::report::{
    Record, columns_json, data_columns, render_columns, template_columns, write_csv_template,
};

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
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

//! `tanggap show`.

use super::{Call, FINE, WRONG};
use crate::base::Error;
use crate::report::{Record, render_plan, render_resolved, resolved_json};

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
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

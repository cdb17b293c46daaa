//! `tanggap show`.

use super::{Call, FINE, WRONG};
use crate::base::Error;
use crate::report::{render_resolved, resolved_json};

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let text = if call.text("format").as_deref() == Some("json") {
        format!("{:#}", resolved_json(program.rules()))
    } else {
        render_resolved(program.rules(), call.lang)
    };
    call.output.print(text.trim_end());
    Ok(FINE)
}

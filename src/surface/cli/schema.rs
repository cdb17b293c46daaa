//! `tanggap schema`.

use super::{
    Call, FINE, WRONG,
    output::{make_folder, write_file},
};
use crate::base::Error;
use crate::base::language::text;
use crate::report::editor_files;

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let folder = call.rules_folder().join("schema");
    let check = call.flag("check");
    let mut code = FINE;
    if !check {
        make_folder(&folder)?;
    }
    for (name, text) in editor_files(&call.engine.registry().methods) {
        let path = folder.join(name).to_string_lossy().replace('\\', "/");
        #[allow(clippy::disallowed_methods)]
        let fresh = std::fs::read(&path).is_ok_and(|old| old == text.as_bytes());
        if fresh {
            continue;
        }
        let said = if check {
            code = WRONG;
            text!("basi: {path}", "stale: {path}")
        } else {
            write_file(&path, |out| out.write_all(text.as_bytes()))?;
            text!("ditulis: {path}", "written: {path}")
        };
        call.output.print(said.get(call.lang));
    }
    Ok(code)
}

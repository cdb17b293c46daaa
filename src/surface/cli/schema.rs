//! `tanggap schema`.

use clap::Command;

use super::args::flag;
use super::{
    Call, Entry, FINE, WRONG,
    output::{make_folder, write_file},
};
use crate::BuildError;
use crate::Registry;
use crate::base::Error;
use crate::base::Lang;
use crate::base::language::text;
use crate::report::{editor_files, editor_names};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "schema",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Menulis skema berkas aturan dan daftar fungsi untuk editor, di rules/schema",
            "Write schemas of rule files and the functions of formulas for editors, in rules/schema",
        ))
        .arg(flag("check").help(say("Hanya periksa; kode keluar 1 bila ada yang basi", "Only look; exit code 1 where one is stale")))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let folder = call.rules_folder().join("schema");
    let check = call.flag("check");
    let mut code = FINE;
    if !check {
        make_folder(&folder)?;
    }
    let mut files: Vec<(String, String)> = editor_files(&call.engine.registry().methods)
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect();
    for name in call.engine.rule_sets()? {
        match call.engine.check(&name) {
            Ok(checked) => files.push((
                format!("{}_{:04}.d.rhai", name.index, name.year),
                editor_names(&checked.output),
            )),
            // What is wrong with it, `tanggap check` says at length.
            Err(BuildError::Rules(_)) => {
                code = WRONG;
                let said = text!(
                    "dilewati, karena ada yang salah: {name} (`tanggap check {name}`)",
                    "left out, since something is wrong with it: {name} (`tanggap check {name}`)"
                );
                call.output.error(said.get(call.lang));
            }
            Err(BuildError::Host(error)) => return Err(error),
        }
    }
    for (name, text) in files {
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

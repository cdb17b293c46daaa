//! `tanggap fmt`.

use clap::{Arg, Command};

use super::args::flag;
use super::{Call, Entry, FINE, WRONG, format::format, output::write_file};
use crate::Registry;
use crate::base::Error;
use crate::base::Lang;
use crate::base::language::text;
use crate::bundle::{Loader, POPULATION, RuleFile, SEAL, TESTS};

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "fmt",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Merapikan berkas aturan TOML; komentar dan nilai tetap",
            "Lay out TOML rule files; comments and values stay",
        ))
        .arg(
            Arg::new("ruleset")
                .value_name("RULESET")
                .num_args(0..)
                .help(say(
                    "Indeks/tahun; tanpa ini semua dirapikan",
                    "Index/year; without it all are laid out",
                )),
        )
        .arg(flag("check").help(say(
            "Hanya periksa; kode keluar 1 bila ada yang akan diubah",
            "Only look; exit code 1 where something would change",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let loader = call.disk(super::rules_of(call.matches));
    let mut names = call.rule_sets()?;
    if names.is_empty() {
        names = loader.rule_sets()?;
    }
    let check = call.flag("check");
    let (mut changed, mut seen, mut code) = (0, 0, FINE);
    for name in names {
        // What is wrong with a name is said as every command says it.
        call.engine.bundle(&name)?;
        let tests = loader.tests(&name)?.unwrap_or_default().into_iter();
        let tests = tests.map(|file| RuleFile {
            name: format!("{TESTS}/{}", file.name),
            ..file
        });
        for file in loader.files(&name)?.into_iter().chain(tests) {
            let written = [SEAL, POPULATION].map(|stem| format!("{stem}.toml"));
            if !file.name.ends_with(".toml") || written.contains(&file.name) {
                continue;
            }
            seen += 1;
            let folder = call.folder_of(&name);
            let path = folder.join(&file.name).to_string_lossy().replace('\\', "/");
            let text = std::str::from_utf8(&file.bytes).ok();
            let Some(laid_out) = text.and_then(format) else {
                let said = text!(
                    "{path}: bukan TOML yang benar, tidak diubah; `tanggap check {name}` menunjukkan sebabnya",
                    "{path}: no proper TOML, left as it is; `tanggap check {name}` says why"
                );
                call.output.error(said.get(call.lang));
                code = WRONG;
                continue;
            };
            if laid_out.as_bytes() == file.bytes {
                continue;
            }
            changed += 1;
            if check {
                code = WRONG;
            } else {
                write_file(&path, |out| out.write_all(laid_out.as_bytes()))?;
            }
            call.output.print(&path);
        }
    }
    let said = if check {
        text!(
            "{changed} dari {seen} berkas akan diubah",
            "{changed} of {seen} files would change"
        )
    } else {
        text!(
            "{changed} dari {seen} berkas diubah",
            "{changed} of {seen} files changed"
        )
    };
    call.output.error(said.get(call.lang));
    Ok(code)
}

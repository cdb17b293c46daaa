//! `tanggap seal`.

use clap::Command;

use super::args::{flag, option, rule_set};
use super::{
    Call, Entry, FINE, WRONG,
    output::{write_file, write_new_file},
};
use crate::BuildError;
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang};
use crate::bundle::SEAL;
use crate::check::seal_text;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "seal",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    rule_set(command, lang)
        .about(say(
            "Menyegel perangkat aturan yang sudah terbit: sejak itu perubahan yang mengubah skor ditolak",
            "Seal a rule set that is published: from then on a change that alters scores is refused",
        ))
        .arg(option("reason", "TEXT").help(say("Alasannya, tercatat dalam segel", "Why, recorded in the seal")))
        .arg(flag("renew").help(say(
            "Ganti segel yang ada dengan keadaan sekarang; perlu --reason",
            "Replace the seal by what the rule set is now; needs --reason",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let bundle = call.engine.bundle(&name)?;
    let renew = call.flag("renew");
    let reason = call.text("reason").unwrap_or_default().trim().to_owned();
    if renew && reason.is_empty() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "segel hanya diganti dengan alasan",
                "a seal is replaced only for a reason"
            ),
        )
        .with_help(text!(
            "`--reason \"ralat bobot, keputusan …\"`",
            "`--reason \"weights corrected, decision …\"`"
        )));
    }
    if bundle.seal.is_some() && !renew {
        return sealed_already(call, &name);
    }
    let bundle = bundle.unsealed();
    let rules = match call.engine.check_bundle(bundle.clone()) {
        Ok(checked) => {
            call.diagnostics(&checked.warnings);
            checked.output
        }
        Err(BuildError::Rules(diagnostics)) => {
            call.diagnostics(&diagnostics);
            return Ok(WRONG);
        }
        Err(BuildError::Host(error)) => return Err(error),
    };
    let day = jiff::ZonedDateTime::now().date().to_string();
    let written = seal_text(&rules, &bundle, &day, &reason);
    let folder = call.folder_of(&name);
    let path = folder.join(format!("{SEAL}.toml"));
    let path = path.to_string_lossy().replace('\\', "/");
    if renew {
        write_file(&path, |out| out.write_all(written.as_bytes()))?;
    } else {
        write_new_file(&path, |out| out.write_all(written.as_bytes()))?;
    }
    let digest = rules.rules_digest.get(..12).unwrap_or("");
    let files = bundle.files.len();
    let said = text!(
        "`{name}` disegel: digest aturan {digest}, {files} berkas, dicatat di {path}",
        "`{name}` is sealed: rules digest {digest}, {files} files, recorded in {path}"
    );
    call.output.print(said.get(call.lang));
    Ok(FINE)
}

/// What is sealed is not sealed again; whether it still is what it was, is said.
fn sealed_already(call: &mut Call<'_>, name: &crate::base::RuleSetName) -> Result<u8, Error> {
    match call.engine.check(name) {
        Err(BuildError::Rules(diagnostics)) => {
            call.diagnostics(&diagnostics);
            Ok(WRONG)
        }
        Err(BuildError::Host(error)) => Err(error),
        Ok(checked) => {
            let day = checked
                .output
                .sealed
                .map(|sealed| sealed.day)
                .unwrap_or_default();
            Err(Error::new(
                ErrorKind::Call,
                text!(
                    "`{name}` sudah disegel pada {day}, dan tidak berubah sejak itu",
                    "`{name}` was sealed on {day}, and has not changed since"
                ),
            )
            .with_help(text!(
                "mulai tahun berikutnya dengan `tanggap new`",
                "start the next year by `tanggap new`"
            )))
        }
    }
}

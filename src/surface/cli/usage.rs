//! What is wrong with a call, in the reader's language.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::output::Output;
use super::{FINE, USAGE};
use crate::base::Lang;
use crate::base::Text;

/// Says what is wrong, or prints what was asked for (help, version), and gives the exit code.
pub(super) fn report(error: &clap::Error, lang: Lang, output: &mut Output) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        output.print(&help(error, lang));
        return FINE;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        output.error(&help(error, lang));
        return USAGE;
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let valid = context(ContextKind::ValidValue);
    let message = match error.kind() {
        ErrorKind::UnknownArgument => say(
            format!("pilihan `{argument}` tidak dikenal"),
            format!("unknown option `{argument}`"),
        ),
        ErrorKind::MissingRequiredArgument => say(
            format!("`{argument}` belum ditulis"),
            format!("`{argument}` is missing"),
        ),
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            say(
                format!("perintah `{name}` tidak dikenal"),
                format!("unknown command `{name}`"),
            )
        }
        ErrorKind::InvalidValue if value.is_empty() => say(
            format!("`{argument}` memerlukan nilai"),
            format!("`{argument}` needs a value"),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => say(
            format!("`{value}` tidak sah untuk `{argument}`"),
            format!("`{value}` is not valid for `{argument}`"),
        ),
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            if other.is_empty() || other == argument {
                say(
                    format!("`{argument}` ditulis lebih dari sekali"),
                    format!("`{argument}` is written more than once"),
                )
            } else {
                say(
                    format!("`{argument}` tidak dapat bersama `{other}`"),
                    format!("`{argument}` does not go with `{other}`"),
                )
            }
        }
        _ => say(
            "pemanggilan ini tidak dapat dipahami".to_owned(),
            error.kind().to_string(),
        ),
    };
    let mut text = format!("{}: {}", lang.pick("galat", "error"), message.get(lang));
    let suggested =
        context(ContextKind::SuggestedArg).or_else(|| context(ContextKind::SuggestedSubcommand));
    if let Some(suggested) = suggested {
        text.push_str(&format!(
            "\n  = {}: {} `{suggested}`?",
            lang.pick("saran", "help"),
            lang.pick("maksud Anda", "did you mean")
        ));
    } else if value.contains(',') && value.replace(',', ".").parse::<f64>().is_ok() {
        text.push_str(&format!(
            "\n  = {}: {} `{}`",
            lang.pick("saran", "help"),
            lang.pick("pakai titik:", "use a point:"),
            value.replace(',', ".")
        ));
    } else if let Some(valid) = valid {
        text.push_str(&format!(
            "\n  = {}: {valid}",
            lang.pick("yang sah", "valid")
        ));
    }
    text.push_str(&format!(
        "\n  = {}",
        lang.pick("bantuan: `tanggap --help`", "help: `tanggap --help`")
    ));
    output.error(&text);
    USAGE
}

/// A help text; clap has no place for the two words it puts into usage lines itself.
fn help(error: &clap::Error, lang: Lang) -> String {
    let text = error.to_string();
    let text = lang.pick(
        text.replace("[OPTIONS]", "[PILIHAN]")
            .replace("<COMMAND>", "<PERINTAH>"),
        text.clone(),
    );
    text.trim_end().to_owned()
}

fn say(id: String, en: String) -> Text {
    Text::new(id, en)
}

//! The command line: one file a subcommand.

mod args;
mod check;
mod data;
mod explain;
mod list;
mod output;
mod score;
mod show;
mod usage;

use std::ffi::OsString;

use crate::base::{Error, ErrorKind, Lang, RuleSetName};
use crate::bundle::DiskLoader;
use crate::report::render_diagnostics;
use crate::{BuildError, Engine, Program};
use output::Output;

/// Everything went well.
const FINE: u8 = 0;
/// The rules or the data are wrong.
const WRONG: u8 = 1;
/// The call is wrong.
const USAGE: u8 = 2;

/// Runs the command line and gives its exit code: 0 fine, 1 the rules or the data are wrong, 2 the call is.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let lang = args::language(&arguments);
    let mut output = Output::new();
    let matches = match args::command(lang).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage::report(&error, lang, &mut output),
    };
    let Some((name, matches)) = matches.subcommand() else {
        return USAGE;
    };
    let rules = matches
        .get_one::<String>("rules")
        .map_or("rules", String::as_str);
    let engine = Engine::builder().loader(DiskLoader::new(rules)).build();
    let mut call = Call {
        engine,
        lang,
        matches,
        output: &mut output,
    };
    let result = match name {
        "score" => score::run(&mut call),
        "explain" => explain::run(&mut call),
        "check" => check::run(&mut call),
        "show" => show::run(&mut call),
        _ => list::run(&mut call),
    };
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            output.error(&format!(
                "{}: {}",
                lang.pick("galat", "error"),
                error.render(lang)
            ));
            if matches!(error.kind(), ErrorKind::Data) {
                WRONG
            } else {
                USAGE
            }
        }
    };
    match output.finish() {
        Ok(()) => code,
        // Whoever reads us has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => code,
        Err(_) => USAGE,
    }
}

/// One call of a subcommand.
struct Call<'a> {
    engine: Engine,
    lang: Lang,
    matches: &'a clap::ArgMatches,
    output: &'a mut Output,
}

impl Call<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.matches.get_one::<String>(name).cloned()
    }

    fn flag(&self, name: &str) -> bool {
        self.matches.get_flag(name)
    }

    fn rule_set(&self) -> Result<RuleSetName, Error> {
        self.text("ruleset").unwrap_or_default().parse()
    }

    /// The compiled rule set; `None` when it is wrong, which has been said then.
    fn program(&mut self, name: &RuleSetName) -> Result<Option<Program>, Error> {
        match self.engine.program(name) {
            Ok(warned) => {
                self.diagnostics(&warned.warnings);
                Ok(Some(warned.output))
            }
            Err(BuildError::Rules(diagnostics)) => {
                self.diagnostics(&diagnostics);
                Ok(None)
            }
            Err(BuildError::Host(error)) => Err(error),
        }
    }

    fn diagnostics(&mut self, diagnostics: &crate::base::Diagnostics) {
        if !diagnostics.list.is_empty() {
            let text = render_diagnostics(diagnostics, self.lang, self.output.color());
            self.output.error(text.trim_end());
        }
    }
}

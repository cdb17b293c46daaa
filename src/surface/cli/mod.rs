//! The command line: one file a subcommand.

mod args;
mod aside;
mod check;
mod columns;
mod data;
mod diff;
mod explain;
mod explain_code;
mod fmt;
mod format;
mod freeze;
mod limits;
mod list;
mod new;
mod output;
mod progress;
mod reconcile;
mod repeats;
mod revision;
mod schema;
mod score;
mod seal;
#[cfg(feature = "serve")]
mod serve;
mod show;
mod stream;
mod test;
mod usage;
mod verify;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;

use crate::base::{Code, Error, ErrorKind, Lang, RuleSetName};
use crate::bundle::DiskLoader;
use crate::report::render_diagnostics;
use crate::{BuildError, Engine, EngineBuilder, Program, Registry};
use output::Output;

/// Everything went well.
const FINE: u8 = 0;
/// The rules or the data are wrong.
const WRONG: u8 = 1;
/// The call is wrong.
const USAGE: u8 = 2;

/// How long a rule set must be gone before a service does without it.
const GONE: Duration = Duration::from_secs(2);

/// Runs the command line and gives its exit code: 0 fine, 1 the rules or the data are wrong, 2 the call is.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    run_with(arguments, &|builder| builder)
}

/// Runs the command line with plug-ins of one's own, which `plugins` adds to the engine.
///
/// ```
/// # use tanggap::{Plugin, Registry};
/// # struct Ours;
/// # impl Plugin for Ours { fn register(&self, _: &mut Registry) {} }
/// use tanggap::surface::cli::run_with;
/// let arguments = ["tanggap", "list"].map(Into::into);
/// assert_eq!(run_with(arguments, &|builder| builder.plugin(Ours)), 0);
/// ```
pub fn run_with(arguments: impl IntoIterator<Item = OsString>, plugins: &Plugins) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let lang = args::language(&arguments);
    let mut output = Output::new();
    let command = args::command(lang, plugins(Engine::builder()).build().registry());
    let matches = match command.clone().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage::report(&error, lang, &mut output),
    };
    let Some((name, matches)) = matches.subcommand() else {
        return USAGE;
    };
    let result = dispatch(&mut Call {
        engine: plugins(Engine::builder().loader(loader(name, matches)))
            .refuse_stale(refuse_stale(name, matches))
            .removal_patience(GONE)
            .build(),
        plugins,
        command,
        lang,
        name,
        matches,
        output: &mut output,
    });
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            let too_large = error.kind() == ErrorKind::TooLarge && error.help().is_none();
            let error = error.with_help_if(too_large.then(limits::help));
            output.error(&format!(
                "{}: {}",
                lang.pick("galat", "error"),
                error.render(lang)
            ));
            if matches!(error.kind(), ErrorKind::Data | ErrorKind::TooLarge) {
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
        Err(error) => {
            let said = lang.pick(
                "galat: hasil tidak dapat ditulis",
                "error: the results cannot be written",
            );
            let _ = writeln!(std::io::stderr(), "{said} ({error})");
            USAGE
        }
    }
}

/// Whether a service refuses to score by rules whose files changed and cannot be used.
fn refuse_stale(name: &str, matches: &clap::ArgMatches) -> bool {
    name == "serve" && matches.get_flag("refuse-stale")
}

/// The rule files of a call. Whoever asks a service does not learn where they are.
fn loader(name: &str, matches: &clap::ArgMatches) -> DiskLoader {
    let loader = disk(matches, rules_of(matches));
    if name == "serve" {
        return loader.relative();
    }
    loader
}

/// Rule files in a folder, as a call reads them.
fn disk(matches: &clap::ArgMatches, folder: &str) -> DiskLoader {
    DiskLoader::new(folder).follow_links(matches.get_flag("follow-links"))
}

fn rules_of(matches: &clap::ArgMatches) -> &str {
    let rules = matches.get_one::<String>("rules");
    rules.map_or("rules", String::as_str)
}

/// A command: its name, its arguments, and what runs it. Each has a file.
struct Entry {
    name: &'static str,
    arguments: fn(clap::Command, Lang, &Registry) -> clap::Command,
    run: fn(&mut Call<'_>) -> Result<u8, Error>,
}

/// The commands, in the order of the help. One that is not listed here is dead code, which does not pass the lints.
const COMMANDS: &[Entry] = &[
    score::ENTRY,
    explain::ENTRY,
    check::ENTRY,
    test::ENTRY,
    watch::ENTRY,
    #[cfg(feature = "serve")]
    serve::ENTRY,
    fmt::ENTRY,
    schema::ENTRY,
    explain_code::ENTRY,
    show::ENTRY,
    progress::ENTRY,
    diff::ENTRY,
    new::ENTRY,
    seal::ENTRY,
    reconcile::ENTRY,
    freeze::ENTRY,
    columns::ENTRY,
    verify::ENTRY,
    list::ENTRY,
];

fn dispatch(call: &mut Call<'_>) -> Result<u8, Error> {
    match COMMANDS.iter().find(|entry| entry.name == call.name) {
        Some(entry) => (entry.run)(call),
        None => Ok(USAGE),
    }
}

/// Adds plug-ins to an engine.
pub type Plugins = dyn Fn(EngineBuilder) -> EngineBuilder;

/// One call of a subcommand.
struct Call<'a> {
    engine: Engine,
    plugins: &'a Plugins,
    /// Everything that can be called.
    command: clap::Command,
    lang: Lang,
    name: &'a str,
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

    /// The rule sets that are named; none where all are meant.
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        let named = self.matches.get_many::<String>("ruleset");
        let named = named.into_iter().flatten();
        named.map(|name| name.parse()).collect()
    }

    /// The folder of rules.
    fn rules_folder(&self) -> PathBuf {
        PathBuf::from(rules_of(self.matches))
    }

    /// Rule files in a folder.
    fn disk(&self, folder: &str) -> DiskLoader {
        disk(self.matches, folder)
    }

    /// The folder of a rule set.
    fn folder_of(&self, name: &RuleSetName) -> PathBuf {
        let index = self.rules_folder().join(&name.index);
        index.join(format!("{:04}", name.year))
    }

    /// Writes what is printed, without keeping all of it.
    fn printed(
        &mut self,
        write: impl FnOnce(&Self, &mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut output = std::mem::replace(self.output, Output::kept());
        let written = write(self, output.writer());
        *self.output = output;
        written
    }

    /// The call as it can be repeated: the command, its arguments in the order of its help, the language. What
    /// only says where rules and results are is left out; `format` is the form that was chosen.
    fn written(&self, format: &str) -> Vec<String> {
        let mut written = vec![self.name.to_owned()];
        let arguments = self.command.find_subcommand(self.name).into_iter();
        for argument in arguments.flat_map(clap::Command::get_arguments) {
            let id = argument.get_id().as_str();
            let given = self.matches.value_source(id) == Some(ValueSource::CommandLine);
            if !given || matches!(id, "format" | "lang" | "output" | "rules" | "template") {
                continue;
            }
            if !argument.get_action().takes_values() {
                written.push(format!("--{id}"));
                continue;
            }
            for value in self.matches.get_raw(id).into_iter().flatten() {
                let value = value.to_string_lossy();
                // With `=` a value may begin with a sign.
                written.push(if argument.is_positional() {
                    value.into_owned()
                } else {
                    format!("--{id}={value}")
                });
            }
        }
        let lang = self.lang.pick("id", "en");
        written.extend([format!("--format={format}"), format!("--lang={lang}")]);
        written
    }

    /// The compiled rule set; `None` when it is wrong, which has been said then.
    fn program(&mut self, name: &RuleSetName) -> Result<Option<Program>, Error> {
        let settings = self.settings();
        let built = if settings.is_empty() {
            self.engine.program(name)
        } else {
            let bundle = self.engine.bundle(name)?.amended(&settings)?;
            let checked = self.engine.check_bundle(bundle);
            checked.and_then(|checked| self.engine.compiled(checked))
        };
        self.built(built)
    }

    /// What is tried out without saving it.
    fn settings(&self) -> Vec<String> {
        let given = self.matches.try_get_many::<String>("set").ok().flatten();
        given.into_iter().flatten().cloned().collect()
    }

    /// The program, or what is wrong with its rules, said.
    fn built(
        &mut self,
        built: Result<crate::base::Warned<Program>, BuildError>,
    ) -> Result<Option<Program>, Error> {
        match built {
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

    /// Says what lies among the rule files and is not read, of some rule sets, or of all there are; whether tests are among it.
    fn unread(&mut self, names: &[RuleSetName]) -> bool {
        let lang = self.lang;
        let mut tests = false;
        for own in self.engine.unread() {
            let about = |name: &RuleSetName| {
                own.rule_set.as_ref() == Some(name) || own.index.as_ref() == Some(&name.index)
            };
            if !names.is_empty() && !names.iter().any(about) {
                continue;
            }
            tests |= own.tests;
            let (word, help) = (
                lang.pick("peringatan", "warning"),
                lang.pick("saran", "help"),
            );
            let (message, mend) = (own.message(), &own.help);
            let said = format!(
                "{word}[{}]: {}\n  = {help}: {}",
                Code::W003,
                message.get(lang),
                mend.get(lang)
            );
            self.output.error(&said);
        }
        tests
    }

    fn diagnostics(&mut self, diagnostics: &crate::base::Diagnostics) {
        if !diagnostics.list.is_empty() {
            let text = render_diagnostics(diagnostics, self.lang, self.output.color());
            self.output.error(text.trim_end());
        }
    }
}

//! What can be called, in the reader's language.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::COMMANDS;
use crate::Registry;
use crate::base::Lang;

/// The language of a call: `--lang`, else the locale. It is needed before the call is understood, since
/// the help is written in it.
pub(super) fn language(arguments: &[OsString]) -> Lang {
    let texts: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .collect();
    let named = texts
        .iter()
        .enumerate()
        .find_map(|(at, text)| match text.strip_prefix("--lang") {
            Some("") => texts.get(at + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        });
    match named {
        Some("id") => Lang::Id,
        Some("en") => Lang::En,
        _ => Lang::from_locale(&sys_locale::get_locale().unwrap_or_default()),
    }
}

/// The whole command.
pub(super) fn command(lang: Lang, registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    let command = Command::new("tanggap")
        .version(env!("CARGO_PKG_VERSION"))
        .about(say(
            "Mesin aturan untuk indeks komposit: berkas aturan masuk, skor yang dapat dipertanggungjawabkan keluar",
            "A rules engine for composite indices: rule files in, scores that can be defended out",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommands(
            COMMANDS
                .iter()
                .map(|entry| (entry.arguments)(Command::new(entry.name), lang, registry)),
        );
    localise(command, lang)
}

pub(super) fn option(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

pub(super) fn year(name: &'static str) -> Arg {
    option(name, "YEAR").value_parser(clap::value_parser!(u16))
}

pub(super) fn data_year(lang: Lang) -> Arg {
    year("year").help(lang.pick(
        "Tahun data yang diberi skor, bila ada beberapa",
        "Year of the data to score, where there are several",
    ))
}

pub(super) fn weighted_by(lang: Lang) -> Arg {
    option("weighted-by", "COLUMN").help(lang.pick(
        "Kolom bobot wilayah untuk rata-rata, misalnya penduduk",
        "Column that weighs regions in means, such as population",
    ))
}

/// Values that are tried out and not saved.
pub(super) fn set(lang: Lang) -> Arg {
    option("set", "KEY=VALUE").action(ArgAction::Append).help(lang.pick(
        "Coba nilai tanpa menyimpannya, misalnya hukum.weight=15 atau parameters.penalti=0.8; boleh berulang",
        "Try a value without saving it, such as hukum.weight=15 or parameters.penalti=0.8; may be repeated",
    ))
}

/// Looking again and again, where the system does not tell of changes.
pub(super) fn poll(lang: Lang) -> Arg {
    let seconds = |written: &str| match written.parse::<f64>() {
        Ok(seconds) if (0.01..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("0.01 … 3600"),
    };
    option("poll", "SECONDS")
        .value_parser(seconds)
        .help(lang.pick(
            "Lihat isi berkas tiap sekian detik, untuk drive yang tidak memberitahukan perubahan",
            "Look at the contents every so many seconds, for drives that do not tell of changes",
        ))
}

pub(super) fn public(lang: Lang) -> Arg {
    flag("public").help(lang.pick(
        "Untuk umum: tanpa yang ditandai internal dalam perangkat aturan",
        "For the public: without what the rule set marks as internal",
    ))
}

pub(super) fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// The form of the scores: any reporter there is.
pub(super) fn form(lang: Lang, registry: &Registry) -> Arg {
    let names: Vec<&'static str> = registry
        .reporters
        .iter()
        .map(|reporter| reporter.name())
        .collect();
    let list = names.join(", ");
    let help = crate::base::Text::new(
        format!("Bentuk keluaran: {list}; bawaan: dari akhiran --output, selain itu tabel"),
        format!("Form of the output: {list}; default: from the ending of --output, else a table"),
    );
    option("format", "FORM")
        .hide_possible_values(true)
        .value_parser(clap::builder::PossibleValuesParser::new(names))
        .help(help.get(lang).to_owned())
}

/// An option with a fixed choice, which its value name states, since clap would say it in English.
pub(super) fn choice(
    name: &'static str,
    shown: &'static str,
    values: &'static [&'static str],
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(shown)
        .hide_possible_values(true)
        .value_parser(clap::builder::PossibleValuesParser::new(values))
}

/// What every subcommand takes.
fn common(command: Command, lang: Lang, heading: &'static str) -> Command {
    command
        .arg(
            option("rules", lang.pick("FOLDER", "DIR"))
                .global(true)
                .help_heading(heading)
                .help(lang.pick(
                    "Folder berkas aturan; bawaan: rules",
                    "Folder of rule files; default: rules",
                )),
        )
        .arg(
            flag("follow-links")
                .global(true)
                .help_heading(heading)
                .help(lang.pick(
                    "Ikuti tautan berkas aturan ke luar foldernya",
                    "Follow links of rule files out of their folder",
                )),
        )
        .arg(
            choice("lang", "id|en", &["id", "en"])
                .global(true)
                .help_heading(heading)
                .help(lang.pick(
                    "Bahasa; bawaan: dari sistem",
                    "Language; default: that of the system",
                )),
        )
}

/// A rule set, which a command is about.
pub(super) fn rule_set(command: Command, lang: Lang) -> Command {
    command.arg(
        Arg::new("ruleset")
            .value_name("RULESET")
            .required(true)
            .help(lang.pick(
                "Indeks/tahun, misalnya ikotan/2021",
                "Index/year, such as ikotan/2021",
            )),
    )
}

pub(super) fn data_arguments(command: Command, lang: Lang) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    let command = command
        .arg(option("data", "FILE").required(true).help(say(
            "Berkas data (CSV, JSON atau XLSX); - untuk masukan standar",
            "Data file (CSV, JSON or XLSX); - for standard input",
        )))
        .arg(option("sheet", "SHEET").help(say(
            "Lembar kerja yang dibaca; bawaan: satu-satunya yang terlihat",
            "Sheet to read; default: the only visible one",
        )));
    column_arguments(command, lang)
        .arg(
            option("indicator-column", "COLUMN")
                .requires("value-column")
                .help(say(
                    "Kolom nama indikator, bila tiap baris berisi satu nilai",
                    "Column of the indicators' names, in data of one row per value",
                )),
        )
        .arg(
            option("value-column", "COLUMN")
                .requires("indicator-column")
                .help(say(
                    "Kolom nilai, bila tiap baris berisi satu nilai",
                    "Column of the values, in data of one row per value",
                )),
        )
        .arg(most("max-rows", "COUNT").help(say(
            "Baris data paling banyak; bawaan: tanpa batas",
            "The most rows of data; default: any number",
        )))
        .arg(most("max-columns", "COUNT").help(say(
            "Kolom data paling banyak; bawaan: 16384",
            "The most columns of data; default: 16384",
        )))
        .arg(most("max-characters", "COUNT").help(say(
            "Huruf paling banyak dalam satu sel; bawaan: 32767",
            "The most characters of a cell; default: 32767",
        )))
        .arg(most("max-memory", "COUNT").help(say(
            "Memori paling banyak untuk data, MB; bawaan: menurut mesin",
            "The most memory for data, in MB; default: as the machine has",
        )))
}

/// Makes CSV safe for spreadsheets.
pub(super) fn safe_csv(lang: Lang) -> Arg {
    flag("safe-csv").help(lang.pick(
        "CSV aman bagi lembar kerja: teks berawalan = + - @ diberi tanda petik",
        "CSV safe in spreadsheets: an apostrophe before texts like =1+1",
    ))
}

/// The columns of data that are no raw values.
pub(super) fn column_arguments(command: Command, lang: Lang) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .arg(option("key", "COLUMN").help(say(
            "Kolom kode wilayah; bawaan: dari aturan, selain itu kolom pertama",
            "Column of region codes; default: as the rules say, else the first column",
        )))
        .arg(
            option("year-column", "COLUMN")
                .help(say("Kolom tahun data", "Column of the data's years")),
        )
        .arg(option("group", "COLUMN").help(say(
            "Kolom kelompok wilayah, misalnya provinsi",
            "Column of groups of regions, such as the province",
        )))
}

/// An option for a number of one or more.
pub(super) fn most(name: &'static str, value: &'static str) -> Arg {
    option(name, value).value_parser(clap::value_parser!(u32).range(1..))
}

/// A percentage from 0 to 100.
pub(super) fn percent(written: &str) -> Result<f64, String> {
    let value: f64 = written.parse().map_err(|_| written.to_owned())?;
    let fits = (0.0..=100.0).contains(&value);
    fits.then_some(value).ok_or_else(|| written.to_owned())
}

/// An argument whose value is named in the reader's language.
fn translated(argument: Arg, lang: Lang) -> Arg {
    const NAMES: [(&str, &str); 19] = [
        ("NODE=COLUMN", "BAGIAN=KOLOM"),
        ("NAME", "NAMA"),
        ("PERCENT", "PERSEN"),
        ("TEXT", "TEKS"),
        ("BEFORE", "SEBELUM"),
        ("AFTER", "SESUDAH"),
        ("KEY=VALUE", "KUNCI=NILAI"),
        ("FILE", "BERKAS"),
        ("COLUMN", "KOLOM"),
        ("RULESET", "PERANGKAT"),
        ("YEAR", "TAHUN"),
        ("NUMBER", "ANGKA"),
        ("COUNT", "BANYAK"),
        ("INDEX", "INDEKS"),
        ("SHEET", "LEMBAR"),
        ("CODE", "KODE"),
        ("FORM", "BENTUK"),
        ("LOW..HIGH", "BAWAH..ATAS"),
        ("REGION", "WILAYAH"),
    ];
    let named = argument.get_value_names().and_then(<[_]>::first);
    let named = named.map(ToString::to_string);
    let own = NAMES.iter().find(|(en, _)| named.as_deref() == Some(*en));
    match (lang, own) {
        (Lang::Id, Some((_, id))) => argument.value_name(*id),
        _ => argument,
    }
}

/// Headings and the built-in flags in the reader's language.
fn localise(command: Command, lang: Lang) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(lang.pick("Tampilkan bantuan ini", "Print this help"));
    let template = lang.pick(
        "{about}\n\nPemakaian: {usage}\n\n{all-args}",
        "{about}\n\nUsage: {usage}\n\n{all-args}",
    );
    let options = lang.pick("Pilihan", "Options");
    let arguments = lang.pick("Argumen", "Arguments");
    let inner_help = help.clone();
    common(command, lang, options)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(help.help_heading(options))
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help(lang.pick("Tampilkan versi", "Print the version"))
                .help_heading(options),
        )
        .subcommand_help_heading(lang.pick("Perintah", "Commands"))
        .help_template(template)
        .mut_subcommands(move |subcommand| {
            subcommand
                .disable_help_flag(true)
                .help_template(template)
                .arg(inner_help.clone())
                .mut_args(|argument| {
                    let argument = translated(argument, lang);
                    let heading = if argument.is_positional() {
                        arguments
                    } else {
                        options
                    };
                    argument.help_heading(heading)
                })
        })
}

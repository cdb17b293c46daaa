//! What can be called, in the reader's language.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

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
        .subcommand(
            data_arguments(base("score", lang), lang)
                .arg(safe_csv(lang))
                .arg(data_year(lang))
                .arg(public(lang))
                .arg(set(lang))
                .about(say("Memberi skor semua wilayah dalam data", "Score all regions of a data file"))
                .arg(form(lang, registry))
                .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
                .arg(flag("detail").help(say("Tampilkan juga setiap indikator dalam tabel", "Show each indicator in the table, too")))
                .arg(flag("exact").help(say(
                    "Nilai tanpa pembulatan; kategori dan peringkat tetap",
                    "Values without rounding; bands and ranks stay the same",
                )))
                .arg(flag("stream").conflicts_with_all(["public", "sheet", "indicator-column"]).help(say(
                    "Beri skor sambil membaca, untuk data yang lebih besar dari memori; tanpa peringkat",
                    "Score while reading, for data larger than memory; without ranks",
                )))
                .arg(weighted_by(lang)),
        )
        .subcommand(
            data_arguments(base("explain", lang), lang)
                .arg(data_year(lang))
                .arg(public(lang))
                .arg(set(lang))
                .about(say("Menjelaskan skor satu wilayah", "Explain the score of one region"))
                .arg(option("region", "CODE").required(true).help(say("Kode wilayah", "Region code")))
                .arg(choice("format", "text|json", &["text", "json"]).help(say("Bentuk keluaran", "Form of the output"))),
        )
        .subcommand(
            Command::new("check")
                .about(say("Memeriksa perangkat aturan dan melaporkan semua yang salah", "Check rule sets and report all that is wrong"))
                .arg(Arg::new("ruleset").value_name("RULESET").num_args(0..).help(say(
                    "Indeks/tahun; tanpa ini semua diperiksa",
                    "Index/year; without it all are checked",
                )))
                .arg(option("data", "FILE").requires("ruleset").help(say(
                    "Data untuk saran tambahan: nilai acuan yang dilampaui, indikator yang berlawanan atau kembar",
                    "Data for more advice: goalposts exceeded, indicators that contradict or copy another",
                ))),
        )
        .subcommand(
            Command::new("test")
                .about(say(
                    "Menjalankan uji perangkat aturan: tests/*.toml di samping aturannya",
                    "Run the tests of rule sets: tests/*.toml beside the rules",
                ))
                .arg(Arg::new("ruleset").value_name("RULESET").num_args(0..).help(say(
                    "Indeks/tahun; tanpa ini semua yang punya uji",
                    "Index/year; without it all that have tests",
                )))
                .arg(option("filter", "TEXT").help(say("Hanya kasus yang id atau judulnya memuat ini", "Only cases whose id or title holds this")))
                .arg(choice("format", "text|json|junit|tap|lcov", &["text", "json", "junit", "tap", "lcov"]).help(say("Bentuk keluaran", "Form of the output")))
                .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
                .arg(option("data", "FILE").requires("ruleset").conflicts_with_all(["filter", "coverage", "watch"]).help(say(
                    "Bandingkan skor data ini dengan snapshot yang diterima, di tests/snapshots",
                    "Compare the scores of this data with the accepted snapshot, in tests/snapshots",
                )))
                .arg(data_year(lang).requires("data"))
                .arg(flag("review").requires("data").conflicts_with_all(["mutants", "format", "output"]).help(say(
                    "Tinjau yang berubah dari snapshot: wilayah, kategori, sebab; lalu terima atau tolak",
                    "Review what moved since the snapshot: regions, bands, causes; then accept or reject",
                )))
                .arg(option("accept", "all|1,2").requires("review").help(say(
                    "Terima tanpa ditanya: semua, atau sebab dengan nomor ini",
                    "Accept without being asked: all, or the causes of these numbers",
                )))
                .arg(flag("reject").requires("review").conflicts_with("accept").help(say(
                    "Tolak tanpa ditanya: snapshot lama tetap berlaku",
                    "Reject without being asked: the old snapshot holds",
                )))
                .arg(option("reason", "TEXT").requires("review").help(say("Alasan penerimaan, tercatat di samping snapshot", "Why it is accepted, recorded beside the snapshot")))
                .arg(option("who", "NAME").requires("review").help(say("Siapa yang menerima; bawaan: nama di git", "Who accepts it; default: the name in git")))
                .arg(flag("coverage").help(say(
                    "Tunjukkan cabang, aturan dan kategori yang tidak dicapai kasus mana pun",
                    "Show the branches, policies and bands that no case reaches",
                )))
                .arg(option("coverage-at-least", "PERCENT").value_parser(percent).help(say(
                    "Kode keluar 1 bila yang tercapai kurang dari ini",
                    "Exit code 1 where less than this is reached",
                )))
                .arg(flag("mutants").conflicts_with("coverage").help(say(
                    "Coba perubahan kecil yang salah: mana yang tidak ketahuan uji?",
                    "Try small wrong edits: which would the tests not notice?",
                )))
                .arg(flag("suggest").requires("ruleset").conflicts_with_all(["coverage", "mutants", "watch", "filter", "format", "data"]).help(say(
                    "Usulkan kasus di tepi-tepi aturan, siap disimpan",
                    "Propose cases at the edges of the rules, ready to be saved",
                )))
                .arg(flag("watch").conflicts_with_all(["format", "output", "coverage", "coverage-at-least", "mutants"]).help(say(
                    "Ulangi setiap kali berkas disimpan, dan tunjukkan yang berubah saja",
                    "Run again at each save, and show only what changed",
                ))),
        )
        .subcommand(
            data_arguments(base("watch", lang), lang)
                .mut_arg("data", |data| data.required(false))
                .arg(data_year(lang))
                .arg(option("against", "WHAT").help(say(
                    "Pembanding: revisi (ikotan/2022@main), perangkat aturan lain, atau start; bawaan: commit terakhir",
                    "What to compare with: a revision (ikotan/2022@main), another rule set, or start; default: the last commit",
                )))
                .arg(poll(lang))
                .about(say(
                    "Menunjukkan setiap kali berkas disimpan apa yang salah, atau apa akibat perubahannya",
                    "Show at each save what is wrong, or what the change does",
                )),
        )
        .subcommands(serve(lang))
        .subcommand(
            Command::new("fmt")
                .about(say(
                    "Merapikan berkas aturan TOML; komentar dan nilai tetap",
                    "Lay out TOML rule files; comments and values stay",
                ))
                .arg(Arg::new("ruleset").value_name("RULESET").num_args(0..).help(say(
                    "Indeks/tahun; tanpa ini semua dirapikan",
                    "Index/year; without it all are laid out",
                )))
                .arg(flag("check").help(say("Hanya periksa; kode keluar 1 bila ada yang akan diubah", "Only look; exit code 1 where something would change"))),
        )
        .subcommand(
            Command::new("schema")
                .about(say(
                    "Menulis skema berkas aturan dan daftar fungsi untuk editor, di rules/schema",
                    "Write schemas of rule files and the functions of formulas for editors, in rules/schema",
                ))
                .arg(flag("check").help(say("Hanya periksa; kode keluar 1 bila ada yang basi", "Only look; exit code 1 where one is stale"))),
        )
        .subcommand(
            Command::new("explain-code")
                .about(say("Menjelaskan satu kode, seperti W109", "Explain a code, such as W109"))
                .arg(Arg::new("code").value_name("CODE").help(say("Kodenya; tanpa ini semua didaftar", "The code; without it all are listed"))),
        )
        .subcommand(
            base("show", lang)
                .about(say("Menampilkan perangkat aturan lengkap dengan asal setiap nilai", "Show a resolved rule set with the origin of each value"))
                .arg(choice("format", "text|json", &["text", "json"]).help(say("Bentuk keluaran", "Form of the output")))
                .arg(flag("plan").conflicts_with("format").help(say(
                    "Tampilkan cara setiap rumus dijalankan, dan sebabnya",
                    "Show how each formula is run, and why",
                ))),
        )
        .subcommand(
            data_arguments(
                Command::new("progress").arg(Arg::new("index").value_name("INDEX").required(true).help(say(
                    "Indeksnya, misalnya ikotan: tiap tahun data memakai aturan terbaru yang tidak sesudahnya",
                    "The index, such as ikotan: each data year uses the newest rules not after it",
                ))),
                lang,
            )
            .about(say(
                "Perkembangan wilayah dari tahun ke tahun, tiap tahun menurut aturannya sendiri",
                "The progress of regions from year to year, each year by its own rules",
            ))
            .arg(safe_csv(lang))
            .arg(public(lang))
            .arg(weighted_by(lang))
            .arg(year("from").help(say("Tahun data pertama", "First year of the data")))
            .arg(year("to").help(say("Tahun data terakhir", "Last year of the data")))
            .arg(option("common-scale", "LOW..HIGH").help(say(
                "Petakan lurus semua tahun ke skala ini, misalnya 0..100, agar dapat dikurangkan",
                "Map all years linearly to this scale, such as 0..100, so that they can be subtracted",
            )))
            .arg(
                option("movers", "COUNT")
                    .value_parser(clap::value_parser!(usize))
                    .help(say("Berapa wilayah yang naik dan turun terbanyak; bawaan: 5", "How many of the most improved and worsened; default: 5")),
            )
            .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
            .arg(choice("format", "table|csv|json", &["table", "csv", "json"]).help(say("Bentuk keluaran", "Form of the output")))
            .arg(flag("detail").help(say("Tampilkan juga perubahan tiap variabel", "Show the change of each variable, too")))
            .arg(flag("exact").help(say("Nilai tanpa pembulatan", "Values without rounding"))),
        )
        .subcommand(
            data_arguments(
                Command::new("diff")
                    .arg(Arg::new("before").value_name("BEFORE").required(true).help(say(
                        "Perangkat aturan sebelum: ikotan/2021, revisi git ikotan/2021@HEAD~1, atau folder lain jalur/rules/ikotan/2021",
                        "The rule set before: ikotan/2021, a git revision ikotan/2021@HEAD~1, or another folder path/rules/ikotan/2021",
                    )))
                    .arg(Arg::new("after").value_name("AFTER").help(say(
                        "Perangkat aturan sesudah; bawaan: yang sama seperti sekarang di folder aturan, dengan --set",
                        "The rule set after; default: the same as it now is in the folder of rules, with --set",
                    ))),
                lang,
            )
            .mut_arg("data", |data| data.required(false))
            .about(say(
                "Apa yang berbeda antara dua perangkat aturan, akibatnya bagi tiap wilayah, dan sebabnya",
                "What differs between two rule sets, what that does to each region, and why",
            ))
            .arg(safe_csv(lang))
            .arg(option("data-after", "FILE").requires("data").help(say(
                "Data sesudah, bila berbeda: bagian data dan bagian aturan dipisahkan",
                "Data after, where it is another: the parts of data and of rules are told apart",
            )))
            .arg(weighted_by(lang))
            .arg(data_year(lang))
            .arg(year("year-after").help(say("Tahun data sesudah, bila berbeda", "Year of the data after, where it is another")))
            .arg(set(lang))
            .arg(option("common-scale", "LOW..HIGH").help(say(
                "Petakan lurus kedua sisi ke skala ini, misalnya 0..100, bila skalanya berbeda",
                "Map both sides linearly to this scale, such as 0..100, where their scales differ",
            )))
            .arg(flag("no-causes").help(say("Tanpa membagi perubahan menurut sebab", "Without dividing changes among causes")))
            .arg(
                option("movers", "COUNT")
                    .value_parser(clap::value_parser!(usize))
                    .help(say("Berapa wilayah yang naik dan turun terbanyak; bawaan: 5", "How many of the most improved and worsened; default: 5")),
            )
            .arg(choice("fail-on", "rule-change|score-change|band-change", &["rule-change", "score-change", "band-change"]).help(say(
                "Kode keluar 1 bila ada perubahan seperti ini, untuk CI",
                "Exit code 1 where there is such a change, for CI",
            )))
            .arg(option("output", "FILE").help(say("Tulis ke berkas ini", "Write to this file")))
            .arg(choice("format", "table|csv|json|html", &["table", "csv", "json", "html"]).help(say("Bentuk keluaran", "Form of the output"))),
        )
        .subcommand(
            base("new", lang)
                .about(say(
                    "Memulai tahun program baru, atau indeks baru; tidak menimpa apa pun",
                    "Start a new program year, or a new index; overwrites nothing",
                ))
                .arg(option("from", "RULESET").help(say(
                    "Dasarnya: 2022, atau ikotan/2022; tanpa ini dibuat indeks kecil yang berjalan",
                    "Its base: 2022, or ikotan/2022; without it a small index that works is made",
                ))),
        )
        .subcommand(
            base("seal", lang)
                .about(say(
                    "Menyegel perangkat aturan yang sudah terbit: sejak itu perubahan yang mengubah skor ditolak",
                    "Seal a rule set that is published: from then on a change that alters scores is refused",
                ))
                .arg(option("reason", "TEXT").help(say("Alasannya, tercatat dalam segel", "Why, recorded in the seal")))
                .arg(flag("renew").help(say(
                    "Ganti segel yang ada dengan keadaan sekarang; perlu --reason",
                    "Replace the seal by what the rule set is now; needs --reason",
                ))),
        )
        .subcommand(
            data_arguments(base("reconcile", lang), lang)
                .arg(safe_csv(lang))
                .about(say(
                    "Membandingkan hitungan ulang dengan nilai, kategori dan rekap yang terbit",
                    "Compare what is recomputed with published values, bands and a recap",
                ))
                .arg(data_year(lang))
                .arg(option("published", "COLUMN").help(say(
                    "Kolom nilai indeks yang terbit",
                    "Column of the published index values",
                )))
                .arg(option("published-node", "NODE=COLUMN").action(ArgAction::Append).help(say(
                    "Kolom nilai terbit suatu bagian, misalnya kesehatan=IK; boleh berulang",
                    "Column of the published values of a node, such as hazard=HA; may be repeated",
                )))
                .arg(option("published-data", "FILE").help(say(
                    "Berkas nilai terbit, bila bukan berkas data; disambung menurut kode wilayah",
                    "File of the published values, where it is not the data file; joined by region code",
                )))
                .arg(option("published-band", "COLUMN").help(say(
                    "Kolom kategori yang terbit",
                    "Column of the published bands",
                )))
                .arg(
                    option("tolerance", "NUMBER")
                        .value_parser(clap::value_parser!(f64))
                        .help(say(
                            "Selisih yang diterima; bawaan: harus sama sesudah dibulatkan",
                            "Accepted difference; default: equal after rounding",
                        )),
                )
                .arg(
                    option("decimals", "NUMBER")
                        .value_parser(clap::value_parser!(u8).range(0..=15))
                        .help(say(
                            "Desimal yang dibandingkan; bawaan: seperti tertulis di kolomnya, selain itu seperti aturannya",
                            "Decimals to compare; default: as the column is written, else as the rules publish",
                        )),
                )
                .arg(option("recap", "FILE").help(say(
                    "Rekap terbit: baris per kelompok, kolom per kategori",
                    "A published recap: a row a group, a column a band",
                )))
                .arg(choice("format", "text|csv|json", &["text", "csv", "json"]).help(say("Bentuk keluaran", "Form of the output"))),
        )
        .subcommand(
            data_arguments(base("freeze", lang), lang)
                .arg(year("year").help(say("Hanya tahun data ini; bawaan: semua tahun", "This year of the data only; default: all years")))
                .about(say(
                    "Membekukan statistik acuan (min–maks, skor z, peringkat, rata-rata) ke dalam perangkat aturan",
                    "Freeze reference statistics (min–max, z-score, ranks, means) into a rule set",
                )),
        )
        .subcommand(
            column_arguments(base("columns", lang), lang)
                .about(say(
                    "Kolom data yang dibaca perangkat aturan, atau templat kosong untuk diisi",
                    "The columns of data that a rule set reads, or an empty template to fill in",
                ))
                .arg(option("template", "FILE").help(say(
                    "Tulis templat kosong (.csv atau .xlsx) ke berkas baru ini",
                    "Write an empty template (.csv or .xlsx) to this new file",
                )))
                .arg(choice("format", "text|json", &["text", "json"]).help(say("Bentuk keluaran", "Form of the output"))),
        )
        .subcommand(
            Command::new("verify")
                .about(say(
                    "Membuat ulang suatu keluaran dari catatannya dan membandingkannya, bita demi bita",
                    "Make an output again from its record and compare, byte by byte",
                ))
                .arg(Arg::new("file").value_name("FILE").required(true).help(say(
                    "Keluaran yang diperiksa (CSV, JSON atau XLSX)",
                    "The output to verify (CSV, JSON or XLSX)",
                )))
                .arg(option("data", "FILE").help(say(
                    "Berkas datanya; bawaan: seperti yang dicatat",
                    "Its data file; default: as recorded",
                ))),
        )
        .subcommand(
            Command::new("list")
                .about(say("Menampilkan perangkat aturan yang ada", "List the rule sets there are")),
        );
    localise(command, lang)
}

fn option(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

fn year(name: &'static str) -> Arg {
    option(name, "YEAR").value_parser(clap::value_parser!(u16))
}

fn data_year(lang: Lang) -> Arg {
    year("year").help(lang.pick(
        "Tahun data yang diberi skor, bila ada beberapa",
        "Year of the data to score, where there are several",
    ))
}

fn weighted_by(lang: Lang) -> Arg {
    option("weighted-by", "COLUMN").help(lang.pick(
        "Kolom bobot wilayah untuk rata-rata, misalnya penduduk",
        "Column that weighs regions in means, such as population",
    ))
}

/// Values that are tried out and not saved.
fn set(lang: Lang) -> Arg {
    option("set", "KEY=VALUE").action(ArgAction::Append).help(lang.pick(
        "Coba nilai tanpa menyimpannya, misalnya hukum.weight=15 atau parameters.penalti=0.8; boleh berulang",
        "Try a value without saving it, such as hukum.weight=15 or parameters.penalti=0.8; may be repeated",
    ))
}

/// The service, where there is one.
fn serve(lang: Lang) -> Option<Command> {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    cfg!(feature = "serve").then(|| {
        Command::new("serve")
            .about(say(
                "Melayani skor lewat HTTP; suntingan berkas aturan langsung dipakai",
                "Serve scores over HTTP; edits of rule files are taken up at once",
            ))
            .arg(option("bind", "ADDRESS").help(say(
                "Alamat dan porta; bawaan: 127.0.0.1:8787, hanya mesin ini",
                "Address and port; default: 127.0.0.1:8787, this machine only",
            )))
            .arg(
                option("token-file", "FILE")
                    .conflicts_with("no-token")
                    .help(say(
                        "Berkas berisi token yang harus ditunjukkan pemanggil",
                        "File with the token that callers must show",
                    )),
            )
            .arg(flag("no-token").help(say(
                "Semua boleh memanggil, juga dari luar",
                "All may call, from elsewhere as well",
            )))
            .arg(flag("refuse-stale").help(say(
                "Tolak memberi skor bila berkas aturannya berubah dan tidak dapat dipakai",
                "Refuse to score where the rule files changed and cannot be used",
            )))
            .arg(poll(lang))
            .arg(option("cors", "ORIGIN").action(ArgAction::Append).help(say(
                "Halaman kantor lain yang boleh memanggil dari peramban, misalnya https://kantor.example; boleh berulang",
                "Pages of other offices that may call from a browser, such as https://office.example; may be repeated",
            )))
            .arg(most("max-megabytes", "COUNT").help(say(
                "Badan permintaan terbesar; bawaan: 64",
                "Largest body of a request; default: 64",
            )))
            .arg(most("max-rows", "COUNT").help(say(
                "Wilayah terbanyak dalam satu permintaan; bawaan: 1000000",
                "Most regions of a request; default: 1000000",
            )))
            .arg(most("max-seconds", "COUNT").help(say(
                "Waktu terlama untuk satu permintaan; bawaan: 30",
                "Longest time for a request; default: 30",
            )))
            .arg(most("max-requests", "COUNT").help(say(
                "Permintaan terbanyak sekaligus; bawaan: 8 tiap inti prosesor",
                "Most requests at once; default: 8 for each core",
            )))
    })
}

/// Looking again and again, where the system does not tell of changes.
fn poll(lang: Lang) -> Arg {
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

fn public(lang: Lang) -> Arg {
    flag("public").help(lang.pick(
        "Untuk umum: tanpa yang ditandai internal dalam perangkat aturan",
        "For the public: without what the rule set marks as internal",
    ))
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// The form of the scores: any reporter there is.
fn form(lang: Lang, registry: &Registry) -> Arg {
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
fn choice(name: &'static str, shown: &'static str, values: &'static [&'static str]) -> Arg {
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

fn base(name: &'static str, lang: Lang) -> Command {
    Command::new(name).arg(
        Arg::new("ruleset")
            .value_name("RULESET")
            .required(true)
            .help(lang.pick(
                "Indeks/tahun, misalnya ikotan/2021",
                "Index/year, such as ikotan/2021",
            )),
    )
}

fn data_arguments(command: Command, lang: Lang) -> Command {
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
                    "Column of the indicators' names, in data of one row a value",
                )),
        )
        .arg(
            option("value-column", "COLUMN")
                .requires("indicator-column")
                .help(say(
                    "Kolom nilai, bila tiap baris berisi satu nilai",
                    "Column of the values, in data of one row a value",
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
fn safe_csv(lang: Lang) -> Arg {
    flag("safe-csv").help(lang.pick(
        "CSV aman bagi lembar kerja: teks berawalan = + - @ diberi tanda petik",
        "CSV safe in spreadsheets: an apostrophe before texts like =1+1",
    ))
}

/// The columns of data that are no raw values.
fn column_arguments(command: Command, lang: Lang) -> Command {
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
fn most(name: &'static str, value: &'static str) -> Arg {
    option(name, value).value_parser(clap::value_parser!(u32).range(1..))
}

/// A percentage from 0 to 100.
fn percent(written: &str) -> Result<f64, String> {
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

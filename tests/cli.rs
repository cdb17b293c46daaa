//! The command line, run as a user runs it: what it prints, and its exit code.
#![cfg(feature = "cli")]

use std::io::Write;
use std::process::{Command, Stdio};

fn tanggap(arguments: &[&str], input: &str) -> String {
    run(arguments, input, &[])
}

fn run(arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tanggap"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments);
    command
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env_remove("LC_CTYPE")
        .env("LANG", "C");
    command.envs(variables.iter().copied());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!(
        "exit {}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr)
    )
}

/// What a run printed on standard output.
fn stdout(said: &str) -> String {
    let (_, printed) = said.split_once("--- stdout\n").unwrap();
    printed.split_once("\n--- stderr").unwrap().0.to_owned()
}

const DATA: &str = "examples/data/ikotan_2021_buatan.csv";

#[test]
fn help() {
    for lang in ["id", "en"] {
        insta::assert_snapshot!(
            format!("help_{lang}"),
            tanggap(&["--help", "--lang", lang], "")
        );
        insta::assert_snapshot!(
            format!("help_score_{lang}"),
            tanggap(&["score", "--help", "--lang", lang], "")
        );
    }
}

#[test]
fn list_and_check() {
    insta::assert_snapshot!("list", tanggap(&["list"], ""));
    let checked = tanggap(&["check"], "");
    assert!(checked.starts_with("exit 0"), "{checked}");
    assert_eq!(checked.matches(": fine").count(), 6, "{checked}");
}

#[test]
fn explain() {
    for lang in ["id", "en"] {
        let explained = tanggap(
            &[
                "explain",
                "ikotan/2021",
                "--data",
                DATA,
                "--region",
                "11.03",
                "--lang",
                lang,
            ],
            "",
        );
        insta::assert_snapshot!(format!("explain_{lang}"), explained);
    }
    let ipm = [
        "explain",
        "ipm/2014",
        "--data",
        "examples/data/ipm_2020.csv",
        "--region",
        "3301",
        "--lang",
        "en",
    ];
    insta::assert_snapshot!("explain_ipm", tanggap(&ipm, ""));
    let json = tanggap(&[&ipm[..], &["--format", "json"]].concat(), "");
    let json = json
        .split_once("--- stdout\n")
        .unwrap()
        .1
        .split_once("\n--- stderr")
        .unwrap()
        .0
        .to_owned();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["published"], 69.95);
    assert_eq!(json["rules"]["status"], "official");
    assert_eq!(json["trace"]["children"].as_array().unwrap().len(), 3);
}

#[test]
fn show() {
    insta::assert_snapshot!(
        "show",
        tanggap(&["show", "ikotan/2021", "--lang", "id"], "")
    );
    let mut picture = String::new();
    for (name, lang) in [
        ("ikotan/2021", "id"),
        ("ikotan/2021", "en"),
        ("ipm/2014", "en"),
        ("kawasan_rawan/2021", "id"),
    ] {
        picture.push_str(&tanggap(&["show", name, "--plan", "--lang", lang], ""));
    }
    insta::assert_snapshot!("show_plan", picture);
}

#[test]
fn columns_and_templates() {
    for lang in ["id", "en"] {
        let said = tanggap(
            &["columns", "ipm/2014", "--group", "provinsi", "--lang", lang],
            "",
        );
        insta::assert_snapshot!(format!("columns_{lang}"), said);
    }
    let json = tanggap(&["columns", "idm/2024", "--format", "json"], "");
    assert!(json.contains("\"role\": \"key\""), "{json}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("templat.csv");
    let path = path.to_str().unwrap();
    let call = ["columns", "ipm/2014", "--lang", "id", "--template", path];
    assert!(tanggap(&call, "").starts_with("exit 0"));
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written.starts_with("\u{feff}kode;"), "{written}");
    let again = tanggap(&call, "");
    assert!(
        again.starts_with("exit 2") && again.contains("sudah ada"),
        "{again}"
    );
    assert_eq!(std::fs::read_to_string(path).unwrap(), written);
    let other = tanggap(&["columns", "ipm/2014", "--template", "x.ods"], "");
    assert!(other.starts_with("exit 2"), "{other}");
}

#[test]
fn score_json() {
    insta::assert_snapshot!(tanggap(
        &[
            "score",
            "idm/2024",
            "--data",
            "examples/data/idm_2024.csv",
            "--format",
            "json"
        ],
        ""
    ));
}

#[test]
fn standard_input_and_the_locale() {
    let csv =
        "kode;uhh_years;hls_years;rls_years;pengeluaran_ribu_rp\n3301;73,73;12,5;6,97;10440\n";
    let scored = run(
        &["score", "ipm/2014", "--data", "-"],
        csv,
        &[("LANG", "id_ID.UTF-8")],
    );
    insta::assert_snapshot!(scored);
}

#[test]
fn output_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skor.csv");
    let path = path.to_str().unwrap();
    let said = tanggap(
        &["score", "ikotan/2021", "--data", DATA, "--output", path],
        "",
    );
    assert!(said.contains("106"), "the summary is still shown\n{said}");
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written.lines().count(), 174);
    assert!(
        written.starts_with("region,name,ikotan,hukum,"),
        "{}",
        written.lines().next().unwrap()
    );
    let nowhere = folder.path().join("tiada/skor.csv");
    let said = tanggap(
        &[
            "score",
            "ikotan/2021",
            "--data",
            DATA,
            "--output",
            nowhere.to_str().unwrap(),
        ],
        "",
    );
    assert!(said.starts_with("exit 2"), "{said}");
}

#[test]
fn outputs_can_be_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rules = path("rules");
    copy_folder("rules", std::path::Path::new(&rules));
    let data = path("data.csv");
    std::fs::copy("examples/data/ipm_2020.csv", &data).unwrap();
    let verify = |file: &str| tanggap(&["verify", file, "--rules", &rules, "--lang", "en"], "");
    let (csv, json) = (path("skor.csv"), path("skor.json"));
    for output in [&csv, &json, &path("skor.xlsx")] {
        let call = ["score", "ipm/2014", "--data", &data, "--rules", &rules];
        let call = [
            &call[..],
            &["--exact", "--group", "kode", "--output", output],
        ]
        .concat();
        assert!(tanggap(&call, "").starts_with("exit 0"));
        let said = verify(output);
        assert!(
            said.starts_with("exit 0") && said.contains("the same, byte by byte"),
            "{said}"
        );
    }
    let call = ["explain", "ipm/2014", "--data", &data, "--region", "3301"];
    let explained = tanggap(&[&call[..], &["--format", "json"]].concat(), "");
    let explained = stdout(&explained);
    std::fs::write(path("mengapa.json"), explained).unwrap();
    let said = verify(&path("mengapa.json"));
    assert!(said.contains("all figures are the same"), "{said}");

    // A digit changed by hand.
    let whole = std::fs::read_to_string(&csv).unwrap();
    let changed = whole.replacen("71.9", "72.9", 1);
    assert_ne!(whole, changed);
    std::fs::write(&csv, &changed).unwrap();
    let said = verify(&csv).replace(folder.path().to_str().unwrap(), "");
    insta::assert_snapshot!("verify_figure", said);
    std::fs::write(&csv, &whole).unwrap();

    // Comments change no figure, weights and data do.
    let index = format!("{rules}/ipm/2014/index.toml");
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, format!("# catatan\n{text}")).unwrap();
    let said = verify(&csv);
    assert!(
        said.starts_with("exit 0") && said.contains("perhaps only texts"),
        "{said}"
    );
    std::fs::write(&index, text.replace("\"published\"", "\"exact\"")).unwrap();
    let said = verify(&csv);
    assert!(
        said.starts_with("exit 1") && said.contains("rules digest of ipm/2014"),
        "{said}"
    );
    std::fs::write(&index, text).unwrap();
    let rows = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, rows.replacen("73.73", "73.74", 1)).unwrap();
    let said = verify(&json);
    assert!(
        said.starts_with("exit 1") && said.contains("data: recorded"),
        "{said}"
    );

    // A file that is no output, and one that wants us to write another.
    assert!(verify(&data).starts_with("exit 1"));
    let forged = whole.replace("\"\"--exact\"\"", "\"\"--output\"\",\"\"x.csv\"\"");
    assert_ne!(whole, forged);
    std::fs::write(&csv, forged).unwrap();
    let said = verify(&csv);
    assert!(
        said.starts_with("exit 1") && said.contains("no call that can be repeated"),
        "{said}"
    );
}

const YEARS: &str = "examples/data/ikotan_2019_2022_buatan.csv";

#[test]
fn progress() {
    let call = [
        "progress",
        "ikotan",
        "--data",
        YEARS,
        "--year-column",
        "tahun",
    ];
    for lang in ["id", "en"] {
        let said = tanggap(&[&call[..], &["--lang", lang]].concat(), "");
        insta::assert_snapshot!(format!("progress_{lang}"), said);
    }
    let common = [
        "--common-scale",
        "0..100",
        "--detail",
        "--movers",
        "2",
        "--from",
        "2021",
    ];
    insta::assert_snapshot!(
        "progress_common_scale",
        tanggap(&[&call[..], &common].concat(), "")
    );
    let folder = tempfile::tempdir().unwrap();
    for format in ["csv", "json"] {
        let printed = tanggap(&[&call[..], &["--format", format]].concat(), "");
        let printed = stdout(&printed);
        let path = folder.path().join(format!("p.{format}"));
        std::fs::write(&path, format!("{printed}\n")).unwrap();
        let said = tanggap(&["verify", path.to_str().unwrap()], "");
        assert!(
            said.starts_with("exit 0") && said.contains("byte by byte"),
            "{said}"
        );
    }
    let mut picture = String::new();
    let wrong: [&[&str]; 6] = [
        &["progress", "ikotan", "--data", YEARS],
        &[
            "progress",
            "ikotan/2021",
            "--data",
            YEARS,
            "--year-column",
            "tahun",
        ],
        &[
            "progress",
            "ikotn",
            "--data",
            YEARS,
            "--year-column",
            "tahun",
        ],
        &[
            "progress",
            "ikotan",
            "--data",
            YEARS,
            "--year-column",
            "tahun",
            "--from",
            "2023",
        ],
        &[
            "progress",
            "ikotan",
            "--data",
            YEARS,
            "--year-column",
            "tahun",
            "--common-scale",
            "0-100",
        ],
        &["progress", "ikotan", "--data", DATA],
    ];
    for arguments in wrong {
        picture.push_str(&format!(
            "tanggap {}\n{}\n\n",
            arguments.join(" "),
            tanggap(arguments, "")
        ));
    }
    insta::assert_snapshot!("progress_wrong_calls", picture);
}

#[test]
fn reconcile() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, recap) = (path("desa.csv"), path("rekap.csv"));
    let rows = std::fs::read_to_string("examples/data/idm_2024.csv").unwrap();
    // One value wrong, one cut off, and a status of its own for each.
    let rows: Vec<String> = rows
        .lines()
        .zip([
            "status",
            "MAJU",
            "Advanced",
            "mandiri",
            "TERTINGGAL",
            "Majuu",
            "maju",
        ])
        .map(|(row, status)| format!("{row},{status}"))
        .collect();
    std::fs::write(&data, rows.join("\n").replacen("0.7232", "0.7332", 1)).unwrap();
    std::fs::write(
        &recap,
        "provinsi,MAJU,MANDIRI,BERKEMBANG\nACEH,1,0,0\nTOTAL,9,0,0\n",
    )
    .unwrap();
    let call = [
        "reconcile",
        "idm/2024",
        "--data",
        &data,
        "--published",
        "idm_terbit",
        "--group",
        "provinsi",
    ];
    for lang in ["id", "en"] {
        let more = [
            "--published-band",
            "status",
            "--recap",
            &recap,
            "--lang",
            lang,
        ];
        let said = tanggap(&[&call[..], &more].concat(), "");
        let said = said.replace(folder.path().to_str().unwrap(), "<folder>");
        insta::assert_snapshot!(format!("reconcile_{lang}"), said);
    }
    for format in ["csv", "json"] {
        let printed = tanggap(&[&call[..], &["--format", format]].concat(), "");
        let printed = stdout(&printed);
        let output = path(&format!("r.{format}"));
        std::fs::write(&output, format!("{printed}\n")).unwrap();
        let said = tanggap(&["verify", &output], "");
        assert!(
            said.starts_with("exit 0") && said.contains("byte by byte"),
            "{said}"
        );
    }
    let fine = [
        "reconcile",
        "ipm/2014",
        "--data",
        "examples/data/ipm_2020.csv",
        "--published",
        "ipm_terbit",
    ];
    assert!(tanggap(&fine, "").starts_with("exit 0"));
    let mut picture = String::new();
    let wrong: [&[&str]; 3] = [
        &[
            "reconcile",
            "ipm/2014",
            "--data",
            "examples/data/ipm_2020.csv",
            "--published",
            "ipm_terbitt",
        ],
        &[
            "reconcile",
            "ipm/2014",
            "--data",
            "examples/data/ipm_2020.csv",
            "--published",
            "kabkota",
        ],
        &[
            "reconcile",
            "ipm/2014",
            "--data",
            "examples/data/ipm_2020.csv",
            "--published",
            "ipm_terbit",
            "--recap",
            "examples/data/kabkota_173.csv",
        ],
    ];
    for arguments in wrong {
        picture.push_str(&format!(
            "tanggap {}\n{}\n\n",
            arguments.join(" "),
            tanggap(arguments, "")
        ));
    }
    insta::assert_snapshot!("reconcile_wrong_calls", picture);
}

const AREAS: &str = "examples/data/kawasan_rawan_buatan.csv";

#[test]
fn public_outputs() {
    let score = ["score", "kawasan_rawan/2021", "--data", AREAS, "--public"];
    insta::assert_snapshot!("public_score", tanggap(&score, ""));
    let explain = |region| {
        tanggap(
            &[
                "explain",
                "kawasan_rawan/2021",
                "--data",
                AREAS,
                "--public",
                "--region",
                region,
            ],
            "",
        )
    };
    let refused = explain("01");
    assert!(
        refused.starts_with("exit 2") && refused.contains("withheld"),
        "{refused}"
    );
    assert!(explain("05").starts_with("exit 0"));
    let progress = [
        "progress",
        "kawasan_rawan",
        "--data",
        "-",
        "--year-column",
        "t",
        "--public",
        "--format",
        "csv",
    ];
    let rows = std::fs::read_to_string(AREAS).unwrap();
    let rows: Vec<String> = rows
        .lines()
        .enumerate()
        .map(|(at, row)| format!("{row},{}", if at == 0 { "t" } else { "2021" }))
        .collect();
    let printed = tanggap(&progress, &rows.join("\n"));
    assert!(
        printed.contains("Desa Lima") && !printed.contains("Desa Satu"),
        "{printed}"
    );
    // A rule set that marks nothing says so.
    let nothing = tanggap(
        &[
            "score",
            "ikotan/2021",
            "--data",
            DATA,
            "--public",
            "--format",
            "csv",
        ],
        "",
    );
    assert!(nothing.contains("marks nothing"), "{nothing}");
}

#[test]
fn freeze() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules/uji/2024");
    std::fs::create_dir_all(&rules).unwrap();
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nkey = \"kode\"\n[indicator.a]\nnormalise = \"min-max\"\nbetter = \"high\"\n";
    std::fs::write(rules.join("index.toml"), index).unwrap();
    let root = folder.path().join("rules");
    let root = root.to_str().unwrap();
    let frozen = |csv: &str| tanggap(&["freeze", "uji/2024", "--rules", root, "--data", "-"], csv);
    assert!(
        frozen("kode,a\n01,x\n").starts_with("exit 1"),
        "faulty data is not frozen"
    );
    let said = frozen("kode,a\n01,2\n02,4\n03,3\n");
    assert!(
        said.starts_with("exit 0") && said.contains("reference = \"frozen\""),
        "{said}"
    );
    let index = index.replace("[data]", "[data]\nreference = \"frozen\"");
    std::fs::write(rules.join("index.toml"), index).unwrap();
    let call = [
        "score", "uji/2024", "--rules", root, "--data", "-", "--format", "csv",
    ];
    let scored = tanggap(&call, "kode,a\n09,3.5\n");
    assert!(scored.contains("09,75.00,75.00,,1,,draft"), "{scored}");
    // It can be frozen anew, also while it is in use.
    let said = frozen("kode,a\n01,3\n02,4\n");
    assert!(
        said.starts_with("exit 0") && !said.contains("to use them"),
        "{said}"
    );
    let nothing = tanggap(
        &["freeze", "ipm/2014", "--data", "examples/data/ipm_2020.csv"],
        "",
    );
    assert!(nothing.starts_with("exit 2"), "{nothing}");
}

/// What a record says is not believed, and nothing of an output is left uncompared.
#[test]
fn forged_outputs_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (csv, data, evil) = (path("skor.csv"), path("data.csv"), path("jahat.csv"));
    std::fs::copy("examples/data/ipm_2020.csv", &data).unwrap();
    let rows = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&evil, rows.replacen("73.73", "83.73", 1)).unwrap();
    let score = |data: &str, output: &str| {
        let said = tanggap(
            &["score", "ipm/2014", "--data", data, "--output", output],
            "",
        );
        assert!(said.starts_with("exit 0"), "{said}");
    };
    // Scores of other data, whose record names that data: what is named here is what is read.
    score(&evil, &csv);
    let said = tanggap(&["verify", &csv, "--data", &data], "");
    assert!(
        said.starts_with("exit 1") && said.contains("data: recorded"),
        "{said}"
    );
    score(&data, &csv);
    let whole = std::fs::read_to_string(&csv).unwrap();
    for (from, to) in [
        (
            "\"\"rule_set\"\":\"\"ipm/2014\"\"",
            "\"\"rule_set\"\":\"\"ipm/2015\"\"",
        ),
        (",record\n", ",record,record\n"),
        ("tinggi", "rendah"),
        ("official", "draft"),
    ] {
        let forged = whole.replacen(from, to, 1);
        assert_ne!(forged, whole, "{from}");
        std::fs::write(&csv, forged).unwrap();
        let said = tanggap(&["verify", &csv], "");
        assert!(said.starts_with("exit 1"), "{from}\n{said}");
    }
    // A second record, as a file of two outputs has it, and a key that is there twice.
    std::fs::write(&csv, format!("{whole}{whole}")).unwrap();
    assert!(tanggap(&["verify", &csv], "").starts_with("exit 1"));
    let json = path("skor.json");
    score(&data, &json);
    let document = std::fs::read_to_string(&json).unwrap();
    for more in ["\"regions\": [],", "\"catatan\": [],"] {
        let doubled = document.replacen('{', &format!("{{{more}"), 1);
        std::fs::write(&json, doubled).unwrap();
        let said = tanggap(&["verify", &json], "");
        assert!(said.starts_with("exit 1"), "{more}\n{said}");
    }
    std::fs::write(&json, document).unwrap();
    assert!(tanggap(&["verify", &json], "").starts_with("exit 0"));
    // A call's values may begin with a sign.
    let signed = [
        "progress",
        "ikotan",
        "--data",
        YEARS,
        "--year-column",
        "tahun",
        "--common-scale=-10..10",
        "--format",
        "csv",
    ];
    std::fs::write(&csv, format!("{}\n", stdout(&tanggap(&signed, "")))).unwrap();
    assert!(tanggap(&["verify", &csv], "").contains("byte by byte"));
    // A table without rows has its record all the same.
    let agreeing = [
        "reconcile",
        "ipm/2014",
        "--data",
        &data,
        "--published",
        "ipm_terbit",
        "--format",
        "csv",
    ];
    std::fs::write(&csv, format!("{}\n", stdout(&tanggap(&agreeing, "")))).unwrap();
    assert!(tanggap(&["verify", &csv], "").contains("byte by byte"));
}

/// What cannot be read agrees with nothing.
#[test]
fn unreadable_published_figures_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (unread, recap) = (path("tak_terbaca.csv"), path("rekap.csv"));
    let rows = std::fs::read_to_string("examples/data/ipm_2020.csv").unwrap();
    std::fs::write(&unread, rows.replacen("69.95", "tujuh puluh", 1)).unwrap();
    let call = ["reconcile", "ipm/2014", "--published", "ipm_terbit"];
    let said = tanggap(&[&call[..], &["--data", &unread]].concat(), "");
    assert!(
        said.starts_with("exit 1") && said.contains("`tujuh puluh`"),
        "{said}"
    );
    std::fs::write(&recap, "kab,Tinggi\nSemua,n.a\n").unwrap();
    let fine = ["--data", "examples/data/ipm_2020.csv", "--recap", &recap];
    let said = tanggap(&[&call[..], &fine].concat(), "");
    assert!(
        said.starts_with("exit 1") && said.contains("`n.a`"),
        "{said}"
    );
    let mut picture = String::new();
    for tolerance in ["0,01", "nan", "inf", "-1"] {
        let tolerance = format!("--tolerance={tolerance}");
        let more = ["--data", "examples/data/ipm_2020.csv", &tolerance];
        picture.push_str(&tanggap(&[&call[..], &more].concat(), ""));
    }
    insta::assert_snapshot!("wrong_tolerances", picture);
}

/// The data that an output is made of are not where it is written.
#[test]
fn data_are_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (score, progress) = (path("data.csv"), path("tahunan.csv"));
    for (from, to, call) in [
        (
            "examples/data/ipm_2020.csv",
            &score,
            &["score", "ipm/2014"][..],
        ),
        (
            YEARS,
            &progress,
            &["progress", "ikotan", "--year-column", "tahun"],
        ),
    ] {
        std::fs::copy(from, to).unwrap();
        let said = tanggap(&[call, &["--data", to, "--output", to]].concat(), "");
        assert!(said.starts_with("exit 2"), "{said}");
        assert_eq!(std::fs::read(from).unwrap(), std::fs::read(to).unwrap());
    }
}

/// An output that cannot be made leaves the one there was.
#[test]
fn a_failed_output_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skor.xlsx");
    std::fs::write(&path, "yang lama").unwrap();
    let long = format!(
        "kode,kabkota,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n{},x,73,12,7,10440\n",
        "9".repeat(40_000)
    );
    let call = [
        "score",
        "ipm/2014",
        "--data",
        "-",
        "--output",
        path.to_str().unwrap(),
    ];
    let said = tanggap(&call, &long);
    assert!(said.starts_with("exit 2"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "yang lama");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(
        tanggap(
            &call,
            "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n1,73,12,7,10440\n"
        )
        .starts_with("exit 0")
    );
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
}

fn copy_folder(from: impl AsRef<std::path::Path>, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_is_wrong_with_a_call() {
    let cases: [&[&str]; 12] = [
        &["scor", "ikotan/2021"],
        &["score", "ikotan/2021"],
        &["score", "ikotan/2021", "--dat", "x"],
        &["score", "ikotan/2021", "--data", "tiada.csv"],
        &["score", "ikotan", "--data", DATA],
        &["score", "ikotan/2012", "--data", DATA],
        &["score", "ikotan/2021", "--data", DATA, "--format", "xlx"],
        &[
            "score",
            "ikotan/2021",
            "--data",
            DATA,
            "--group",
            "propinsi",
        ],
        &["score", "ikotan/2021", "--data", DATA, "--year", "2021"],
        &[
            "explain",
            "ikotan/2021",
            "--data",
            DATA,
            "--region",
            "11.04",
        ],
        &["check", "--rules", "tiada"],
        &["list", "--lang", "fr"],
    ];
    let mut picture = String::new();
    for arguments in cases {
        for lang in ["id", "en"] {
            let mut arguments = arguments.to_vec();
            if !arguments.contains(&"--lang") {
                arguments.extend(["--lang", lang]);
            }
            let said = tanggap(&arguments, "");
            assert!(
                said.starts_with("exit 2\n--- stdout\n\n"),
                "{arguments:?}\n{said}"
            );
            let said = said.split_once("--- stderr\n").unwrap().1.to_owned();
            picture.push_str(&format!("tanggap {}\n{said}\n\n", arguments.join(" ")));
        }
    }
    insta::assert_snapshot!(picture);
}

#[test]
fn wrong_rules_and_wrong_data_end_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("uji/2024");
    std::fs::create_dir_all(&rules).unwrap();
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[indicator.a]\nworst = 0\nbest = 100\n";
    std::fs::write(rules.join("index.toml"), index).unwrap();
    let root = folder.path().to_str().unwrap();
    let score = |csv| {
        tanggap(
            &[
                "score", "uji/2024", "--rules", root, "--data", "-", "--format", "csv",
            ],
            csv,
        )
    };
    assert!(
        score("kode,a\n01,5\n02,\n").starts_with("exit 0"),
        "incomplete data is not wrong"
    );
    let wrong = score("kode,a\n01,lima\n02,5\n");
    assert!(
        wrong.starts_with("exit 1") && wrong.contains("02,5.00,5.00,"),
        "the rest is still scored\n{wrong}"
    );
    assert!(score("").starts_with("exit 1"));
    assert!(score("kode,a\n").starts_with("exit 1"));
    std::fs::write(rules.join("index.toml"), index.replace("scale", "skala")).unwrap();
    let wrong = score("kode,a\n01,5\n");
    assert!(
        wrong.starts_with("exit 1\n--- stdout\n\n") && wrong.contains("did you mean `scale`?"),
        "{wrong}"
    );
    assert!(tanggap(&["check", "--rules", root], "").starts_with("exit 1"));
}

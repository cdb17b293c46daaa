//! The command line, run as a user runs it: what it prints, and its exit code.
use crate::support::command::{DATA, Desk, YEARS, run, stdout, tanggap};

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
fn a_row_that_is_refused_is_not_explained_as_if_it_were_empty() {
    let data = "kode,tahun_data,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n\
                3301,2019,73.73,12.5,6.97,10440\n3301,2020,73.9,12.6,7.0,10500\n\
                3302,2019,73.73,12.5,6.97,10440\n3302,2020,73.9,12.6,7.0,10500\n";
    let call = |words: &[&str]| {
        let ipm = ["ipm/2014", "--data", "-", "--lang", "en"];
        tanggap(&[&words[..1], &ipm[..], &words[1..]].concat(), data)
    };
    let scored = call(&["score"]);
    assert!(
        scored.starts_with("exit 1") && scored.contains("D120"),
        "{scored}"
    );
    for form in ["text", "json"] {
        let explained = call(&["explain", "--region", "3301", "--format", form]);
        assert!(
            explained.starts_with("exit 1\n--- stdout\n\n--- stderr\n"),
            "{explained}"
        );
        assert!(
            explained.contains("error[D120]: column `tahun_data`"),
            "{explained}"
        );
        assert!(!explained.contains("missing:"), "{explained}");
    }
    let named = call(&[
        "explain",
        "--region",
        "3301",
        "--year-column",
        "tahun_data",
        "--year",
        "2019",
    ]);
    assert!(
        named.starts_with("exit 0") && named.contains("Published value 69.95"),
        "{named}"
    );
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
    let desk = Desk::new();
    let path = desk.folder().join("templat.csv");
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
    let desk = Desk::new();
    for format in ["csv", "json"] {
        let printed = tanggap(&[&call[..], &["--format", format]].concat(), "");
        let printed = stdout(&printed);
        let path = desk.folder().join(format!("p.{format}"));
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
    let desk = Desk::new();
    let path = |name: &str| desk.path(name);
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
        let said = said.replace(desk.folder().to_str().unwrap(), "<folder>");
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
    // A value is shown with the decimals that the column is written with.
    let cut = std::fs::read_to_string("examples/data/ipm_2020.csv").unwrap();
    std::fs::write(&data, cut.replacen("69.95", "69.90", 1)).unwrap();
    let said = tanggap(
        &[&fine[..3], &[&data], &fine[4..], &["--lang", "en"]].concat(),
        "",
    );
    assert!(said.contains("published 69.90, recomputed 69.95"), "{said}");
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
    let desk = Desk::new();
    let rules = desk.folder().join("rules/uji/2024");
    std::fs::create_dir_all(&rules).unwrap();
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nkey = \"kode\"\n[indicator.a]\nnormalise = \"min-max\"\nbetter = \"high\"\n";
    std::fs::write(rules.join("index.toml"), index).unwrap();
    let root = desk.folder().join("rules");
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

/// What cannot be read agrees with nothing.
#[test]
fn unreadable_published_figures_are_told() {
    let desk = Desk::new();
    let path = |name: &str| desk.path(name);
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
    let desk = Desk::new();
    let rules = desk.folder().join("uji/2024");
    std::fs::create_dir_all(&rules).unwrap();
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[indicator.a]\nworst = 0\nbest = 100\n";
    std::fs::write(rules.join("index.toml"), index).unwrap();
    let root = desk.folder().to_str().unwrap();
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

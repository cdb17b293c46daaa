//! Outputs of the command line: where they are written, and what `verify` says of them.
use crate::support::command::{DATA, Desk, YEARS, stdout, tanggap};

#[test]
fn output_to_a_file() {
    let desk = Desk::new();
    let path = &desk.path("skor.csv");
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
    let nowhere = desk.folder().join("tiada/skor.csv");
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
    let desk = Desk::new();
    let path = |name: &str| desk.path(name);
    let rules = desk.copy("rules", "rules");
    // What is sealed could not be changed here.
    std::fs::remove_file(format!("{rules}/ipm/2014/seal.toml")).unwrap();
    let data = desk.copy("examples/data/ipm_2020.csv", "data.csv");
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
    let said = verify(&csv).replace(desk.folder().to_str().unwrap(), "");
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

/// What a record says is not believed, and nothing of an output is left uncompared.
#[test]
fn forged_outputs_are_found() {
    let desk = Desk::new();
    let path = |name: &str| desk.path(name);
    let (csv, evil) = (path("skor.csv"), path("jahat.csv"));
    let data = desk.copy("examples/data/ipm_2020.csv", "data.csv");
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
    // A region that is gone, and a figure that is.
    let lines: Vec<&str> = whole.lines().collect();
    let gone = [&lines[..2], &lines[3..]].concat().join("\n") + "\n";
    let figure = lines[2].split(',').nth(3).unwrap();
    let emptied = whole.replacen(&format!(",{figure},"), ",,", 1);
    for (forged, word) in [(gone, "it is gone"), (emptied, "")] {
        assert_ne!(forged, whole);
        std::fs::write(&csv, forged).unwrap();
        let said = tanggap(&["verify", &csv, "--lang", "en"], "");
        assert!(said.starts_with("exit 1") && said.contains(word), "{said}");
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

/// The data that an output is made of are not where it is written.
#[test]
fn data_are_never_written_over() {
    let desk = Desk::new();
    for (from, call) in [
        ("examples/data/ipm_2020.csv", &["score", "ipm/2014"][..]),
        (YEARS, &["progress", "ikotan", "--year-column", "tahun"]),
    ] {
        let data = &desk.copy(from, "data.csv");
        let said = tanggap(&[call, &["--data", data, "--output", data]].concat(), "");
        assert!(said.starts_with("exit 2"), "{said}");
        assert_eq!(std::fs::read(from).unwrap(), std::fs::read(data).unwrap());
    }
}

/// An output that cannot be made leaves the one there was.
#[test]
fn a_failed_output_destroys_nothing() {
    let desk = Desk::new();
    let path = desk.folder().join("skor.xlsx");
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
        "--max-characters",
        "50000",
        "--output",
        path.to_str().unwrap(),
    ];
    let said = tanggap(&call, &long);
    assert!(said.starts_with("exit 2"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "yang lama");
    assert_eq!(std::fs::read_dir(desk.folder()).unwrap().count(), 1);
    assert!(
        tanggap(
            &call,
            "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n1,73,12,7,10440\n"
        )
        .starts_with("exit 0")
    );
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
}

//! `tanggap diff` from outside: what it prints, what it refuses, when it fails.

use crate::support::command::{stdout, tanggap};

const ANSWERS: &str = "examples/data/ikotan_2021_buatan.csv";

#[test]
fn differences() {
    let tried = ["--set", "hukum.weight=15", "--set", "regulasi.best=80"];
    let data = ["--data", ANSWERS, "--movers", "2"];
    let call = |lang: &'static str| {
        [
            &["diff", "ikotan/2021"][..],
            &tried,
            &data,
            &["--lang", lang],
        ]
        .concat()
    };
    insta::assert_snapshot!("diff_id", tanggap(&call("id"), ""));
    insta::assert_snapshot!("diff_en", tanggap(&call("en"), ""));
    insta::assert_snapshot!(
        "diff_years",
        tanggap(&["diff", "ikotan/2019", "ikotan/2021", "--lang", "en"], "")
    );
    let said = tanggap(&[&call("en")[..], &["--format", "csv"]].concat(), "");
    let said = crate::support::command::stdout(&said);
    let said: Vec<&str> = said.lines().take(3).collect();
    insta::assert_snapshot!("diff_csv", crate::support::without_record(&said.join("\n")));
}

#[test]
fn wrong_differences() {
    let calls: [&[&str]; 8] = [
        &["diff", "ikotan/2021"],
        &["diff", "ikotan/2021", "ikotan/2020"],
        &["diff", "ikotan/2021", "tidak/ada/ikotan/2021"],
        &["diff", "ikotan/2021", "--set", "huku.weight=1"],
        &["diff", "ikotan/2021", "--set", "hukum.weight"],
        &["diff", "ikotan/2021", "--set", "hukum.weight=0,4"],
        &["diff", "ikotan/2021", "ikotan/2022", "--data", ANSWERS],
        &[
            "diff",
            "ikotan/2021",
            "--set",
            "hukum.weight=1",
            "--fail-on",
            "band-change",
        ],
    ];
    let said: Vec<String> = calls
        .iter()
        .map(|call| {
            let said = tanggap(&[call, &["--lang", "en"][..]].concat(), "");
            // What differs comes before what is wrong, and has a snapshot of its own.
            let wrong: Vec<&str> = said
                .lines()
                .filter(|line| !line.starts_with("  ") || line.starts_with("  ="))
                .collect();
            format!("$ {}\n{}", call.join(" "), wrong.join("\n"))
        })
        .collect();
    insta::assert_snapshot!("diff_wrong_calls", said.join("\n\n"));
}

#[test]
fn a_change_can_fail_a_check() {
    let exit = |kind: &str, setting: &str| {
        let call = [
            "diff",
            "ikotan/2021",
            "--set",
            setting,
            "--data",
            ANSWERS,
            "--fail-on",
            kind,
            "--lang",
            "en",
        ];
        tanggap(&call, "")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let said: Vec<String> = [
        ("band-change", "hukum.weight=15"),
        ("band-change", "hukum.title=\"Baru\""),
        ("score-change", "hukum.weight=15"),
        ("score-change", "band.tanggap.above=51"),
        ("rule-change", "band.tanggap.above=51"),
        ("rule-change", "hukum.title=\"Baru\""),
    ]
    .iter()
    .map(|(kind, setting)| format!("{kind} {setting}: {}", exit(kind, setting)))
    .collect();
    insta::assert_snapshot!("diff_fails", said.join("\n"));
}

#[test]
fn a_page_of_differences_needs_nothing_else() {
    let call = [
        "diff",
        "ikotan/2021",
        "--set",
        "hukum.weight=15",
        "--set",
        "hukum.title=\"<script>alert(1)</script> & 'x'\"",
        "--data",
        ANSWERS,
        "--format",
        "html",
        "--lang",
        "id",
    ];
    let page = stdout(&tanggap(&call, ""));
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</p>"));
    // What rule files say is text.
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"));
    // Nothing is fetched.
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Both languages, all regions, the status, plots.
    for part in [
        "Mengubah skor",
        "Changes scores",
        "ilustratif",
        "illustrative",
        "Sebab",
        "Causes",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<tr><td>").count(), 173);
    assert_eq!(page.matches("<svg").count(), 2);
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}

/// A band that keeps its title under another id is the same band to those who read scores.
#[test]
fn a_band_that_keeps_its_title_is_crossed_by_nobody() {
    let desk = crate::support::command::Desk::new();
    let rules = desk.copy("rules", "rules");
    let folder = desk.folder().join("rules/ikotan/2026");
    std::fs::create_dir_all(&folder).unwrap();
    let band = |title: &str| {
        format!(
            "extends = '2021'\nstatus = 'draft'\n[band.tanggap]\nremove = true\n\
             [band.siap]\ntitle = {{ id = '{title}', en = 'Ready' }}\nabove = 50\n"
        )
    };
    let crossing = |title: &str| {
        std::fs::write(folder.join("index.toml"), band(title)).unwrap();
        let call = ["diff", "ikotan/2021", "ikotan/2026", "--data", ANSWERS];
        let said = tanggap(
            &[&call[..], &["--rules", &rules, "--lang", "en"]].concat(),
            "",
        );
        let line = said.lines().find(|line| line.contains("changing the band"));
        line.unwrap_or("").to_owned()
    };
    assert!(crossing("Tanggap").starts_with("0 regions"));
    assert!(!crossing("Siap").starts_with("0 regions"));
}

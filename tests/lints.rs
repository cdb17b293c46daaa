//! Lints and advice: each finds what it is for, and is silent on what is nearly that.

use crate::support::Case;
use tanggap::explain::advice::{Subject, advise};
use tanggap::{EvaluateOptions, Program, evaluate};

const INDEX: &str = "title = { id = 'Uji', en = 'Test' }\nstatus = 'draft'\nscale = [0, 100]\n[data]\nkey = 'kode'\n";

fn indicator(id: &str) -> String {
    format!("[indicator.{id}]\nworst = 0\nbest = 100\n")
}

fn case(index: &str, variable: &str, formula: &str) -> Case {
    let variable = format!(
        "[variable]\n{variable}\n{}{}{}",
        indicator("a"),
        indicator("b"),
        indicator("c")
    );
    let case = Case::of([])
        .with("index.toml", index)
        .with("v.toml", &variable);
    if formula.is_empty() {
        case
    } else {
        case.with("v.rhai", formula)
    }
}

/// The codes of all that is found, each once.
fn codes(case: &Case) -> Vec<&'static str> {
    let found = match case.engine().check(&case.name()) {
        Ok(checked) => checked.warnings,
        Err(tanggap::BuildError::Rules(found)) => found,
        Err(error) => panic!("{error}"),
    };
    let mut codes: Vec<&str> = found
        .list
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    codes.dedup();
    codes
}

fn with(first: &str) -> String {
    INDEX.replacen("[data]", &format!("{first}\n[data]"), 1)
}

#[test]
fn each_lint_finds_what_it_is_for() {
    let official = INDEX.replace("draft", "official");
    let reviewed = |day: &str| {
        let all = format!("reviewed = {day}\nworst = 0");
        let case = case(INDEX, &format!("reviewed = {day}"), "");
        let variable = case.section("v.toml").unwrap().replace("worst = 0", &all);
        case.with("v.toml", &variable)
    };
    let bands = "[band.rendah]\ntitle = { id = 'Rendah', en = 'Low' }\nfrom = 0\n";
    let cases: [(&str, Case, &[&str]); 18] = [
        (
            "weights that add up",
            case(&with("weights_sum = 3"), "weight = 3\nweights_sum = 3", ""),
            &[],
        ),
        (
            "weights that do not",
            case(INDEX, "weight = 4\nweights_sum = 4", ""),
            &["W108"],
        ),
        ("no sum declared", case(INDEX, "weight = 7", ""), &[]),
        (
            "a hidden number",
            case(
                INDEX,
                "",
                "if round(a, 6) < 25 { 0.9 * (a + b + c) / 3 } else { a }",
            ),
            &["W109"],
        ),
        (
            "a calculated score against a number",
            case(INDEX, "", "if a < b { a } else if b < 25 { b } else { c }"),
            &["W113", "W109"],
        ),
        (
            "plain numbers",
            case(INDEX, "", "min(100, (a + b + c) / 2 * 1)"),
            &[],
        ),
        (
            "a parameter instead",
            case(
                &with("").replace("[data]", "[parameters]\np = 25\n[data]"),
                "",
                "if round(a, 6) < parameters.p { b } else { c }",
            ),
            &[],
        ),
        (
            "a number known at load",
            case(INDEX, "", "(a + b + c) / children.len() + 0 * year"),
            &[],
        ),
        (
            "a review of long ago",
            case(INDEX, "reviewed = 2019-01-31", ""),
            &["W110"],
        ),
        ("reviews of the year before", reviewed("2023-12-01"), &[]),
        (
            "reviews of two years before",
            reviewed("2022-12-01"),
            &["W110"],
        ),
        (
            "official without reference",
            case(&format!("{official}{bands}"), "", ""),
            &["W111"],
        ),
        (
            "official with reference",
            case(
                &format!("reference = 'UU 1/2024'\n{official}{bands}"),
                "",
                "",
            ),
            &[],
        ),
        (
            "a draft without",
            case(&format!("{INDEX}{bands}"), "", ""),
            &[],
        ),
        (
            "a title in one language",
            case(INDEX, "title = 'Ketahanan keluarga'", ""),
            &["W112"],
        ),
        ("a name", case(INDEX, "title = 'Hukum'", ""), &[]),
        (
            "all in one language",
            case(
                &INDEX.replace("{ id = 'Uji', en = 'Test' }", "'Indeks uji'"),
                "title = 'Ketahanan keluarga'",
                "",
            ),
            &[],
        ),
        (
            "a child not read",
            case(INDEX, "", "(a + b) / 2"),
            &["W101"],
        ),
    ];
    for (name, case, expected) in &cases {
        // A node without children is an error of its own.
        let found: Vec<&str> = codes(case)
            .into_iter()
            .filter(|code| code.starts_with('W'))
            .collect();
        assert_eq!(found, *expected, "{name}");
    }
}

#[test]
fn a_rule_set_says_how_serious_a_lint_is() {
    let level = |lints: &str| {
        let case = case(
            &format!("{INDEX}[lints]\n{lints}\n"),
            "",
            "if round(a, 6) < 25 { b } else { c }",
        );
        let engine = case.engine();
        match engine.check(&case.name()) {
            Ok(checked) => checked
                .warnings
                .list
                .iter()
                .map(|own| format!("{} {:?}", own.code, own.severity))
                .collect::<Vec<_>>(),
            Err(tanggap::BuildError::Rules(found)) => found
                .list
                .iter()
                .map(|own| format!("failed {} {:?}", own.code, own.severity))
                .collect(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(level(""), ["W109 Note"]);
    assert_eq!(level("W109 = 'off'"), [""; 0]);
    assert_eq!(level("W109 = 'warning'"), ["W109 Warning"]);
    assert_eq!(level("W109 = 'error'"), ["failed W109 Error"]);
    assert_eq!(level("W190 = 'off'"), ["W002 Warning", "W109 Note"]);
    assert_eq!(level("A101 = 'off'"), ["W109 Note"]);
    assert_eq!(level("A101 = 'note'"), ["W109 Note"]);
    // Advice is never more than a note, and that is said rather than forgotten.
    assert_eq!(level("A101 = 'error'"), ["failed E202 Error"]);
    assert_eq!(level("W109 = 'mati'"), ["failed E202 Error"]);
}

/// The codes of the advice on a case, with data or without.
fn advice(case: &Case, data: Option<&str>) -> Vec<String> {
    let engine = case.engine();
    let names = engine.rule_sets().unwrap();
    let program: Program = engine.program(names.last().unwrap()).unwrap().output;
    let scores = data.map(|text| {
        let data = engine
            .read(&program, Some("data.csv"), &mut text.as_bytes(), None)
            .unwrap();
        evaluate(&program, &data, &EvaluateOptions::default()).unwrap()
    });
    let previous = (names.len() > 1).then(|| engine.check(&names[0]).unwrap().output);
    let subject = Subject {
        program: &program,
        scores: scores.as_ref(),
        previous: previous.as_ref(),
    };
    let found = advise(&engine.registry().advice, subject);
    found
        .list
        .iter()
        .map(|own| format!("{} {}", own.code, own.message.en))
        .collect()
}

/// Thirty regions: three columns as functions of the row.
fn data(columns: [fn(f64) -> f64; 3]) -> String {
    let rows = (0..30).map(|row| {
        let cells = columns.map(|column| format!("{}", column(f64::from(row))));
        format!("{row:02},{}\n", cells.join(","))
    });
    format!("kode,a,b,c\n{}", rows.collect::<String>())
}

/// Something of a number that has nothing to do with it.
fn noise(x: f64, seed: f64) -> f64 {
    let at = (x + 1.0) * 12.9898 + seed * 78.233;
    (at.sin() * 43_758.547).rem_euclid(1.0)
}

#[test]
fn advice_from_data() {
    let plain = case(INDEX, "", "");
    let of = |columns| advice(&plain, Some(&data(columns)));
    // Each goes up, with noise of its own.
    let good: [fn(f64) -> f64; 3] = [
        |x| 2.0 * x + 40.0 * noise(x, 1.0),
        |x| 2.0 * x + 40.0 * noise(x, 2.0),
        |x| 2.0 * x + 40.0 * noise(x, 3.0),
    ];
    assert_eq!(of(good), [""; 0]);
    let [a, b, _] = good;
    let steep: fn(f64) -> f64 = |x| 4.0 * x + 60.0 * noise(x, 3.0);
    let beyond = (0..30).filter(|x| steep(f64::from(*x)) > 110.0).count();
    assert!(beyond > 1);
    let expected = format!("A101 {beyond} of 30 regions are far beyond the `best` of `c`");
    assert_eq!(of([a, b, steep]), [expected]);
    let contrary = of([a, b, |x| 100.0 - 2.0 * x - 40.0 * noise(x, 3.0)]);
    assert!(
        contrary
            .iter()
            .any(|own| own.starts_with("A102 the scores of `c`")),
        "{contrary:?}"
    );
    assert_eq!(of([a, b, |_| 7.0]), ["A103 `c` is 7 in all 30 regions"]);
    assert_eq!(
        of([|x| 3.0 * x, b, |x| 3.0 * x + noise(x, 1.0)])[0].get(..4),
        Some("A104")
    );
    let off = case(&format!("{INDEX}[lints]\nA103 = 'off'\n"), "", "");
    assert_eq!(advice(&off, Some(&data([a, b, |_| 7.0]))), [""; 0]);
}

#[test]
fn a_formula_that_falls_is_found_with_an_example() {
    let of = |formula: &str| advice(&case(INDEX, "", formula), None);
    for formula in [
        "(a + b + c) / 3",
        "if a < 25 { 0.5 * b } else { b }",
        "min(a, b, c)",
        "",
    ] {
        assert_eq!(of(formula), [""; 0], "{formula}");
    }
    let falls = of("if a < 50 { b + c } else { b }");
    assert_eq!(falls.len(), 1);
    assert!(
        falls[0].starts_with("A201 `v` falls from ")
            && falls[0].ends_with(" when `a` rises from 47.5 to 50"),
        "{falls:?}"
    );
    assert_eq!(of("100 - a + 0 * b + 0 * c").len(), 1);
}

#[test]
fn a_band_that_is_gone_is_told() {
    let bands =
        "[band.rendah]\ntitle = 'Rendah'\nfrom = 0\n[band.tinggi]\ntitle = 'Tinggi'\nfrom = 50\n";
    let two = case(&format!("{INDEX}{bands}"), "", "");
    let later = |text: &str| {
        two.clone().with(
            "2025/index.toml",
            &format!("extends = '2024'\nstatus = 'draft'\n{text}"),
        )
    };
    assert_eq!(advice(&later(""), None), [""; 0]);
    let gone = later("[band.tinggi]\nremove = true\n[band.baik]\ntitle = 'Baik'\nfrom = 50\n");
    assert_eq!(
        advice(&gone, None),
        ["A202 the band \"Tinggi\" of kasus/2024 is no longer there"]
    );
    let renamed = later("[band.tinggi]\nremove = true\n[band.baik]\ntitle = 'Tinggi'\nfrom = 50\n");
    assert_eq!(advice(&renamed, None), [""; 0]);
}

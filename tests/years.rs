//! A new program year, and years that no longer change.

use crate::support::command::{Desk, tanggap};

/// A desk with the shipped rules, and a way to call the command there.
struct Office(Desk);

impl Office {
    fn new() -> Self {
        let desk = Desk::new();
        desk.copy("rules", "rules");
        Self(desk)
    }

    fn call(&self, arguments: &[&str]) -> String {
        let rules = self.0.path("rules");
        let all = [arguments, &["--rules", &rules]].concat();
        tanggap(&all, "").replace(&*rules, "rules")
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.folder().join("rules").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

fn is_fine(said: &str) -> bool {
    said.starts_with("exit 0\n")
}

#[test]
fn a_year_starts_from_another() {
    let office = Office::new();
    let made = office.call(&["new", "ikotan/2026", "--from", "2022", "--lang", "id"]);
    assert!(is_fine(&made), "{made}");
    let path = office.0.folder().join("rules/ikotan/2026/index.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    insta::assert_snapshot!("new_overlay", text);
    let checked = office.call(&["check", "ikotan/2026", "--lang", "id"]);
    assert!(is_fine(&checked) && !checked.contains('['), "{checked}");
    // It scores as its base does.
    let differs = office.call(&["diff", "ikotan/2022", "ikotan/2026", "--lang", "en"]);
    assert!(!differs.contains("Changes scores"), "{differs}");
    // What it shows as changeable can be changed by taking away the #.
    std::fs::write(
        &path,
        text.replace("# [band", "[band").replace("# from", "from"),
    )
    .unwrap();
    assert!(is_fine(&office.call(&["check", "ikotan/2026"])));
    // Nothing is overwritten.
    let again = office.call(&["new", "ikotan/2026", "--lang", "en"]);
    let nowhere = office.call(&["new", "ikotan/2027", "--from", "2099", "--lang", "en"]);
    insta::assert_snapshot!("new_refused", format!("{again}\n{nowhere}"));
    assert!(!office.0.folder().join("rules/ikotan/2027").exists());
}

#[test]
fn an_index_starts_from_nothing() {
    for lang in ["id", "en"] {
        let office = Office::new();
        let made = office.call(&["new", "puskesmas/2026", "--lang", lang]);
        assert!(is_fine(&made), "{made}");
        let checked = office.call(&["check", "puskesmas/2026", "--lang", lang]);
        assert!(is_fine(&checked) && !checked.contains('['), "{checked}");
        let data = office.0.path("data.csv");
        std::fs::write(&data, "kode,cakupan,kasus\n01,80,10\n02,20,40\n").unwrap();
        let scored = office.call(&[
            "score",
            "puskesmas/2026",
            "--data",
            &data,
            "--format",
            "csv",
        ]);
        assert!(
            scored.contains("\n01,80.00,80.00,") && scored.contains("\n02,18.00,18.00,"),
            "{scored}"
        );
    }
}

#[test]
fn what_is_sealed_does_not_change() {
    let office = Office::new();
    let check = || office.call(&["check", "ikotan/2021", "--lang", "en"]);
    let sealed = office.call(&[
        "seal",
        "ikotan/2021",
        "--reason",
        "penetapan",
        "--lang",
        "en",
    ]);
    assert!(is_fine(&sealed), "{sealed}");
    assert!(is_fine(&check()));
    let again = office.call(&["seal", "ikotan/2021", "--lang", "en"]);
    assert!(again.contains("has not changed since"), "{again}");

    // Comments, layout, titles and notes may change, there and in the base.
    office.edit("ikotan/2019/hukum.toml", "weight", "# catatan\nweight");
    office.edit("ikotan/2021/index.toml", "capaian", "capaian resmi");
    assert!(is_fine(&check()), "{}", check());

    // A weight of the base may not; the base itself is not sealed.
    office.edit("ikotan/2019/hukum.toml", "weight    = 20", "weight    = 22");
    let changed = check();
    let day = |text: &str| {
        let today = text
            .find("was sealed on ")
            .map(|at| text[at + 14..at + 24].to_owned());
        today.map_or(text.to_owned(), |today| text.replace(&today, "<day>"))
    };
    let changed = day(&changed);
    let digest = changed
        .lines()
        .filter(|line| !line.contains("rules_digest"));
    insta::assert_snapshot!("seal_changed", digest.collect::<Vec<_>>().join("\n"));
    assert!(is_fine(&office.call(&["check", "ikotan/2019"])));
    let scored = office.call(&[
        "score",
        "ikotan/2021",
        "--data",
        "examples/data/ikotan_2021_buatan.csv",
    ]);
    assert!(scored.starts_with("exit 1\n"));
    let refused = office.call(&["seal", "ikotan/2021", "--lang", "en"]);
    assert!(
        refused.starts_with("exit 1\n") && refused.contains("E701"),
        "{refused}"
    );

    // It is renewed with a reason alone.
    assert!(
        office
            .call(&["seal", "ikotan/2021", "--renew"])
            .starts_with("exit 2\n")
    );
    assert!(is_fine(&office.call(&[
        "seal",
        "ikotan/2021",
        "--renew",
        "--reason",
        "ralat bobot"
    ])));
    assert!(is_fine(&check()));

    // A value that is tried out breaks no seal, and can be compared.
    let tried = office.call(&[
        "diff",
        "ikotan/2021",
        "--set",
        "hukum.weight=15",
        "--lang",
        "en",
    ]);
    assert!(
        is_fine(&tried) && tried.contains("weight of «Law» 22 → 15"),
        "{tried}"
    );

    // A seal that is edited is none.
    office.edit("ikotan/2021/seal.toml", "weight 22", "weight 20");
    let broken = check();
    assert!(broken.contains("E702"), "{broken}");

    // One that is cut off can be written anew, with a reason.
    let path = office.0.folder().join("rules/ikotan/2021/seal.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(!is_fine(&check()));
    let renewed = ["seal", "ikotan/2021", "--renew", "--reason", "segel rusak"];
    assert!(is_fine(&office.call(&renewed)));
    assert!(is_fine(&check()));
}

/// What a new year lacks is told where it is to be written: in the new year.
#[test]
fn a_fault_of_the_new_year_is_shown_there() {
    let office = Office::new();
    let folder = office.0.folder().join("rules/puskesmas");
    assert!(is_fine(&office.call(&["new", "puskesmas/2025"])));
    office.edit("puskesmas/2025/contoh.toml", "weight = 2\n", "");
    office.edit(
        "puskesmas/2025/contoh.toml",
        "weight = 1\nworst  = 50",
        "worst = 50",
    );
    assert!(is_fine(&office.call(&[
        "new",
        "puskesmas/2026",
        "--from",
        "2025"
    ])));
    let own = "[indicator.cakupan]\nweight = 3\n";
    std::fs::write(folder.join("2026/contoh.toml"), own).unwrap();
    let said = office.call(&["check", "puskesmas/2026", "--lang", "en"]);
    assert!(
        said.contains("E310") && said.contains("--> rules/puskesmas/2026/contoh.toml:2:10"),
        "{said}"
    );
}

/// A folder of rules without schemas gets no line that leads to them.
#[test]
fn schemas_are_pointed_at_where_they_are() {
    let office = Office::new();
    let file = office.0.folder().join("rules/puskesmas/2026/index.toml");
    let begins = || {
        assert!(is_fine(&office.call(&["new", "puskesmas/2026"])));
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        text.starts_with("#:schema ../../schema/index.json\n")
    };
    assert!(begins());
    std::fs::remove_dir_all(office.0.folder().join("rules/schema")).unwrap();
    assert!(!begins());
}

/// The rule sets that are published are sealed, and still what they were.
#[test]
fn published_rule_sets_are_sealed() {
    for name in ["ipm/2014", "idm/2024"] {
        let checked = tanggap(&["check", name, "--lang", "en"], "");
        assert!(
            is_fine(&checked) && checked.contains(" · sealed 20"),
            "{checked}"
        );
    }
}

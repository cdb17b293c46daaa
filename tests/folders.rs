//! Folders as they are found: what is no rule set, what is nearly one, what is too large, and what that does to the others.

use crate::support::command::{Desk, stdout, tanggap};
use tanggap::bundle::{DiskLoader, Loader};
use tanggap::{Engine, Standing};

const INDEX: &str =
    "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\n[indicator.a]\nworst = 0\nbest = 100\n";
const CASE: &str = "[case.a]\ngiven = { a = 60 }\nexpect = { index = 60 }\n";

fn desk(files: &[(&str, &str)]) -> Desk {
    let desk = Desk::new();
    desk.write("rules/u/2024/index.toml", INDEX);
    for (name, text) in files {
        desk.write(&format!("rules/{name}"), text);
    }
    desk
}

fn unread(desk: &Desk) -> Vec<(String, String)> {
    let loader = DiskLoader::new(desk.path("rules"));
    let found = loader.unread().into_iter();
    found
        .map(|own| (own.path, own.help.en.into_owned()))
        .collect()
}

#[test]
fn what_is_nearly_read_is_told_with_its_mend() {
    let desk = desk(&[
        ("Contoh/2024/index.toml", INDEX),
        ("con toh/2024/index.toml", INDEX),
        ("u/99999/index.toml", INDEX),
        ("u/2025-draft/index.toml", INDEX),
        ("2028/index.toml", INDEX),
        ("u/2024/Tests/a.toml", CASE),
        ("u/2024/tests/a.toml", CASE),
        ("u/2024/tests/b.TOML", CASE),
        ("u/2024/tests/c.toml.txt", CASE),
        ("u/2024/tests/d.tml", CASE),
        ("u/2024/tests/sub/e.toml", CASE),
        ("u/2024/tests/snapshots/data.csv.snap", ""),
        ("u/2024/libs/f.rhai", "fn f(x) { x }"),
        ("schema/index.json", "{}"),
        ("lost+found/notes.txt", ""),
        ("arsip/lama/catatan.txt", ""),
    ]);
    let expected = [
        (
            "2028/index.toml",
            "move it into a folder such as `ikotan/2021/`",
        ),
        ("Contoh/2024", "rename the folder, such as `contoh/2024`"),
        ("con toh/2024", "rename the folder, such as `con_toh/2024`"),
        ("u/2024/Tests", "rename it to `tests`"),
        ("u/2024/libs", "rename it to `lib`"),
        ("u/2024/tests/b.TOML", "rename it to `b.toml`"),
        ("u/2024/tests/c.toml.txt", "rename it to `c.toml`"),
        ("u/2024/tests/d.tml", "rename it to `d.toml`"),
        ("u/2024/tests/sub", "move its files to `tests/`"),
        ("u/2025-draft", "rename the folder, such as `u/2025`"),
        ("u/99999", "rename the folder, such as `u/2025`"),
    ];
    let expected = expected.map(|(path, help)| (path.to_owned(), help.to_owned()));
    assert_eq!(unread(&desk), expected);
    let rules = desk.path("rules");
    let said = tanggap(&["list", "--rules", &rules, "--lang", "en"], "");
    assert!(
        said.starts_with("exit 0") && said.contains("`Contoh/2024` is not read"),
        "{said}"
    );
    let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
    assert_eq!(engine.reload().activated.len(), 1);
    assert_eq!(engine.status().unread.len(), expected.len());
}

/// Cases that nobody runs do not pass.
#[test]
fn a_file_of_tests_that_is_not_read_is_no_success() {
    let desk = desk(&[("u/2024/tests/a.toml", CASE), ("u/2024/test/b.toml", CASE)]);
    let rules = desk.path("rules");
    let said = tanggap(&["test", "--rules", &rules, "--lang", "en"], "");
    assert!(said.starts_with("exit 1"), "{said}");
    assert!(said.contains("`u/2024/test` is not read"), "{said}");
}

#[test]
fn one_bad_test_file_stops_no_other() {
    let bad = CASE.replace("given", "givn");
    let desk = desk(&[
        ("u/2024/tests/a.toml", CASE),
        ("u/2024/tests/b.toml", &bad),
        ("v/2024/index.toml", "oops"),
    ]);
    let rules = desk.path("rules");
    let said = tanggap(&["test", "--rules", &rules, "--lang", "en"], "");
    assert!(
        said.starts_with("exit 1") && said.contains("1 of 1 cases pass"),
        "{said}"
    );
    let run = |format: &str| {
        let call = [
            "test", "--rules", &rules, "--lang", "en", "--format", format,
        ];
        stdout(&tanggap(&call, ""))
    };
    let junit = run("junit");
    assert_eq!(junit.matches("<error message=").count(), 2, "{junit}");
    assert!(junit.contains("<testsuite name=\"v/2024\""), "{junit}");
    let tap = run("tap");
    assert!(
        tap.contains("1..3") && tap.contains("not ok 3 - v/2024 files"),
        "{tap}"
    );
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json["errors"].as_array().unwrap().len(), 2, "{json}");
}

/// Sizes are asked before anything is read: these files are holes of a gigabyte.
#[test]
fn files_that_are_too_large_are_not_read() {
    let desk = desk(&[("w/2024/index.toml", INDEX), ("w/2024/tests/a.toml", CASE)]);
    for name in ["rules/w/2024/x.toml", "rules/w/2024/tests/b.toml"] {
        let path = desk.write(name, "");
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(1 << 30).unwrap();
    }
    let rules = desk.path("rules");
    let said = tanggap(&["check", "w/2024", "--rules", &rules, "--lang", "en"], "");
    assert!(said.starts_with("exit 1"), "{said}");
    assert!(
        said.contains("the file is too large (1024 MiB); 4 MiB at most"),
        "{said}"
    );
    let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        engine.reload();
    }
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    let status = engine.status();
    let standing = |name: &str| {
        let mut all = status.rule_sets.iter();
        all.find(|own| own.name.to_string() == name)
            .unwrap()
            .standing()
    };
    assert_eq!(standing("u/2024"), Standing::Fresh);
    assert_eq!(standing("w/2024"), Standing::Failed);
}

/// A link in a circle stands for whatever is there and cannot be looked into.
#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_the_trouble_of_its_own_family() {
    let desk = desk(&[("w/2024/index.toml", INDEX)]);
    let path = desk.path("rules/w/2024/x.toml");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let rules = desk.path("rules");
    for call in ["check", "list"] {
        let said = tanggap(&[call, "--rules", &rules, "--lang", "en"], "");
        assert!(said.contains("u/2024"), "{said}");
    }
    let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
    engine.reload();
    assert!(engine.active(&"u/2024".parse().unwrap()).is_ok());
    let other = engine.active(&"w/2024".parse().unwrap());
    let said = other.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("cannot be read"), "{said}");
}

/// A seal that is taken away is shown until there is one again.
#[test]
fn a_seal_that_is_taken_away_is_shown() {
    let desk = desk(&[]);
    let rules = desk.path("rules");
    let seal = [
        "seal", "u/2024", "--rules", &rules, "--reason", "uji", "--lang", "en",
    ];
    let said = tanggap(&seal, "");
    assert!(said.starts_with("exit 0"), "{said}");
    let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
    let unsealed = || {
        engine.reload();
        engine.status().rule_sets[0].unsealed
    };
    assert!(!unsealed());
    let text = std::fs::read_to_string(desk.path("rules/u/2024/seal.toml")).unwrap();
    desk.write("rules/u/2024/index.toml", INDEX.replace("100]", "50]"));
    assert!(!unsealed(), "the edit is refused");
    std::fs::remove_file(desk.path("rules/u/2024/seal.toml")).unwrap();
    assert!(unsealed());
    desk.write("rules/u/2024/index.toml", INDEX);
    assert!(unsealed());
    desk.write("rules/u/2024/seal.toml", text);
    assert!(!unsealed());
}

/// A folder outside the rules with a file whose lines nobody is to see.
#[cfg(unix)]
fn links(desk: &Desk, links: &[(&str, &str)]) {
    for (target, link) in links {
        let link = desk.path(&format!("rules/{link}"));
        let target = if target.starts_with('.') {
            (*target).into()
        } else {
            std::path::PathBuf::from(desk.path(target))
        };
        std::os::unix::fs::symlink(target, link).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_link_out_of_the_rules_is_followed_only_where_that_is_asked_for() {
    const SECRET: &str = "rahasia = 7,5 # 0815\n";
    for (target, link) in [
        ("luar/a.toml", "u/2024/v.toml"),
        ("luar", "u/2024/lib"),
        ("luar", "u/2024/tests"),
        ("luar/a.toml", "u/2024/tests/a.toml"),
        ("../../../luar/a.toml", "u/2024/w.toml"),
    ] {
        let desk = desk(&[("v/2024/index.toml", INDEX)]);
        desk.write("luar/a.toml", SECRET);
        desk.write("luar/a.rhai", SECRET);
        if link.contains("tests/") {
            desk.write("rules/u/2024/tests/b.toml", CASE);
        }
        links(&desk, &[(target, link)]);
        let rules = desk.path("rules");
        for command in ["check", "test", "fmt"] {
            if command == "check" && link.contains("tests") {
                continue;
            }
            let call = [command, "u/2024", "--rules", &rules, "--lang", "en"];
            let said = tanggap(&call, "");
            assert!(
                !said.contains("rahasia") && !said.contains("0815"),
                "{said}"
            );
            assert!(
                said.contains(&format!("{link}` is a link out of")),
                "{said}"
            );
            assert!(said.contains("--follow-links"), "{said}");
            let followed = tanggap(&[&call[..], &["--follow-links"]].concat(), "");
            assert!(!followed.contains("is a link out of"), "{followed}");
        }
        let engine = Engine::builder()
            .loader(DiskLoader::new(desk.path("rules")).relative())
            .build();
        engine.reload();
        let status = engine.status().rule_sets;
        let standing: Vec<Standing> = status.iter().map(|own| own.standing()).collect();
        assert_eq!(standing, [Standing::Failed, Standing::Fresh], "{link}");
        let why = status[0].trouble.as_ref().unwrap().summary().en;
        assert!(
            why.contains("is a link out of") && !why.contains(&rules),
            "{why}"
        );
    }
}

/// As Kubernetes mounts them, and as releases are switched.
#[test]
#[cfg(unix)]
fn links_of_whole_folders_are_followed() {
    let desk = desk(&[
        ("u/2025/..2025_01/index.toml", INDEX),
        (
            "u/2025/..2025_01/v.toml",
            "[variable]\n[indicator.b]\nworst = 0\nbest = 1\n",
        ),
    ]);
    desk.write("rilis/7/index.toml", INDEX);
    desk.write("rilis/7/tests/a.toml", CASE);
    desk.write("rilis/w/2024/index.toml", INDEX);
    links(
        &desk,
        &[
            ("./..2025_01", "u/2025/..data"),
            ("./..data/index.toml", "u/2025/index.toml"),
            ("./..data/v.toml", "u/2025/v.toml"),
            ("rilis/7", "u/2026"),
            ("rilis/w", "w"),
        ],
    );
    let engine = Engine::builder()
        .loader(DiskLoader::new(desk.path("rules")))
        .build();
    engine.reload();
    let status = engine.status().rule_sets;
    let standing: Vec<String> = status
        .iter()
        .map(|own| format!("{} {} {}", own.name, own.standing().name(), own.cases))
        .collect();
    assert_eq!(
        standing,
        [
            "u/2024 fresh 0",
            "u/2025 fresh 0",
            "u/2026 fresh 1",
            "w/2024 fresh 0"
        ]
    );
}

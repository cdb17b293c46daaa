//! What the documents say works: the commands of the README are run, its example is compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use tanggap::base::{Code, IssueKind};

use crate::support::command::tanggap;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The lines of all blocks of a kind.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == format!("```{kind}");
        } else if inside {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[test]
fn the_commands_of_the_readme_run() {
    let readme = read("README.md");
    let mut ran = 0;
    // One folder for all: a command may read what another has written.
    let folder = tempfile::tempdir().unwrap();
    for line in blocks(&readme, "sh") {
        let arguments = line
            .strip_prefix("cargo run --release -- ")
            .or_else(|| line.strip_prefix("tanggap "));
        let Some(arguments) = arguments else {
            // `tests/plugins.rs` runs the command of the example.
            let elsewhere =
                line == "cargo test" || line.starts_with("cargo run --example plugins -- ");
            if !elsewhere {
                let example = line.strip_prefix("cargo run --example ");
                run_example(example.unwrap_or_else(|| panic!("not tested: {line}")));
            }
            continue;
        };
        let arguments = arguments.replace("/tmp/", &format!("{}/", folder.path().display()));
        let output = Command::new(env!("CARGO_BIN_EXE_tanggap"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stdout.is_empty(), "{line}");
        ran += 1;
    }
    assert!(ran >= 8, "the commands were found");
}

/// Runs an example of the README, with the features that there are.
fn run_example(called: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example"])
        .args(called.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !output.stdout.is_empty(),
        "{called}\n{said}"
    );
}

#[test]
fn ci_calls_the_test_command_of_the_readme() {
    assert!(read("README.md").contains("\n```sh\ncargo test\n```\n"));
    assert!(
        read(".ci/run")
            .lines()
            .any(|line| line == "step cargo test")
    );
}

#[test]
fn the_wrong_comma_of_the_readme_is_answered_as_shown() {
    let folder = crate::support::command::Desk::new();
    let target = PathBuf::from(folder.copy("rules", "rules"));
    let wrong = "[variable]\n# bobot baru\nweight = 0,4\n";
    std::fs::write(target.join("ikotan/2021/hukum.toml"), wrong).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tanggap"))
        .current_dir(folder.folder())
        .args(["check", "ikotan/2021", "--lang", "id"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let shown = blocks(&read("README.md"), "text").join("\n");
    let lines = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("# bobot"))
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(lines(&said).contains(&lines(&shown)), "{said}\n{shown}");
}

#[test]
fn the_example_of_the_readme_is_the_example_that_runs() {
    let code = blocks(&read("README.md"), "rust").join("\n");
    assert!(code.contains("program(&\"ipm/2014\".parse()?)"));
    let example = read("examples/embed.rs");
    for line in [
        "Engine::builder().loader(DiskLoader::new(\"rules\")).build()",
        "engine.read(&program, None, &mut csv.as_bytes(), None)?",
    ] {
        assert!(code.contains(line) && example.contains(line), "{line}");
    }
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "embed"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let output = output.unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("ipm/2014 3301: 69.95"));
}

#[test]
fn the_case_of_the_readme_passes() {
    let desk = crate::support::command::Desk::new();
    let rules = desk.copy("rules", "rules");
    let case = blocks(&read("README.md"), "toml").join("\n");
    std::fs::write(desk.path("rules/ikotan/2021/tests/hukum.toml"), case).unwrap();
    let call = ["test", "ikotan/2021", "--filter", "hukum_tanpa_regulasi"];
    let said = tanggap(&[&call[..], &["--rules", &rules]].concat(), "");
    assert!(said.starts_with("exit 0\n"), "{said}");
}

/// Every code that a finding can have is explained by `tanggap explain-code`.
/// The text of all sources, without the list of codes itself.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if !path.ends_with("base/code.rs") {
            all += &std::fs::read_to_string(&path).unwrap();
        }
    }
    all
}

#[test]
fn every_code_is_explained_and_raised() {
    let listed = ["id", "en"].map(|lang| tanggap(&["explain-code", "--lang", lang], ""));
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let issues = IssueKind::ALL.into_iter().map(|kind| kind.code());
    for code in codes.clone().chain(issues) {
        let line = format!("\n  {code}  ");
        assert!(listed.iter().all(|own| own.contains(&line)), "{code}");
    }
    for code in codes {
        assert!(sources.contains(&format!("Code::{code}")), "{code}");
    }
}

/// The reference page of codes; `TANGGAP_WRITE=1 cargo test docs::` writes it.
#[test]
fn the_page_of_codes_is_fresh() {
    let mut page = "# Codes / Kode\n\n\
        Written by `TANGGAP_WRITE=1 cargo test docs::`; `tanggap explain-code` shows the same.\n\n\
        | code | Indonesia | English |\n|---|---|---|\n"
        .to_owned();
    let codes = Code::ALL.iter();
    let codes = codes.map(|code| (code.as_str(), code.meaning()));
    let issues = IssueKind::ALL.into_iter();
    let issues = issues.map(|kind| (kind.code(), kind.message()));
    for (code, meaning) in codes.chain(issues) {
        let cell = |text: &str| text.replace('|', "\\|");
        let (id, en) = (cell(&meaning.id), cell(&meaning.en));
        page += &format!("| {code} | {id} | {en} |\n");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    if std::env::var_os("TANGGAP_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        read("docs/codes.md") == page,
        "docs/codes.md is stale: TANGGAP_WRITE=1 cargo test docs::"
    );
}

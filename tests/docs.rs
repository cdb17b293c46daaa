//! What the documents say works: the commands of the README are run, its example is compared.
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let said = crate::support::command::tanggap(&[&call[..], &["--rules", &rules]].concat(), "");
    assert!(said.starts_with("exit 0\n"), "{said}");
}

/// Every code that a finding can have is explained by `tanggap explain-code`.
#[test]
fn every_code_is_explained() {
    let listed = ["id", "en"]
        .map(|lang| crate::support::command::tanggap(&["explain-code", "--lang", lang], ""));
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for quoted in text.split('"') {
                let (letter, digits) = quoted.split_at(usize::from(quoted.is_char_boundary(1)));
                let is_code = ["E", "W", "A", "D"].contains(&letter)
                    && digits.len() == 3
                    && digits.chars().all(|digit| digit.is_ascii_digit());
                if is_code {
                    seen += 1;
                    let line = format!("\n  {quoted}  ");
                    let all = listed.iter().all(|own| own.contains(&line));
                    assert!(all, "{quoted} of {}", path.display());
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

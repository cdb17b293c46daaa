//! The command line, run as a user runs it, and a folder to run it in.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Made-up answers of one year.
pub const DATA: &str = "examples/data/ikotan_2021_buatan.csv";
/// Made-up answers of several years.
pub const YEARS: &str = "examples/data/ikotan_2019_2022_buatan.csv";

/// What a run printed, and its exit code.
pub fn tanggap(arguments: &[&str], input: &str) -> String {
    run(arguments, input, &[])
}

/// The same, with variables of the environment.
pub fn run(arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> String {
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
            // Which forms there are, features decide; snapshots are those of the default ones.
            .replace("json, parquet, xlsx", "json, xlsx")
    };
    format!(
        "exit {}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr)
    )
}

/// What a run printed on standard output.
pub fn stdout(said: &str) -> String {
    let (_, printed) = said.split_once("--- stdout\n").unwrap();
    printed.split_once("\n--- stderr").unwrap().0.to_owned()
}

/// A folder of its own, which is gone with the test.
pub struct Desk(tempfile::TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A file in it, with the folders on the way.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        self.path(name)
    }

    /// A copy of a file of the repository, or of a folder.
    pub fn copy(&self, from: &str, name: &str) -> String {
        let to = self.path(name);
        if Path::new(from).is_dir() {
            copy_folder(from, Path::new(&to));
        } else {
            std::fs::copy(from, &to).unwrap();
        }
        to
    }
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

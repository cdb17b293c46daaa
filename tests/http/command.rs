//! `tanggap serve` as a process: where it listens, what it demands, what a saved file does, and how it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;

pub struct Served {
    child: Child,
    address: String,
    out: BufReader<std::process::ChildStdout>,
    _folder: Option<tempfile::TempDir>,
}

impl Served {
    fn new(rules: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tanggap"))
            .args(["serve", "--lang", "en", "--bind", "127.0.0.1:0", "--rules"])
            .arg(rules)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .unwrap_or_else(|| panic!("{line}"));
        let address = address.split(' ').next().unwrap().to_owned();
        Self {
            child,
            address,
            out,
            _folder: None,
        }
    }

    /// The usual rules, with the limits that are usual.
    pub fn plain() -> Self {
        let folder = folder();
        let mut served = Self::new(&folder.path().join("rules"), &[]);
        served._folder = Some(folder);
        served
    }

    /// The most memory that it has taken, in megabytes.
    pub fn peak_megabytes(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.unwrap().split_whitespace().next().unwrap();
        kilobytes.parse::<usize>().unwrap() >> 10
    }

    pub fn post(&self, path: &str, form: &str, body: &[u8]) -> (u16, String) {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let agent = ureq::Agent::new_with_config(agent);
        let request = agent.post(format!("http://{}{path}", self.address));
        let mut answer = request.header("content-type", form).send(body).unwrap();
        let text = answer
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string();
        (answer.status().as_u16(), text.unwrap())
    }

    pub fn get(&self, path: &str, token: &str) -> (u16, String) {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let agent = ureq::Agent::new_with_config(agent);
        let request = agent.get(format!("http://{}{path}", self.address));
        let mut answer = request.header("authorization", token).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), text)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("rules/contoh/2024");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("index.toml"), index(1)).unwrap();
    folder
}

#[test]
fn a_saved_file_is_served_and_the_end_is_clean() {
    let folder = folder();
    let rules = folder.path().join("rules");
    let mut served = Served::new(&rules, &[]);
    let digest = |served: &Served| {
        let (status, text) = served.get("/v1/rulesets", "");
        assert_eq!(status, 200);
        let sets: Value = serde_json::from_str(&text).unwrap();
        let own = sets["rule_sets"][0].clone();
        assert_eq!(own["standing"], "fresh");
        own["rules_digest"].as_str().unwrap().to_owned()
    };
    let before = digest(&served);
    std::fs::write(rules.join("contoh/2024/index.toml"), index(2)).unwrap();
    let begun = Instant::now();
    while digest(&served) == before {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    let (_, status) = served.get("/v1/status", "");
    assert!(status.contains(r#""by":"events""#), "{status}");
    let id = served.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(served.child.wait().unwrap().success());
    let mut rest = String::new();
    served.out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "done\n");
}

#[test]
fn a_token_is_demanded_where_others_can_call() {
    let folder = folder();
    let rules = folder.path().join("rules");
    let call = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tanggap"));
        command
            .args(["serve", "--lang", "en", "--rules"])
            .arg(&rules)
            .args(more);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = call(&["--bind", "0.0.0.0:0"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("`--token-file` is needed"), "{said}");
    let path = folder.path().join("token");
    let token_file = ["--token-file", path.to_str().unwrap()];
    assert!(call(&token_file).1.contains("there is no token file"));
    std::fs::write(&path, "short\n").unwrap();
    assert!(call(&token_file).1.contains("16 letters, digits or signs"));
    assert!(call(&["--bind", "nowhere"]).1.contains("is no address"));
    assert!(
        call(&["--poll", "0"])
            .1
            .contains("is not valid for `--poll")
    );

    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let served = Served::new(&rules, &token_file);
    assert_eq!(served.get("/v1/status", "").0, 401);
    assert_eq!(served.get("/v1/status", &format!("Bearer {TOKEN}")).0, 200);
    assert_eq!(served.get("/healthz", "").0, 200);
}

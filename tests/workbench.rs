//! `tanggap test` from outside: forms, exit codes, snapshots that are reviewed, and what is refused.

use std::path::PathBuf;
use std::process::Command;

use crate::support::command::{Desk, run, stdout};
use tanggap::bundle::DiskLoader;
use tanggap::testing::{Snapshot, scores_text};
use tanggap::{Engine, EvaluateOptions, Scores, evaluate};

const INDEX: &str = "title = { id = 'Uji', en = 'Trial' }\nstatus = 'draft'\nscale = [0, 100]\n[data]\nkey = 'kode'\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 60\n";
const CASES: &str = "[case.satu]\ntitle = { id = 'Kasus satu', en = 'Case one' }\ngiven = { x = 50, y = 50 }\nexpect = { index = 50 }\n[case.dua]\ngiven = { x = 100, y = 20 }\nexpect = { index = 40 }\nband = 'rendah'\n";
const DATA: &str = "kode,x,y\n01,10,20\n02,80,90\n03,60,50\n04,,\n";

fn variable(weight: u32, best: u32) -> String {
    format!(
        "[variable]\nweight = 1\n[indicator.x]\nweight = {weight}\nworst = 0\nbest = 100\n\
         [indicator.y]\nweight = 3\nworst = 0\nbest = {best}\n"
    )
}

/// A tester's desk: a small rule set under git, with tests and data.
struct Bench(Desk);

impl Bench {
    fn new() -> Self {
        let bench = Self(Desk::new());
        bench.write("rules/uji/2024/index.toml", INDEX);
        bench.write("rules/uji/2024/a.toml", &variable(1, 100));
        bench.write("rules/uji/2024/tests/pokok.toml", CASES);
        bench.write("data.csv", DATA);
        bench.git(&["init", "-q"]);
        bench
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.folder().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    fn git(&self, arguments: &[&str]) {
        let own = ["-c", "user.name=Uji", "-c", "user.email=uji@example.org"];
        let mut git = Command::new("git");
        git.arg("-C").arg(self.0.folder()).args(own).args(arguments);
        assert!(git.output().unwrap().status.success(), "{arguments:?}");
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "simpan"]);
    }

    fn call_as(&self, arguments: &[&str], ci: &str) -> String {
        let rules = self.0.path("rules");
        let all = [&["test"], arguments, &["--rules", &rules, "--lang", "en"]].concat();
        let said = run(&all, "", &[("CI", ci)]);
        said.replace(&*self.0.path(""), "")
            .replace(&*rules, "rules")
    }

    fn call(&self, arguments: &[&str]) -> String {
        self.call_as(arguments, "")
    }

    /// A call about the snapshot of the data.
    fn data(&self, arguments: &[&str]) -> String {
        let data = self.0.path("data.csv");
        let all = [&["uji/2024", "--data", &data], arguments].concat();
        self.call(&all)
    }

    fn accept(&self, what: &str) -> String {
        self.data(&[
            "--review",
            "--accept",
            what,
            "--reason",
            "keputusan",
            "--who",
            "Sari",
        ])
    }
}

const SNAPSHOT: &str = "rules/uji/2024/tests/snapshots/data.csv.snap";
const PENDING: &str = "rules/uji/2024/tests/snapshots/data.csv.snap.new";
const RECORD: &str = "rules/uji/2024/tests/snapshots/acceptances.toml";

#[test]
fn results_in_every_form() {
    let bench = Bench::new();
    assert!(bench.call(&[]).starts_with("exit 0\n"));
    bench.write(
        "rules/uji/2024/tests/gagal.toml",
        "[case.gagal]\ntitle = 'Tidak < benar & \"salah\"'\ngiven = { x = 1, y = 2 }\nexpect = { index = 3 }\n",
    );
    for format in ["text", "tap", "junit", "json"] {
        let said = bench.call(&["--format", format]);
        assert!(said.starts_with("exit 1\n"), "{said}");
        let said = said.lines().filter(|line| !line.contains("rules_digest"));
        let said: Vec<&str> = said.collect();
        insta::assert_snapshot!(format!("results_{format}"), said.join("\n"));
    }
    let filtered = bench.call(&["--filter", "case ONE"]);
    assert!(filtered.contains("1 of 1 cases pass"), "{filtered}");
    let none = bench.call(&["--filter", "tidak ada"]);
    assert!(
        none.starts_with("exit 2\n") && none.contains("no case matches"),
        "{none}"
    );
    let unfit = bench.call(&["--format", "lcov"]);
    assert!(unfit.starts_with("exit 2\n"), "{unfit}");
    let mutants = bench.call(&["--mutants"]);
    assert!(
        mutants.starts_with("exit 1\n") && mutants.contains("must pass before"),
        "{mutants}"
    );
}

#[test]
fn coverage_and_small_edits_decide_the_exit_code() {
    let bench = Bench::new();
    let least = |percent: &str| bench.call(&["--coverage-at-least", percent]);
    assert!(least("20").starts_with("exit 0\n"), "{}", least("20"));
    let low = least("99");
    assert!(
        low.starts_with("exit 1\n") && low.contains("less than 99 % is reached"),
        "{low}"
    );
    let open = bench.call(&["--mutants"]);
    assert!(
        open.starts_with("exit 1\n") && open.contains("this case would catch it"),
        "{open}"
    );
    // With a useful start, little is left; and what is written as a reason is counted.
    let proposed = stdout(&bench.call(&["uji/2024", "--suggest"]));
    bench.write("rules/uji/2024/tests/usul.toml", &proposed);
    let found = bench.call(&["--mutants", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&stdout(&found)).unwrap();
    let mutants = found[0]["mutants"].as_array().unwrap();
    let open = mutants.iter().filter(|own| own["fate"] == "survived");
    let mut reasons = "[survivors]\n'x.weight * 1.1' = 'basi'\n".to_owned();
    for own in open {
        reasons += &format!("{} = 'sengaja'\n", own["id"]);
    }
    bench.write("rules/uji/2024/tests/alasan.toml", &reasons);
    let said = bench.call(&["--mutants"]);
    assert!(
        said.starts_with("exit 0\n") && said.contains("0 survive,"),
        "{said}"
    );
    assert!(said.contains("`x.weight * 1.1` is noticed now"), "{said}");
}

/// What would be lost is not written over, and what cannot be meant is refused.
#[test]
fn slips_of_a_call() {
    let bench = Bench::new();
    for file in [
        "rules/uji/2024/index.toml",
        "rules/uji/2024/tests/pokok.toml",
    ] {
        let path = bench.0.path(file);
        let before = bench.read(file);
        for call in [
            &["--output", &*path][..],
            &["uji/2024", "--suggest", "--output", &path],
        ] {
            assert!(bench.call(call).starts_with("exit 2\n"), "{call:?}");
            assert_eq!(bench.read(file), before);
        }
    }
    for percent in ["nan", "101", "-1", "x"] {
        let argument = format!("--coverage-at-least={percent}");
        assert!(
            bench.call(&[&argument]).starts_with("exit 2\n"),
            "{percent}"
        );
    }
    let data = bench.data(&["--format", "json"]);
    assert!(
        data.starts_with("exit 2\n") && !bench.path(PENDING).exists(),
        "{data}"
    );
    let both = bench.call(&["--coverage", "--mutants"]);
    assert!(both.contains("does not go with"), "{both}");
    let alone = bench.call(&["uji/2024", "--accept", "all"]);
    assert!(alone.starts_with("exit 2\n"), "{alone}");
}

/// Columns are called as offices call them; what is proposed can be saved all the same.
#[test]
fn proposals_for_any_column() {
    let bench = Bench::new();
    let columns = [
        "Jumlah Kasus (2024)",
        "a.b",
        "we\"ird\\ # y",
        "Ünïcode",
        "\t",
    ];
    let mut text = "[variable]\nweight = 1\n".to_owned();
    for (column, number) in columns.iter().zip(0..) {
        let column = serde_json::Value::from(*column);
        text += &format!(
            "[indicator.k{number}]\nweight = 1\ncolumn = {column}\nworst = 0\nbest = 10\n"
        );
    }
    bench.write("rules/uji/2024/a.toml", &text);
    std::fs::remove_dir_all(bench.path("rules/uji/2024/tests")).unwrap();
    let proposed = stdout(&bench.call(&["uji/2024", "--suggest"]));
    bench.write("rules/uji/2024/tests/usul.toml", &proposed);
    let said = bench.call(&["uji/2024"]);
    assert!(said.starts_with("exit 0\n"), "{said}\n{proposed}");
}

#[test]
fn a_snapshot_is_accepted_by_somebody_for_a_reason() {
    let bench = Bench::new();
    let first = bench.data(&[]);
    assert!(
        first.starts_with("exit 1\n") && first.contains("no snapshot"),
        "{first}"
    );
    assert!(bench.path(PENDING).exists() && !bench.path(SNAPSHOT).exists());
    let unreasoned = bench.data(&["--review", "--accept", "all", "--who", "Sari"]);
    assert!(
        unreasoned.starts_with("exit 2\n") && !bench.path(SNAPSHOT).exists(),
        "{unreasoned}"
    );
    assert!(bench.accept("all").starts_with("exit 0\n"));
    assert!(!bench.path(PENDING).exists());
    insta::assert_snapshot!("snapshot_file", masked(&bench.read(SNAPSHOT)));
    insta::assert_snapshot!("acceptances_file", masked(&bench.read(RECORD)));
    assert!(bench.data(&[]).starts_with("exit 0\n"));
    bench.commit();

    // Two causes; one of them is accepted, and the test goes on failing until the other is, too.
    bench.write("rules/uji/2024/a.toml", &variable(2, 90));
    bench.write(
        "rules/uji/2024/tests/pokok.toml",
        "[case.a]\ngiven = { x = 0, y = 0 }\nexpect = { index = 0 }\n",
    );
    let moved = bench.data(&[]);
    assert!(
        moved.starts_with("exit 1\n") && moved.contains("3 regions of"),
        "{moved}"
    );
    let shown = bench.data(&["--review"]);
    insta::assert_snapshot!("review", masked(&shown));
    let before = bench.read(SNAPSHOT);
    let partly = bench.accept("1");
    assert!(
        partly.starts_with("exit 1\n") && partly.contains("other causes are not accepted"),
        "{partly}"
    );
    assert_ne!(bench.read(SNAPSHOT), before);
    assert!(bench.data(&[]).starts_with("exit 1\n"));
    // What is left is still told by its cause, though these rules stand in no revision.
    let left = bench.data(&["--review"]);
    assert!(
        left.contains("  (1) ") && !left.contains("  (2) "),
        "{left}"
    );
    // That is what the rules give with the other cause taken back.
    let both = bench.read("rules/uji/2024/a.toml");
    let one = if partly.contains("(1) goalposts") {
        variable(1, 90)
    } else {
        variable(2, 100)
    };
    bench.write("rules/uji/2024/a.toml", &one);
    let taken_back = bench.data(&[]);
    assert!(taken_back.starts_with("exit 0\n"), "{taken_back}");
    bench.write("rules/uji/2024/a.toml", &both);
    assert!(bench.accept("all").starts_with("exit 0\n"));
    assert!(bench.data(&[]).starts_with("exit 0\n"));
    assert_eq!(bench.read(RECORD).matches("[[acceptance]]").count(), 3);
    let wrong = bench.accept("7");
    assert!(wrong.starts_with("exit 2\n"), "{wrong}");
}

#[test]
fn nothing_is_accepted_in_silence() {
    let bench = Bench::new();
    assert!(bench.accept("all").starts_with("exit 0\n"));
    // On CI a snapshot that moved fails, and nothing is written.
    bench.write("rules/uji/2024/a.toml", &variable(2, 100));
    bench.write(
        "rules/uji/2024/tests/pokok.toml",
        "[case.a]\ngiven = { x = 0, y = 0 }\nexpect = { index = 0 }\n",
    );
    let data = bench.0.path("data.csv");
    let on_ci = bench.call_as(&["uji/2024", "--data", &data], "true");
    assert!(
        on_ci.starts_with("exit 1\n") && !bench.path(PENDING).exists(),
        "{on_ci}"
    );
    // What another tool accepts is told, and fails on CI.
    bench.data(&[]);
    std::fs::rename(bench.path(PENDING), bench.path(SNAPSHOT)).unwrap();
    let told = bench.data(&[]);
    assert!(
        told.starts_with("exit 0\n") && told.contains("without a record"),
        "{told}"
    );
    let on_ci = bench.call_as(&["uji/2024", "--data", &data], "true");
    assert!(on_ci.starts_with("exit 1\n"), "{on_ci}");
    // To reject is to leave the old one as it is.
    bench.write("rules/uji/2024/a.toml", &variable(3, 100));
    bench.data(&[]);
    let before = bench.read(SNAPSHOT);
    let rejected = bench.data(&["--review", "--reject"]);
    assert!(
        rejected.starts_with("exit 1\n") && !bench.path(PENDING).exists(),
        "{rejected}"
    );
    assert_eq!(bench.read(SNAPSHOT), before);
}

#[test]
fn a_snapshot_that_is_not_what_it_says_is_refused() {
    let bench = Bench::new();
    assert!(bench.accept("all").starts_with("exit 0\n"));
    let good = bench.read(SNAPSHOT);
    let other = good.replace("\"uji/2024\"", "\"uji/2023\"");
    let conflict = good.replace("---\nuji", "---\n<<<<<<< HEAD\nuji");
    let edited = good.replace("tinggi", "rendah");
    let cut = good[..good.len() / 3].to_owned();
    let number = good.replace("17.50", "tujuh");
    let all = [
        ("other", other),
        ("conflict", conflict),
        ("edited", edited),
        ("cut", cut),
        ("number", number),
        ("empty", String::new()),
    ];
    let mut said = String::new();
    for (name, text) in all {
        assert_ne!(text, good, "{name}");
        bench.write(SNAPSHOT, &text);
        let told = bench.data(&[]);
        assert!(told.starts_with("exit 1\n"), "{name}: {told}");
        said += &format!("{name}: {told}\n");
        // Nothing is overwritten, whatever is asked for.
        assert!(bench.accept("all").starts_with("exit 1\n"), "{name}");
        assert_eq!(bench.read(SNAPSHOT), text);
        assert!(!bench.path(PENDING).exists());
    }
    insta::assert_snapshot!("snapshots_refused", masked(&said));
    bench.write(SNAPSHOT, &good);
    bench.write(RECORD, "[[acceptance]\n");
    bench.write("rules/uji/2024/a.toml", &variable(2, 100));
    let told = bench.accept("all");
    assert!(
        told.starts_with("exit 1\n") && told.contains("no record of acceptances"),
        "{told}"
    );
    // What cannot be recorded is not accepted.
    assert_eq!(bench.read(SNAPSHOT), good);
    bench.write("rules/uji/2024/a.toml", &variable(1, 100));
    let told = bench.data(&[]);
    assert!(
        told.starts_with("exit 1\n") && told.contains("no record of acceptances"),
        "{told}"
    );
}

/// What changes from run to run, or with every change of the language.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|c: char| !(c.is_alphanumeric() || "-:".contains(c))) {
        let own = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || "-:".contains(c)));
        let hex = own.len() >= 12 && own.chars().all(|c| c.is_ascii_hexdigit());
        let day = own.len() >= 19 && own.starts_with("20") && own.contains('T');
        out += &if hex || day {
            word.replacen(own, "…", 1)
        } else {
            word.to_owned()
        };
    }
    out
}

fn scores(rows: usize) -> Scores {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let engine = Engine::builder().loader(DiskLoader::new(rules)).build();
    let program = engine.program(&"idm/2024".parse().unwrap()).unwrap().output;
    let headers: Vec<&str> = program
        .rules()
        .columns
        .iter()
        .map(|own| own.header.as_str())
        .collect();
    let mut csv = format!(
        "{},{}\n",
        program.rules().data.key.as_deref().unwrap_or("kode"),
        headers.join(",")
    );
    for row in 0..rows {
        let value = |by: usize| (row * 37 + by * 11) % 1000;
        let cells: Vec<String> = (0..headers.len())
            .map(|at| format!("0.{:03}", value(at)))
            .collect();
        csv += &format!("{:07},{}\n", rows - row, cells.join(","));
    }
    let data = engine
        .read(&program, None, &mut csv.as_bytes(), None)
        .unwrap();
    evaluate(&program, &data, &EvaluateOptions::default()).unwrap()
}

/// The files are insta's: it reads ours, and we read what it writes.
#[test]
fn snapshots_are_insta_snapshots() {
    let scores = scores(30);
    tanggap::assert_scores!("scores_of_villages", scores);
    let folder = Desk::new();
    let ours = Snapshot::of(&scores, "data \"aneh\": 5 %.csv");
    std::fs::write(folder.path("desa.snap"), ours.to_file()).unwrap();
    insta::with_settings!({ snapshot_path => folder.folder(), prepend_module_to_snapshot => false }, {
        tanggap::assert_scores!("desa", scores);
    });
    assert_eq!(Snapshot::from_file(&ours.to_file()).unwrap(), ours);
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/snapshots/tests__workbench__scores_of_villages.snap"
    );
    let theirs = Snapshot::from_file(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(theirs.contents, ours.contents);
    let rows = ours.rows().unwrap();
    assert_eq!(rows.len(), 30);
    let published = scores
        .program
        .rules()
        .published(scores.index().get(0).unwrap());
    assert_eq!(rows["0000030"].index.parse::<f64>().unwrap(), published);
}

/// Of a huge data set a digest and the ends are kept; any line that moves is noticed.
#[test]
fn a_huge_data_set_stays_small() {
    let scores = scores(5_000);
    let text = scores_text(&scores);
    assert!(
        text.len() < 8_000 && text.lines().count() < 60,
        "{}",
        text.len()
    );
    let snapshot = Snapshot::of(&scores, "desa.csv");
    assert_eq!(
        Snapshot::from_file(&snapshot.to_file())
            .unwrap()
            .rows()
            .unwrap()
            .len(),
        40
    );
    let mut moved = scores.clone();
    let middle = (0..5_000)
        .find(|at| {
            moved
                .rank(*at)
                .is_some_and(|rank| (2_000..3_000).contains(&rank))
        })
        .unwrap();
    let exact = moved.index().get(middle).unwrap();
    moved.nodes[0].set(middle, Some(exact + 0.0001));
    assert_ne!(scores_text(&moved), text);
}

/// A command that goes on, and the lines that it writes.
struct Running {
    command: std::process::Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Running {
    fn new(bench: &Bench, arguments: &[&str]) -> Self {
        use std::io::{BufRead, BufReader};

        let (reader, writer) = std::io::pipe().unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_tanggap"))
            .args(arguments)
            .args(["--lang", "en", "--rules"])
            .arg(bench.path("rules"))
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { command, lines }
    }

    /// All lines up to one that holds a text.
    #[track_caller]
    fn until(&self, wanted: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(std::time::Duration::from_secs(30)) {
                Ok(line) => seen.push(line),
                Err(_) => panic!("no line with `{wanted}`: {seen:?}"),
            }
            if seen.last().is_some_and(|line| line.contains(wanted)) {
                return seen.join("\n");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.command.kill();
        let _ = self.command.wait();
    }
}

/// At each save what changed its mind is told, and rules that are wrong for a moment forget nothing.
#[test]
fn watching_tells_what_changed() {
    let bench = Bench::new();
    let watching = Running::new(&bench, &["test", "uji/2024", "--watch"]);
    watching.until("waiting for a change");
    bench.write("rules/uji/2024/a.toml", &variable(1, 90));
    let failing = watching.until("changed,");
    assert!(
        failing.contains("case `pokok/satu`") && failing.contains("2 of 2 cases fail"),
        "{failing}"
    );
    watching.until("waiting for a change");
    bench.write("rules/uji/2024/a.toml", "[variable]\nweight = 0,4\n");
    watching.until("waiting for a change");
    bench.write("rules/uji/2024/a.toml", &variable(1, 100));
    let mended = watching.until("changed,");
    assert!(
        mended.contains("passes now: uji/2024 pokok/satu") && mended.contains("0 of 2 cases fail"),
        "{mended}"
    );
}

/// The screen of who edits rules: what is wrong, or what changed against a baseline; it survives whatever is saved.
#[test]
fn the_screen_shows_what_is_wrong_or_what_changed() {
    let bench = Bench::new();
    bench.commit();
    let data = bench.path("data.csv");
    let data = data.to_str().unwrap();
    let screen = Running::new(&bench, &["watch", "uji/2024", "--data", data]);
    let first = screen.until("waiting for a save");
    assert!(first.contains("compared with uji/2024@HEAD"), "{first}");
    assert!(
        first.contains("Nothing differs") && first.contains("2 of 2 cases pass"),
        "{first}"
    );

    bench.write("rules/uji/2024/a.toml", &variable(1, 90));
    let changed = screen.until("waiting for a save");
    assert!(changed.contains("goalposts of «y»"), "{changed}");
    assert!(
        changed.contains("Rise most") && changed.contains("0 of 2 cases pass"),
        "{changed}"
    );

    for (broken, said) in [
        ("[variable]\nweight = 0,4\n", "error[E101]"),
        ("", "error["),
        ("\u{0}\u{1}[[[", "error[E101]"),
    ] {
        bench.write("rules/uji/2024/a.toml", broken);
        let wrong = screen.until("waiting for a save");
        assert!(wrong.contains(said), "{wrong}");
    }
    std::fs::remove_file(bench.path("rules/uji/2024/index.toml")).unwrap();
    assert!(screen.until("waiting for a save").contains("error"));
    std::fs::remove_dir_all(bench.path("rules")).unwrap();
    screen.until("there is no rule set");
    screen.until("waiting for a save");
    bench.git(&["checkout", "-q", "."]);
    let back = screen.until("cases pass");
    assert!(back.contains("Nothing differs"), "{back}");
    screen.until("waiting for a save");

    // The data is watched as the rules are; a file that is gone is told of.
    bench.write("rules/uji/2024/a.toml", &variable(2, 100));
    screen.until("waiting for a save");
    let rows = bench.read("data.csv");
    bench.write("data.csv", &format!("{rows}99.99,50,50\n"));
    let more = screen.until("waiting for a save");
    assert!(more.contains("weight of «x» 1 → 2"), "{more}");
    std::fs::remove_file(bench.path("data.csv")).unwrap();
    assert!(
        screen
            .until("waiting for a save")
            .contains("cannot be opened")
    );
}

/// A snapshot holds scores, bands and variables: none of them moves unnoticed.
#[test]
fn bands_and_variables_belong_to_a_snapshot() {
    let bench = Bench::new();
    // Two variables that weigh the same, so that the index does not tell them apart.
    let of = |indicator: &str| {
        format!("[variable]\nweight = 1\n[indicator.{indicator}]\nworst = 0\nbest = 100\n")
    };
    std::fs::remove_file(bench.path("rules/uji/2024/tests/pokok.toml")).unwrap();
    bench.write("rules/uji/2024/a.toml", &of("x"));
    bench.write("rules/uji/2024/b.toml", &of("y"));
    bench.data(&[]);
    let accepted = bench.accept("all");
    assert!(accepted.starts_with("exit 0\n"), "{accepted}");
    bench.commit();
    let unchanged = bench.data(&[]);
    assert!(unchanged.starts_with("exit 0\n"), "{unchanged}");

    bench.write("rules/uji/2024/a.toml", &of("y"));
    bench.write("rules/uji/2024/b.toml", &of("x"));
    let swapped = bench.data(&[]);
    assert!(swapped.starts_with("exit 1\n"), "{swapped}");
    bench.write("rules/uji/2024/a.toml", &of("x"));
    bench.write("rules/uji/2024/b.toml", &of("y"));
    let restored = bench.data(&[]);
    assert!(restored.starts_with("exit 0\n"), "{restored}");

    // Of 15, 85 and 55 the last changes its band, and no score moves.
    let moved = INDEX.replace("from = 60", "from = 50");
    assert_ne!(moved, INDEX);
    bench.write("rules/uji/2024/index.toml", &moved);
    let banded = bench.data(&[]);
    assert!(
        banded.starts_with("exit 1\n") && banded.contains("1 region of"),
        "{banded}"
    );
}

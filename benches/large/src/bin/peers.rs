//! Tanggap and what people would use in Python, on the standard work: in memory, and from file to file.
//!
//! `cargo run --release --manifest-path benches/large/Cargo.toml --bin peers` prints the tables, `-- --write` puts them into
//! `docs/performance.md`, `-- --quick` is a smoke run. Python 3 is needed; the libraries of `benches/peers` are
//! installed in a folder of their own below `target`. Contenders take turns.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use tanggap::{EvaluateOptions, Scorer, evaluate};
use tanggap_large::work::{Data, csv};
use tanggap_large::{grouped, measured_on, median, root, seconds, standard_work, write_section};

/// The libraries, as the scripts name them, and as people do.
const IN_MEMORY: [(&str, &str); 4] = [
    ("numpy", "NumPy"),
    ("polars", "Polars"),
    ("duckdb", "DuckDB"),
    ("openfisca", "OpenFisca-Core"),
];
const FILES: [(&str, &str); 2] = [("polars", "Polars"), ("duckdb", "DuckDB")];

struct Bench {
    folder: PathBuf,
    python: PathBuf,
    tanggap: PathBuf,
}

/// One contender and the seconds it took in each round.
struct Line {
    name: String,
    seconds: Vec<f64>,
    /// The largest memory of its process, in MB.
    memory: Option<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|own| own == wanted);
    let quick = has("--quick");
    let bench = Bench::ready();
    let mut report = measured_on();
    if quick {
        report += "\nThis was a smoke run of few rounds: its figures mean little.\n";
    }
    let versions = std::fs::read_to_string(root().join("benches/peers/requirements.txt"));
    let versions = versions.expect("the versions can be read");
    let versions: Vec<&str> = versions
        .lines()
        .filter(|line| line.contains("=="))
        .collect();
    let _ = writeln!(
        report,
        "\nPeers: {}.",
        versions.join(", ").replace("==", " ")
    );
    let sizes: &[usize] = if quick {
        &[514, 10_000]
    } else {
        &[514, 100_000, 1_000_000]
    };
    report += "\n### In memory\n\nColumns in memory to index and band of each region, all threads; the time of each, and how many times \
               as long as Tanggap's `Scorer`, which is asked for as much. `evaluate` gives all scores, decisions and ranks besides. \
               OpenFisca calculates with 32 bits.\n";
    for regions in sizes {
        let rounds = if quick { 3 } else { 11 };
        bench.in_memory(*regions, rounds, &mut report);
    }
    report += "\n### From file to file\n\nFrom raw values on disk to all scores and the band of each region on disk, rounded. Tanggap is a \
               process from beginning to end; of the others neither Python's start nor imports count. DuckDB need not keep the order of \
               rows. Tanggap's output has issues and status beside, and, but for `--stream`, ranks.\n";
    for regions in &sizes[1..] {
        for form in ["csv", "parquet"] {
            let rounds = if quick { 1 } else { 5 };
            bench.files(form, *regions, rounds, &mut report);
        }
    }
    if has("--write") {
        write_section("peers", &report);
    } else {
        println!("{report}");
    }
}

impl Bench {
    /// Builds the command and installs the libraries, unless that is done.
    fn ready() -> Self {
        let folder = root().join("target/peers");
        std::fs::create_dir_all(&folder).expect("a folder below target");
        let wanted = root().join("benches/peers/requirements.txt");
        let installed = folder.join("requirements.txt");
        let read = |path: &Path| std::fs::read(path).ok();
        if read(&installed) != read(&wanted) {
            run(Command::new("python3")
                .args(["-m", "venv"])
                .arg(folder.join("venv")));
            let pip = folder.join("venv/bin/pip");
            run(Command::new(pip)
                .args(["install", "--quiet", "-r"])
                .arg(&wanted));
            std::fs::copy(&wanted, &installed).expect("the versions can be noted");
        }
        run(Command::new("cargo").current_dir(root()).args([
            "build",
            "--release",
            "--features",
            "parquet",
        ]));
        Self {
            python: folder.join("venv/bin/python"),
            tanggap: root().join("target/release/tanggap"),
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The data as CSV, made once.
    fn csv(&self, regions: usize) -> PathBuf {
        let path = self.file(&format!("w_{regions}.csv"));
        if !path.exists() {
            let text = csv(&Data::made_up(regions).rows, 0);
            std::fs::write(&path, text).expect("the data can be written");
        }
        path
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Script {
        let script = root().join("benches/peers").join(name);
        let mut child = Command::new(&self.python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let output = child.stdout.take().expect("its output is read");
        let mut script = Script {
            input: child.stdin.take(),
            output: BufReader::new(output),
            child,
        };
        assert_eq!(script.answer(), "ready", "{name} {arguments:?}");
        script
    }

    fn in_memory(&self, regions: usize, rounds: usize, report: &mut String) {
        let data = self.csv(regions);
        let path = data.to_str().expect("a path that is text");
        let (engine, program) = standard_work();
        let mut file = std::fs::File::open(&data).expect("the data is there");
        let set = engine.read(&program, Some(path), &mut file, None);
        let set = set.expect("the data is well formed");
        let scorer = Scorer::new(&program).expect("nothing is taken over the data");
        let index_file = |library: &str| self.file(&format!("index_{library}.bin"));
        let mut scripts: Vec<Script> = IN_MEMORY
            .iter()
            .map(|(library, _)| {
                let out = index_file(library);
                self.script(
                    "in_memory.py",
                    &[library, path, out.to_str().expect("text")],
                )
            })
            .collect();
        let names = ["Tanggap, `Scorer`", "Tanggap, `evaluate`"].into_iter();
        let names = names.chain(IN_MEMORY.iter().map(|(_, name)| *name));
        let mut lines: Vec<Line> = names.map(Line::new).collect();
        let index = || {
            scorer
                .index(&set, None)
                .expect("the data is of this program")
        };
        let all = || evaluate(&program, &set, &EvaluateOptions::default()).expect("as above");
        black_box((index(), all()));
        for _ in 0..rounds {
            let mut times = vec![timed(&index), timed(&all)];
            times.extend(scripts.iter_mut().map(Script::run));
            for (line, time) in lines.iter_mut().zip(times) {
                line.seconds.push(time);
            }
        }
        let expected = index().index;
        for (script, (library, name)) in scripts.into_iter().zip(IN_MEMORY) {
            script.end();
            let bytes = std::fs::read(index_file(library)).expect("the script has written it");
            let (found, rest) = bytes.as_chunks::<8>();
            assert!(rest.is_empty() && found.len() == regions, "{name}: rows");
            let within = if library == "openfisca" { 1e-4 } else { 1e-9 };
            for (row, bytes) in found.iter().enumerate() {
                let (found, expected) = (f64::from_le_bytes(*bytes), expected.get(row));
                let near = expected.is_some_and(|own| (own - found).abs() < within);
                assert!(near, "{name}: row {row} has {found}, not {expected:?}");
            }
        }
        let _ = writeln!(
            report,
            "\n{} regions:\n\n| | time | times as long |\n|---|--:|--:|",
            grouped(regions)
        );
        for line in &lines {
            let _ = writeln!(
                report,
                "| {} | {} | {:.2} |",
                line.name,
                seconds(median(&line.seconds)),
                line.over(&lines[0])
            );
        }
    }

    fn files(&self, form: &str, regions: usize, rounds: usize, report: &mut String) {
        let csv = self.csv(regions);
        let csv = csv.to_str().expect("a path that is text");
        let data = self.file(&format!("w_{regions}.{form}"));
        if form == "parquet" && !data.exists() {
            let path = data.to_str().expect("text");
            self.script("files.py", &["to-parquet", form, csv, path])
                .end();
        }
        let data = data.to_str().expect("text");
        let out = |name: &str| self.file(&format!("scores_{name}.{form}"));
        let ours = ["Tanggap, `--stream`", "Tanggap"];
        let mut scripts: Vec<Script> = FILES
            .iter()
            .map(|(library, _)| {
                let out = out(library);
                self.script(
                    "files.py",
                    &[library, form, data, out.to_str().expect("text")],
                )
            })
            .collect();
        let names = ours.into_iter().chain(FILES.iter().map(|(_, name)| *name));
        let mut lines: Vec<Line> = names.map(Line::new).collect();
        let score = |stream: bool| {
            let mut command = Command::new(&self.tanggap);
            command.current_dir(root());
            command.args([
                "score",
                "w/2001",
                "--rules",
                "benches/rules",
                "--data",
                data,
            ]);
            command
                .arg("--output")
                .arg(out(if stream { "stream" } else { "whole" }));
            command.args(stream.then_some("--stream"));
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let mut child = command.spawn().expect("the command can be started");
            let mut memory = None;
            let status = loop {
                memory = peak_memory(child.id()).or(memory);
                match child.try_wait().expect("the command runs") {
                    Some(status) => break status,
                    None => std::thread::sleep(std::time::Duration::from_millis(1)),
                }
            };
            assert!(status.success(), "tanggap score {data}");
            (start.elapsed().as_secs_f64(), memory)
        };
        for _ in 0..rounds {
            for (line, stream) in lines.iter_mut().zip([true, false]) {
                let (time, memory) = score(stream);
                line.seconds.push(time);
                line.memory = memory;
            }
            for (line, script) in lines.iter_mut().skip(ours.len()).zip(&mut scripts) {
                line.seconds.push(script.run());
                line.memory = peak_memory(script.child.id());
            }
        }
        scripts.into_iter().for_each(Script::end);
        if form == "csv" {
            let expected = indices(&out("stream"));
            assert_eq!(expected.len(), regions, "rows");
            for other in ["whole", "polars", "duckdb"] {
                let found = indices(&out(other));
                assert_eq!(found.len(), regions, "{other}: rows");
                // Halves go up by their decimals here, and to even or by their bits elsewhere.
                let near = |(code, index): (&String, &f64)| (found[code] - index).abs() < 0.0101;
                assert!(expected.iter().all(near), "{other}: other figures");
            }
        }
        let _ = writeln!(
            report,
            "\n{form} → {form}, {} regions × 60 columns:\n\n| | time | times as long | memory, MB |\n|---|--:|--:|--:|",
            grouped(regions)
        );
        for line in &lines {
            let memory = line
                .memory
                .map_or("?".to_owned(), |own| format!("{own:.0}"));
            let _ = writeln!(
                report,
                "| {} | {} | {:.2} | {memory} |",
                line.name,
                seconds(median(&line.seconds)),
                line.over(&lines[0])
            );
        }
    }
}

impl Line {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            seconds: Vec::new(),
            memory: None,
        }
    }

    /// How many times as long as another, in the median round.
    fn over(&self, other: &Line) -> f64 {
        let pairs = self.seconds.iter().zip(&other.seconds);
        median(&pairs.map(|(own, other)| own / other).collect::<Vec<_>>())
    }
}

/// A script that does its work for each line it is given.
struct Script {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Script {
    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .expect("the script answers");
        line.trim().to_owned()
    }

    fn run(&mut self) -> f64 {
        let input = self.input.as_mut().expect("the script listens");
        input.write_all(b"\n").expect("the script listens");
        self.answer()
            .parse()
            .expect("the script answers with seconds")
    }

    fn end(mut self) {
        self.input = None;
        let status = self.child.wait().expect("the script ends");
        assert!(status.success(), "a script has failed");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = work();
    let time = start.elapsed().as_secs_f64();
    drop(black_box(result));
    time
}

fn run(command: &mut Command) {
    let status = command.status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}

/// The largest memory of a process so far, in MB, where the system tells.
fn peak_memory(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// The index of each region in an output.
fn indices(path: &Path) -> HashMap<String, f64> {
    let file = std::fs::File::open(path).expect("the output is there");
    let rows = BufReader::new(file).lines().skip(1).map_while(Result::ok);
    rows.filter_map(|row| {
        let mut cells = row.split(',');
        Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
    })
    .collect()
}

//! Tests of one family that take long hold up no other, and end when nobody wants them any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock, Weak};
use std::time::{Duration, Instant};

use tanggap::base::{Error, IssueKind, RuleSetName, Text};
use tanggap::bundle::{Loader, MemoryLoader, RuleFile};
use tanggap::calculus::{Arguments, Function, Signature};
use tanggap::{Engine, Plugin, Registry, RuleSetStatus, Standing};

/// How long a test waits for what should come in a moment.
const LONG: Duration = Duration::from_secs(20);

/// A mean that is not given before its gate opens.
struct Held(Arc<AtomicBool>);

impl Function for Held {
    fn name(&self) -> &'static str {
        "held"
    }
    fn signature(&self) -> Signature {
        Signature::Children { numbers: 0 }
    }
    fn meaning(&self) -> Text {
        Text::new("rata-rata, nanti", "the mean, later")
    }
    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind> {
        while self.0.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let scores = arguments.parts.iter().map(|part| part.score);
        Ok(scores.sum::<f64>() / arguments.parts.len() as f64)
    }
}

impl Plugin for Held {
    fn register(&self, registry: &mut Registry) {
        registry
            .methods
            .functions
            .push(Arc::new(Held(self.0.clone())));
    }
}

/// Files in memory that are known to be gone with their engine.
struct Lent(Arc<RwLock<MemoryLoader>>);

impl Loader for Lent {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        self.0.rule_sets()
    }
    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        self.0.files(name)
    }
    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        self.0.tests(name)
    }
}

struct Bench {
    closed: Arc<AtomicBool>,
    files: Arc<RwLock<MemoryLoader>>,
    engine: Engine,
}

fn quick(best: u32) -> String {
    format!(
        "title = 'Cepat'\nstatus = 'draft'\nscale = [0, 100]\n[indicator.a]\nworst = 0\nbest = {best}\n"
    )
}

fn slow(title: &str) -> String {
    format!("title = '{title}'\nstatus = 'draft'\nscale = [0, 100]\n")
}

impl Bench {
    fn new(closed: bool) -> Self {
        let files = MemoryLoader::new([
            ("cepat/2024/index.toml", quick(100)),
            ("lama/2024/index.toml", slow("Lama")),
            (
                "lama/2024/v.toml",
                "[variable]\n[indicator.a]\nnormalise = 'none'\n".to_owned(),
            ),
            ("lama/2024/v.rhai", "held(children)".to_owned()),
            (
                "lama/2024/tests/uji.toml",
                "[case.satu]\ngiven = { a = 40 }\nexpect = { index = 40 }\n".to_owned(),
            ),
        ]);
        let closed = Arc::new(AtomicBool::new(closed));
        let files = Arc::new(RwLock::new(files));
        let engine = Engine::builder()
            .loader(files.clone())
            .plugin(Held(closed.clone()))
            .build();
        Self {
            closed,
            files,
            engine,
        }
    }

    fn close(&self, closed: bool) {
        self.closed.store(closed, Ordering::SeqCst);
    }

    fn set(&self, path: &str, text: &str) {
        self.files.write().unwrap().set(path, text);
    }

    fn status(&self, written: &str) -> RuleSetStatus {
        let sets = self.engine.status().rule_sets;
        let mut sets = sets.into_iter();
        sets.find(|own| own.name == name(written)).unwrap()
    }

    fn digest(&self, written: &str) -> String {
        let active = self.engine.active(&name(written)).unwrap();
        active.rules_digest().to_owned()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.close(false);
    }
}

fn name(written: &str) -> RuleSetName {
    written.parse().unwrap()
}

fn until(what: &str, met: impl Fn() -> bool) {
    let begun = Instant::now();
    while !met() {
        assert!(begun.elapsed() < LONG, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn long_tests_hold_up_no_other_family_and_are_taken_up_by_themselves() {
    let bench = Bench::new(true);
    let mut events = bench.engine.subscribe(None);
    let reload = bench.engine.reload_aside();
    assert_eq!(reload.activated, [name("cepat/2024")]);
    assert_eq!(reload.testing, [name("lama/2024")]);
    assert!(bench.status("lama/2024").testing.is_some());
    let refused = bench.engine.active(&name("lama/2024")).err().unwrap();
    assert!(refused.to_string().contains("its own tests still run"));

    let before = bench.digest("cepat/2024");
    bench.set("cepat/2024/index.toml", &quick(50));
    assert_eq!(bench.engine.reload_aside().activated, [name("cepat/2024")]);
    assert_ne!(bench.digest("cepat/2024"), before);

    bench.close(false);
    until("the tests to pass", || {
        bench.engine.active(&name("lama/2024")).is_ok()
    });
    let status = bench.status("lama/2024");
    assert_eq!((status.standing(), status.cases), (Standing::Fresh, 1));
    assert_eq!(status.testing, None);
    let told: Vec<String> = std::iter::from_fn(|| events.wait(Duration::ZERO))
        .map(|event| {
            let of = event.kind.rule_set().map(ToString::to_string);
            format!("{} {}", event.kind.name(), of.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            "testing lama/2024",
            "activated cepat/2024",
            "activated cepat/2024",
            "activated lama/2024"
        ]
    );
}

#[test]
fn a_reload_by_hand_waits_for_all() {
    let bench = Bench::new(true);
    let engine = bench.engine.clone();
    let waiting = std::thread::spawn(move || engine.reload());
    until("the others", || {
        bench.engine.active(&name("cepat/2024")).is_ok()
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(!waiting.is_finished());
    bench.close(false);
    let reload = waiting.join().unwrap();
    assert_eq!(reload.activated, [name("cepat/2024"), name("lama/2024")]);
    assert!(reload.testing.is_empty() && reload.refused.is_empty());
}

#[test]
fn an_edit_during_long_tests_counts_and_what_they_would_say_does_not() {
    let bench = Bench::new(false);
    bench.engine.reload();
    let first = bench.digest("lama/2024");
    bench.close(true);
    bench.set("lama/2024/v.rhai", "held(children) / 2.0");
    assert_eq!(bench.engine.reload_aside().testing, [name("lama/2024")]);
    assert_eq!(bench.status("lama/2024").standing(), Standing::Fresh);
    // The last word: what its tests do not accept.
    bench.set("lama/2024/v.rhai", "held(children) * 2.0");
    assert_eq!(bench.engine.reload_aside().testing, [name("lama/2024")]);
    bench.close(false);
    until("the verdict", || {
        bench.status("lama/2024").trouble.is_some()
    });
    assert_eq!(bench.digest("lama/2024"), first);
    let why = bench.status("lama/2024").trouble.unwrap().summary().en;
    assert!(why.contains("expected 40.00, got 80.00"), "{why}");

    // Back again: nothing is left to test.
    bench.close(true);
    bench.set("lama/2024/v.rhai", "held(children) / 3.0");
    bench.engine.reload_aside();
    bench.set("lama/2024/v.rhai", "held(children)");
    bench.close(false);
    bench.engine.reload();
    assert_eq!(bench.status("lama/2024").standing(), Standing::Fresh);
    assert_eq!(bench.digest("lama/2024"), first);
}

#[test]
fn tests_that_nobody_wants_any_more_end_within_a_second() {
    let case = |at: usize| {
        format!(
            "[case.k{at}]\nset = ['a.best={}']\ngiven = {{ a = 1 }}\nexpect = {{ index = 1 }}\n",
            at + 1
        )
    };
    let cases: String = (0..30_000).map(case).collect();
    let files = MemoryLoader::new([
        ("banyak/2024/index.toml", quick(100)),
        ("banyak/2024/tests/uji.toml", cases),
    ]);
    let files = Arc::new(RwLock::new(files));
    let held: Weak<RwLock<MemoryLoader>> = Arc::downgrade(&files);
    let engine = Engine::builder().loader(Lent(files)).build();
    assert_eq!(engine.reload_aside().testing, [name("banyak/2024")]);
    let told = Instant::now();
    engine.stop_tests();
    drop(engine);
    until("the end of the tests", || held.upgrade().is_none());
    let took = told.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// Twice as many cases take twice as long, and not four times.
#[test]
fn time_grows_in_a_straight_line_with_cases() {
    let took = |count: usize| {
        let case = |at: usize| {
            format!(
                "[case.k{at}]\ndata = 'd.csv'\nregion = '{at:06}'\nexpect = {{ index = {} }}\n",
                at % 101
            )
        };
        let row = |at: usize| format!("{at:06},{}\n", at % 101);
        let cases: String = (0..count).map(case).collect();
        let rows: String = (0..count).map(row).collect();
        let files = MemoryLoader::new([
            ("banyak/2024/index.toml", quick(100)),
            ("banyak/2024/tests/uji.toml", cases),
            ("banyak/2024/tests/d.csv", format!("kode,a\n{rows}")),
        ]);
        let engine = Engine::builder().loader(files).build();
        let begun = Instant::now();
        let reload = engine.reload();
        let took = begun.elapsed();
        assert_eq!(
            reload.refused,
            [],
            "{:?}",
            engine
                .status()
                .rule_sets
                .first()
                .and_then(|own| own.trouble.clone())
        );
        assert_eq!(
            engine.status().rule_sets.first().map(|own| own.cases),
            Some(count)
        );
        took
    };
    took(500);
    let (few, many) = (took(2_500), took(40_000));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    assert!(
        ratio < 64.0,
        "16 times as many cases took {ratio} times as long"
    );
}

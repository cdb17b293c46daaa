//! An engine takes up what changed, whole families or nothing, and never scores by half of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use tanggap::base::{Error, ErrorKind, RuleSetName, Text};
use tanggap::bundle::{Loader, MemoryLoader, RuleFile};
use tanggap::{Engine, EvaluateOptions, EventKind, Standing, Trouble, Unavailable, evaluate};

type Files = Arc<RwLock<MemoryLoader>>;

fn index(weight: u32) -> String {
    format!(
        "title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n\
         [indicator.a]\nweight = {weight}\nworst = 0\nbest = 100\n\
         [indicator.b]\nweight = 1\nworst = 0\nbest = 100\n"
    )
}

/// A family of three years and a rule set of its own.
fn family() -> Files {
    Arc::new(RwLock::new(MemoryLoader::new([
        ("contoh/2019/index.toml", index(1)),
        (
            "contoh/2021/index.toml",
            "extends = '2019'\nstatus = 'draft'\n".to_owned(),
        ),
        (
            "contoh/2022/index.toml",
            "extends = '2021'\nstatus = 'draft'\n".to_owned(),
        ),
        ("lain/2020/index.toml", index(2)),
    ])))
}

fn engine(files: &Files) -> Engine {
    let engine = Engine::builder().loader(files.clone()).build();
    engine.reload();
    engine
}

fn set(files: &Files, path: &str, text: &str) {
    files.write().unwrap().set(path, text);
}

fn name(written: &str) -> RuleSetName {
    written.parse().unwrap()
}

fn names(written: &[&str]) -> Vec<RuleSetName> {
    written.iter().map(|own| name(own)).collect()
}

/// The index of one region whose a is 100 and whose b is 0.
fn scored(engine: &Engine, rule_set: &str) -> f64 {
    let active = engine.active(&name(rule_set)).unwrap();
    let mut csv = "kode,a,b\n1,100,0\n".as_bytes();
    let data = engine
        .read(&active.program, Some("d.csv"), &mut csv, None)
        .unwrap();
    let scores = evaluate(&active.program, &data, &EvaluateOptions::default()).unwrap();
    scores.index().get(0).unwrap()
}

fn trouble(engine: &Engine, rule_set: &str) -> Option<Trouble> {
    let status = engine.status();
    let own = status
        .rule_sets
        .into_iter()
        .find(|own| own.name == name(rule_set));
    own.unwrap().trouble
}

fn standing(engine: &Engine, rule_set: &str) -> Standing {
    let status = engine.status();
    let own = status
        .rule_sets
        .into_iter()
        .find(|own| own.name == name(rule_set));
    own.unwrap().standing()
}

#[test]
fn an_edit_is_taken_up_and_what_did_not_change_stays_the_very_same() {
    let files = family();
    let engine = engine(&files);
    let other = engine.active(&name("lain/2020")).unwrap();
    let kept = engine.active(&name("contoh/2019")).unwrap();
    assert_eq!(scored(&engine, "contoh/2019"), 50.0);
    assert!(engine.reload().is_nothing());
    set(&files, "contoh/2022/a.toml", "");
    set(
        &files,
        "contoh/2022/a.toml",
        "[variable]\nworst = 0\nbest = 50\n",
    );
    files.write().unwrap().remove("contoh/2022/a.toml");
    assert!(engine.reload().is_nothing(), "the content decides");

    set(&files, "contoh/2019/index.toml", &index(3));
    let reload = engine.reload();
    assert_eq!(
        reload.activated,
        names(&["contoh/2019", "contoh/2021", "contoh/2022"])
    );
    for own in ["contoh/2019", "contoh/2021", "contoh/2022"] {
        assert_eq!(scored(&engine, own), 75.0);
    }
    assert!(Arc::ptr_eq(
        &other,
        &engine.active(&name("lain/2020")).unwrap()
    ));
    // Whoever began with the rules before ends with them.
    assert_eq!(kept.program.rules().nodes[1].weight.value, 1.0);
    assert_eq!(engine.status().reloads, 2);
}

#[test]
fn a_bad_edit_in_a_base_keeps_the_whole_family_and_each_says_why() {
    let files = family();
    let engine = engine(&files);
    let before = engine.active(&name("contoh/2022")).unwrap();
    set(
        &files,
        "contoh/2019/index.toml",
        &index(3).replace("weight = 3", "weight = 0,5"),
    );
    let reload = engine.reload();
    assert_eq!(
        reload.refused,
        names(&["contoh/2019", "contoh/2021", "contoh/2022"])
    );
    for own in ["contoh/2019", "contoh/2021", "contoh/2022"] {
        assert_eq!(scored(&engine, own), 50.0);
        let Some(Trouble::Rules(found)) = trouble(&engine, own) else {
            panic!("{own} does not say why");
        };
        assert!(
            found.to_string().contains("index.toml:5:10: error[E101]"),
            "{found}"
        );
    }
    assert_eq!(standing(&engine, "contoh/2022"), Standing::Stale);
    assert_eq!(standing(&engine, "lain/2020"), Standing::Fresh);
    // The same bytes as before: the same pointers as before.
    set(&files, "contoh/2019/index.toml", &index(1));
    assert!(engine.reload().is_nothing());
    assert_eq!(standing(&engine, "contoh/2022"), Standing::Fresh);
    assert!(Arc::ptr_eq(
        &before,
        &engine.active(&name("contoh/2022")).unwrap()
    ));
}

#[test]
fn one_bad_year_holds_back_the_others_of_its_family() {
    let files = family();
    let engine = engine(&files);
    set(&files, "contoh/2019/index.toml", &index(3));
    set(
        &files,
        "contoh/2022/index.toml",
        "extends = '2021'\nstatus = 'draft'\nscal = 3\n",
    );
    let reload = engine.reload();
    assert_eq!(
        reload.refused,
        names(&["contoh/2019", "contoh/2021", "contoh/2022"])
    );
    assert_eq!(scored(&engine, "contoh/2019"), 50.0);
    let Some(Trouble::HeldBack(by)) = trouble(&engine, "contoh/2019") else {
        panic!("it is held back");
    };
    assert_eq!(by, names(&["contoh/2022"]));
    assert!(
        trouble(&engine, "contoh/2019")
            .unwrap()
            .summary()
            .en
            .contains("contoh/2022")
    );
    // A family elsewhere goes on.
    set(&files, "lain/2020/index.toml", &index(9));
    assert_eq!(engine.reload().activated, names(&["lain/2020"]));
    set(
        &files,
        "contoh/2022/index.toml",
        "extends = '2021'\nstatus = 'draft'\n",
    );
    assert_eq!(engine.reload().activated.len(), 3);
    assert_eq!(scored(&engine, "contoh/2022"), 75.0);
}

#[test]
fn a_draft_that_was_never_in_order_breaks_only_what_is_built_on_it() {
    let files = family();
    set(
        &files,
        "contoh/2025/index.toml",
        "extends = '2022'\nstatus = 'draft'\nscal = 1\n",
    );
    set(
        &files,
        "contoh/2026/index.toml",
        "extends = '2025'\nstatus = 'draft'\n",
    );
    let engine = engine(&files);
    assert_eq!(standing(&engine, "contoh/2022"), Standing::Fresh);
    assert_eq!(standing(&engine, "contoh/2025"), Standing::Failed);
    assert_eq!(standing(&engine, "contoh/2026"), Standing::Failed);
    let refused = engine.active(&name("contoh/2025")).err().unwrap();
    assert!(matches!(refused, Unavailable::Failed(_)), "{refused}");
    assert!(
        refused.message().en.contains("never been in order"),
        "{refused}"
    );
    set(&files, "contoh/2019/index.toml", &index(3));
    assert_eq!(
        engine.reload().activated,
        names(&["contoh/2019", "contoh/2021", "contoh/2022"])
    );
    set(
        &files,
        "contoh/2025/index.toml",
        "extends = '2022'\nstatus = 'draft'\n",
    );
    assert_eq!(
        engine.reload().activated,
        names(&["contoh/2025", "contoh/2026"])
    );
}

#[test]
fn a_rule_set_is_held_to_its_own_tests() {
    let files = family();
    let case = "[case.a]\ngiven = { a = 100, b = 0 }\nexpect = { index = 50 }\n";
    set(&files, "contoh/2019/tests/a.toml", case);
    let engine = engine(&files);
    let cases = |engine: &Engine| engine.status().rule_sets[0].cases;
    assert_eq!(cases(&engine), 1);
    let second = case.replace("case.a", "case.b");
    set(&files, "contoh/2019/tests/b.toml", &second);
    assert!(engine.reload().is_nothing());
    assert_eq!(cases(&engine), 2, "the same rules pass more");
    files.write().unwrap().remove("contoh/2019/tests/b.toml");
    engine.reload();
    set(&files, "contoh/2019/index.toml", &index(3));
    engine.reload();
    assert_eq!(scored(&engine, "contoh/2019"), 50.0);
    let Some(Trouble::Tests(found)) = trouble(&engine, "contoh/2019") else {
        panic!("its tests fail");
    };
    assert_eq!(
        found.to_string(),
        "contoh/2019/tests/a.toml:3:20: error[E800]: case `a/a`: score of «Contoh»: expected 50.00, got 75.00 (+25.00)\n"
    );
    assert!(matches!(
        trouble(&engine, "contoh/2021"),
        Some(Trouble::HeldBack(_))
    ));
    set(
        &files,
        "contoh/2019/tests/a.toml",
        &case.replace("50", "75"),
    );
    assert_eq!(engine.reload().activated.len(), 3);
    // Tests that no longer fit leave the rules as they are, and say so.
    let kept = engine.active(&name("contoh/2019")).unwrap();
    set(&files, "contoh/2019/tests/a.toml", "[case.a]\ngiven = {}\n");
    assert_eq!(engine.reload().refused, names(&["contoh/2019"]));
    assert!(Arc::ptr_eq(
        &kept,
        &engine.active(&name("contoh/2019")).unwrap()
    ));
    assert_eq!(standing(&engine, "contoh/2019"), Standing::Stale);
    set(
        &files,
        "contoh/2019/tests/a.toml",
        &case.replace("50", "75"),
    );
    assert!(engine.reload().is_nothing());
    assert_eq!(standing(&engine, "contoh/2019"), Standing::Fresh);
}

#[test]
fn what_is_deleted_is_gone_unless_others_need_it() {
    let files = family();
    let engine = engine(&files);
    files.write().unwrap().remove("contoh/2022/index.toml");
    assert_eq!(engine.reload().removed, names(&["contoh/2022"]));
    let gone = engine.active(&name("contoh/2022")).err().unwrap();
    assert!(matches!(gone, Unavailable::Unknown(..)));
    assert!(
        gone.help().unwrap().en.contains("contoh/2021"),
        "{:?}",
        gone.help()
    );

    files.write().unwrap().remove("contoh/2019/index.toml");
    engine.reload();
    assert_eq!(scored(&engine, "contoh/2019"), 50.0);
    assert_eq!(scored(&engine, "contoh/2021"), 50.0);
    assert!(matches!(
        trouble(&engine, "contoh/2019"),
        Some(Trouble::HeldBack(_))
    ));
    assert!(engine.reload().is_nothing(), "it is told once");
    set(&files, "contoh/2019/index.toml", &index(1));
    engine.reload();
    assert_eq!(standing(&engine, "contoh/2019"), Standing::Fresh);

    // All at once is no edit.
    let all = std::mem::take(&mut *files.write().unwrap());
    engine.reload();
    assert!((scored(&engine, "lain/2020") - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!(standing(&engine, "lain/2020"), Standing::Stale);
    assert!(
        engine
            .status()
            .trouble
            .unwrap()
            .to_string()
            .contains("gone at once")
    );
    *files.write().unwrap() = all;
    engine.reload();
    assert_eq!(standing(&engine, "lain/2020"), Standing::Fresh);
}

#[test]
fn a_base_is_changed_for_another_in_one_step() {
    let files = family();
    let engine = engine(&files);
    set(&files, "contoh/2020/index.toml", &index(9));
    set(
        &files,
        "contoh/2021/index.toml",
        "extends = '2020'\nstatus = 'draft'\n",
    );
    assert_eq!(
        engine.reload().activated,
        names(&["contoh/2020", "contoh/2021", "contoh/2022"])
    );
    assert_eq!(scored(&engine, "contoh/2022"), 90.0);
    assert_eq!(scored(&engine, "contoh/2019"), 50.0);
}

#[test]
fn events_are_told_once_and_late_readers_know_what_they_missed() {
    let files = family();
    let engine = engine(&files);
    let mut events = engine.subscribe(None);
    set(
        &files,
        "contoh/2022/index.toml",
        "extends = '2021'\nstatus = 'draft'\nscal = 3\n",
    );
    engine.reload();
    engine.reload();
    set(
        &files,
        "contoh/2022/index.toml",
        "extends = '2021'\nstatus = 'draft'\n",
    );
    engine.reload();
    files.write().unwrap().remove("lain/2020/index.toml");
    engine.reload();
    let told: Vec<&str> = std::iter::from_fn(|| events.wait(Duration::ZERO))
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(told, ["refused", "mended", "removed"]);
    let mut again = engine.subscribe(Some(0));
    let first = again.wait(Duration::ZERO).unwrap();
    assert_eq!(first.number, 1);
    assert!(matches!(
        first.kind,
        EventKind::Activated { before: None, .. }
    ));
    let mut slow = engine.subscribe(Some(0));
    for weight in 0..600 {
        set(&files, "contoh/2019/index.toml", &index(weight + 2));
        engine.reload();
    }
    assert!(slow.wait(Duration::ZERO).unwrap().number > 1);
    assert!(slow.take_missed() > 0);
}

#[test]
fn stale_rules_are_refused_where_that_is_asked_for() {
    let files = family();
    let engine = Engine::builder()
        .loader(files.clone())
        .refuse_stale(true)
        .build();
    engine.reload();
    assert!(engine.is_ready());
    set(&files, "lain/2020/index.toml", "title =");
    engine.reload();
    assert!(matches!(
        engine.active(&name("lain/2020")),
        Err(Unavailable::Stale(_))
    ));
    assert!(engine.active(&name("contoh/2019")).is_ok());
    assert!(!engine.is_ready());
}

/// A loader whose files can be made to change, or to fail, while they are read.
struct Restless {
    files: Files,
    changing: AtomicBool,
    failing: AtomicBool,
    reads: AtomicU64,
    unreadable: RwLock<Option<RuleSetName>>,
}

impl Restless {
    fn new(files: &Files) -> Self {
        Self {
            files: files.clone(),
            changing: false.into(),
            failing: false.into(),
            reads: 0.into(),
            unreadable: RwLock::default(),
        }
    }
}

impl Loader for Restless {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Io, Text::same("the disk is away")));
        }
        self.files.rule_sets()
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        if self.unreadable.read().unwrap().as_ref() == Some(name) {
            return Err(Error::new(ErrorKind::Io, Text::same("not now")));
        }
        let files = self.files.files(name);
        let read = self.reads.fetch_add(1, Ordering::SeqCst);
        if self.changing.load(Ordering::SeqCst) && name.index == "lain" {
            set(
                &self.files,
                "lain/2020/index.toml",
                &index(u32::try_from(read).unwrap() + 2),
            );
        }
        files
    }
}

#[test]
fn files_that_change_while_they_are_read_are_read_again() {
    let files = family();
    let restless = Arc::new(Restless::new(&files));
    let engine = Engine::builder().loader(restless.clone()).build();
    engine.reload();
    let before = scored(&engine, "lain/2020");
    restless.changing.store(true, Ordering::SeqCst);
    set(&files, "lain/2020/index.toml", &index(7));
    let reload = engine.reload();
    assert!(reload.unsettled && !reload.is_nothing());
    assert_eq!(scored(&engine, "lain/2020"), before);
    restless.changing.store(false, Ordering::SeqCst);
    set(&files, "contoh/2019/index.toml", &index(3));
    assert_eq!(engine.reload().activated.len(), 4);

    restless.failing.store(true, Ordering::SeqCst);
    let mut events = engine.subscribe(None);
    engine.reload();
    engine.reload();
    assert_eq!(standing(&engine, "contoh/2019"), Standing::Stale);
    assert_eq!(scored(&engine, "contoh/2019"), 75.0);
    restless.failing.store(false, Ordering::SeqCst);
    engine.reload();
    assert_eq!(standing(&engine, "contoh/2019"), Standing::Fresh);
    let told: Vec<&str> = std::iter::from_fn(|| events.wait(Duration::ZERO))
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(told, ["source", "source"]);
}

/// What a broken file extends cannot be read off it, and it belongs to its family all the same.
#[test]
fn a_family_stays_one_when_its_link_cannot_be_read() {
    let files = family();
    let engine = engine(&files);
    set(&files, "contoh/2022/index.toml", "extends=");
    engine.reload();
    set(&files, "contoh/2019/index.toml", &index(3));
    engine.reload();
    assert_eq!(scored(&engine, "contoh/2019"), 50.0, "held back");
    assert!(matches!(
        trouble(&engine, "contoh/2019"),
        Some(Trouble::HeldBack(_))
    ));
    let year = "extends = '2021'\nstatus = 'draft'\n";
    set(&files, "contoh/2022/index.toml", year);
    assert_eq!(engine.reload().activated.len(), 3);
    assert_eq!(scored(&engine, "contoh/2022"), 75.0);
}

#[test]
fn a_base_that_cannot_be_read_for_a_while_mends_its_family() {
    let files = family();
    let restless = Arc::new(Restless::new(&files));
    let engine = Engine::builder().loader(restless.clone()).build();
    engine.reload();
    *restless.unreadable.write().unwrap() = Some(name("contoh/2021"));
    engine.reload();
    for own in ["contoh/2021", "contoh/2022"] {
        assert!(
            matches!(trouble(&engine, own), Some(Trouble::Host(_))),
            "{own}"
        );
    }
    *restless.unreadable.write().unwrap() = None;
    engine.reload();
    for own in ["contoh/2021", "contoh/2022"] {
        assert_eq!(standing(&engine, own), Standing::Fresh, "{own}");
    }
}

#[test]
fn files_that_never_rest_hold_up_their_own_family_alone() {
    let files = family();
    let restless = Arc::new(Restless::new(&files));
    let engine = Engine::builder().loader(restless.clone()).build();
    engine.reload();
    restless.changing.store(true, Ordering::SeqCst);
    set(&files, "contoh/2019/index.toml", &index(3));
    let reload = engine.reload();
    assert!(reload.unsettled);
    assert_eq!(reload.activated.len(), 3, "{reload:?}");
    assert_eq!(scored(&engine, "contoh/2022"), 75.0);
    assert!(matches!(
        trouble(&engine, "lain/2020"),
        Some(Trouble::Unsettled)
    ));
    restless.changing.store(false, Ordering::SeqCst);
    assert_eq!(engine.reload().activated, names(&["lain/2020"]));
    assert_eq!(standing(&engine, "lain/2020"), Standing::Fresh);
}

#[test]
fn what_is_gone_for_a_moment_is_not_taken_away() {
    static NOW: AtomicU64 = AtomicU64::new(1_000);
    let files = family();
    let engine = Engine::builder()
        .loader(files.clone())
        .removal_patience(Duration::from_secs(2))
        .clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.load(Ordering::SeqCst)))
        .build();
    engine.reload();
    let active = engine.active(&name("lain/2020")).unwrap();
    files.write().unwrap().remove("lain/2020/index.toml");
    engine.reload();
    NOW.fetch_add(1, Ordering::SeqCst);
    engine.reload();
    assert!(matches!(trouble(&engine, "lain/2020"), Some(Trouble::Gone)));
    assert!(engine.active(&name("lain/2020")).is_ok());
    set(&files, "lain/2020/index.toml", &index(2));
    engine.reload();
    assert_eq!(standing(&engine, "lain/2020"), Standing::Fresh);
    assert!(Arc::ptr_eq(
        &active,
        &engine.active(&name("lain/2020")).unwrap()
    ));
    files.write().unwrap().remove("lain/2020/index.toml");
    engine.reload();
    NOW.fetch_add(2, Ordering::SeqCst);
    assert_eq!(engine.reload().removed, names(&["lain/2020"]));
    assert!(engine.active(&name("lain/2020")).is_err());
}

#[test]
fn since_when_a_rule_set_is_scored_by_is_the_clocks_word() {
    let engine = Engine::builder()
        .loader(family())
        .clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(86_400))
        .build();
    engine.reload();
    let since = engine.active(&name("lain/2020")).unwrap().since;
    assert_eq!(
        since
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
        86_400
    );
    assert_eq!(engine.status().looked, Some(since));
}

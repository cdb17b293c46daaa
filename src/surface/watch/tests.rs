#![allow(clippy::disallowed_methods)]

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::changes::{Changes, Notifier, Teller, Told};
use super::{WatchOptions, Watcher};
use crate::base::RuleSetName;
use crate::bundle::DiskLoader;
use crate::{Engine, Watching};

/// A notifier that tells only what a test makes it tell.
struct Puppet;

impl Notifier for Puppet {
    fn watch(&mut self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {}
}

fn index(weight: usize) -> String {
    format!(
        "title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n\
         [indicator.a]\nweight = {weight}\nworst = 0\nbest = 100\n"
    )
}

fn name() -> RuleSetName {
    "contoh/2024".parse().unwrap()
}

struct Bench {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("contoh/2024")).unwrap();
        let engine = Engine::builder()
            .loader(DiskLoader::new(folder.path()))
            .build();
        let bench = Self { folder, engine };
        bench.save(1);
        bench
    }

    fn save(&self, weight: usize) {
        let path = self.folder.path().join("contoh/2024/index.toml");
        std::fs::write(path, index(weight)).unwrap();
    }

    fn weight(&self) -> String {
        let active = self.engine.active(&name()).unwrap();
        active.program.rules().nodes[1].weight.value.to_string()
    }

    fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn quick() -> WatchOptions {
    WatchOptions {
        quiet: Duration::from_millis(20),
        look_every: Duration::from_millis(300),
        ..WatchOptions::default()
    }
}

#[test]
fn a_change_that_the_system_does_not_tell_of_is_found_and_it_is_not_relied_on_any_more() {
    let bench = Bench::new();
    let silent = |teller: Teller| {
        std::mem::forget(teller);
        Ok(Box::new(Puppet) as Box<dyn Notifier>)
    };
    let changes = Changes::with(bench.folder.path(), quick(), Box::new(silent));
    let _watcher = Watcher::on(&bench.engine, changes);
    assert!(matches!(
        bench.engine.status().watching,
        Watching::Events { restarts: 0, .. }
    ));
    bench.save(7);
    bench.until("found by looking", |own| own.weight() == "7");
    bench.until("goes over to polling", |own| {
        let watching = own.engine.status().watching;
        watching
            .reason()
            .is_some_and(|why| why.en.contains("did not tell"))
            && watching.name() == "polling"
    });
    bench.save(8);
    bench.until("polled", |own| own.weight() == "8");
}

#[test]
fn a_notifier_that_dies_is_begun_anew_and_the_status_says_so() {
    let bench = Bench::new();
    let tellers: Arc<Mutex<Vec<Teller>>> = Arc::default();
    let kept = tellers.clone();
    let begin = move |teller: Teller| {
        kept.lock().unwrap().push(teller);
        Ok(Box::new(Puppet) as Box<dyn Notifier>)
    };
    let changes = Changes::with(bench.folder.path(), quick(), Box::new(begin));
    let _watcher = Watcher::on(&bench.engine, changes);
    bench.save(2);
    tellers.lock().unwrap().clear();
    bench.until("begun anew", |own| {
        matches!(
            own.engine.status().watching,
            Watching::Events { restarts: 1, .. }
        )
    });
    bench.until("what was missed is taken up", |own| own.weight() == "2");
    tellers.lock().unwrap()[0].tell(Told::Failed("the queue is broken".to_owned()));
    bench.until("begun anew again", |own| {
        let watching = own.engine.status().watching;
        matches!(watching, Watching::Events { restarts: 2, .. })
            && watching
                .reason()
                .unwrap()
                .en
                .contains("the queue is broken")
    });
    // One that dies again and again is given up.
    for _ in 0..4 {
        let begun = tellers.lock().unwrap().len();
        if let Some(teller) = tellers.lock().unwrap().pop() {
            drop(teller);
        }
        bench.until("noticed", |own| {
            tellers.lock().unwrap().len() >= begun
                || own.engine.status().watching.name() == "polling"
        });
    }
    bench.until("polling", |own| {
        own.engine.status().watching.name() == "polling"
    });
    bench.save(3);
    bench.until("polled", |own| own.weight() == "3");
}

#[test]
fn where_the_system_cannot_tell_the_folder_is_polled_and_the_status_says_why() {
    let bench = Bench::new();
    let changes = Changes::with(
        bench.folder.path(),
        quick(),
        Box::new(|_| Err("too many watches".to_owned())),
    );
    let watcher = Watcher::on(&bench.engine, changes);
    let watching = bench.engine.status().watching;
    assert_eq!(watching.name(), "polling");
    assert!(watching.reason().unwrap().en.contains("too many watches"));
    bench.save(4);
    bench.until("polled", |own| own.weight() == "4");
    drop(watcher);
    assert_eq!(bench.engine.status().watching.name(), "stopped");
}

#[test]
fn what_is_told_of_is_taken_up_when_it_is_quiet_and_not_later_than_patience_allows() {
    let bench = Bench::new();
    let (sender, tellers): (Sender<Teller>, _) = channel();
    let begin = move |teller: Teller| {
        sender.send(teller).unwrap();
        Ok(Box::new(Puppet) as Box<dyn Notifier>)
    };
    let options = WatchOptions {
        quiet: Duration::from_millis(100),
        patience: Duration::from_millis(400),
        look_every: Duration::from_secs(60),
        ..WatchOptions::default()
    };
    let changes = Changes::with(bench.folder.path(), options, Box::new(begin));
    let _watcher = Watcher::on(&bench.engine, changes);
    let teller = tellers.recv().unwrap();
    let path = bench.folder.path().canonicalize().unwrap();
    bench.save(5);
    // What happens elsewhere is of no concern.
    teller.tell(Told::Changed(vec![
        path.parent().unwrap().join("elsewhere"),
    ]));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(bench.weight(), "1");
    let begun = Instant::now();
    while bench.weight() != "5" {
        teller.tell(Told::Changed(vec![path.join("contoh/2024/index.toml")]));
        std::thread::sleep(Duration::from_millis(10));
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "never quiet, never taken up"
        );
    }
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

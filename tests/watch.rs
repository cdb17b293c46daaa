//! Whatever editors, git, Kubernetes and people do to a folder of rules is taken up, or the status says why not.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tanggap::base::RuleSetName;
use tanggap::bundle::DiskLoader;
use tanggap::surface::watch::{WatchOptions, Watcher};
use tanggap::{Engine, RuleSetStatus, Standing, Trouble};

/// A folder of rules that is watched. No look but by what the system tells, unless a test asks for it.
struct Bench {
    _folder: tempfile::TempDir,
    rules: PathBuf,
    engine: Engine,
    watcher: Option<Watcher>,
}

fn index(weight: usize) -> String {
    format!(
        "title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n\
         [indicator.a]\nweight = {weight}\nworst = 0\nbest = 100\n"
    )
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

impl Bench {
    /// A rule set `contoh/2024` and a year that extends it, below `rules` in a folder of their own.
    fn new() -> Self {
        let mut bench = Self::at("rules", |rules| {
            write(&rules.join("contoh/2024/index.toml"), &index(1));
            let year = "extends = '2024'\nstatus = 'draft'\n";
            write(&rules.join("contoh/2025/index.toml"), year);
        });
        bench.start(WatchOptions::default());
        bench
    }

    fn at(rules: &str, fill: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join(rules);
        fill(&rules);
        let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
        Self {
            _folder: folder,
            rules,
            engine,
            watcher: None,
        }
    }

    fn start(&mut self, options: WatchOptions) {
        let options = WatchOptions {
            quiet: Duration::from_millis(30),
            look_every: Duration::from_secs(3600),
            ..options
        };
        self.watcher = Some(Watcher::start(&self.engine, &self.rules, options));
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.rules.join(inside)
    }

    fn status(&self, name: &str) -> Option<RuleSetStatus> {
        let name: RuleSetName = name.parse().unwrap();
        let status = self.engine.status();
        status.rule_sets.into_iter().find(|own| own.name == name)
    }

    fn weight(&self, name: &str) -> Option<f64> {
        let active = self.engine.active(&name.parse().unwrap()).ok()?;
        Some(active.program.rules().nodes[1].weight.value)
    }

    #[track_caller]
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    fn until_weight(&self, weight: usize) {
        let weight = Some(weight as f64);
        self.until(&format!("weight {weight:?}"), |own| {
            own.weight("contoh/2025") == weight && own.weight("contoh/2024") == weight
        });
    }

    /// Whether the rules in use stay as they are for a while.
    #[track_caller]
    fn stays(&self, weight: usize) {
        for _ in 0..60 {
            assert_eq!(self.weight("contoh/2025"), Some(weight as f64));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn saved_in_place() {
    let bench = Bench::new();
    for weight in 2..6 {
        fs::write(bench.path("contoh/2024/index.toml"), index(weight)).unwrap();
        bench.until_weight(weight);
    }
    assert_eq!(bench.engine.status().watching.name(), "events");
}

#[test]
fn written_beside_and_renamed_as_editors_do() {
    let bench = Bench::new();
    let target = bench.path("contoh/2024/index.toml");
    // As VS Code and many others.
    let aside = bench.path("contoh/2024/.index.toml.tmp-1");
    fs::write(&aside, index(2)).unwrap();
    fs::rename(&aside, &target).unwrap();
    bench.until_weight(2);
    // As vim: the old file becomes the backup, a new one takes its name, the backup goes.
    let backup = bench.path("contoh/2024/index.toml~");
    for weight in 3..6 {
        fs::write(bench.path("contoh/2024/4913"), "").unwrap();
        fs::remove_file(bench.path("contoh/2024/4913")).unwrap();
        fs::rename(&target, &backup).unwrap();
        fs::write(&target, index(weight)).unwrap();
        fs::remove_file(&backup).unwrap();
        bench.until_weight(weight);
    }
}

#[test]
fn backups_and_swap_files_of_editors_are_no_rules() {
    let bench = Bench::new();
    let before = bench.engine.status().reloads;
    for name in [
        ".index.toml.swp",
        "index.toml~",
        "#index.toml#",
        "index.toml.bak",
        ".#index.toml",
    ] {
        fs::write(bench.path("contoh/2024").join(name), "weight = 0,5").unwrap();
    }
    bench.stays(1);
    assert_eq!(bench.engine.status().reloads, before, "nothing is tried");
    assert_eq!(
        bench.status("contoh/2024").unwrap().standing(),
        Standing::Fresh
    );
}

#[test]
fn a_half_written_file_is_refused_until_it_is_whole() {
    let bench = Bench::new();
    let whole = index(7);
    let path = bench.path("contoh/2024/index.toml");
    for end in [0, 20, whole.len() / 2, whole.len() - 3] {
        fs::write(&path, &whole[..end]).unwrap();
        bench.until("refused", |own| {
            own.status("contoh/2024").unwrap().standing() == Standing::Stale
                && own.status("contoh/2025").unwrap().standing() == Standing::Stale
        });
        assert_eq!(bench.weight("contoh/2025"), Some(1.0));
    }
    fs::write(&path, &whole).unwrap();
    bench.until_weight(7);
    assert_eq!(
        bench.status("contoh/2025").unwrap().standing(),
        Standing::Fresh
    );
}

#[test]
fn a_checkout_of_many_files_is_taken_up_as_one() {
    fn git(folder: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    let mut bench = Bench::at("rules", |_| {});
    let folder = bench.rules.clone();
    // The year reads what only the same revision of its base has.
    let fill = |weight: usize, revision: &str| {
        let parameter = format!("{}[parameters]\nof_{revision} = 1\n", index(weight));
        write(&folder.join("contoh/2024/index.toml"), &parameter);
        for file in 0..40 {
            let variable = format!(
                "[variable]\nweight = {weight}\nworst = 0\nbest = 1\n[indicator.i{file}]\nworst = 0\nbest = 1\n"
            );
            write(
                &folder.join(format!("contoh/2024/v{file}.toml")),
                &variable.replace("\nworst = 0\nbest = 1\n[", "\n["),
            );
        }
        let year = format!("extends = '2024'\nstatus = 'draft'\n[parameters]\nof_{revision} = 2\n");
        write(&folder.join("contoh/2025/index.toml"), &year);
        let formula = format!("a * parameters.of_{revision} / parameters.of_{revision}");
        write(&folder.join("contoh/2025/index.rhai"), &formula);
    };
    fill(1, "one");
    git(&folder, &["init", "-q", "-b", "one"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "one"]);
    git(&folder, &["checkout", "-qb", "two"]);
    fill(2, "two");
    git(&folder, &["commit", "-qam", "two"]);
    bench.start(WatchOptions::default());
    bench.until_weight(2);
    for _ in 0..3 {
        git(&folder, &["checkout", "-q", "one"]);
        bench.until_weight(1);
        git(&folder, &["checkout", "-q", "two"]);
        bench.until_weight(2);
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_is_swapped_as_kubernetes_does() {
    use std::os::unix::fs::symlink;
    let release = |rules: &Path, name: &str, weight: usize| {
        let folder = rules.join(name);
        write(&folder.join("contoh/2024/index.toml"), &index(weight));
        write(
            &folder.join("contoh/2025/index.toml"),
            "extends = '2024'\nstatus = 'draft'\n",
        );
    };
    let mut bench = Bench::at("mounted", |rules| {
        release(rules, "..2026_01", 1);
        symlink("..2026_01", rules.join("..data")).unwrap();
        symlink("..data/contoh", rules.join("contoh")).unwrap();
    });
    bench.start(WatchOptions::default());
    bench.until_weight(1);
    for weight in 2..5 {
        let name = format!("..2026_0{weight}");
        release(&bench.rules, &name, weight);
        symlink(&name, bench.path("..data_tmp")).unwrap();
        fs::rename(bench.path("..data_tmp"), bench.path("..data")).unwrap();
        fs::remove_dir_all(bench.path(&format!("..2026_0{}", weight - 1))).unwrap();
        bench.until_weight(weight);
    }
    // The folder that the link leads to now is watched, too.
    fs::write(bench.path("..2026_04/contoh/2024/index.toml"), index(9)).unwrap();
    bench.until_weight(9);
}

#[cfg(unix)]
#[test]
fn the_folder_of_rules_is_a_link_to_a_release() {
    use std::os::unix::fs::symlink;
    let mut bench = Bench::at("current", |rules| {
        for weight in 1..4 {
            let release = rules.with_file_name(format!("release-{weight}"));
            write(&release.join("contoh/2024/index.toml"), &index(weight));
            write(
                &release.join("contoh/2025/index.toml"),
                "extends = '2024'\nstatus = 'draft'\n",
            );
        }
        symlink("release-1", rules).unwrap();
    });
    bench.start(WatchOptions::default());
    for weight in [2, 3, 1] {
        let aside = bench.rules.with_file_name("aside");
        symlink(format!("release-{weight}"), &aside).unwrap();
        fs::rename(&aside, &bench.rules).unwrap();
        bench.until_weight(weight);
    }
    fs::write(bench.path("contoh/2024/index.toml"), index(8)).unwrap();
    bench.until_weight(8);
}

#[test]
fn a_file_is_deleted_and_made_anew() {
    let bench = Bench::new();
    let path = bench.path("contoh/2024/index.toml");
    fs::remove_file(&path).unwrap();
    bench.until("kept, since 2025 is built on it", |own| {
        let own = own.status("contoh/2024");
        own.is_some_and(|own| matches!(own.trouble, Some(Trouble::HeldBack(_))))
    });
    assert_eq!(bench.weight("contoh/2025"), Some(1.0));
    fs::write(&path, index(3)).unwrap();
    bench.until_weight(3);
    // A formula that goes takes its effect with it.
    let formula = bench.path("contoh/2025/index.rhai");
    fs::write(&formula, "a / 2").unwrap();
    let has_formula = |own: &Bench| {
        let active = own.engine.active(&"contoh/2025".parse().unwrap()).unwrap();
        active.program.rules().formulas().count()
    };
    bench.until("formula", |own| has_formula(own) == 1);
    fs::remove_file(&formula).unwrap();
    bench.until("no formula", |own| has_formula(own) == 0);
}

#[test]
fn a_rule_set_is_deleted_and_made_anew() {
    let bench = Bench::new();
    for weight in 2..5 {
        fs::remove_dir_all(bench.path("contoh/2025")).unwrap();
        bench.until("gone", |own| own.status("contoh/2025").is_none());
        let year =
            format!("extends = '2024'\nstatus = 'draft'\n[indicator.a]\nweight = {weight}\n");
        write(&bench.path("contoh/2025/index.toml"), &year);
        bench.until("back", |own| {
            own.weight("contoh/2025") == Some(weight as f64)
        });
        // The new folder is watched as the old one was.
        fs::write(
            bench.path("contoh/2025/index.toml"),
            year.replace("weight = ", "weight = 1"),
        )
        .unwrap();
        bench.until("edited", |own| {
            own.weight("contoh/2025") == Some(10.0 + weight as f64)
        });
    }
    write(&bench.path("baru/2030/index.toml"), &index(5));
    bench.until("another index", |own| own.weight("baru/2030") == Some(5.0));
    fs::write(bench.path("baru/2030/index.toml"), index(6)).unwrap();
    bench.until("edited", |own| own.weight("baru/2030") == Some(6.0));
}

#[test]
fn the_whole_folder_is_deleted_and_made_anew() {
    let bench = Bench::new();
    for weight in 2..4 {
        fs::remove_dir_all(&bench.rules).unwrap();
        bench.until("stale", |own| own.engine.status().trouble.is_some());
        assert!(
            bench.weight("contoh/2025").is_some(),
            "the last rules stay in use"
        );
        assert_eq!(
            bench.status("contoh/2025").unwrap().standing(),
            Standing::Stale
        );
        write(&bench.path("contoh/2024/index.toml"), &index(weight));
        write(
            &bench.path("contoh/2025/index.toml"),
            "extends = '2024'\nstatus = 'draft'\n",
        );
        bench.until_weight(weight);
        fs::write(bench.path("contoh/2024/index.toml"), index(10 + weight)).unwrap();
        bench.until_weight(10 + weight);
    }
    let away = bench.rules.with_file_name("away");
    fs::rename(&bench.rules, &away).unwrap();
    bench.until("stale", |own| own.engine.status().trouble.is_some());
    fs::rename(&away, &bench.rules).unwrap();
    bench.until("fresh", |own| own.engine.status().trouble.is_none());
    fs::write(bench.path("contoh/2024/index.toml"), index(30)).unwrap();
    bench.until_weight(30);
}

#[test]
fn a_burst_of_a_thousand_saves_ends_with_the_last_one() {
    let bench = Bench::new();
    let before = bench.engine.status().reloads;
    for weight in 2..=1001 {
        fs::write(bench.path("contoh/2024/index.toml"), index(weight)).unwrap();
    }
    bench.until_weight(1001);
    assert!(
        bench.engine.status().reloads - before < 100,
        "saves are taken together"
    );
    assert_eq!(
        bench.status("contoh/2024").unwrap().standing(),
        Standing::Fresh
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_be_read_is_told_and_then_read() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let path = bench.path("contoh/2024/index.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // Whoever may read everything is refused by the memory of a process.
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/proc/self/mem", &path).unwrap();
    }
    bench.until("told", |own| {
        let own = own.status("contoh/2024").unwrap();
        matches!(own.trouble, Some(Trouble::Host(_)))
    });
    assert_eq!(bench.weight("contoh/2025"), Some(1.0));
    fs::remove_file(&path).unwrap();
    fs::write(&path, index(1)).unwrap();
    bench.until("read", |own| {
        own.status("contoh/2024").unwrap().standing() == Standing::Fresh
    });
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_file_that_cannot_be_read() {
    let bench = Bench::new();
    let path = bench.path("contoh/2025/index.rhai");
    std::os::unix::fs::symlink("/nowhere/at/all", &path).unwrap();
    bench.until("told", |own| {
        let own = own.status("contoh/2025").unwrap();
        matches!(own.trouble, Some(Trouble::Host(_)))
    });
    fs::remove_file(&path).unwrap();
    bench.until("mended", |own| {
        own.status("contoh/2025").unwrap().standing() == Standing::Fresh
    });
}

#[test]
fn polling_by_option_needs_nothing_of_the_system() {
    let mut bench = Bench::at("rules", |rules| {
        write(&rules.join("contoh/2024/index.toml"), &index(1));
        write(
            &rules.join("contoh/2025/index.toml"),
            "extends = '2024'\nstatus = 'draft'\n",
        );
    });
    bench.start(WatchOptions {
        poll: Some(Duration::from_millis(50)),
        ..WatchOptions::default()
    });
    let watching = bench.engine.status().watching;
    assert_eq!((watching.name(), watching.reason()), ("polling", None));
    fs::write(bench.path("contoh/2024/index.toml"), index(4)).unwrap();
    bench.until_weight(4);
    fs::remove_dir_all(&bench.rules).unwrap();
    bench.until("stale", |own| own.engine.status().trouble.is_some());
    write(&bench.path("contoh/2024/index.toml"), &index(5));
    write(
        &bench.path("contoh/2025/index.toml"),
        "extends = '2024'\nstatus = 'draft'\n",
    );
    bench.until_weight(5);
}

#[test]
fn a_folder_that_is_not_there_yet_is_taken_up_when_it_comes() {
    let mut bench = Bench::at("not/yet/rules", |_| {});
    bench.start(WatchOptions::default());
    assert!(bench.engine.status().trouble.is_some());
    assert!(!bench.engine.is_ready());
    write(&bench.path("contoh/2024/index.toml"), &index(2));
    write(
        &bench.path("contoh/2025/index.toml"),
        "extends = '2024'\nstatus = 'draft'\n",
    );
    bench.until_weight(2);
    assert!(bench.engine.is_ready());
}

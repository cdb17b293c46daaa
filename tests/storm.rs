//! Many readers while rules change all the time, and while files are broken and mended at random: no answer is of a mixture,
//! none is lost.
//!
//! In short here; at length by `TANGGAP_READS=10000000 cargo test --release storm:: -- --nocapture` and
//! `TANGGAP_LOAD_SECONDS=300 cargo test --release storm:: -- --nocapture`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use tanggap::bundle::MemoryLoader;
use tanggap::{Active, Engine, EvaluateOptions, Scorer, evaluate};

/// How many editions of the rules there are.
const EDITIONS: usize = 40;
const INDICATORS: usize = 60;

fn number(name: &str, fallback: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(fallback, |given| given.parse().unwrap())
}

/// The files of an edition: each says the edition in its own way, so that a mixture of two gives what neither gives.
fn edition(edition: usize) -> Vec<(String, String)> {
    let year = "contoh/2024";
    let index = "title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n[data]\nkey = 'kode'\n";
    let mut files = vec![(
        format!("{year}/index.toml"),
        format!("{index}[parameters]\nfaktor = {}\n", 40 + edition),
    )];
    for file in 0..2 {
        let mut text = String::new();
        for at in (file..INDICATORS).step_by(2) {
            text.push_str(&format!(
                "[indicator.i{at}]\nweight = {}\nworst = 0\nbest = {}\n",
                1 + (at + edition) % 7,
                100 + edition
            ));
        }
        text.push_str(&format!(
            "[variable]\nweight = {}\n",
            1 + edition * (file + 1)
        ));
        files.push((format!("{year}/v{file}.toml"), text));
    }
    files.push((
        format!("{year}/index.rhai"),
        format!(
            "weighted_mean(children) * parameters.faktor / {}.0\n",
            80 + edition
        ),
    ));
    files
}

/// The values of a region.
fn values(seed: usize) -> Vec<Option<f64>> {
    (0..INDICATORS)
        .map(|at| Some(((seed * 31 + at * 17) % 100) as f64))
        .collect()
}

fn header() -> String {
    let names: Vec<String> = (0..INDICATORS).map(|at| format!("i{at}")).collect();
    format!("kode,{}\n", names.join(","))
}

/// A data file of one region.
fn data(seed: usize) -> String {
    let values = values(seed);
    let values: Vec<String> = values.iter().flatten().map(ToString::to_string).collect();
    format!("{}{seed},{}\n", header(), values.join(","))
}

/// The index of a region, bit by bit, by the rules of one moment.
fn scored(engine: &Engine, active: &Active, seed: usize) -> u64 {
    let csv = data(seed);
    let data = engine
        .read(&active.program, Some("d.csv"), &mut csv.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&active.program, &data, &EvaluateOptions::default()).unwrap();
    scores.index().get(0).unwrap().to_bits()
}

const SEEDS: usize = 8;

/// What each edition gives, by its digest.
fn expected() -> HashMap<String, Vec<u64>> {
    let name = "contoh/2024".parse().unwrap();
    let editions = (0..EDITIONS).map(|own| {
        let engine = Engine::builder()
            .loader(MemoryLoader::new(edition(own)))
            .build();
        engine.reload();
        let active = engine.active(&name).unwrap();
        let indices = (0..SEEDS)
            .map(|seed| scored(&engine, &active, seed))
            .collect();
        (active.rules_digest().to_owned(), indices)
    });
    let all: HashMap<String, Vec<u64>> = editions.collect();
    assert_eq!(all.len(), EDITIONS, "each edition is another");
    all
}

#[test]
fn no_reader_sees_a_mixture_in_a_storm_of_reloads() {
    let reads = number("TANGGAP_READS", 40_000);
    let expected = expected();
    let files = Arc::new(RwLock::new(MemoryLoader::new(edition(0))));
    let engine = Engine::builder().loader(files.clone()).build();
    engine.reload();
    let name = "contoh/2024".parse().unwrap();
    let (done, begun) = (AtomicBool::new(false), AtomicU64::new(0));
    let reloads = AtomicU64::new(0);
    let seen: usize = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut at = 0;
            while !done.load(Ordering::Relaxed) {
                at = (at + 7) % EDITIONS;
                // All at once: between two files there is an edition that nobody wrote.
                *files.write().unwrap() = MemoryLoader::new(edition(at));
                engine.reload();
                reloads.fetch_add(1, Ordering::Relaxed);
            }
        });
        let readers: Vec<_> = (0..3)
            .map(|own| {
                let (engine, expected, begun, name) = (&engine, &expected, &begun, &name);
                scope.spawn(move || {
                    let mut seen = std::collections::HashSet::new();
                    let mut round = own;
                    while begun.fetch_add(1, Ordering::Relaxed) < reads {
                        round += 1;
                        let seed = round % SEEDS;
                        let active = engine.active(name).unwrap();
                        let digest = active.rules_digest();
                        let wanted = expected
                            .get(digest)
                            .expect("an edition that was saved as a whole");
                        if round % 16 == 0 {
                            assert_eq!(scored(engine, &active, seed), wanted[seed], "{digest}");
                        } else {
                            let mut scorer = Scorer::new(&active.program).unwrap();
                            let index = scorer.row(&ordered(&active, seed)).unwrap().index;
                            assert_eq!(index.unwrap().to_bits(), wanted[seed], "{digest}");
                        }
                        if seen.len() < EDITIONS {
                            seen.insert(digest.to_owned());
                        }
                    }
                    seen.len()
                })
            })
            .collect();
        let seen = readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .max();
        done.store(true, Ordering::Relaxed);
        seen.unwrap()
    });
    let reloads = reloads.load(Ordering::Relaxed);
    println!("{reads} reads by {seen} editions during {reloads} reloads: none of a mixture");
    assert!(
        seen > 1 && reloads > 1,
        "rules changed while they were read"
    );
}

/// The values of a region in the order of the columns.
fn ordered(active: &Active, seed: usize) -> Vec<Option<f64>> {
    let values = values(seed);
    let columns = active.program.rules().columns.iter();
    let at = |id: &str| id[1..].parse::<usize>().unwrap();
    columns.map(|column| values[at(&column.id)]).collect()
}

#[cfg(feature = "serve")]
mod load {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use tanggap::Standing;
    use tanggap::bundle::DiskLoader;
    use tanggap::surface::http::{ServeOptions, serve};
    use tanggap::surface::watch::{WatchOptions, Watcher};

    use super::*;

    /// The files of an edition with tests of its own, by which what is half written is refused.
    fn whole(own: usize) -> Vec<(String, String)> {
        let mut files = edition(own);
        let engine = Engine::builder()
            .loader(MemoryLoader::new(files.clone()))
            .build();
        engine.reload();
        let active = engine.active(&"contoh/2024".parse().unwrap()).unwrap();
        let mut tests = String::new();
        for seed in 0..3 {
            let given: Vec<String> = values(seed)
                .iter()
                .flatten()
                .enumerate()
                .map(|(at, value)| format!("i{at} = {value}"))
                .collect();
            let index = f64::from_bits(scored(&engine, &active, seed));
            tests.push_str(&format!("[case.c{seed}]\ngiven = {{ {} }}\nexpect = {{ index = {index} }}\ntolerance = 1e-9\n", given.join(", ")));
        }
        // Tests come first: rules that are written file by file are held to them from the first file on.
        files.insert(0, ("contoh/2024/tests/t.toml".to_owned(), tests));
        files
    }

    /// A number that nobody chose, and that comes again.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % sides
        }
    }

    fn write(rules: &Path, files: &[(String, String)]) {
        for (path, text) in files {
            let path = rules.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if path.is_symlink() {
                std::fs::remove_file(&path).unwrap();
            }
            std::fs::write(path, text).unwrap();
        }
    }

    /// One way of breaking a file.
    fn corrupt(path: &Path, outside: &Path, dice: &mut Dice) {
        let is_small = std::fs::metadata(path).is_ok_and(|own| own.len() < 1 << 20);
        let text = std::fs::read(path).ok().filter(|_| is_small);
        let text = text.unwrap_or_default();
        let end = dice.roll(text.len().max(1));
        let year = path.ancestors().find(|own| own.ends_with("2024")).unwrap();
        let _ = match dice.roll(10) {
            0 => std::fs::write(path, &text[..end]),
            1 => std::fs::remove_file(path),
            2 => std::fs::write(
                path,
                [&text[..end], b"\xff\xfe\x00[[[", &text[end..]].concat(),
            ),
            3 => std::fs::rename(path, path.with_extension("bak")),
            4 => std::fs::write(path, ""),
            // A gigabyte that takes no room.
            5 => std::fs::File::create(path).and_then(|file| file.set_len(1 << 30)),
            6 => std::fs::write(path, [&text[..end], b"\x1b]0;x\x07", &text[end..]].concat()),
            // What is no rule set beside one.
            7 => std::fs::create_dir_all(year.with_file_name("2024-draft").join("tests"))
                .and_then(|()| std::fs::write(year.join("b.TOML"), "[[[[")),
            #[cfg(unix)]
            8 => {
                std::fs::remove_file(path).and_then(|()| std::os::unix::fs::symlink(outside, path))
            }
            // Never the tests alone: without them whatever is valid is taken up, as it must be.
            _ => std::fs::remove_dir_all(year),
        };
    }

    #[test]
    fn files_are_broken_and_mended_at_random_while_clients_score() {
        let seconds = Duration::from_secs(number("TANGGAP_LOAD_SECONDS", 4));
        let expected = expected();
        let editions: Vec<_> = (0..EDITIONS).map(whole).collect();
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules");
        write(&rules, &editions[0]);
        let outside = folder.path().join("outside.toml");
        std::fs::write(&outside, "[variable]\nweight = 1\n").unwrap();
        let engine = Engine::builder().loader(DiskLoader::new(&rules)).build();
        let options = WatchOptions {
            quiet: Duration::from_millis(5),
            patience: Duration::from_millis(50),
            ..WatchOptions::default()
        };
        let _watcher = Watcher::start(&engine, &rules, options);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let served = runtime.spawn(serve(
            listener,
            engine.clone(),
            ServeOptions::default(),
            async {
                let _ = ended.await;
            },
        ));
        let over = Instant::now() + seconds;
        let asked = AtomicU64::new(0);
        let (stale, digests) = (
            AtomicU64::new(0),
            RwLock::new(std::collections::HashSet::new()),
        );
        std::thread::scope(|scope| {
            for own in 0..3_usize {
                let (expected, asked, stale, digests) = (&expected, &asked, &stale, &digests);
                scope.spawn(move || {
                    let mut round = own;
                    while Instant::now() < over {
                        round += 1;
                        let seed = round % SEEDS;
                        let body = data(seed);
                        let path = format!("http://{address}/v1/score/contoh/2024?exact=true");
                        let answer = ureq::post(&path)
                            .header("content-type", "text/csv")
                            .send(body);
                        // Whatever becomes of the files, there is an answer.
                        let text = answer.unwrap().body_mut().read_to_string().unwrap();
                        let answer: Value = serde_json::from_str(&text).unwrap();
                        let digest = answer["record"]["rules"][0]["rules_digest"]
                            .as_str()
                            .unwrap();
                        let index = answer["regions"][0]["index"].as_f64().unwrap();
                        let wanted = expected
                            .get(digest)
                            .expect("an edition that passes its tests");
                        assert_eq!(index.to_bits(), wanted[seed], "{digest}");
                        asked.fetch_add(1, Ordering::Relaxed);
                        stale.fetch_add(u64::from(answer["stale"] == true), Ordering::Relaxed);
                        digests.write().unwrap().insert(digest.to_owned());
                    }
                });
            }
            // One client sends what no service should hold, all the time.
            scope.spawn(|| {
                let hostile = [
                    ("text/csv", format!("kode,i0\n{}", "x,".repeat(1 << 20))),
                    ("text/csv", format!("kode{}", ",i0".repeat(20_000))),
                    ("application/json", "[".repeat(1 << 20)),
                    ("application/vnd.apache.parquet", "PAR1".repeat(1000)),
                ];
                for (kind, body) in hostile.iter().cycle() {
                    if Instant::now() > over {
                        break;
                    }
                    let answer = ureq::post(format!("http://{address}/v1/score/contoh/2024"))
                        .config()
                        .http_status_as_error(false)
                        .build()
                        .header("content-type", *kind)
                        .send(body);
                    let status = answer.map(|answer| answer.status().as_u16());
                    assert!(matches!(status, Ok(400..=422)), "{kind}: {status:?}");
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            let mut dice = Dice(20_261_126);
            while Instant::now() < over {
                for _ in 0..dice.roll(4) {
                    let own = &editions[dice.roll(EDITIONS)];
                    let (path, _) = &own[dice.roll(own.len())];
                    corrupt(&rules.join(path), &outside, &mut dice);
                    std::thread::sleep(Duration::from_millis(dice.roll(20) as u64));
                }
                write(&rules, &editions[dice.roll(EDITIONS)]);
                std::thread::sleep(Duration::from_millis(dice.roll(150) as u64));
            }
        });
        // What is mended at last is what is scored by.
        let last = 17;
        write(&rules, &editions[last]);
        let name = "contoh/2024".parse().unwrap();
        let files = MemoryLoader::new(editions[last].clone());
        let fresh = Engine::builder().loader(files).build();
        fresh.reload();
        let wanted = fresh.active(&name).unwrap().rules_digest().to_owned();
        let begun = Instant::now();
        loop {
            let active = engine.active(&name).unwrap();
            let standing = engine.status().rule_sets[0].standing();
            if active.rules_digest() == wanted && standing == Standing::Fresh {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the last edition is taken up"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = end.send(());
        runtime.block_on(served).unwrap().unwrap();
        let (asked, stale) = (asked.into_inner(), stale.into_inner());
        let (digests, reloads) = (digests.read().unwrap().len(), engine.status().reloads);
        println!(
            "{asked} answers, {stale} of them stale, by {digests} editions during {reloads} reloads: none wrong, none lost"
        );
        assert!(
            asked > 100 && stale > 0 && digests > 1,
            "files were broken and mended"
        );
    }
}

//! How time and peak memory grow: with regions, indicators, depth, years, and causes of a difference.
//!
//! `cargo run --release --manifest-path benches/large/Cargo.toml --bin growth` prints the table, `-- --write` puts it and the
//! chart into `docs`, `-- --quick` is a smoke run. Memory is what the allocator has given out at its peak; it counts what
//! is measured and nothing that was there before.

use std::fmt::Write as _;
use std::io::{Read, sink};
use std::time::Instant;

use peak_alloc::PeakAlloc;
use plotters::coord::Shift;
use plotters::prelude::*;
use tanggap::bundle::MemoryLoader;
use tanggap::data::{Input, ReadRequest, Source, read_data};
use tanggap::explain::difference::{Comparison, ComparisonOptions, Difference};
use tanggap::report::{ScoreReport, ScoreStream, StreamHead};
use tanggap::{Engine, EvaluateOptions, Program, evaluate, summarise};
use tanggap_large::work::{Data, csv};
use tanggap_large::{grouped, measured_on, median, root, seconds, standard_work, write_section};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What is measured at one size.
struct Point {
    size: usize,
    seconds: f64,
    megabytes: f64,
}

/// One thing that grows.
struct Series {
    name: &'static str,
    /// What is counted.
    of: &'static str,
    points: Vec<Point>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|own| own == wanted);
    let quick = has("--quick");
    let up_to = |most: usize, quickly: usize| if quick { quickly } else { most };
    let all = vec![
        streamed(&powers(100, up_to(10_000_000, 10_000))),
        whole(&powers(100, up_to(1_000_000, 10_000))),
        indicators(&powers(10, up_to(10_000, 100))),
        depth(&doubled(1, up_to(32, 4))),
        years(&doubled(1, up_to(32, 4))),
        causes(&doubled(1, up_to(32, 4))),
    ];
    let mut report = measured_on();
    if quick {
        report += "\nThis was a smoke run: its figures mean little.\n";
    }
    report += "\n| what grows | from | to | time at the end | slope | memory at the beginning | at the end | slope |\n\
               |---|--:|--:|--:|--:|--:|--:|--:|\n";
    for series in &all {
        let (Some(first), Some(last)) = (series.points.first(), series.points.last()) else {
            continue;
        };
        let _ = writeln!(
            report,
            "| {} | {} | {} | {} | {:.2} | {:.2} MB | {:.2} MB | {:.2} |",
            series.name,
            grouped(first.size),
            grouped(last.size),
            seconds(last.seconds),
            slope(&series.points, |point| point.seconds),
            first.megabytes,
            last.megabytes,
            slope(&series.points, |point| point.megabytes),
        );
    }
    if has("--write") {
        draw(&all).expect("the chart can be drawn");
        write_section("growth", &report);
    } else {
        println!("{report}");
    }
}

/// Each ten times the one before.
fn powers(first: usize, last: usize) -> Vec<usize> {
    std::iter::successors(Some(first), |own| Some(own * 10))
        .take_while(|own| *own <= last)
        .collect()
}

/// Each twice the one before.
fn doubled(first: usize, last: usize) -> Vec<usize> {
    std::iter::successors(Some(first), |own| Some(own * 2))
        .take_while(|own| *own <= last)
        .collect()
}

/// Does some work often enough for a median; its memory is the peak of the first time.
fn measure(size: usize, mut work: impl FnMut()) -> Point {
    let before = MEMORY.current_usage_as_mb();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    work();
    let first = start.elapsed().as_secs_f64();
    let megabytes = f64::from(MEMORY.peak_usage_as_mb() - before);
    let rounds = ((0.3 / first) as usize).clamp(1, 200);
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_secs_f64());
    }
    Point {
        size,
        seconds: median(&times),
        megabytes,
    }
}

/// How the upper half of a series grows: 1 is a straight line through zero, 0 is not at all.
fn slope(points: &[Point], of: impl Fn(&Point) -> f64) -> f64 {
    let (Some(middle), Some(last)) = (points.get(points.len() / 2 - 1), points.last()) else {
        return f64::NAN;
    };
    (of(last) / of(middle)).ln() / (last.size as f64 / middle.size as f64).ln()
}

/// A CSV of many rows that is not held: the same rows again and again.
struct Again<'a> {
    text: &'a [u8],
    rows: &'a [u8],
    /// How often the rows come again.
    times: usize,
}

impl Read for Again<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.text.is_empty() && self.times > 0 {
            self.times -= 1;
            self.text = self.rows;
        }
        self.text.read(buffer)
    }
}

/// From CSV to CSV, piece by piece.
fn streamed(sizes: &[usize]) -> Series {
    const HELD: usize = 10_000;
    let (engine, program) = standard_work();
    let request = ReadRequest::of(program.rules());
    let text = csv(&Data::made_up(HELD).rows, 0);
    let head = text.find('\n').expect("a header") + 1;
    let stream = |regions: usize| {
        let end = if regions < HELD {
            let mut ends = text.match_indices('\n').map(|(at, _)| at + 1);
            ends.nth(regions).expect("so many rows")
        } else {
            text.len()
        };
        let mut input = Again {
            text: &text.as_bytes()[..end],
            rows: &text.as_bytes()[head..],
            times: (regions / HELD).saturating_sub(1),
        };
        let about = StreamHead {
            rules: program.rules(),
            names: false,
            years: false,
            groups: false,
            detail: false,
            exact: false,
        };
        let mut out = sink();
        let reporter = engine.reporter("csv").expect("CSV is there");
        let begun = reporter.stream(about, &mut out).expect("nothing fails");
        let ScoreStream { make, mut sink } = begun.expect("CSV is written piece by piece");
        let source = Source {
            name: None,
            input: Input::Read(&mut input),
            request: &request,
        };
        let streamed = engine.stream(
            &program,
            source,
            &EvaluateOptions::default(),
            |scores| Ok(make(scores).expect("nothing fails")),
            |piece| {
                sink.add(piece.made).expect("nothing fails");
                Ok(())
            },
        );
        assert_eq!(streamed.expect("the data is well formed").rows, regions);
    };
    stream(1);
    Series {
        name: "CSV to CSV, `--stream`",
        of: "regions",
        points: sizes
            .iter()
            .map(|size| measure(*size, || stream(*size)))
            .collect(),
    }
}

/// From CSV to CSV, as a whole: ranks and all.
fn whole(sizes: &[usize]) -> Series {
    let (engine, program) = standard_work();
    let score = |text: &str| {
        let data = engine.read(&program, None, &mut text.as_bytes(), None);
        let data = data.expect("the data is well formed");
        let scores = evaluate(&program, &data, &EvaluateOptions::default()).expect("as above");
        let summary = summarise(&scores);
        let reporter = engine.reporter("csv").expect("CSV is there");
        let report = ScoreReport::new(&scores, &summary, "data");
        reporter.write(&report, &mut sink()).expect("nothing fails");
    };
    let points = sizes.iter().map(|size| {
        let text = csv(&Data::made_up(*size).rows, 0);
        measure(*size, || score(&text))
    });
    Series {
        name: "CSV to CSV",
        of: "regions",
        points: points.collect(),
    }
}

/// An engine over rule files, and the program of one of its rule sets.
fn engine_of(files: Vec<(String, String)>, name: &str) -> (Engine, Program) {
    let files = files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()));
    let engine = Engine::builder().loader(MemoryLoader::new(files)).build();
    let program = engine.program(&name.parse().expect("a name"));
    let program = program.expect("the rules are right").output;
    (engine, program)
}

/// Loads a rule set, reads data for it and scores that.
fn load_and_score(files: &[(String, String)], text: &str) {
    let (engine, program) = engine_of(files.to_vec(), "tumbuh/2001");
    let data = engine.read(&program, None, &mut text.as_bytes(), None);
    let data = data.expect("the data is well formed");
    evaluate(&program, &data, &EvaluateOptions::default()).expect("as above");
}

const INDEX: &str =
    "title = \"Tumbuh\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nkey = \"kode\"\n";

/// Made-up data of so many indicators.
fn data(indicators: usize, regions: usize) -> String {
    let mut text = String::from("kode");
    for at in 0..indicators {
        let _ = write!(text, ",i{at}");
    }
    for region in 0..regions {
        let _ = write!(text, "\n{region:07}");
        for at in 0..indicators {
            let _ = write!(text, ",{}", (region * 37 + at * 11) % 100);
        }
    }
    text + "\n"
}

/// Loading a rule set of so many indicators, reading and scoring 200 regions.
fn indicators(sizes: &[usize]) -> Series {
    let points = sizes.iter().map(|size| {
        let mut files = vec![("tumbuh/2001/index.toml".to_owned(), INDEX.to_owned())];
        for variable in 0..size.div_ceil(10) {
            let mut text = "[variable]\n".to_owned();
            for at in variable * 10..(variable * 10 + 10).min(*size) {
                let _ = write!(
                    text,
                    "[indicator.i{at}]\nworst = 0\nbest = {}\n",
                    90 + at % 11
                );
            }
            let path = format!("tumbuh/2001/v{variable}");
            files.push((format!("{path}.toml"), text));
            files.push((
                format!("{path}.rhai"),
                "weighted_mean(children)\n".to_owned(),
            ));
        }
        let text = data(*size, 200);
        measure(*size, || load_and_score(&files, &text))
    });
    Series {
        name: "rules and 200 regions",
        of: "indicators",
        points: points.collect(),
    }
}

/// A tree of so many levels: loading it, reading and scoring 1,000 regions.
fn depth(sizes: &[usize]) -> Series {
    let points = sizes.iter().map(|size| {
        let mut text = "[variable]\n[indicator.i0]\nworst = 0\nbest = 99\n".to_owned();
        for level in 1..=*size {
            let _ = writeln!(text, "[node.n{level}]");
            if level > 1 {
                let _ = writeln!(text, "parent = \"n{}\"", level - 1);
            }
            let _ = write!(
                text,
                "[indicator.i{level}]\nparent = \"n{level}\"\nworst = 0\nbest = 99\n"
            );
        }
        let files = vec![
            ("tumbuh/2001/index.toml".to_owned(), INDEX.to_owned()),
            ("tumbuh/2001/v.toml".to_owned(), text),
        ];
        let text = data(size + 1, 1000);
        measure(*size, || load_and_score(&files, &text))
    });
    Series {
        name: "levels of a tree, 1,000 regions",
        of: "levels",
        points: points.collect(),
    }
}

/// A rule set that extends the year before, which extends the year before, and so on: loading the last.
fn years(sizes: &[usize]) -> Series {
    let points = sizes.iter().map(|size| {
        let mut text = "[variable]\n".to_owned();
        for at in 0..20 {
            let _ = write!(
                text,
                "[indicator.i{at}]\nweight = 1\nworst = 0\nbest = 99\n"
            );
        }
        let mut files = vec![
            ("tumbuh/2001/index.toml".to_owned(), INDEX.to_owned()),
            ("tumbuh/2001/v.toml".to_owned(), text),
        ];
        for year in 1..*size {
            let (own, base) = (2001 + year, 2000 + year);
            let index = format!("extends = \"{base}\"\nstatus = \"draft\"\n");
            files.push((format!("tumbuh/{own}/index.toml"), index));
            let weight = format!("[indicator.i{}]\nweight = {}\n", year % 20, year % 7 + 2);
            files.push((format!("tumbuh/{own}/v.toml"), weight));
        }
        let last = format!("tumbuh/{}", 2000 + size);
        measure(*size, || drop(engine_of(files.clone(), &last)))
    });
    Series {
        name: "years that extend each other, loading the last",
        of: "years",
        points: points.collect(),
    }
}

/// Two rule sets that differ in so many lines of independent variables: both scored for 514 regions, and the change of
/// each divided among the lines.
fn causes(sizes: &[usize]) -> Series {
    let (engine, _) = standard_work();
    let text = csv(&Data::made_up(514).rows, 0);
    let points = sizes.iter().map(|size| {
        let line = |at: usize| format!("v{}_{:02}.best={}", at % 5 + 1, at / 5 + 1, 95 + at);
        let lines: Vec<String> = (0..*size).map(line).collect();
        measure(*size, || {
            let registry = engine.registry();
            let before = engine
                .bundle(&"w/2001".parse().expect("a name"))
                .expect("it is there");
            let after = before.clone().amended(&lines).expect("the lines are right");
            let difference = Difference::new(before, after, &registry.methods);
            let difference = difference.unwrap_or_else(|_| panic!("the rules are right"));
            let read = |_: usize, request: &ReadRequest| {
                read_data(&registry.readers, None, &mut text.as_bytes(), request)
            };
            let options = ComparisonOptions {
                causes: true,
                ..Default::default()
            };
            let comparison = Comparison::new(&difference, &registry.methods, 1, &read, options);
            let attribution = comparison.expect("both can be scored").attribution;
            assert!(attribution.is_some());
        })
    });
    Series {
        name: "causes of a difference, 514 regions",
        of: "causes",
        points: points.collect(),
    }
}

/// Draws all series as charts with logarithmic axes.
fn draw(all: &[Series]) -> Result<(), Box<dyn std::error::Error>> {
    let path = root().join("docs/growth.svg");
    let area = SVGBackend::new(&path, (1200, 900)).into_drawing_area();
    area.fill(&WHITE)?;
    for (series, part) in all.iter().zip(area.split_evenly((2, 3))) {
        panel(series, &part)?;
    }
    area.present()?;
    Ok(())
}

fn panel(
    series: &Series,
    area: &DrawingArea<SVGBackend<'_>, Shift>,
) -> Result<(), Box<dyn std::error::Error>> {
    let range = |values: &[f64]| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        least.max(1e-9) / 2.0..most.max(1e-9) * 2.0
    };
    let sizes: Vec<f64> = series
        .points
        .iter()
        .map(|point| point.size as f64)
        .collect();
    let times: Vec<f64> = series.points.iter().map(|point| point.seconds).collect();
    let memory: Vec<f64> = series.points.iter().map(|point| point.megabytes).collect();
    let title = series.name.replace('`', "");
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .right_y_label_area_size(56)
        .build_cartesian_2d(range(&sizes).log_scale(), range(&times).log_scale())?
        .set_secondary_coord(range(&sizes).log_scale(), range(&memory).log_scale());
    chart
        .configure_mesh()
        .x_desc(series.of)
        .y_desc("seconds (blue)")
        .x_label_formatter(&|own| format!("{own}"))
        .y_label_formatter(&|own| format!("{own:e}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart
        .configure_secondary_axes()
        .y_desc("MB at the peak (red)")
        .y_label_formatter(&|own| format!("{own}"))
        .draw()?;
    let points = |values: &[f64]| -> Vec<(f64, f64)> {
        sizes.iter().copied().zip(values.iter().copied()).collect()
    };
    chart.draw_series(LineSeries::new(points(&times), BLUE.stroke_width(2)).point_size(3))?;
    let line = LineSeries::new(points(&memory), RED.stroke_width(2)).point_size(3);
    chart.draw_secondary_series(line)?;
    Ok(())
}

//! Data of many blocks: read at once as it is row by row, and scored piece by piece as it is as a whole.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::support::{Case, program, with_formula};
use tanggap::data::{Dataset, Input, Origin, RawCell, ReadRequest, Source, Table};
use tanggap::report::{ScoreReport, ScoreStream, StreamHead};
use tanggap::{EvaluateOptions, evaluate, summarise};

/// Rules with names, groups, weights of regions, and texts that mean "no data".
fn case() -> Case {
    with_formula("(a + 2 * b + c) / 4").with(
        "index.toml",
        "title = \"Uji\"\nstatus = \"draft\"\nscale = [-1000, 1000]\n\
         [data]\nkey = \"kode\"\nname = \"nama\"\ngroup = \"provinsi\"\nweighted_by = \"penduduk\"\nmissing = [\"-\", \"t.a.\"]\n\
         [band.rendah]\nfrom = -1000\n[band.tinggi]\nfrom = 0\n[target.tinggi]\nband = \"tinggi\"\ncount = 60\n",
    )
}

/// Made-up rows. `odd` of a thousand have something unusual in them.
fn csv(rows: usize, odd: u64, delimiter: char, sign: char, end: &str) -> String {
    let mut state = 11u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let heads = [
        "kode", "nama", "provinsi", "penduduk", "lain", "a", "b", "c", "",
    ];
    let mut text = heads.join(&delimiter.to_string()) + end;
    for row in 0..rows {
        let mut cells = vec![
            format!("{:07}", row * 3),
            format!("Kabupaten {row}"),
            format!("Provinsi {}", row % 7),
            format!("{}", next() % 90_000),
            "catatan".to_owned(),
        ];
        for _ in 0..3 {
            let number = next() % 200_000;
            cells.push(format!("{}{sign}{:02}", number / 100, number % 100));
        }
        cells.push(String::new());
        if next() % 1000 < odd {
            let kinds = [
                "",
                " ",
                "-",
                "t.a.",
                "'12",
                "12%",
                "1.5.2",
                "NaN",
                "1e3",
                "-7",
                "+5",
                "007",
                "2021-03-04",
                "123456789012345678",
                "\"12\"",
                "1,234",
                "1.234",
                "7\"",
                "\u{feff}8",
                " 9 ",
                "0,5",
                "0.5",
            ];
            for _ in 0..1 + next() % 3 {
                let at = 3 + (next() % 6) as usize;
                cells[at] = kinds[(next() % kinds.len() as u64) as usize].to_owned();
            }
            match next() % 16 {
                0 => cells[1] = "\"Kota \"\"Baru\"\"\"".to_owned(),
                1 => cells[1] = format!("\"Kota{end}dua baris\""),
                2 => cells[1] = format!("\"Kota{delimiter} Lama\""),
                3 => cells[1] = "Pipa 5\" besi".to_owned(),
                4 => cells[0] = String::new(),
                5 => cells[0] = format!("{:07}", row.saturating_sub(1) * 3),
                6 => cells[0] = "Jumlah".to_owned(),
                7 => cells[0] = format!("{:06}", row * 3),
                8 => cells.truncate(4),
                9 => cells.push("lebih".to_owned()),
                10 => cells = vec![String::new(); 9],
                11 => cells = vec![],
                12 => cells[0] = format!("\"{:07}\"", row * 3),
                _ => {}
            }
        }
        for cell in &mut cells {
            // A cell that holds the delimiter stands between quotation marks.
            if cell.contains(delimiter) && !cell.starts_with('"') {
                *cell = format!("\"{cell}\"");
            }
        }
        let _ = write!(text, "{}{end}", cells.join(&delimiter.to_string()));
    }
    text
}

/// Row by row, as every reader may do it.
fn row_by_row(text: &str, request: &ReadRequest, delimiter: char, comma: bool) -> Dataset {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let headers = records.next().unwrap().unwrap();
    let headers: Vec<String> = headers.iter().map(str::to_owned).collect();
    let width = headers.len();
    let mut table = Table::begin(headers, Origin::default(), request).unwrap();
    table.decimal_comma = Some(comma);
    let (mut line, mut counted) = (1, 0);
    for record in records {
        let record = record.unwrap();
        // A row begins after the empty lines before it.
        let start = record.position().unwrap().byte() as usize;
        let blank = text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
        line += text[counted..start + blank].matches('\n').count() as u32;
        counted = start + blank;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |at: usize| match record.get(at).unwrap_or_default() {
            empty if empty.trim().is_empty() => RawCell::Nothing,
            text => RawCell::Written(text.into()),
        };
        if record.len() == width {
            table.row(line, cell).unwrap();
        } else {
            table.ragged_row(line, record.len(), cell).unwrap();
        }
    }
    table.finish().unwrap()
}

/// All that a data set says, whatever its chunks.
fn said(data: &Dataset) -> (Vec<String>, Vec<String>) {
    let mut rows = Vec::new();
    for chunk in &data.chunks {
        for row in 0..chunk.rows() {
            let values: Vec<_> = chunk.columns.iter().map(|own| own.get(row)).collect();
            rows.push(format!(
                "{} {} {:?} {:?} {:?} {:?} {} {:?} {values:?}",
                chunk.start as usize + row,
                chunk.regions[row],
                chunk.names[row],
                chunk.years[row],
                chunk.groups[row],
                chunk.lines[row],
                chunk.refused.contains(row),
                chunk.weights.get(row),
            ));
        }
    }
    let mut issues: Vec<String> = data
        .issues
        .iter()
        .map(|issue| format!("{issue:?}"))
        .collect();
    issues.sort();
    (rows, issues)
}

#[test]
fn blocks_are_read_as_rows_are() {
    let case = case();
    let (program, _) = program(&case).unwrap();
    let request = ReadRequest::of(program.rules());
    for (delimiter, sign) in [(',', '.'), (';', ','), ('\t', '.')] {
        for (rows, odd, end) in [
            (40_000, 0, "\n"),
            (40_000, 20, "\r\n"),
            (9_000, 900, "\n"),
            (3, 0, "\n"),
        ] {
            let text = csv(rows, odd, delimiter, sign, end);
            let read = |text: &str| {
                let engine = case.engine();
                engine.read(&program, Some("x.csv"), &mut text.as_bytes(), None)
            };
            let expected = row_by_row(&text, &request, delimiter, sign == ',');
            let data = read(&text).unwrap();
            let ((rows, issues), expected) = (said(&data), said(&expected));
            assert_eq!(rows.len(), expected.0.len());
            for (row, expected) in rows.iter().zip(&expected.0) {
                assert_eq!(row, expected);
            }
            assert_eq!(issues, expected.1);
            assert_eq!(odd > 0, issues.len() > 10);
            // On one thread as on several.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            let alone = pool.unwrap().install(|| said(&read(&text).unwrap()));
            assert_eq!(alone, (rows, issues));
        }
    }
}

#[test]
fn pieces_are_scored_as_the_whole_is() {
    let case = case();
    let (program, _) = program(&case).unwrap();
    let engine = case.engine();
    // Without totals, and with each region once: what is wrong with several rows at once is told otherwise.
    let text = csv(40_000, 100, ',', '.', "\n");
    let plain = |line: &&str| {
        !["Jumlah", "\"Kota", "dua baris"]
            .iter()
            .any(|odd| line.contains(odd))
    };
    let mut seen = std::collections::BTreeSet::new();
    let once =
        |line: &&str| seen.insert(line.split(',').next().unwrap_or_default().replace('"', ""));
    let kept: Vec<&str> = text.lines().filter(plain).filter(once).collect();
    let text = kept.join("\n") + "\n";
    let data = engine
        .read(&program, Some("x.csv"), &mut text.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let summary = summarise(&scores);
    let report = ScoreReport {
        detail: true,
        ..ScoreReport::new(&scores, &summary, "x")
    };
    let reporter = engine.reporter("csv").unwrap();
    let mut expected = Vec::new();
    reporter.write(&report, &mut expected).unwrap();

    let request = ReadRequest::of(program.rules());
    let head = StreamHead {
        rules: program.rules(),
        names: true,
        years: false,
        groups: true,
        detail: true,
        exact: false,
    };
    let mut found = Vec::new();
    let ScoreStream { make, mut sink } = reporter.stream(head, &mut found).unwrap().unwrap();
    let source = Source {
        name: None,
        input: Input::Read(&mut text.as_bytes()),
        request: &request,
    };
    let mut keys = 0;
    let streamed = engine
        .stream(
            &program,
            source,
            &EvaluateOptions::default(),
            |scores| Ok(make(scores).unwrap()),
            |piece| {
                keys += piece.keys.len();
                sink.add(piece.made).unwrap();
                Ok(())
            },
        )
        .unwrap();
    sink.end(&report.record).unwrap();
    drop(make);

    // The same rows, without ranks, and the record at the end.
    let cells = |bytes: &[u8]| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes);
        let rows = reader.records().map(Result::unwrap);
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    };
    let (mut expected, mut found) = (cells(&expected), cells(&found));
    let rank = expected[0]
        .iter()
        .position(|title| title == "rank")
        .unwrap();
    let last = found.pop().unwrap();
    assert_eq!(last.last(), expected[1].last());
    assert!(last[..last.len() - 1].iter().all(String::is_empty));
    for row in &mut expected {
        row.remove(rank);
        // What codes should look like is known at the end only.
        let issues = row.len() - 3;
        let codes = row[issues].split(' ').filter(|code| *code != "D118");
        row[issues] = codes.collect::<Vec<_>>().join(" ");
    }
    expected[1].last_mut().unwrap().clear();
    assert_eq!(found.len(), expected.len());
    for (row, expected) in found.iter().zip(&expected) {
        assert_eq!(row, expected);
    }

    // The same totals, but for the last bits of means, and as many issues of each kind.
    assert_eq!(streamed.rows, scores.len());
    assert_eq!(
        keys,
        scores.refused.iter().filter(|refused| !**refused).count()
    );
    let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-9;
    assert!(close(streamed.summary.nation.mean, summary.nation.mean));
    for ((name, part), (other, whole)) in streamed.summary.groups.iter().zip(&summary.groups) {
        assert_eq!(
            (name, &part.bands, part.unweighted),
            (other, &whole.bands, whole.unweighted)
        );
        assert!(close(part.mean, whole.mean));
    }
    assert_eq!(streamed.summary.nation.bands, summary.nation.bands);
    assert_eq!(streamed.summary.targets, summary.targets);
    assert_eq!(streamed.summary.values, summary.values);
    assert_eq!(streamed.summary.unplaced_count, summary.unplaced_count);
    assert!(summary.unplaced_count > 10);
    let counted = |issues: &[tanggap::base::Issue]| {
        let mut counts = std::collections::BTreeMap::new();
        for issue in issues {
            *counts
                .entry((issue.kind, issue.node, issue.column.clone()))
                .or_insert(0) += issue.times;
        }
        counts
    };
    assert_eq!(counted(&streamed.scores.issues), counted(&scores.issues));
    assert!(streamed.scores.issues.len() < scores.issues.len() / 4);
    assert!(streamed.scores.rows.len() < 300);
}

#[test]
fn what_needs_all_rows_is_not_streamed() {
    let ranked = with_formula("a").with(
        "uji.toml",
        "[variable]\n[indicator.a]\nnormalise = \"rank\"\nbetter = \"high\"\n[indicator.b]\nnormalise = \"none\"\n[indicator.c]\nnormalise = \"none\"\n",
    );
    let streamed = |case: &Case, text: &str, year| {
        let (program, _) = program(case).unwrap();
        let request = ReadRequest::of(program.rules());
        let source = Source {
            name: None,
            input: Input::Read(&mut text.as_bytes()),
            request: &request,
        };
        let options = EvaluateOptions {
            year,
            ..Default::default()
        };
        let streamed = case
            .engine()
            .stream(&program, source, &options, |_| Ok(()), |_| Ok(()));
        streamed
            .map(|streamed| streamed.rows)
            .map_err(|error| error.to_string())
    };
    let refused = streamed(&ranked, "kode,a,b,c\n01,1,2,3\n", None).unwrap_err();
    assert!(refused.contains("while reading"), "{refused}");
    let json = streamed(&with_formula("a"), "[{\"kode\": \"01\", \"a\": 1}]", None).unwrap_err();
    assert!(json.contains("piece by piece"), "{json}");
    // A total after many rows with digits is found; one before them cannot be.
    let mut rows = String::from("kode,a,b,c\n");
    for row in 0..60_000 {
        let _ = writeln!(rows, "{row:05},{row},2,3");
    }
    assert_eq!(
        streamed(&with_formula("a"), &(rows.clone() + "Total,1,1,1\n"), None),
        Ok(60_001)
    );
    let names = format!(
        "kode,a,b,c\n{}",
        "Total,1,1,1\nJumlah,1,1,1\n".repeat(30_000)
    );
    let more = "0,1,1,1\n".repeat(1000);
    let both = format!("{names}{}{more}", rows.split_once('\n').unwrap().1);
    let refused = streamed(&with_formula("a"), &both, None).unwrap_err();
    assert!(refused.contains("rows of totals"), "{refused}");
    // Years.
    let years = with_formula("a").with(
        "index.toml",
        "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nyear = \"tahun\"\n",
    );
    let text = "kode,tahun,a,b,c\n01,2020,1,1,1\n02,2021,1,1,1\n";
    assert!(
        streamed(&years, text, None)
            .unwrap_err()
            .contains("several years")
    );
    assert!(
        streamed(&years, text, Some(1999))
            .unwrap_err()
            .contains("does not hold 1999")
    );
    assert_eq!(streamed(&years, text, Some(2021)), Ok(2));
    assert!(streamed(&with_formula("a"), "kode,a,b,c\n", Some(2021)).is_err());
    assert_eq!(streamed(&with_formula("a"), "kode,a,b,c\n", None), Ok(0));
}

#[test]
fn compressed_text_is_no_csv() {
    let case = with_formula("a");
    let (program, _) = program(&case).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"kode,a,b,c\n01,1,2,3\n").unwrap();
    let bytes = gzip.finish().unwrap();
    let read = case
        .engine()
        .read(&program, Some("x.csv.gz"), &mut &bytes[..], None);
    let said = read.unwrap_err().to_string();
    assert!(said.contains("gzip"), "{said}");
}

#[test]
fn a_row_without_end_is_refused() {
    struct Endless(usize);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let head = b"kode,a,b,c\n\"01";
            for byte in &mut *buffer {
                *byte = head.get(self.0).copied().unwrap_or(b'x');
                self.0 += 1;
            }
            Ok(buffer.len())
        }
    }
    let case = with_formula("a");
    let (program, _) = program(&case).unwrap();
    let read = case
        .engine()
        .read(&program, Some("x.csv"), &mut Endless(0), None);
    let said = read.unwrap_err().to_string();
    assert!(said.contains("quotation mark of line 2"), "{said}");
    let read = case
        .engine()
        .read(&program, Some("x.csv"), &mut Endless(20), None);
    let said = read.unwrap_err().to_string();
    assert!(said.contains("line 1 is longer than"), "{said}");
}

#[cfg(feature = "cli")]
mod command {
    use crate::support::command::{Desk, stdout, tanggap};

    const RULES: &str = "ikotan/2021";
    const DATA: &str = crate::support::command::DATA;

    #[test]
    fn streamed_scores_are_complete_or_not_there() {
        let desk = Desk::new();
        let path = desk.path("skor.csv");
        let said = tanggap(
            &[
                "score", RULES, "--data", DATA, "--stream", "--output", &path, "--lang", "en",
            ],
            "",
        );
        assert!(said.starts_with("exit 0"), "{said}");
        assert!(said.contains("without ranks"), "{said}");
        let whole = tanggap(&["score", RULES, "--data", DATA, "--format", "csv"], "");
        let written = std::fs::read_to_string(&path).unwrap();
        let first = |line: &str| line.split(',').take(7).collect::<Vec<_>>().join(",");
        let whole = stdout(&whole);
        let rows = written.lines().zip(whole.lines());
        assert!(rows.clone().all(|(row, whole)| first(row) == first(whole)));
        assert_eq!(written.lines().count(), whole.lines().count() + 1);
        let verified = tanggap(&["verify", &path, "--lang", "en"], "");
        assert!(verified.starts_with("exit 0"), "{verified}");

        // From standard input to standard output.
        let text = std::fs::read_to_string(DATA).unwrap();
        let piped = tanggap(
            &["score", RULES, "--data", "-", "--stream", "--format", "csv"],
            &text,
        );
        assert!(piped.starts_with("exit 0"), "{piped}");
        let same = stdout(&piped);
        assert!(
            same.lines()
                .zip(written.lines())
                .take(100)
                .all(|(a, b)| first(a) == first(b))
        );

        // A region that comes twice leaves no output.
        let again = text.lines().nth(3).unwrap();
        let twice = desk.path("dua.csv");
        std::fs::write(&twice, format!("{text}{again}\n")).unwrap();
        let none = desk.path("tidak.csv");
        let said = tanggap(
            &[
                "score", RULES, "--data", &twice, "--stream", "--output", &none, "--lang", "en",
            ],
            "",
        );
        assert!(
            said.starts_with("exit 1") && said.contains("rows too many: 1, in lines 4 and "),
            "{said}"
        );
        assert!(!std::path::Path::new(&none).exists());
        for other in ["table", "json"] {
            let said = tanggap(
                &[
                    "score", RULES, "--data", DATA, "--stream", "--format", other, "--lang", "en",
                ],
                "",
            );
            assert!(
                said.starts_with("exit 2") && said.contains("piece by piece"),
                "{said}"
            );
        }
    }
}

/// Beyond so many, issues are counted, and no row is without the code of its own.
#[test]
fn issues_beyond_the_budget_are_counted_and_none_is_silent() {
    let case = crate::support::with_formula("a").without("uji.rhai").with(
        "uji.toml",
        "[variable]\n[indicator.a]\nworst = 0\nbest = 1\nvalid = [0, 1]\n",
    );
    let (program, _) = program(&case).unwrap();
    let mut request = ReadRequest::of(program.rules());
    request.budget.issues = 5;
    let wrong = |at: usize| format!("{at:02},{}\n", if at.is_multiple_of(2) { "x" } else { "9" });
    let data: String = (0..20).map(wrong).collect();
    let data = case
        .engine()
        .read(
            &program,
            None,
            &mut format!("kode,a\n{data}").as_bytes(),
            Some(&request),
        )
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let summary = tanggap::summarise(&scores);
    let report = tanggap::report::ScoreReport::new(&scores, &summary, "d.csv");
    let written = |form: &str| {
        let mut out = Vec::new();
        let engine = case.engine();
        engine
            .reporter(form)
            .unwrap()
            .write(&report, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&written("json")).unwrap();
    let issues = json["issues"].as_array().unwrap();
    let times = |code: &str| {
        let own = issues.iter().filter(|own| own["code"] == code);
        own.map(|own| own["times"].as_u64().unwrap_or(1))
            .sum::<u64>()
    };
    assert_eq!((times("D103"), times("D106")), (10, 10), "{json:#}");
    let csv = written("csv");
    for (at, line) in csv.lines().skip(1).enumerate() {
        let code = if at.is_multiple_of(2) { "D103" } else { "D106" };
        assert!(line.contains(code), "{line}");
        let why = tanggap::explain(&scores, at).unwrap();
        assert!(why.issues.iter().any(|own| own.kind.code() == code), "{at}");
    }
}

/// What a reader of somebody else hands over is looked at as what a file holds is.
#[test]
fn numbers_that_are_none_are_issues_whoever_hands_them_over() {
    let request = ReadRequest {
        headers: vec!["a".into()],
        ids: vec!["a".into()],
        ..Default::default()
    };
    let head = vec!["kode".into(), "a".into()];
    let mut table = Table::begin(head, Origin::default(), &request).unwrap();
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.5];
    for (at, value) in values.into_iter().enumerate() {
        let cells = |column: usize| match column {
            0 => RawCell::Text(format!("{at}").into()),
            _ => RawCell::Number(value),
        };
        table.row(at as u32 + 2, cells).unwrap();
    }
    let data = table.finish().unwrap();
    let codes: Vec<&str> = data.issues.iter().map(|own| own.kind.code()).collect();
    assert_eq!(codes, ["D105"; 3]);
    let column = &data.chunks[0].columns[0];
    let read: Vec<Option<f64>> = (0..4).map(|row| column.get(row)).collect();
    assert_eq!(read, [None, None, None, Some(1.5)]);
}

/// The last line counts with and without its end, and each row knows its line however the file is cut.
#[test]
fn the_last_line_counts_and_lines_are_known() {
    let case = case();
    let (program, _) = program(&case).unwrap_or_else(|report| panic!("{report}"));
    let text = csv(30_000, 0, ',', '.', "\n");
    let engine = case.engine();
    let read = |text: &str| {
        engine
            .read(&program, Some("d.csv"), &mut text.as_bytes(), None)
            .unwrap()
    };
    let (whole, cut) = (read(&text), read(text.trim_end()));
    assert_eq!(whole.rows(), 30_000);
    assert_eq!(said(&whole), said(&cut));
    let chunks = whole.chunks.iter();
    let lines: Vec<u32> = chunks
        .flat_map(|chunk| chunk.lines.iter().copied())
        .collect();
    assert!(lines.windows(2).all(|pair| pair[0] + 1 == pair[1]) && lines[0] == 2);
}

//! Parquet in and out. The file in `tests/cases/parquet` was made with Polars: a column of each kind, in two row groups.
use std::fmt::Write;

use crate::support::{Case, program};
use tanggap::data::{Dataset, Input, ReadRequest, Source};
use tanggap::report::{ScoreReport, ScoreStream, StreamHead};
use tanggap::{EvaluateOptions, Scores, evaluate, summarise};

const TYPES: &str = "tests/cases/parquet/types.parquet";

fn case(columns: &[&str], data: &str) -> Case {
    let mut variable = "[variable]\nformula = \"mean\"\n".to_owned();
    for id in columns {
        let _ = write!(
            variable,
            "[indicator.{id}]\nnormalise = \"none\"\nmissing = \"skip\"\n"
        );
    }
    let index =
        format!("title = \"Uji\"\nstatus = \"draft\"\nscale = [-1000, 1000]\n[data]\n{data}");
    let variable = variable.replace("formula = \"mean\"\n", "");
    Case::of([("index.toml", index.as_str()), ("uji.toml", &variable)])
}

fn said(data: &Dataset) -> String {
    let mut out = String::new();
    for chunk in &data.chunks {
        for row in 0..chunk.rows() {
            let values: Vec<_> = chunk.columns.iter().map(|own| own.get(row)).collect();
            let name = chunk.names.get(row).cloned().flatten();
            let _ = writeln!(
                out,
                "{} {:?} {:?} {} {values:?}",
                chunk.regions[row], name, chunk.years[row], chunk.lines[row]
            );
        }
    }
    for issue in &data.issues {
        let _ = writeln!(
            out,
            "{:?} {} {:?} {:?}",
            issue.row,
            issue.kind.code(),
            issue.column,
            issue.found
        );
    }
    out
}

#[test]
fn columns_of_all_kinds_are_read() {
    let columns = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let case = case(
        &columns,
        "key = \"kode\"\nname = \"nama\"\nyear = \"tahun\"\nmissing = [\"t.a.\"]\n",
    );
    let (program, _) = program(&case).unwrap();
    let bytes = std::fs::read(TYPES).unwrap();
    let read = |name| {
        case.engine()
            .read(&program, name, &mut &bytes[..], None)
            .unwrap()
    };
    // By its ending, and by how it begins.
    let data = read(Some("x.parquet"));
    assert_eq!(said(&data), said(&read(None)));
    insta::assert_snapshot!(said(&data));
}

#[test]
fn no_digit_of_a_code_is_lost_and_markers_that_are_numbers_are_known() {
    let bytes = std::fs::read(TYPES).unwrap();
    let read = |data: &str| {
        let case = case(&["a", "i"], data);
        let (program, _) = program(&case).unwrap();
        let read = case.engine().read(&program, None, &mut &bytes[..], None);
        read.unwrap()
    };
    let data = read("key = \"d\"\n");
    let codes: Vec<String> = data
        .chunks
        .iter()
        .flat_map(|chunk| &chunk.regions)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        codes,
        ["1", "2", "3", "4", "5", "6", "", "9223372036854775807"]
    );
    let codes_of_decimals = read("key = \"c\"\n").chunks[0].regions[3].to_string();
    assert_eq!(codes_of_decimals, "-4.40");
    let data = read("key = \"kode\"\nmissing = [\"-1\", \"6,0\"]\n");
    let column = |at: usize| -> Vec<Option<f64>> {
        data.chunks
            .iter()
            .flat_map(|chunk| chunk.columns[at].iter())
            .collect()
    };
    assert_eq!(
        (column(0)[0], column(0)[5], column(0)[6]),
        (Some(1.5), None, Some(7.0))
    );
    assert_eq!((column(1)[0], column(1)[1]), (None, Some(2.0)));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let case = case(
        &["a", "b"],
        "key = \"kode\"\nname = \"nama\"\nyear = \"tahun\"\n",
    );
    let scores = scores(&case);
    let summary = summarise(&scores);
    let mut bytes = Vec::new();
    let report = ScoreReport::new(&scores, &summary, "x");
    case.engine()
        .reporter("parquet")
        .unwrap()
        .write(&report, &mut bytes)
        .unwrap();
    let again = self::case(
        &["a", "b"],
        "key = \"region\"\nname = \"name\"\nyear = \"year\"\n",
    );
    let (program, _) = program(&again).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let request = ReadRequest::of(program.rules());
    let source = Source {
        name: Some("x.parquet"),
        input: Input::File(file.reopen().unwrap()),
        request: &request,
    };
    let options = EvaluateOptions::default();
    let streamed = case.engine().stream(
        &program,
        source,
        &options,
        |_| Ok(()),
        |_| {
            // In place, as an editor or a copy does.
            std::fs::write(
                file.path(),
                bytes.iter().rev().copied().collect::<Vec<u8>>(),
            )
            .unwrap();
            Ok(())
        },
    );
    let said = streamed.err().unwrap().to_string();
    assert!(said.contains("changed while it was read"), "{said}");
}

#[test]
fn damaged_files_are_refused_and_never_break_the_reader() {
    let case = case(
        &["a", "b", "c", "d", "h"],
        "key = \"kode\"\nname = \"nama\"\nmissing = []\n",
    );
    let (program, _) = program(&case).unwrap();
    let bytes = std::fs::read(TYPES).unwrap();
    let engine = case.engine();
    let read = |bytes: &[u8]| engine.read(&program, Some("x.parquet"), &mut &bytes[..], None);
    std::panic::set_hook(Box::new(|_| {}));
    let (mut refused, mut state) = (0, 1u64);
    for round in 0..3000 {
        let mut bytes = bytes.clone();
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = (state >> 33) as usize % bytes.len();
        match round % 3 {
            0 => bytes[at] ^= 1 << (state % 8),
            1 => bytes[at] = (state >> 20) as u8,
            _ => bytes.truncate(at),
        }
        refused += usize::from(read(&bytes).is_err());
    }
    let _ = std::panic::take_hook();
    assert!(refused > 1000, "{refused}");
    for none in [&b""[..], b"PAR1", b"PAR1PAR1", b"kode,a\n1,2\n"] {
        let said = read(none).unwrap_err().to_string();
        assert!(said.contains("damaged"), "{said}");
    }
}

/// Scores of many regions, some of them without values.
fn scores(case: &Case) -> Scores {
    let (program, _) = program(case).unwrap();
    let mut csv = String::from("kode,nama,tahun,a,b\n");
    for row in 0..150_000 {
        let b = if row % 11 == 3 {
            "x".to_owned()
        } else {
            format!("{}.{:03}", row % 97, row % 1000)
        };
        let _ = writeln!(
            csv,
            "{row:06},\"Kab. {row}, Barat\",2021,{}.5,{b}",
            row % 89
        );
    }
    let data = case
        .engine()
        .read(&program, None, &mut csv.as_bytes(), None)
        .unwrap();
    evaluate(&program, &data, &EvaluateOptions::default()).unwrap()
}

#[test]
fn what_is_written_is_what_csv_has_and_can_be_read() {
    let case = case(
        &["a", "b"],
        "key = \"kode\"\nname = \"nama\"\nyear = \"tahun\"\n",
    );
    let scores = scores(&case);
    let summary = summarise(&scores);
    let engine = case.engine();
    for (detail, exact) in [(false, false), (true, true)] {
        let report = ScoreReport {
            detail,
            exact,
            ..ScoreReport::new(&scores, &summary, "x")
        };
        let read_back = |form: &str| {
            let reporter = engine.reporter(form).unwrap();
            let mut out = Vec::new();
            reporter.write(&report, &mut out).unwrap();
            (reporter.read_back(&out).unwrap(), out)
        };
        let ((csv, _), (parquet, bytes)) = (read_back("csv"), read_back("parquet"));
        assert_eq!(csv.record, parquet.record);
        // CSV has all decimals, and a number is a number.
        let number = |text: &str| {
            text.parse::<f64>()
                .map_or(text.to_owned(), |number| number.to_string())
        };
        assert_eq!(csv.figures.len(), parquet.figures.len());
        for ((place, value), (other, found)) in csv.figures.iter().zip(&parquet.figures) {
            assert_eq!(place, other);
            assert!(
                value == found || number(value) == number(found),
                "{place}: {value} {found}"
            );
        }

        // Its own columns are data again: whole, and streamed from a file.
        let again = self::case(
            &["a", "b"],
            "key = \"region\"\nname = \"name\"\nyear = \"year\"\n",
        );
        let (program, _) = program(&again).unwrap();
        let data = engine
            .read(&program, Some("x.parquet"), &mut &bytes[..], None)
            .unwrap();
        assert_eq!(data.rows(), 150_000);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let request = ReadRequest::of(program.rules());
        let source = Source {
            name: Some("x.parquet"),
            input: Input::File(file.reopen().unwrap()),
            request: &request,
        };
        let head = StreamHead {
            rules: program.rules(),
            names: true,
            years: true,
            groups: false,
            detail,
            exact,
        };
        let mut out = Vec::new();
        let reporter = engine.reporter("parquet").unwrap();
        let ScoreStream { make, mut sink } = reporter.stream(head, &mut out).unwrap().unwrap();
        let options = EvaluateOptions::default();
        let streamed = engine.stream(
            &program,
            source,
            &options,
            |scores| Ok(make(scores).unwrap()),
            |piece| {
                sink.add(piece.made).unwrap();
                Ok(())
            },
        );
        let streamed = streamed.unwrap();
        sink.end(&report.record).unwrap();
        drop(make);
        let whole = evaluate(&program, &data, &options).unwrap();
        assert_eq!(streamed.scores.data_digest, data.digest);
        assert_eq!(
            streamed.summary.nation.bands,
            summarise(&whole).nation.bands
        );
        let mut figures = reporter.read_back(&out).unwrap().figures.into_iter();
        let index = program.rules().root().id.clone();
        for (at, region) in whole.regions.iter().enumerate() {
            let place = format!("{region} 2021, {index}");
            let (_, found) = figures.find(|(found, _)| *found == place).unwrap();
            let expected = whole.index().get(at).map(|value| match exact {
                true => value,
                false => program.rules().published(value),
            });
            assert_eq!(
                found,
                expected.map_or(String::new(), |value| value.to_string())
            );
        }
    }
}

//! Scores, summaries and data issues of small rule sets, in both languages.

use crate::support::{Case, evaluate, program};
use tanggap::base::Lang;
use tanggap::data::{LongForm, ReadRequest};
use tanggap::report::{ScoreReport, render_issues, render_summary};
use tanggap::{EvaluateOptions, summarise};

#[test]
fn cases() {
    insta::glob!("cases/score/*.txt", |path| {
        let picture = picture(&Case::read(path));
        let lines: Vec<&str> = picture.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"));
    });
}

#[test]
fn other_character_sets_than_utf_8() {
    let case = crate::support::with_formula("a").with(
        "index.toml",
        "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nname = \"daérah\"\n",
    );
    let (program, _) = program(&case).unwrap();
    let text = "kode;daérah;a;b;c\n01;Señor – Ujung;5,5;1;1\n";
    let windows: Vec<u8> = text
        .chars()
        .map(|c| {
            if c == '–' {
                0x96
            } else {
                u8::try_from(c as u32).unwrap()
            }
        })
        .collect();
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (bytes, charset) in [
        (windows, Some("windows-1252")),
        (utf_16, Some("UTF-16LE")),
        (with_mark, None),
    ] {
        let data = case
            .engine()
            .read(&program, Some("data.csv"), &mut &bytes[..], None)
            .unwrap();
        assert_eq!(data.sniffed.unwrap().charset, charset);
        assert!(data.issues.is_empty(), "{:?}", data.issues);
        let chunk = &data.chunks[0];
        assert_eq!(chunk.names[0].as_deref(), Some("Señor – Ujung"));
        assert_eq!(chunk.columns[0].get(0), Some(5.5));
    }
}

/// A case has rule files, `data.csv` or `data.json`, and perhaps `call`: lines such as `year = 2020`.
fn picture(case: &Case) -> String {
    let (program, _) = program(case).unwrap_or_else(|report| panic!("{report}"));
    let call = |key: &str| {
        let lines = case.section("call").unwrap_or("").lines();
        lines
            .filter_map(|line| line.split_once(" = "))
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.to_owned())
    };
    let mut request = ReadRequest::of(program.rules());
    request.key = call("key").or(request.key);
    request.year = call("year-column").or(request.year);
    request.group = call("group").or(request.group);
    request.weighted_by = call("weighted-by").or(request.weighted_by);
    if let (Some(indicator), Some(value)) = (call("indicator-column"), call("value-column")) {
        request.long = Some(LongForm { indicator, value });
    }
    let name = ["data.csv", "data.json"]
        .into_iter()
        .find(|name| case.section(name).is_some())
        .unwrap();
    let mut input = case.section(name).unwrap().as_bytes();
    let engine = case.engine();
    let options = EvaluateOptions {
        year: call("year").map(|year| year.parse().unwrap()),
        progress: None,
        ..Default::default()
    };
    let scores = engine
        .read(&program, Some(name), &mut input, Some(&request))
        .and_then(|data| evaluate(&program, &data, &options));
    let scores = match scores {
        Ok(scored) => scored,
        Err(error) => return format!("{}\n\n{}", error.render(Lang::Id), error.render(Lang::En)),
    };
    let summary = summarise(&scores);
    let report = |lang, exact| ScoreReport {
        lang,
        exact,
        ..ScoreReport::new(&scores, &summary, name)
    };
    let csv = engine
        .registry()
        .reporters
        .iter()
        .find(|reporter| reporter.name() == "csv")
        .unwrap();
    let mut out = Vec::new();
    csv.write(&report(Lang::En, false), &mut out).unwrap();
    out.extend_from_slice(b"\nexact\n");
    csv.write(&report(Lang::En, true), &mut out).unwrap();
    let mut picture = crate::support::without_record(&String::from_utf8(out).unwrap());
    for lang in Lang::ALL {
        picture.push_str(&format!(
            "\n{}\n{}",
            render_summary(&report(lang, false)),
            render_issues(&scores, lang)
        ));
    }
    picture.replace(&program.rules().rules_digest[..12], "<digest>")
}

/// Means with weights, worked out by hand: 20 of weight 1 and 80 of weight 3.
#[test]
fn means_weigh_their_parts() {
    for (method, expected) in [
        ("weighted-mean", 65.0),
        ("geometric-mean", 20f64.powf(0.25) * 80f64.powf(0.75)),
        ("harmonic-mean", 4.0 / (1.0 / 20.0 + 3.0 / 80.0)),
        (
            "{ power-mean = { exponent = 2 } }",
            ((20f64.powi(2) + 3.0 * 80f64.powi(2)) / 4.0).sqrt(),
        ),
    ] {
        let method = match method.strip_prefix('{') {
            Some(_) => method.to_owned(),
            None => format!("\"{method}\""),
        };
        let index = format!(
            "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\naggregate = {method}\n\
             [indicator.a]\nweight = 1\nworst = 0\nbest = 100\n\
             [indicator.b]\nweight = 3\nworst = 0\nbest = 100\n"
        );
        let case = Case::of([("index.toml", index.as_str())]);
        let (program, _) = program(&case).unwrap_or_else(|report| panic!("{report}"));
        let mut csv = "kode,a,b\n01,20,80\n".as_bytes();
        let data = case.engine().read(&program, Some("d.csv"), &mut csv, None);
        let scores = evaluate(&program, &data.unwrap(), &EvaluateOptions::default()).unwrap();
        let index = scores.index().get(0).unwrap();
        assert!(
            (index - expected).abs() < 1e-9,
            "{method}: {index}, not {expected}"
        );
    }
}

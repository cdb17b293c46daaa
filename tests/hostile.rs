//! Data that means harm: whatever a file holds, there is an answer, within the memory that a call may take.
use std::io::{Cursor, Write};
use std::process::Command;

use crate::support::command::Desk;
use zip::write::SimpleFileOptions;

const INDEX: &str = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n";

/// A rule set of many indicators, each of which any value is wrong for.
fn rules(desk: &Desk) -> String {
    let mut variable = "[variable]\n".to_owned();
    for at in 0..40 {
        variable.push_str(&format!(
            "[indicator.i{at:02}]\nworst = 0\nbest = 1\nvalid = [0, 1]\n"
        ));
    }
    desk.write("rules/uji/2024/index.toml", INDEX);
    desk.write("rules/uji/2024/bagian.toml", &variable);
    desk.path("rules")
}

/// A part of a workbook: its name, and what writes it.
type Part<'p> = (&'p str, &'p dyn Fn(&mut dyn Write));

/// A workbook of given parts beside those that every workbook has.
fn workbook(parts: &[Part<'_>]) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
    let package = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;
    let root = format!(
        r#"<Relationships {package}><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook {main} xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let own = format!(
        r#"<Relationships {package}><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="{office}/styles" Target="styles.xml"/></Relationships>"#
    );
    let fixed = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &own),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, text) in fixed {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    for (name, write) in parts {
        zip.start_file(*name, options).unwrap();
        write(&mut zip);
    }
    zip.finish().unwrap().into_inner()
}

fn repeat(out: &mut dyn Write, text: &str, times: usize) {
    let many = text.repeat(1024);
    for _ in 0..times / 1024 {
        out.write_all(many.as_bytes()).unwrap();
    }
}

const SHEET: &str =
    "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";
const EMPTY: &str = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row><c t=\"inlineStr\"><is><t>kode</t></is></c></row></sheetData></worksheet>";
const MILLION: usize = 1 << 20;

/// Files that once took several gigabytes, by name.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let header = {
        let columns: Vec<String> = (0..40).map(|at| format!("i{at:02}")).collect();
        format!("kode,{}\n", columns.join(","))
    };
    let rows = |row: &dyn Fn(usize) -> String, count: usize| {
        let mut csv = header.clone();
        (0..count).for_each(|at| csv.push_str(&row(at)));
        csv.into_bytes()
    };
    let long_cell = workbook(&[("xl/worksheets/sheet1.xml", &|out| {
        out.write_all(SHEET.as_bytes()).unwrap();
        out.write_all(b"<row><c t=\"inlineStr\"><is><t>").unwrap();
        repeat(out, "a", 512 * MILLION);
        let end = b"</t></is></c></row></sheetData></worksheet>";
        out.write_all(end).unwrap();
    })]);
    let many_runs = workbook(&[("xl/worksheets/sheet1.xml", &|out| {
        out.write_all(SHEET.as_bytes()).unwrap();
        out.write_all(b"<row><c t=\"inlineStr\"><is>").unwrap();
        repeat(out, "<r><t>aaaaaaaaaaaaaaaa</t></r>", 8 * MILLION);
        let end = b"</is></c></row></sheetData></worksheet>";
        out.write_all(end).unwrap();
    })]);
    let in_disguise = workbook(&[("xl/worksheets/sheet1.xml", &|out| {
        out.write_all(SHEET.as_bytes()).unwrap();
        out.write_all(b"<row><c t=\"inlineStr\"><is><t><![CDATA[")
            .unwrap();
        repeat(out, "<c> <si> <row> ", 16 * MILLION);
        let end = b"]]></t></is></c></row></sheetData></worksheet>";
        out.write_all(end).unwrap();
    })]);
    let strings = workbook(&[
        ("xl/worksheets/sheet1.xml", &|out| {
            out.write_all(EMPTY.as_bytes()).unwrap();
        }),
        ("xl/sharedStrings.xml", &|out| {
            out.write_all(b"<sst>").unwrap();
            repeat(out, "<si><t>a</t></si>", 24 * MILLION);
            out.write_all(b"</sst>").unwrap();
        }),
    ]);
    let styles = workbook(&[
        ("xl/worksheets/sheet1.xml", &|out| {
            out.write_all(EMPTY.as_bytes()).unwrap();
        }),
        ("xl/styles.xml", &|out| {
            out.write_all(b"<styleSheet><cellXfs>").unwrap();
            repeat(out, "<xf/>", 24 * MILLION);
            out.write_all(b"</cellXfs></styleSheet>").unwrap();
        }),
    ]);
    let mut sparse = format!("[{}", "{},".repeat(MILLION));
    let all: Vec<String> = (0..40).map(|at| format!("\"i{at:02}\":1")).collect();
    sparse.push_str(&format!("{{{}}}]", all.join(",")));
    let list = format!("[{{\"kode\":[{}0]}}]", "0,".repeat(16 * MILLION));
    let keys: Vec<String> = (0..MILLION).map(|at| format!("\"{at}\":0")).collect();
    let regions = |at: usize| format!("{at:07},i00,1\n");
    let long: String = (0..MILLION).map(regions).collect();
    vec![
        ("columns.csv", "x,".repeat(MILLION).into_bytes()),
        ("row.csv", "x,".repeat(24 * MILLION).into_bytes()),
        (
            "quotes.csv",
            format!("kode,\"{}", "a\n".repeat(16 * MILLION)).into_bytes(),
        ),
        (
            "cell.csv",
            format!("kode,i00\n{},1\n", "a".repeat(4 * MILLION)).into_bytes(),
        ),
        (
            "empty.csv",
            rows(&|at| format!("{at:07}{}\n", ",".repeat(40)), MILLION),
        ),
        (
            "wrong.csv",
            rows(&|at| format!("{at:07}{}\n", ",x".repeat(40)), MILLION / 8),
        ),
        (
            "invalid.csv",
            rows(&|at| format!("{at:07}{}\n", ",9".repeat(40)), MILLION / 8),
        ),
        (
            "alike.csv",
            rows(&|_| format!("1{}\n", ",1".repeat(40)), MILLION / 8),
        ),
        ("ragged.csv", rows(&|at| format!("{at:07},1\n"), MILLION)),
        (
            "unnamed.csv",
            format!("kode,indikator,nilai\n{}", "1,,1\n".repeat(2 * MILLION)).into_bytes(),
        ),
        (
            "long.csv",
            format!("kode,indikator,nilai\n{long}").into_bytes(),
        ),
        ("sparse.json", sparse.into_bytes()),
        ("list.json", list.into_bytes()),
        (
            "keys.json",
            format!("[{{{}}}]", keys.join(",")).into_bytes(),
        ),
        ("deep.json", "[".repeat(8 * MILLION).into_bytes()),
        ("cell.xlsx", long_cell),
        ("runs.xlsx", many_runs),
        ("disguise.xlsx", in_disguise),
        ("strings.xlsx", strings),
        ("styles.xlsx", styles),
    ]
}

/// What a call says of a file, under a limit of a gigabyte of addresses; it must end by itself.
fn said(desk: &Desk, rules: &str, file: &str) -> (i32, String) {
    let long = if file.ends_with("long.csv") || file.ends_with("unnamed.csv") {
        "--indicator-column=indikator --value-column=nilai"
    } else {
        ""
    };
    let call = format!(
        "ulimit -v 1048576; exec '{}' score uji/2024 --rules '{rules}' --data '{file}' --format csv --output '{}' --lang en {long}",
        env!("CARGO_BIN_EXE_tanggap"),
        desk.path("out.csv"),
    );
    let output = Command::new("sh")
        .args(["-c", &call])
        .env("RAYON_NUM_THREADS", "4")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    let code = code.unwrap_or_else(|| panic!("{file}: {:?}: {text}", output.status));
    (code, text)
}

#[test]
fn every_file_has_an_answer_within_a_gigabyte() {
    let desk = Desk::new();
    let rules = rules(&desk);
    for (name, bytes) in files() {
        desk.write(name, &bytes);
        drop(bytes);
        let (code, text) = said(&desk, &rules, &desk.path(name));
        assert!(matches!(code, 0..=2), "{name}: {code}: {text}");
        assert!(!text.contains("panicked"), "{name}: {text}");
        let first = text.lines().next().unwrap_or_default();
        println!("{name}: {code}: {first:.100}");
        let wanted = match name {
            "columns.csv" | "keys.json" => "more than 16384 columns",
            "row.csv" => "longer than 8 MB",
            "cell.csv" | "cell.xlsx" | "runs.xlsx" | "disguise.xlsx" => {
                "more than 32767 characters"
            }
            _ => "",
        };
        assert!(text.contains(wanted), "{name}: {text}");
    }
}

/// Files of others, where they are at hand.
#[test]
#[cfg(feature = "parquet")]
fn every_parquet_file_has_an_answer_within_a_gigabyte() {
    let desk = Desk::new();
    let rules = rules(&desk);
    let Some(folder) = crate::support::shared("faults/parquet") else {
        return;
    };
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let (code, text) = said(&desk, &rules, path.to_str().unwrap());
        println!("{}: {code}: {text:.200}", path.display());
        assert!(
            matches!(code, 0..=2) && !text.contains("panicked"),
            "{text}"
        );
    }
}

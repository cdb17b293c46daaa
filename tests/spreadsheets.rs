//! Spreadsheets as offices have them: what is read, and what is said of what cannot be.
use std::io::{Cursor, Read, Write};

use crate::support::{Case, evaluate, program};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use tanggap::base::Lang;
use tanggap::data::ReadRequest;
use tanggap::report::render_issues;
use tanggap::{EvaluateOptions, Scores};

const RULES: &str = r#"
title = { id = "Uji", en = "Test" }
status = "draft"
scale = [0, 100]
[data]
name = "nama"
[indicator.a]
worst = 0
best = 10
valid = [0, 10]
[indicator.b]
worst = 0
best = 10
"#;

fn case() -> Case {
    Case::of([("index.toml", RULES)])
}

fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Scores, tanggap::base::Error> {
    let case = case();
    let (program, _) = program(&case).unwrap_or_else(|report| panic!("{report}"));
    let mut request = ReadRequest::of(program.rules());
    request.sheet = sheet.map(str::to_owned);
    let data = case
        .engine()
        .read(&program, Some("data.xlsx"), &mut &bytes[..], Some(&request))?;
    evaluate(&program, &data, &EvaluateOptions::default())
}

/// A workbook of one sheet `Data` whose header stands in row 3, from column B.
fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Data").unwrap();
    for (at, header) in ["kode", "nama", "a", "b"].into_iter().enumerate() {
        sheet.write(2, at as u16 + 1, header).unwrap();
    }
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

fn both(scores: &Scores) -> String {
    let mut picture = String::new();
    for (at, region) in scores.regions.iter().enumerate() {
        let values: Vec<String> = ["a", "b"]
            .map(|id| {
                scores
                    .node(scores.program.rules().find(id).unwrap())
                    .get(at)
            })
            .iter()
            .map(|value| format!("{value:?}"))
            .collect();
        picture.push_str(&format!("{region}: {}\n", values.join(", ")));
    }
    for lang in Lang::ALL {
        picture.push_str(&format!("\n{}", render_issues(scores, lang)));
    }
    picture
}

fn error(bytes: &[u8], sheet: Option<&str>) -> String {
    let error = read(bytes, sheet).err().unwrap();
    format!("{}\n\n{}", error.render(Lang::Id), error.render(Lang::En))
}

#[test]
fn cells_at_fault_are_named_by_their_address() {
    let bytes = workbook(|sheet| {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let rows = [
            "11.01", "11.02", "11.03", "11.04", "11.05", "11.06", "11.07",
        ];
        for (at, code) in rows.into_iter().enumerate() {
            sheet.write(at as u32 + 3, 1, code).unwrap();
            sheet.write(at as u32 + 3, 4, 5).unwrap();
        }
        sheet.write(3, 3, 4).unwrap();
        sheet.write(4, 3, "4,5").unwrap();
        sheet.write_with_format(5, 3, 44_000, &date).unwrap();
        sheet
            .write_formula(6, 3, Formula::new("=1/0").set_result("#DIV/0!"))
            .unwrap();
        sheet.write(8, 3, "banyak").unwrap();
        sheet.write(9, 3, 12).unwrap();
        // Codes that a spreadsheet has made numbers and dates of.
        sheet.write(10, 1, 11.08).unwrap();
        sheet.write_with_format(11, 1, 44_000, &date).unwrap();
        sheet.write(12, 1, 11).unwrap();
        sheet.write(12, 7, "catatan").unwrap();
    });
    insta::assert_snapshot!(both(&read(&bytes, None).unwrap()));
}

/// What spreadsheets show otherwise than they hold it, and rows that are no regions.
#[test]
fn what_a_person_sees_otherwise() {
    let bytes = workbook(|sheet| {
        let percent = Format::new().set_num_format("0%");
        for row in 3..9 {
            sheet.write(row, 1, format!("11.0{row}")).unwrap();
            sheet.write(row, 3, 5).unwrap();
            sheet.write_with_format(row, 4, 0.55, &percent).unwrap();
        }
        // A formula that gives no text, as in rows that are prepared and not filled in.
        let empty = Formula::new("=IF(B10=\"\",\"\",1)").set_result("");
        sheet.write_formula(9, 3, empty).unwrap();
        sheet.write(9, 1, "11.09").unwrap();
        sheet.write(10, 1, "Jumlah").unwrap();
        sheet.write(10, 3, 30).unwrap();
        sheet.write(11, 1, "Lain-lain").unwrap();
        sheet.write(11, 3, 1).unwrap();
    });
    // Spreadsheets write an empty result as text, which the library that made the file does not.
    let bytes = rewritten(&bytes, "</f><v>0</v>", "</f><v></v>");
    let bytes = rewritten(&bytes, "r=\"D10\"", "r=\"D10\" t=\"str\"");
    insta::assert_snapshot!(both(&read(&bytes, None).unwrap()));
}

#[test]
fn formats_that_only_mention_a_percent_sign_are_numbers() {
    let kinds = |format: &str| {
        let bytes = workbook(|sheet| {
            let format = Format::new().set_num_format(format);
            sheet.write(3, 1, "11.01").unwrap();
            sheet.write(3, 3, 5).unwrap();
            sheet.write_with_format(3, 4, 0.5, &format).unwrap();
        });
        let scores = read(&bytes, None).unwrap();
        let kinds = scores.issues.iter().map(|issue| issue.kind.code());
        kinds.collect::<Vec<_>>()
    };
    for format in ["0%", "0.00%", "#,##0.0 %"] {
        assert!(kinds(format).contains(&"D129"), "{format}");
    }
    for format in ["0.00\"%\"", "0.00\\%", "0.00"] {
        assert!(!kinds(format).contains(&"D129"), "{format}");
    }
}

#[test]
fn a_title_above_the_header_is_told() {
    let bytes = workbook(|sheet| {
        sheet.write(0, 1, "DATA IKOTAN TAHUN 2021").unwrap();
    });
    insta::assert_snapshot!(error(&bytes, None));
    let blank = workbook(|sheet| {
        sheet.write(2, 6, "catatan").unwrap();
        sheet.write(3, 1, "11.01").unwrap();
        sheet.write(3, 5, "lupa judul").unwrap();
    });
    let scores = read(&blank, None).unwrap();
    let codes: Vec<&str> = scores
        .issues
        .iter()
        .map(|issue| issue.kind.code())
        .collect();
    assert!(codes.contains(&"D125"), "{codes:?}");
}

#[test]
fn merged_cells() {
    let merge = |row: u32, last: u32, from: u16, to: u16| {
        workbook(|sheet| {
            sheet.write(3, 1, "11.01").unwrap();
            sheet.write(4, 1, "11.02").unwrap();
            let format = Format::new();
            sheet
                .merge_range(row, from, last, to, "5", &format)
                .unwrap();
        })
    };
    let title = error(&merge(0, 0, 0, 4), None);
    let header = error(&merge(2, 2, 3, 4), None);
    let below = both(&read(&merge(3, 4, 3, 3), None).unwrap());
    insta::assert_snapshot!(format!("{title}\n\n{header}\n\n{below}"));
}

#[test]
fn sheets_are_chosen_and_never_guessed() {
    let book = |hide: &[&str]| {
        let mut workbook = Workbook::new();
        for name in ["Data", "Lama", "Catatan"] {
            let sheet = workbook.add_worksheet().set_name(name).unwrap();
            for (at, cell) in ["kode", "a", "b"].into_iter().enumerate() {
                sheet.write(0, at as u16, cell).unwrap();
            }
            sheet.write(1, 0, "11.01").unwrap();
            sheet.write(1, 1, 5).unwrap();
            sheet.write(1, 2, 5).unwrap();
            if hide.contains(&name) {
                sheet.set_hidden(true);
            } else if name != "Data" && hide.contains(&"Data") {
                sheet.set_active(true);
            }
        }
        workbook.save_to_buffer().unwrap()
    };
    let several = book(&[]);
    let one = read(&book(&["Lama", "Catatan"]), None).unwrap();
    assert_eq!(one.sheet.as_deref(), Some("Data"));
    assert!(one.issues.is_empty());
    let named = both(&read(&book(&["Lama"]), Some("Lama")).unwrap());
    let picture = [error(&several, None), error(&several, Some("data")), named];
    insta::assert_snapshot!(picture.join("\n\n"));
}

/// The workbook with the text of its sheet changed, as programs other than spreadsheets may write it.
fn rewritten(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let (name, mut text) = (file.name().unwrap().into_owned(), String::new());
        file.read_to_string(&mut text).unwrap();
        if name.ends_with("sheet1.xml") {
            assert!(text.contains(from), "{text}");
            text = text.replace(from, to);
        }
        out.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn what_other_programs_write() {
    let bytes = workbook(|sheet| {
        sheet.write(3, 1, "11.01").unwrap();
        sheet
            .write_formula(3, 3, Formula::new("=E4").set_result("7"))
            .unwrap();
        sheet.write(3, 4, 5).unwrap();
    });
    let whole = read(&bytes, None).unwrap();
    assert!(whole.issues.is_empty(), "{}", both(&whole));
    let not_computed = rewritten(&bytes, "<v>7</v>", "");
    insta::assert_snapshot!(both(&read(&not_computed, None).unwrap()));
    // Extents that nobody has the memory for, and cells out of order.
    let far = rewritten(&bytes, "r=\"E4\"", "r=\"XFD1048576\"");
    assert_eq!(read(&far, None).unwrap().len(), 1);
    let beyond = rewritten(&bytes, "r=\"E4\"", "r=\"ZZZZ4\"");
    assert!(read(&beyond, None).is_err());
    let backwards = rewritten(&bytes, "r=\"E4\"", "r=\"A1\"");
    assert!(read(&backwards, None).is_err());
}

#[test]
fn damaged_files_are_refused() {
    let whole = workbook(|sheet| {
        for row in 0..40 {
            sheet.write(row + 3, 1, format!("11.{row:02}")).unwrap();
            sheet.write(row + 3, 3, row).unwrap();
        }
    });
    assert!(read(&whole, None).is_ok());
    let said = error(&whole[..whole.len() / 2], None);
    insta::assert_snapshot!(said);
    // Whatever single byte is wrong, the answer is an error or scores, never a panic.
    let mut refused = 0;
    for at in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        refused += usize::from(read(&bytes, None).is_err());
    }
    assert!(refused > 10, "{refused}");
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    assert!(error(&workbook.save_to_buffer().unwrap(), None).contains("is empty"));
}

/// Reads a range such as `'Skor'!$F$4:$G$4` of a workbook: numbers, where there are any.
fn numbers(workbook: &mut calamine::Xlsx<Cursor<Vec<u8>>>, range: &str) -> Vec<Option<f64>> {
    use calamine::{DataType as _, Reader as _};
    let (sheet, cells) = range.split_once('!').unwrap();
    let place = |address: &str| {
        let address = address.replace('$', "");
        let letters: String = address
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let column = letters
            .bytes()
            .fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
        (
            address[letters.len()..].parse::<u32>().unwrap() - 1,
            column - 1,
        )
    };
    let (first, last) = cells.split_once(':').unwrap();
    let ((row, from), (same, to)) = (place(first), place(last));
    assert_eq!(row, same);
    let sheet = workbook.worksheet_range(sheet.trim_matches('\'')).unwrap();
    (from..=to)
        .map(|column| {
            sheet
                .get_value((row, column))
                .and_then(|cell| cell.as_f64())
        })
        .collect()
}

/// The value of a formula of ours: `(SUMPRODUCT(w,x)+…)/(SUMPRODUCT(w,--ISNUMBER(x))+…)`.
fn weighted_mean(workbook: &mut calamine::Xlsx<Cursor<Vec<u8>>>, formula: &str) -> f64 {
    let (above, below) = formula.split_once(")/(").unwrap();
    let mut part = |text: &str, count: bool| {
        let products = text.split("SUMPRODUCT(").skip(1);
        let mut sum = 0.0;
        for product in products {
            let (weights, values) = product.split_once(',').unwrap();
            assert_eq!(values.starts_with("--ISNUMBER("), count);
            let values = values
                .trim_start_matches("--ISNUMBER(")
                .trim_end_matches([')', '+']);
            let values = numbers(workbook, values);
            for (weight, value) in numbers(workbook, weights).iter().zip(values) {
                let weight = weight.unwrap();
                sum += value.map_or(0.0, |value| if count { weight } else { weight * value });
            }
        }
        sum
    };
    part(above, false) / part(below, true)
}

#[test]
fn the_workbook_of_scores_can_be_followed() {
    use calamine::{DataType as _, Reader as _};
    let case = Case::of([
        (
            "index.toml",
            "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 60\n[target.t]\ncount = 2\nband = \"tinggi\"\n[data]\nname = \"nama\"\n",
        ),
        (
            "v.toml",
            "[variable]\nweight = 2\n[node.d]\nweight = 3\n[indicator.a]\nweight = 1\nworst = 0\nbest = 10\n[indicator.b]\nparent = \"d\"\nworst = 0\nbest = 10\n[indicator.c]\nparent = \"d\"\nworst = 0\nbest = 10\nmissing = { value = 4 }\n",
        ),
        (
            "w.toml",
            "[variable]\nweight = 1\n[indicator.e]\nworst = 0\nbest = 10\n",
        ),
        ("w.rhai", "if e > 50 { 100 } else { e }"),
    ]);
    let (program, _) = program(&case).unwrap_or_else(|report| panic!("{report}"));
    let engine = case.engine();
    let csv = "kode,nama,a,b,c,e\n05.01,=1+1,1,2,3,4\n05.02,Dua,,5,6,7\n05.03,Tiga,1,2,,\n05.04,Empat,x,,,9\n";
    let data = engine
        .read(&program, Some("data.csv"), &mut csv.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let summary = tanggap::summarise(&scores);
    let report = tanggap::report::ScoreReport::new(&scores, &summary, "data.csv");
    let reporters = &engine.registry().reporters;
    let xlsx = reporters
        .iter()
        .find(|reporter| reporter.name() == "xlsx")
        .unwrap();
    let mut bytes = Vec::new();
    xlsx.write(&report, &mut bytes).unwrap();
    let back = xlsx.read_back(&bytes).unwrap();
    assert_eq!(back.record, report.record);
    // A formula that is changed is found, a number that a spreadsheet has saved with 15 digits is the same.
    let forged = rewritten(&bytes, "/(SUMPRODUCT", "/(2*SUMPRODUCT");
    let forged = xlsx.read_back(&forged).unwrap();
    assert_eq!(forged.record, back.record);
    assert_ne!(forged.figures, back.figures);
    let differs = forged.figures.iter().zip(&back.figures);
    let differs = differs.filter(|(a, b)| !back.same(&a.1, &b.1)).count();
    assert!(differs > 5, "{differs}");
    // So is a code that became a number, and with it lost its zero.
    let texts = |figures: &[(String, String)]| {
        figures
            .iter()
            .filter(|(_, value)| value.contains("05.0"))
            .count()
    };
    assert!(texts(&back.figures) >= 8, "{:?}", back.figures);
    assert!(!back.same("\"0103\"", "103"));
    assert!(back.same("65.9708333333334 =A1", "65.97083333333335 =A1"));
    assert!(!back.same("65.97083333334 =A1", "65.97083333333335 =A1"));
    assert!(!back.same("65.97 =A1", "65.97 =A2") && !back.same("65.97", "65.98"));

    let mut workbook = calamine::Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(
        workbook.sheet_names(),
        [
            "Scores",
            "Indicators",
            "Bands",
            "Roll-up",
            "Issues",
            "Method"
        ]
    );
    let formulas = workbook.worksheet_formula("Scores").unwrap();
    let values = workbook.worksheet_range("Scores").unwrap();
    let mut followed = 0;
    for (row, column, formula) in formulas.used_cells() {
        let start = formulas.start().unwrap();
        let place = (start.0 + row as u32, start.1 + column as u32);
        let shown = values.get_value(place).unwrap().as_f64().unwrap();
        let computed = weighted_mean(&mut workbook, formula);
        assert!(
            (shown - computed).abs() < 1e-12,
            "{formula}: {shown} {computed}"
        );
        followed += 1;
    }
    // The index, v and d, of the regions that have them; w is a formula of its own.
    let ids = ["kasus", "v", "d"].map(|id| program.rules().find(id).unwrap());
    let scored = ids.iter().map(|id| scores.node(*id).present().count());
    assert_eq!(followed, scored.sum::<usize>());
    let mut picture = String::new();
    for sheet in workbook.sheet_names() {
        picture.push_str(&format!("== {sheet}\n"));
        for row in workbook.worksheet_range(&sheet).unwrap().rows() {
            let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            if !cells.contains(&"record".to_owned()) && !cells.iter().any(|c| c.len() == 64) {
                picture.push_str(&format!("{}\n", cells.join(" | ").trim_end()));
            }
        }
    }
    insta::assert_snapshot!(picture);
}

#[test]
fn a_template_is_read_as_it_was_written() {
    let case = case();
    let (program, _) = program(&case).unwrap_or_else(|report| panic!("{report}"));
    let request = ReadRequest::of(program.rules());
    let columns = tanggap::report::data_columns(program.rules(), &request);
    let mut bytes = Vec::new();
    tanggap::report::write_template(program.rules(), &columns, None, Lang::En, &mut bytes).unwrap();
    let scores = read(&bytes, None).unwrap();
    let kinds: Vec<&str> = scores
        .issues
        .iter()
        .map(|issue| issue.kind.code())
        .collect();
    assert_eq!(kinds, ["D112"], "all columns are there, and no row");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut sheet = String::new();
    let mut file = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    file.read_to_string(&mut sheet).unwrap();
    let rules = sheet.split("<dataValidations").nth(1).unwrap();
    let rules = rules.split("</dataValidations>").next().unwrap();
    insta::assert_snapshot!(rules.replace("<dataValidation ", "\n<dataValidation "));
}

//! The sheets beside the scores: bands and target, roll-up, issues, method.

use rust_xlsxwriter::{Formula, Worksheet, XlsxError};

use super::{RECORD, Styles, headers, title};
use crate::base::Lang;
use crate::evaluate::summary::RollUp;
use crate::report::ScoreReport;
use crate::report::facts::facts;
use crate::report::issues::records;

/// The row of headers, counted from 0.
const HEADER_ROW: u32 = 2;

/// Bands with their counts, then targets with what was reached.
pub(super) fn write_bands(
    report: &ScoreReport<'_>,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let (rules, lang) = (report.rules(), report.lang);
    title(report, styles, sheet)?;
    let names = [
        lang.pick("Kategori", "Band"),
        lang.pick("Batas bawah", "Lower bound"),
        lang.pick("Batas termasuk", "Bound included"),
        lang.pick("Wilayah", "Regions"),
    ];
    headers(sheet, HEADER_ROW, styles, &names)?;
    let mut row = HEADER_ROW;
    for (band, count) in rules.bands.iter().zip(&report.summary.nation.bands) {
        row += 1;
        sheet.write_string(row, 0, band.title.get(lang))?;
        sheet.write_number(row, 1, band.bound.value)?;
        let included = if band.inclusive {
            lang.pick("ya", "yes")
        } else {
            lang.pick("tidak", "no")
        };
        sheet.write_string(row, 2, included)?;
        sheet.write_number(row, 3, *count as f64)?;
    }
    row += 1;
    sheet.write_string(row, 0, lang.pick("tanpa kategori", "without band"))?;
    let banded: usize = report.summary.nation.bands.iter().sum();
    let without = report.summary.nation.regions - banded;
    sheet.write_number(row, 3, without as f64)?;
    row += 2;
    let names = [
        lang.pick("Sasaran", "Target"),
        lang.pick("Kategori paling rendah", "Least band"),
        lang.pick("Sasaran wilayah", "Regions aimed at"),
        lang.pick("Tercapai", "Reached"),
        lang.pick("Capaian (%)", "Reached (%)"),
    ];
    for (column, name) in (0u16..).zip(names) {
        sheet.write_string_with_format(row, column, name, &styles.header)?;
    }
    for result in &report.summary.targets {
        let Some(target) = rules.targets.get(result.target) else {
            continue;
        };
        row += 1;
        let name = target.title.as_ref();
        sheet.write_string(
            row,
            0,
            name.map_or(target.id.as_str(), |name| name.get(lang)),
        )?;
        let band = rules.bands.get(target.band);
        sheet.write_string(row, 1, band.map_or("", |band| band.title.get(lang)))?;
        sheet.write_number(row, 2, target.count.value)?;
        sheet.write_number(row, 3, result.reached as f64)?;
        let at = row + 1;
        let percent =
            Formula::new(format!("=D{at}/C{at}*100")).set_result(result.percent.to_string());
        sheet.write_formula_with_format(row, 4, percent, &styles.percent)?;
    }
    sheet.set_column_width(0, 34)?;
    Ok(())
}

/// The roll-up of each group and of all regions.
pub(super) fn write_roll_up(
    report: &ScoreReport<'_>,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let (rules, lang, summary) = (report.rules(), report.lang, report.summary);
    title(report, styles, sheet)?;
    let mean = match &summary.weighted_by {
        None => lang.pick("Rata-rata indeks", "Mean index").to_owned(),
        Some(column) => format!(
            "{} `{column}`",
            lang.pick("Rata-rata berbobot", "Mean weighted by")
        ),
    };
    let mut names = vec![
        lang.pick("Kelompok", "Group"),
        lang.pick("Wilayah", "Regions"),
        lang.pick("Dengan indeks", "With index"),
        &mean,
    ];
    let variables = rules.variables().iter();
    names.extend(variables.map(|node| rules.node(*node).title.get(lang)));
    names.extend(rules.bands.iter().map(|band| band.title.get(lang)));
    headers(sheet, HEADER_ROW, styles, &names)?;
    let mut row = HEADER_ROW;
    let mut add = |name: &str, part: &RollUp| -> Result<(), XlsxError> {
        row += 1;
        sheet.write_string(row, 0, name)?;
        sheet.write_number(row, 1, part.regions as f64)?;
        sheet.write_number(row, 2, part.scored as f64)?;
        let means = std::iter::once(&part.mean).chain(&part.variables);
        let mut column = 3;
        for mean in means {
            if let Some(mean) = mean {
                sheet.write_number_with_format(row, column, *mean, &styles.exact)?;
            }
            column += 1;
        }
        for count in &part.bands {
            sheet.write_number(row, column, *count as f64)?;
            column += 1;
        }
        Ok(())
    };
    for (name, part) in &summary.groups {
        add(name, part)?;
    }
    if let Some(part) = &summary.ungrouped {
        add(lang.pick("(tanpa kelompok)", "(no group)"), part)?;
    }
    add(lang.pick("Semua", "All"), &summary.nation)?;
    sheet.set_column_width(0, 34)?;
    Ok(())
}

/// All issues, one a row.
pub(super) fn write_issues(
    report: &ScoreReport<'_>,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let lang = report.lang;
    title(report, styles, sheet)?;
    let names = [
        lang.pick("Kode masalah", "Issue code"),
        lang.pick("Tingkat", "Severity"),
        lang.pick("Wilayah", "Region"),
        lang.pick("Sel atau baris", "Cell or line"),
        lang.pick("Kolom", "Column"),
        lang.pick("Bagian", "Part"),
        lang.pick("Ditemukan", "Found"),
        lang.pick("Masalah", "Issue"),
        lang.pick("Aturan", "Rule"),
    ];
    headers(sheet, HEADER_ROW, styles, &names)?;
    let own = report.scores.issues.iter();
    for ((row, issue), own) in (HEADER_ROW + 1..).zip(records(report.scores)).zip(own) {
        let place = report.scores.place_of(own);
        let cells = [
            Some(issue.code.to_owned()),
            Some(issue.severity.word().get(lang).to_owned()),
            issue.region,
            place.map(|place| place.get(lang).to_owned()),
            issue.column,
            issue.node,
            issue.found,
            Some(match issue.times {
                Some(times) => format!("{} (× {})", issue.message.get(lang), lang.count(times)),
                None => issue.message.get(lang).to_owned(),
            }),
            issue.place,
        ];
        for (column, cell) in (0u16..).zip(cells) {
            // A cell takes 32,767 characters.
            let cell: String = cell.unwrap_or_default().chars().take(32_000).collect();
            sheet.write_string(row, column, cell)?;
        }
    }
    sheet.set_column_width(7, 70)?;
    Ok(())
}

/// What made the workbook, and the resolved rule set with the origin of each value.
pub(super) fn write_method(
    report: &ScoreReport<'_>,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let (rules, lang, record) = (report.rules(), report.lang, &report.record);
    title(report, styles, sheet)?;
    let names = [
        lang.pick("Hal", "Item"),
        lang.pick("Isi", "Content"),
        lang.pick("Asal", "Origin"),
    ];
    headers(sheet, HEADER_ROW, styles, &names)?;
    let mut row = HEADER_ROW + 1;
    let mut add = |name: &str, value: &str, origin: &str| -> Result<(), XlsxError> {
        sheet.write_string(row, 0, name)?;
        let value: String = value.chars().take(32_000).collect();
        sheet.write_string_with_format(row, 1, value, &styles.wrap)?;
        sheet.write_string(row, 2, origin)?;
        row += 1;
        Ok(())
    };
    add(lang.pick("mesin", "engine"), &record.engine, "")?;
    add(
        lang.pick("edisi bahasa aturan", "edition of the rule language"),
        &record.edition,
        "",
    )?;
    add(
        lang.pick("digest aturan", "rules digest"),
        &rules.rules_digest,
        "",
    )?;
    add(
        lang.pick("digest berkas", "files digest"),
        &rules.files_digest,
        "",
    )?;
    add(lang.pick("data", "data"), report.data, "")?;
    if let Some(reading) = &report.reading {
        add(lang.pick("dibaca", "read"), reading.get(lang), "")?;
    }
    add(
        lang.pick("digest data", "data digest"),
        &report.scores.data_digest,
        "",
    )?;
    add(
        RECORD,
        &serde_json::to_string(record).unwrap_or_default(),
        "",
    )?;
    let sheet_names = (
        lang.pick("Skor", "Scores"),
        lang.pick("Indikator", "Indicators"),
    );
    let guide = match lang {
        Lang::Id => format!(
            "Rata-rata tertimbang di lembar {} adalah rumus hidup atas skor anaknya dan baris bobot; yang lain, juga nilai terbit, peringkat, kategori dan rekap, adalah nilai yang tidak ikut berubah. Nilai mentah miring di lembar {} tidak diamati, melainkan diisi menurut aturan.",
            sheet_names.0, sheet_names.1
        ),
        Lang::En => format!(
            "Weighted means on the sheet {} are live formulas over the scores of their children and the row of weights; all else, also published values, ranks, bands and roll-ups, are values that do not follow. Raw values in italics on the sheet {} were not observed, but filled in as the rules say.",
            sheet_names.0, sheet_names.1
        ),
    };
    add(lang.pick("cara membaca", "how to read it"), &guide, "")?;
    let mut section = None;
    for fact in facts(rules, lang) {
        if section.replace(fact.section) != Some(fact.section) {
            add("", "", "")?;
        }
        let name = format!("{}{}", "    ".repeat(fact.depth), fact.name);
        add(&name, &fact.value, fact.origin.as_deref().unwrap_or(""))?;
    }
    sheet.set_column_width(0, 40)?;
    sheet.set_column_width(1, 80)?;
    sheet.set_column_width(2, 40)?;
    Ok(())
}

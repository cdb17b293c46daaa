//! Reconciliation: as text for people, as CSV and JSON for programs.

use std::io::Write;

use serde_json::{Value, json};

use super::Record;
use super::csv::{RECORD, close};
use crate::base::language::text;
use crate::base::{Lang, NodeIndex, Rounding, Text};
use crate::evaluate::Scores;
use crate::explain::recap::RecapCount;
use crate::explain::reconcile::{Cause, DecimalsFrom, Disagreement, Reach, Reconciliation};

/// How many disagreements are shown as text.
const SHOWN: usize = 40;
/// How many regions are named in a list.
const NAMED: usize = 8;

/// The columns of its CSV.
const HEADER: [&str; 12] = [
    "node",
    "region",
    "name",
    "recomputed",
    "published",
    "band_recomputed",
    "band_published",
    "cause",
    "from",
    "to",
    "searched",
    RECORD,
];

/// What a report of a reconciliation is made from.
pub struct ReconciliationReport<'a> {
    /// The scores.
    pub scores: &'a Scores,
    /// What was found, one for each node that was compared.
    pub found: &'a [Reconciliation],
    /// Codes that were published, of regions that the data does not have.
    pub unmatched: &'a [String],
    /// The counts against a recap, if there is one.
    pub recap: &'a [RecapCount],
    /// The name of the data, for people.
    pub data: &'a str,
    /// The reader's language.
    pub lang: Lang,
    /// What made it.
    pub record: Record,
}

impl ReconciliationReport<'_> {
    fn band(&self, band: Option<usize>) -> &str {
        let rules = self.scores.program.rules();
        let band = band.and_then(|band| rules.bands.get(band));
        band.map_or("–", |band| band.title.get(self.lang))
    }

    fn band_id(&self, band: Option<usize>) -> Option<&str> {
        let rules = self.scores.program.rules();
        let band = band.and_then(|band| rules.bands.get(band));
        band.map(|band| band.id.as_str())
    }

    /// Whether counts of the recap differ.
    fn differing(&self) -> impl Iterator<Item = &RecapCount> {
        self.recap.iter().filter(|count| count.differs())
    }

    /// A cause without the figures of one region.
    fn kind(&self, cause: Cause) -> Text {
        match cause {
            Cause::OtherRounding(Rounding::Truncate) => {
                text!("dipotong, bukan dibulatkan", "truncated, not rounded")
            }
            Cause::OtherRounding(_) => text!("dibulatkan dengan cara lain", "rounded otherwise"),
            Cause::RoundedInputs(..) => text!(
                "pembulatan masukan menjelaskannya",
                "the rounding of the inputs explains it"
            ),
            Cause::WrongInput(reach) if reach.searched => text!(
                "masukan atau nilai terbitnya mungkin keliru: tidak ditemukan pembulatan yang menjelaskannya",
                "an input or the published value may be wrong: no rounding was found that explains it"
            ),
            Cause::WrongInput(..) => text!(
                "masukan atau nilai terbitnya keliru: pembulatan tidak menjelaskannya",
                "an input or the published value is wrong: rounding does not explain it"
            ),
            Cause::BandEdge(_) => text!(
                "di batas kategori: pembulatan masukan yang menentukan",
                "at the limit of a band: the rounding of the inputs decides"
            ),
            Cause::BandContradicts => text!(
                "kategori terbit tidak sesuai dengan nilainya sendiri",
                "the published band does not follow from its own value"
            ),
            Cause::NotExamined => {
                text!("tidak diperiksa: terlalu banyak", "not examined: too many")
            }
        }
    }

    fn cause(&self, disagreement: &Disagreement) -> Text {
        let number = |value: f64| self.lang.exact(Rounding::HalfUp.round(value, 6));
        match disagreement.cause {
            Cause::RoundedInputs(reach) | Cause::WrongInput(reach) => {
                let Text { id, en } = self.kind(disagreement.cause);
                let (from, to) = (number(reach.from), number(reach.to));
                if reach.searched {
                    text!(
                        "{id} ({from} sampai {to}, dicari: mungkin lebih lebar)",
                        "{en} ({from} to {to}, by search: it may be wider)"
                    )
                } else {
                    text!("{id} ({from} sampai {to})", "{en} ({from} to {to})")
                }
            }
            Cause::BandEdge(limit) => {
                let Text { id, en } = self.kind(disagreement.cause);
                let limit = number(limit);
                text!("{id} ({limit})", "{en} ({limit})")
            }
            cause => self.kind(cause),
        }
    }

    fn list(&self, positions: &[usize]) -> String {
        let names: Vec<String> = positions
            .iter()
            .take(NAMED)
            .map(|at| self.scores.label(*at))
            .collect();
        let more = if positions.len() > NAMED { ", …" } else { "" };
        let count = self.lang.count(positions.len());
        format!("{count} ({}{more})", names.join(", "))
    }
}

/// A reconciliation as text.
pub fn render_reconciliation(report: &ReconciliationReport<'_>) -> String {
    let lang = report.lang;
    let rules = report.scores.program.rules();
    let mut out = format!("{}\ndata: {}\n", super::heading(rules, lang), report.data);
    for found in report.found {
        out.push('\n');
        if report.found.len() > 1 || found.node != NodeIndex::ROOT {
            let node = rules.node(found.node);
            out.push_str(&format!("{} ({})\n", node.title.get(lang), node.id));
        }
        comparison(report, found, &mut out);
    }
    if !report.unmatched.is_empty() {
        let count = lang.count(report.unmatched.len());
        let names: Vec<&str> = report
            .unmatched
            .iter()
            .take(NAMED)
            .map(String::as_str)
            .collect();
        let more = if report.unmatched.len() > NAMED {
            ", …"
        } else {
            ""
        };
        let names = names.join(", ");
        let said = text!(
            "\nterbit, tetapi tidak ada dalam data: {count} ({names}{more})\n",
            "\npublished, but not in the data: {count} ({names}{more})\n"
        );
        out.push_str(said.get(lang));
    }
    recap(report, &mut out);
    out
}

/// What values of a node are compared at.
fn compared_at(found: &Reconciliation, lang: Lang) -> Text {
    if let Some(tolerance) = found.tolerance {
        let tolerance = lang.exact(tolerance);
        return text!(
            "dengan selisih paling besar {tolerance}",
            "within {tolerance}"
        );
    }
    let decimals = found.decimals;
    let s = if decimals == 1 { "" } else { "s" };
    match found.decimals_from {
        DecimalsFrom::Asked => text!(
            "pada {decimals} desimal, seperti diminta",
            "to {decimals} decimal{s}, as asked"
        ),
        DecimalsFrom::Text => text!(
            "pada {decimals} desimal, seperti tertulis di kolomnya",
            "to {decimals} decimal{s}, as the column is written"
        ),
        DecimalsFrom::CellFormats => text!(
            "pada {decimals} desimal, seperti tampak di selnya",
            "to {decimals} decimal{s}, as its cells are shown"
        ),
        DecimalsFrom::Rules => text!(
            "pada {decimals} desimal, seperti aturannya menerbitkan (kolomnya tidak dibulatkan, atau tidak menunjukkan desimalnya)",
            "to {decimals} decimal{s}, as the rules publish (the column is not rounded, or does not show its decimals)"
        ),
    }
}

fn comparison(report: &ReconciliationReport<'_>, found: &Reconciliation, out: &mut String) {
    let lang = report.lang;
    let counts = |agree: usize, compared: usize| (lang.count(agree), lang.count(compared));
    let (agree, compared) = counts(found.agree, found.compared);
    let Text { id, en } = compared_at(found, lang);
    out.push_str(
        text!(
            "nilai: {agree} dari {compared} cocok {id}\n",
            "values: {agree} of {compared} agree {en}\n"
        )
        .get(lang),
    );
    if found.bands_compared > 0 {
        let (agree, compared) = counts(found.bands_agree, found.bands_compared);
        out.push_str(
            text!(
                "kategori: {agree} dari {compared} cocok\n",
                "bands: {agree} of {compared} agree\n"
            )
            .get(lang),
        );
    }
    for (what, positions) in [
        (
            lang.pick(
                "terbit, tetapi tidak dapat dihitung ulang",
                "published, but not recomputed",
            ),
            &found.only_published,
        ),
        (
            lang.pick(
                "dihitung ulang, tetapi tidak terbit",
                "recomputed, but not published",
            ),
            &found.only_recomputed,
        ),
    ] {
        if !positions.is_empty() {
            out.push_str(&format!("{what}: {}\n", report.list(positions)));
        }
    }
    for (written, count, near) in &found.unknown_bands {
        let count = lang.count(*count);
        let help = near.as_ref().map_or_else(String::new, |near| {
            text!("; maksudnya `{near}`?", "; is `{near}` meant?")
                .get(lang)
                .to_owned()
        });
        let said = text!(
            "kategori terbit yang tidak dikenal: `{written}`, {count} wilayah",
            "a published band that is not known: `{written}`, {count} regions"
        );
        out.push_str(&format!("{}{help}\n", said.get(lang)));
    }
    disagreements(report, found, out);
}

fn disagreements(report: &ReconciliationReport<'_>, found: &Reconciliation, out: &mut String) {
    let lang = report.lang;
    if found.disagreements.is_empty() {
        return;
    }
    let count = lang.count(found.disagreements.len());
    out.push_str(
        text!(
            "\nwilayah yang tidak cocok: {count}\n",
            "\nregions that disagree: {count}\n"
        )
        .get(lang),
    );
    let mut listed: Vec<&Disagreement> = found.disagreements.iter().collect();
    listed.sort_by_key(|disagreement| (disagreement.cause.urgency(), disagreement.position));
    for alike in listed.chunk_by(|a, b| a.cause.name() == b.cause.name()) {
        let Some(first) = alike.first() else { continue };
        out.push_str(&format!(
            "  {:>9}  {}\n",
            lang.count(alike.len()),
            report.kind(first.cause).get(lang)
        ));
    }
    let count = found.disagreements.len();
    let one_sign = found.one_sign.map(|sign| match sign {
        1 => text!(
            "semua nilai terbit yang tidak cocok lebih besar: mungkin dari edisi data lain",
            "all published values that disagree are larger: perhaps from another edition of the data"
        ),
        _ => text!(
            "semua nilai terbit yang tidak cocok lebih kecil: mungkin dari edisi data lain",
            "all published values that disagree are smaller: perhaps from another edition of the data"
        ),
    });
    if let Some(said) = one_sign.filter(|_| count > 0) {
        out.push_str(&format!("  {}\n", said.get(lang)));
    }
    if found.relative {
        let said = text!(
            "populasi ikut bergerak dengan masukan wilayah itu sendiri; wilayah lain tetap pada angka tercetaknya",
            "populations move with the inputs of the region itself; the other regions stand at their printed values"
        );
        out.push_str(&format!("  {}\n", said.get(lang)));
    }
    out.push('\n');
    for disagreement in listed.iter().take(SHOWN) {
        let decimals = found.decimals.saturating_add(4).min(15);
        let exact = lang.exact(Rounding::HalfUp.round(disagreement.exact, decimals));
        let mut parts = Vec::new();
        if let Some(published) = disagreement.published {
            // As it is written, where that is to the decimals that are compared.
            let written = Rounding::HalfUp.round(published, found.decimals);
            let published = if crate::base::number::same(written, published) {
                lang.number(published, found.decimals)
            } else {
                lang.exact(published)
            };
            parts.push(text!(
                "terbit {published}, dihitung {exact}",
                "published {published}, recomputed {exact}"
            ));
        }
        if let Some((own, band)) = disagreement.bands {
            let (own, band) = (report.band(own), report.band(Some(band)));
            parts.push(text!(
                "kategori terbit {band}, dihitung {own} ({exact})",
                "published band {band}, recomputed {own} ({exact})"
            ));
        }
        let parts: Vec<&str> = parts.iter().map(|part| part.get(lang)).collect();
        out.push_str(&format!(
            "  {}: {}\n    {}\n",
            report.scores.label(disagreement.position),
            parts.join("; "),
            report.cause(disagreement).get(lang)
        ));
    }
    if found.disagreements.len() > SHOWN {
        let more = lang.count(found.disagreements.len() - SHOWN);
        out.push_str(
            text!(
                "  … dan {more} lagi (semuanya dengan `--format csv`)\n",
                "  … and {more} more (all of them with `--format csv`)\n"
            )
            .get(lang),
        );
    }
}

fn recap(report: &ReconciliationReport<'_>, out: &mut String) {
    let lang = report.lang;
    if report.recap.is_empty() {
        return;
    }
    let all = report.recap.iter().filter(|count| count.recap.is_some());
    let (all, differing) = (all.count(), report.differing().count());
    let (agree, all) = (lang.count(all - differing), lang.count(all));
    out.push_str(
        text!(
            "\nrekap: {agree} dari {all} jumlah cocok\n",
            "\nrecap: {agree} of {all} counts agree\n"
        )
        .get(lang),
    );
    for count in report.differing().take(SHOWN) {
        let group = count.group.as_deref().unwrap_or(lang.pick("semua", "all"));
        let band = report.band(Some(count.band));
        let recap = count
            .recap
            .map_or_else(|| "–".to_owned(), |recap| lang.exact(recap));
        let own = lang.count(count.recomputed);
        let published = count.published.map_or_else(String::new, |published| {
            let published = lang.count(published);
            text!(
                ", terbit per wilayah {published}",
                ", published by region {published}"
            )
            .get(lang)
            .to_owned()
        });
        let said = text!(
            "  {group}, {band}: rekap {recap}, dihitung {own}",
            "  {group}, {band}: recap {recap}, recomputed {own}"
        );
        out.push_str(&format!("{}{published}\n", said.get(lang)));
    }
}

/// The disagreements as CSV, whatever the reader's language.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_reconciliation_csv(
    report: &ReconciliationReport<'_>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    let mut record = serde_json::to_string(&report.record)?;
    let scores = report.scores;
    for found in report.found {
        let node = node_name(report, found);
        for disagreement in &found.disagreements {
            let at = disagreement.position;
            let region = scores.regions.get(at).map_or("", |region| region);
            let name = scores.names.get(at).and_then(Option::as_deref);
            let number =
                |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            let reach = explained(disagreement);
            let (own, band) = match disagreement.bands {
                Some((own, band)) => (report.band_id(own), report.band_id(Some(band))),
                None => (None, None),
            };
            writer.write_record([
                node,
                region,
                name.unwrap_or_default(),
                &disagreement.exact.to_string(),
                &number(disagreement.published),
                own.unwrap_or_default(),
                band.unwrap_or_default(),
                disagreement.cause.name(),
                &number(reach.map(|reach| reach.from)),
                &number(reach.map(|reach| reach.to)),
                reach.map_or("", |reach| if reach.searched { "true" } else { "false" }),
                &std::mem::take(&mut record),
            ])?;
        }
    }
    close(writer, HEADER.len(), record)
}

/// What a node is called in outputs for programs.
fn node_name<'r>(report: &'r ReconciliationReport<'_>, found: &Reconciliation) -> &'r str {
    match found.node {
        NodeIndex::ROOT => "index",
        node => &report.scores.program.rules().node(node).id,
    }
}

/// What rounding of the inputs explains.
fn explained(disagreement: &Disagreement) -> Option<Reach> {
    match disagreement.cause {
        Cause::RoundedInputs(reach) | Cause::WrongInput(reach) => Some(reach),
        _ => None,
    }
}

/// A reconciliation as JSON: that of the first node at the top, those of the others in `nodes`.
pub fn reconciliation_json(report: &ReconciliationReport<'_>) -> Value {
    let scores = report.scores;
    let mut all = report.found.iter().map(|found| found_json(report, found));
    let mut document = json!({
        "record": report.record,
        "rules": super::json::Header::of(scores.program.rules()),
        "unmatched": report.unmatched,
        "recap": report.recap.iter().map(|count| json!({
            "group": count.group.as_deref(),
            "band": report.band_id(Some(count.band)),
            "recomputed": count.recomputed,
            "published": count.published,
            "recap": count.recap,
        })).collect::<Vec<_>>(),
    });
    let first = all.next();
    if let (Some(document), Some(Value::Object(first))) = (document.as_object_mut(), first) {
        document.extend(first);
        document.insert("nodes".to_owned(), all.collect());
    }
    document
}

fn found_json(report: &ReconciliationReport<'_>, found: &Reconciliation) -> Value {
    let scores = report.scores;
    let region = |at: &usize| scores.regions.get(*at).map(|region| region.to_string());
    let regions = |list: &[usize]| list.iter().map(region).collect::<Vec<_>>();
    let disagreement = |d: &Disagreement| {
        let reach = explained(d);
        json!({
            "region": region(&d.position),
            "name": scores.names.get(d.position).and_then(Option::as_deref),
            "recomputed": d.exact,
            "published": d.published,
            "bands": d.bands.map(|(own, band)| json!({
                "recomputed": report.band_id(own), "published": report.band_id(Some(band)),
            })),
            "cause": d.cause.name(),
            "explained": {
                "from": reach.map(|reach| reach.from),
                "to": reach.map(|reach| reach.to),
                "searched": reach.map(|reach| reach.searched),
            },
            "message": report.cause(d),
        })
    };
    json!({
        "node": node_name(report, found),
        "decimals_compared": found.decimals,
        "decimals_from": found.decimals_from.name(),
        "tolerance": found.tolerance,
        "values": { "compared": found.compared, "agree": found.agree },
        "bands": { "compared": found.bands_compared, "agree": found.bands_agree },
        "one_sign": found.one_sign,
        "populations_move": found.relative,
        "only_published": regions(&found.only_published),
        "only_recomputed": regions(&found.only_recomputed),
        "unknown_bands": found.unknown_bands.iter().map(|(written, count, near)| json!({
            "band": &**written, "regions": count, "perhaps": near,
        })).collect::<Vec<_>>(),
        "disagreements": found.disagreements.iter().map(disagreement).collect::<Vec<_>>(),
    })
}

//! A reporter.

use std::io::{Result, Write};

use tanggap::base::NodeIndex;
use tanggap::report::{Reporter, ScoreReport, heading};

/// A table of ranks, scores and bands in Markdown, for a memo.
pub struct Markdown;

impl Reporter for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md"]
    }

    fn includes_summary(&self) -> bool {
        false
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> Result<()> {
        let (scores, rules, lang) = (report.scores, report.rules(), report.lang);
        for line in heading(rules, lang).lines() {
            writeln!(out, "*{line}*  ")?;
        }
        let names = lang.pick(
            ["Peringkat", "Wilayah", "Indeks", "Kategori"],
            ["Rank", "Region", "Index", "Band"],
        );
        writeln!(out, "\n| {} |\n|--:|---|--:|---|", names.join(" | "))?;
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by_key(|at| scores.ranks[*at].unwrap_or(u32::MAX));
        for at in order {
            let rank = scores.ranks[at].map_or("–".to_owned(), |rank| rank.to_string());
            let index = scores.index().get(at).map_or("–".to_owned(), |exact| {
                lang.number(report.shown(NodeIndex::ROOT, exact), rules.decimals.value)
            });
            let band = scores.bands[at].map_or("–", |band| rules.bands[band].title.get(lang));
            writeln!(out, "| {rank} | {} | {index} | {band} |", scores.label(at))?;
        }
        Ok(())
    }
}

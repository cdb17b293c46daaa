//! The explanation of one region: a tree for people, JSON for programs.

mod figures;
mod json;
mod tree;

pub use json::explanation_json;
pub(super) use json::{formula_json, functions_json};

use super::{direction, heading};
use crate::base::language::text;
use crate::base::{Lang, NodeIndex, Rounding, Span};
use crate::check::RuleSet;
use crate::evaluate::Scores;
use crate::explain::{Explanation, Obstacle};
use figures::Figures;

/// How many obstacles are shown.
const OBSTACLES: usize = 40;

/// The explanation as text.
pub fn render_explanation(
    scores: &Scores,
    explanation: &Explanation,
    data: &str,
    lang: Lang,
) -> String {
    let rules = scores.program.rules();
    let figures = Figures { rules };
    let writer = Writer {
        rules,
        lang,
        figures,
    };
    let region = scores.label(explanation.position);
    let line = scores.lines.get(explanation.position).copied().unwrap_or(0);
    let line = if line > 0 {
        format!(":{line}")
    } else {
        String::new()
    };
    let mut out = format!(
        "{}\n{}: {region}  [{data}{line}]\n\n",
        heading(rules, lang),
        lang.pick("wilayah", "region")
    );
    writer.node(&explanation.trace, None, 0, &mut out);
    out.push('\n');
    writer.placing(scores, explanation, &mut out);
    let lost = figures.obstacles(explanation);
    writer.obstacles(
        lang.pick("Hambatan per variabel", "Obstacles by variable"),
        (&explanation.variables, &lost.variables),
        lost.total,
        &mut out,
    );
    writer.obstacles(
        lang.pick("Hambatan per indikator", "Obstacles by indicator"),
        (&explanation.indicators, &lost.indicators),
        lost.total,
        &mut out,
    );
    for node in &explanation.undivided {
        let id = &rules.node(*node).id;
        let said = text!(
            "\nPoin yang hilang pada `{id}` tidak dapat dibagi habis atas bagian-bagiannya\n",
            "\nThe points lost in `{id}` cannot be divided fully among its parts\n"
        );
        out.push_str(said.get(lang));
    }
    if !explanation.issues.is_empty() {
        out.push_str(&format!("\n{}\n", lang.pick("Masalah data", "Data issues")));
        for issue in &explanation.issues {
            let node = issue
                .node
                .map(|node| format!("`{}`: ", rules.node(node).id))
                .unwrap_or_default();
            let column = issue
                .column
                .as_deref()
                .map(|c| format!("{} `{c}`: ", lang.pick("kolom", "column")));
            let found = issue
                .found
                .as_deref()
                .map(|f| format!(" (`{f}`)"))
                .unwrap_or_default();
            out.push_str(&format!(
                "  {}: {node}{}{}{found}{}\n",
                issue.kind.code(),
                column.unwrap_or_default(),
                issue.kind.message().get(lang),
                writer.origin(issue.place)
            ));
        }
    }
    out
}

struct Writer<'a> {
    rules: &'a RuleSet,
    lang: Lang,
    figures: Figures<'a>,
}

impl Writer<'_> {
    fn origin(&self, span: Option<Span>) -> String {
        span.map(|span| format!("  [{}]", self.rules.sources.place(span)))
            .unwrap_or_default()
    }

    fn placing(&self, scores: &Scores, explanation: &Explanation, out: &mut String) {
        let at = explanation.position;
        let exact = scores.index().get(at);
        let published = exact.map(|exact| self.rules.published(exact));
        let Some(published) = published else {
            out.push_str(self.lang.pick(
                "Indeks kosong: tanpa kategori dan peringkat\n",
                "No index: no band and no rank\n",
            ));
            return;
        };
        let value = self.lang.number(published, self.rules.decimals.value);
        let band = scores.band(at).and_then(|band| self.rules.bands.get(band));
        let rank = scores.rank(at).unwrap_or(0);
        let of = self.lang.count(scores.ranks.iter().flatten().count());
        let title = band.map_or("–", |band| band.title.get(self.lang));
        let origin = self.origin(band.and_then(|band| band.bound.origin));
        out.push_str(&format!(
            "{}\n",
            text!(
                "Nilai terbit {value} · kategori {title}{origin} · peringkat {rank} dari {of}",
                "Published value {value} · band {title}{origin} · rank {rank} of {of}"
            )
            .get(self.lang)
        ));
        let next = explanation.next_band.and_then(|next| {
            let band = self.rules.bands.get(next.band)?;
            let bound = band.bound.value;
            let distance = self.figures.distance(bound, next.value);
            let (bound, distance) = (self.lang.exact(bound), self.lang.exact(distance));
            let said = direction::next_band(band, band.title.get(self.lang), &bound, &distance);
            Some((said, band.bound.origin))
        });
        match next {
            Some((said, origin)) => {
                out.push_str(&format!("{}{}\n", said.get(self.lang), self.origin(origin)));
            }
            None if !self.rules.bands.is_empty() => {
                out.push_str(&format!("{}\n", direction::best_band().get(self.lang)));
            }
            None => {}
        }
    }

    fn obstacles(
        &self,
        title: &str,
        (list, shown): (&[Obstacle], &[f64]),
        total: f64,
        out: &mut String,
    ) {
        if list.is_empty() {
            return;
        }
        let total = self.lang.exact(total);
        let points = text!(
            "{total} poin indeks yang hilang",
            "{total} points of the index lost"
        );
        out.push_str(&format!("\n{title} ({})\n", points.get(self.lang)));
        for (obstacle, lost) in list.iter().zip(shown).take(OBSTACLES) {
            let node = self.rules.node(obstacle.node);
            let score = self.figures.score(obstacle.node, obstacle.score);
            let (lost, score) = (self.lang.exact(*lost), self.lang.exact(score));
            let error = obstacle
                .error
                .map(|error| format!(" ± {}", self.lang.exact(Rounding::HalfUp.round(error, 4))));
            out.push_str(&format!(
                "  {lost}{}  {} ({}), {} {score}\n",
                error.unwrap_or_default(),
                node.title.get(self.lang),
                node.id,
                self.lang.pick("skor", "score")
            ));
        }
        let more = list.len().saturating_sub(OBSTACLES);
        if more > 0 {
            let rest: f64 = shown.iter().skip(OBSTACLES).sum();
            let rest = self.figures.score(NodeIndex::ROOT, rest);
            let rest = self.lang.exact(rest);
            out.push_str(&format!(
                "  {}\n",
                text!("{rest}  … {more} lagi", "{rest}  … {more} more").get(self.lang)
            ));
        }
    }
}

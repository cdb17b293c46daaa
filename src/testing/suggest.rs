//! Cases made by the rules themselves, to begin with: the edges where a wrong edit shows first.
//!
//! What is expected is what the rules give now. A proposed case says what the rules do, not what they should do: that is
//! for its reader to judge.

use std::fmt::Write;

use super::coverage::Reached;
use super::mutants::Mutant;
use super::probes::{Aim, Probe, Row, probes, score};
use crate::base::ident::quoted;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, NodeIndex, Text};
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::check::rule_set::Source;
use crate::compile::Program;
use crate::evaluate::Scores;

/// A test file with cases at the edges of a rule set: bounds of bands from both sides, goalposts, thresholds of formulas,
/// gaps, values that are not valid, nothing at all.
///
/// ```
/// # use tanggap::{Engine, bundle::DiskLoader};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let program = engine.program(&"ipm/2014".parse()?)?.output;
/// let text = tanggap::testing::suggest(&program, &engine.registry().methods)?;
/// assert!(text.contains("[case.batas_tinggi]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the rule set judges regions by each other, so that a region alone says nothing.
pub fn suggest(program: &Program, methods: &Methods) -> Result<String, Error> {
    let rules = program.rules();
    if rules.compares_regions() {
        let name = &rules.name;
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`{name}` menilai wilayah terhadap wilayah lain: kasus satu wilayah tidak dapat diusulkan",
                "`{name}` judges regions against each other: cases of one region cannot be proposed"
            ),
        )
        .with_help(text!(
            "uji dengan data: `tanggap test {name} --data BERKAS`",
            "test it with data: `tanggap test {name} --data FILE`"
        )));
    }
    let probes = chosen(program, methods, probes(program))?;
    let rows: Vec<Row> = probes.iter().map(|probe| probe.row.clone()).collect();
    let scores = score(program, &rows)?;
    let name = &rules.name;
    let mut out = format!(
        "#:schema ../../../schema/tests.json\n\
         # Diusulkan oleh `tanggap test {name} --suggest`: yang diharapkan adalah yang kini dihasilkan aturannya. Periksa, lalu simpan.\n\
         # Proposed by `tanggap test {name} --suggest`: what is expected is what the rules give now. Judge it, then keep it.\n\n[given]\n"
    );
    let base: Row = probes
        .first()
        .map(|probe| probe.row.clone())
        .unwrap_or_default();
    for (column, value) in rules.columns.iter().zip(&base) {
        if let Some(value) = value {
            let _ = writeln!(out, "{} = {}", bare(&column.id), number(*value));
        }
    }
    let mut at = 0;
    while let Some(probe) = probes.get(at) {
        let (id, title) = heading(rules, &probe.aim);
        // What looks at one place becomes one case of several rows.
        let group = probes
            .iter()
            .skip(at)
            .take_while(|own| heading(rules, &own.aim).0 == id);
        let group: Vec<(usize, &Probe)> =
            group.enumerate().map(|(by, own)| (at + by, own)).collect();
        let _ = write!(out, "\n[case.{}]\ntitle = {}\n", bare(&id), both(&title));
        match group.as_slice() {
            [(place, only)] => {
                let said = said(&scores, *place, &only.row, &base, &asked(rules, &only.aim));
                let _ = writeln!(out, "{}", said.join("\n"));
            }
            rows => {
                out.push_str("rows = [\n");
                for (place, own) in rows {
                    let said = said(&scores, *place, &own.row, &base, &asked(rules, &own.aim));
                    let _ = writeln!(out, "  {{ {} }},", said.join(", "));
                }
                out.push_str("]\n");
            }
        }
        at += group.len();
    }
    Ok(out)
}

/// The nodes whose scores a case tells: all of them in the middle, and else the index, the variables, and what is aimed at.
fn asked(rules: &RuleSet, aim: &Aim) -> Vec<NodeIndex> {
    if *aim == Aim::Middle {
        return rules.indices().collect();
    }
    let mut nodes = vec![NodeIndex::ROOT];
    nodes.extend(rules.variables());
    match aim {
        Aim::Post(column, _) | Aim::Gap(column) | Aim::Invalid(column) | Aim::Raw(column, ..) => {
            let reads = |at: &NodeIndex| match rules.node(*at).indicator().map(|own| &own.source) {
                Some(Source::Column(own)) => own == column,
                Some(Source::Expression(formula)) => formula.columns.contains(column),
                None => false,
            };
            nodes.extend(rules.indices().filter(reads));
        }
        Aim::Threshold(node, ..) | Aim::Little(node, _) | Aim::Half(node) => nodes.push(*node),
        _ => {}
    }
    let mut known = std::collections::BTreeSet::new();
    nodes.retain(|node| known.insert(*node));
    nodes
}

/// The probes that are worth a case, those that look at one place side by side; and of those drawn at random the ones
/// that reach a branch or a band that no other does.
fn chosen(program: &Program, methods: &Methods, all: Vec<Probe>) -> Result<Vec<Probe>, Error> {
    let mut chosen: Vec<Probe> = Vec::new();
    let mut drawn: Vec<Probe> = Vec::new();
    for probe in all {
        if probe.aim == Aim::Random {
            drawn.push(probe);
        } else if !chosen.iter().any(|own| own.aim == probe.aim) {
            chosen.push(probe);
        }
    }
    let mut reached = Reached::new(program, methods)?;
    for probe in &chosen {
        reached.adds(&probe.row)?;
    }
    let mut number = 0;
    for probe in drawn {
        if reached.adds(&probe.row)? {
            number += 1;
            chosen.push(Probe {
                aim: Aim::Branch(number),
                row: probe.row,
            });
        }
    }
    Ok(chosen)
}

/// The id and the title of a case.
fn heading(rules: &RuleSet, aim: &Aim) -> (String, Text) {
    let column = |at: &usize| rules.columns.get(*at).map_or("", |own| &own.id);
    let node = |at: &NodeIndex| &rules.node(*at).id;
    match aim {
        Aim::Little(at, _) => {
            let id = node(at);
            let title = text!(
                "{id} dengan data terlalu sedikit, dan cukup",
                "{id} with too little data, and with enough"
            );
            (format!("sedikit_{id}"), title)
        }
        Aim::Branch(_) => (
            "cabang".to_owned(),
            text!("Cabang rumus yang lain", "Other branches of formulas"),
        ),
        Aim::Middle | Aim::Random => (
            "tengah".to_owned(),
            text!("Nilai di sekitar tengah", "Values around the middle"),
        ),
        Aim::End(false) => (
            "terburuk".to_owned(),
            text!("Semua nilai terburuk", "All values at their worst"),
        ),
        Aim::End(true) => (
            "terbaik".to_owned(),
            text!("Semua nilai terbaik", "All values at their best"),
        ),
        Aim::Nothing => ("kosong".to_owned(), text!("Semua kosong", "All missing")),
        Aim::Post(at, _) => {
            let id = column(at);
            let title = text!("Nilai acuan {id}", "Goalposts of {id}");
            (format!("acuan_{id}"), title)
        }
        Aim::Gap(at) => {
            let id = column(at);
            (format!("tanpa_{id}"), text!("{id} kosong", "{id} missing"))
        }
        Aim::Invalid(at) => {
            let id = column(at);
            let title = text!("{id} di luar rentang sah", "{id} outside its valid range");
            (format!("luar_{id}"), title)
        }
        Aim::Threshold(at, value, _) => {
            let id = node(at);
            let (value, shown) = (number(*value), number(*value).replace(['.', '-'], "_"));
            let title = text!("{id} di sekitar {value}", "{id} around {value}");
            (format!("ambang_{id}_{shown}"), title)
        }
        Aim::Raw(at, value, _) => {
            let id = column(at);
            let (value, shown) = (number(*value), number(*value).replace(['.', '-'], "_"));
            let title = text!("{id} di sekitar {value}", "{id} around {value}");
            (format!("ambang_nilai_{id}_{shown}"), title)
        }
        Aim::Half(at) => {
            let id = node(at);
            let title = text!(
                "{id} di tengah dua angka terbit",
                "{id} halfway between two published figures"
            );
            (format!("pembulatan_{id}"), title)
        }
        Aim::Bound(at, _) => {
            let id = rules.bands.get(*at).map_or("", |band| &band.id);
            let title = text!(
                "Di sekitar batas kategori {id}",
                "Around the bound of the band {id}"
            );
            (format!("batas_{id}"), title)
        }
    }
}

/// A text in both languages, as TOML.
fn both(text: &Text) -> String {
    format!("{{ id = {}, en = {} }}", quoted(&text.id), quoted(&text.en))
}

/// One case that a wrong edit would fail, ready to be pasted.
pub(super) fn case_text(
    scores: &Scores,
    at: usize,
    row: &Row,
    moved: &[NodeIndex],
    mutant: &Mutant,
) -> String {
    let words = mutant.id.to_lowercase();
    let words = words
        .replace("->", " jadi ")
        .replace('+', " plus ")
        .replace('-', " minus ");
    let words = words.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut id = words.join("_");
    // The end says what is edited, the beginning where.
    if let (Some(begins), Some(ends)) = (id.get(..20), id.get(id.len().saturating_sub(27)..))
        && id.len() > 48
    {
        id = format!("{begins}_{ends}");
    }
    let mut nodes = vec![NodeIndex::ROOT];
    // The nodes farthest from the index say most about what was edited.
    nodes.extend(
        moved
            .iter()
            .rev()
            .filter(|node| **node != NodeIndex::ROOT)
            .take(2),
    );
    let said = said(scores, at, row, &Vec::new(), &nodes);
    format!(
        "[case.{id}]\ntitle = {}\n{}\n",
        both(&mutant.what),
        said.join("\n")
    )
}

/// The code of the first issue of a node in a region.
pub(super) fn issue_of(scores: &Scores, node: NodeIndex, at: usize) -> Option<&'static str> {
    let row = scores.rows.get(at);
    let mut issues = scores.issues.iter();
    let own = issues.find(|issue| issue.node == Some(node) && issue.row.as_ref() == row);
    own.map(|issue| issue.kind.code())
}

/// The lines of a case: what differs from what stands above, and what comes out.
fn said(scores: &Scores, at: usize, row: &Row, base: &Row, nodes: &[NodeIndex]) -> Vec<String> {
    let rules = scores.program.rules();
    let above = |column: usize| base.get(column).copied().flatten();
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    for (place, (column, value)) in rules.columns.iter().zip(row).enumerate() {
        let known = above(place);
        match value {
            Some(value) if known.map(f64::to_bits) != Some(value.to_bits()) => {
                given.push(format!("{} = {}", bare(&column.id), number(*value)));
            }
            // A case that stands anywhere says what is missing, whatever its file gives.
            None if known.is_some() || base.is_empty() => missing.push(quoted(&column.id)),
            _ => {}
        }
    }
    let expected = nodes.iter().map(|node| {
        let id = if *node == NodeIndex::ROOT {
            "index"
        } else {
            &rules.node(*node).id
        };
        let score = scores
            .node(*node)
            .get(at)
            .map(|score| rules.precision(*node).round(score));
        match (score, issue_of(scores, *node, at)) {
            (Some(score), _) => format!("{id} = {}", number(score)),
            (None, None) => format!("{id} = \"missing\""),
            (None, Some(code)) => {
                format!("{id} = {{ score = \"missing\", issue = \"{code}\" }}")
            }
        }
    });
    let expected: Vec<String> = expected.collect();
    let mut said = Vec::new();
    if !given.is_empty() {
        said.push(format!("given = {{ {} }}", given.join(", ")));
    }
    if !missing.is_empty() {
        said.push(format!("missing = [{}]", missing.join(", ")));
    }
    said.push(format!("expect = {{ {} }}", expected.join(", ")));
    if !rules.bands.is_empty() {
        let band = scores.band(at).and_then(|band| rules.bands.get(band));
        said.push(band.map_or("band = false".to_owned(), |band| {
            format!("band = {}", quoted(&band.id))
        }));
    }
    said
}

/// A number as TOML writes it: with an exponent where it would be long, or a whole number too large to be read exactly.
fn number(value: f64) -> String {
    let plain = format!("{}", value + 0.0);
    if plain.len() > 20 || value.abs() >= 1e15 {
        format!("{value:e}")
    } else {
        plain
    }
}

/// A key as TOML writes it: bare where it can be.
fn bare(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

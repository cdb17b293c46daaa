//! Stage 2, *check*: [`Bundle`] → [`RuleSet`], names resolved, everything wrong listed at once.

mod canonical;
pub(crate) mod fields;
pub mod formula;
pub mod lint;
pub mod lints;
mod nodes;
mod read;
pub mod rule_set;
mod seal;
mod tree;

use std::sync::Arc;

pub(crate) use canonical::definition;
pub use lint::Lint;
pub(crate) use read::{consistent, lacking};
pub use rule_set::RuleSet;
pub use seal::seal_text;

use crate::base::language::text;
use crate::base::stack::with_room;
use crate::base::{
    Cause, Code, Diagnostic, Diagnostics, NodeIndex, Severity, SourceMap, Sourced, Warned, suggest,
};
use crate::bundle::Bundle;
use crate::calculus::Methods;
use rule_set::{Band, Combine, LintLevel, Method, PopulationSource, Source, Target};

/// The edition of the rule language: part of the rules digest.
pub const EDITION: &str = "2026";

/// Checks a bundle.
///
/// # Errors
/// All findings, when one of them is an error.
pub fn check(
    bundle: Bundle,
    methods: &Methods,
    lints: &[Arc<dyn Lint>],
) -> Result<Warned<RuleSet>, Diagnostics> {
    let sources = bundle.sources.clone();
    let mut findings = bundle.findings.clone();
    let rules = with_room(|| build(bundle, methods, &mut findings));
    drop_consequences(&mut findings, &sources);
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if let (Some(rules), false) = (&rules, failed) {
        for (at, lint) in lints.iter().enumerate() {
            // A later lint of a code replaces an earlier one.
            let later = lints.iter().skip(at + 1);
            if !later.into_iter().any(|later| later.code() == lint.code()) {
                lint.run(rules, &mut findings);
            }
        }
        apply_levels(rules, lints, &mut findings);
    }
    // A rule set may hold a lint to be an error.
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let diagnostics = Diagnostics::new(findings, sources);
    match rules {
        Some(output) if !failed => Ok(Warned {
            output,
            warnings: diagnostics,
        }),
        _ => Err(diagnostics),
    }
}

/// Makes the findings of lints as serious as the rule set holds them to be.
fn apply_levels(rules: &RuleSet, lints: &[Arc<dyn Lint>], findings: &mut Vec<Diagnostic>) {
    if rules.lints.is_empty() {
        return;
    }
    let codes: Vec<&str> = lints.iter().map(|lint| lint.code().as_str()).collect();
    let level = |code: &str| rules.lints.get(code).map(|level| level.value);
    findings.retain_mut(|finding| match level(finding.code.as_str()) {
        Some(LintLevel::Off) => false,
        Some(LintLevel::On(severity)) => {
            finding.severity = severity;
            true
        }
        None => true,
    });
    // Where no lints are run, nothing is known of their codes; those of advice are known where it is given.
    let unknown = rules.lints.iter().filter(|(code, _)| {
        !lints.is_empty() && !code.starts_with('A') && !codes.contains(&code.as_str())
    });
    for (code, level) in unknown {
        let Some(span) = level.origin else { continue };
        let finding = Diagnostic::warning(
            Code::W002,
            span,
            text!(
                "tidak ada pemeriksaan `{code}`",
                "there is no lint `{code}`"
            ),
        );
        findings.push(finding.help_if(suggest::help(code, codes.iter().copied())));
    }
}

/// Drops what follows from another finding alone: what is said of lines that TOML could not read, or of
/// what comes after them; and what is said to be lacking, where a file or a base could not be read.
fn drop_consequences(findings: &mut Vec<Diagnostic>, sources: &SourceMap) {
    let lines = |finding: &Diagnostic| {
        let span = finding.span()?;
        let first = sources.place(span).line;
        Some((
            span.file,
            first,
            first + sources.slice(span).matches('\n').count(),
        ))
    };
    let syntax = |finding: &Diagnostic| matches!(finding.code, Code::E101 | Code::E109);
    let unreadable: Vec<_> = findings
        .iter()
        .filter(|finding| syntax(finding))
        .filter_map(|finding| Some((finding.code, lines(finding)?)))
        .collect();
    let unread = findings
        .iter()
        .any(|f| syntax(f) || matches!(f.code, Code::E102 | Code::E103));
    let no_base = findings
        .iter()
        .any(|f| matches!(f.code, Code::E105 | Code::E106));
    // What is wrong with the band or parameter itself explains why its name leads nowhere.
    let index_faulty = findings.iter().any(|finding| {
        matches!(
            finding.code,
            Code::E104 | Code::E201 | Code::E202 | Code::E203 | Code::E301 | Code::E501
        ) && finding
            .span()
            .is_some_and(|span| sources.path(span.file).ends_with("/index.toml"))
    });
    let inexact: Vec<_> = findings
        .iter()
        .filter(|f| f.code == Code::E104)
        .filter_map(Diagnostic::span)
        .collect();
    findings.retain(|finding| {
        let follows = lines(finding).is_some_and(|(file, first, last)| {
            unreadable.iter().any(|(code, (other, from, to))| {
                // From a bracket that is not closed on, everything is misread.
                *other == file && *from <= last && (first <= *to || *code == Code::E109)
            })
        });
        let lacking = matches!(
            finding.code,
            Code::E304
                | Code::E306
                | Code::E307
                | Code::E310
                | Code::E311
                | Code::E411
                | Code::E503
        );
        let headless = finding.code == Code::E203
            && (no_base
                || lines(finding).is_some_and(|(file, ..)| {
                    unreadable.iter().any(|(_, (other, ..))| *other == file)
                }));
        let name = finding.cause == Some(Cause::UnknownParameter) || finding.code == Code::E503;
        let unnamed = name && index_faulty;
        let refused = finding.code != Code::E104
            && finding.span().is_some_and(|span| {
                inexact
                    .iter()
                    .any(|at| at.file == span.file && span.start <= at.start && at.end <= span.end)
            });
        syntax(finding)
            || !(unnamed || refused || headless || follows || ((no_base || unread) && lacking))
    });
}

fn build(bundle: Bundle, methods: &Methods, findings: &mut Vec<Diagnostic>) -> Option<RuleSet> {
    let sources = bundle.sources.clone();
    let head = |file| sources.head(file);
    let mut index = read::read_index(
        &bundle.name,
        &bundle.index,
        head(bundle.index.file),
        methods,
        findings,
    );
    let mut drafts = std::mem::take(&mut index.nodes);
    for (stem, document) in &bundle.variables {
        drafts.extend(read::read_variable(
            stem,
            document,
            head(document.file),
            methods,
            findings,
        ));
    }
    let scale = index.scale;
    let tree = tree::link(drafts, scale, &bundle, findings);
    let nodes = nodes::complete(
        tree,
        &index.columns,
        &index.parameters,
        &bundle,
        methods,
        findings,
    );
    check_bands(&mut index.bands, findings);
    let targets = check_targets(index.targets, &index.bands, findings);
    let internal_below = index
        .internal_below
        .and_then(|below| band_position(below, &index.bands, findings));
    let (nodes, columns) = nodes?;
    let mut rules = RuleSet {
        name: bundle.name,
        layers: bundle.layers,
        status: index.status?,
        scale: scale?,
        decimals: index.decimals,
        rounding: index.rounding,
        band_value: index.band_value,
        nodes,
        columns,
        parameters: index.parameters,
        bands: index.bands,
        targets,
        internal_below,
        data: index.data,
        population: match index.frozen {
            None => PopulationSource::Data,
            Some(_) => PopulationSource::DataAsWritten,
        },
        lints: index.lints,
        citation: index.citation,
        sources: sources.clone(),
        replaced: methods.replaced(),
        sealed: None,
        library_digest: canonical::library_digest(&sources, bundle.library.values().copied()),
        rules_digest: String::new(),
        files_digest: bundle.files_digest,
    };
    if let Some(document) = &bundle.population
        && document.table.get("population").is_none()
    {
        let at = document.table.get("variable").map(|entry| entry.key);
        findings.push(
            Diagnostic::error(
                Code::E605,
                at.unwrap_or(head(document.file)),
                text!(
                    "`population.toml` adalah nama berkas statistik acuan, bukan variabel",
                    "`population.toml` is the name of the reference statistics, not of a variable"
                ),
            )
            .help(text!(
                "beri variabel itu nama lain",
                "give the variable another name"
            )),
        );
    }
    if let Some(frozen) = index.frozen.filter(|frozen| frozen.value) {
        let at = frozen.origin.unwrap_or(head(bundle.index.file));
        read::read_population(&mut rules, bundle.population.as_ref(), at, findings);
    }
    rules.rules_digest = canonical::digest_of(&canonical::form(&rules));
    if let Some(seal) = &bundle.seal {
        let own = seal.table.table("seal");
        let at = own.and_then(|own| own.get("rules_digest"));
        let at = at.map_or(head(seal.file), |entry| entry.item.span);
        rules.sealed = seal::check_seal(&rules, seal, &bundle.files, at, findings);
    }
    Some(rules)
}

/// Sorts bands by lower bound; two bands with one bound cannot be told apart.
fn check_bands(bands: &mut [Band], findings: &mut Vec<Diagnostic>) {
    // A band that includes its bound lies below one that excludes it.
    bands.sort_by(|a, b| {
        a.bound
            .value
            .total_cmp(&b.bound.value)
            .then(b.inclusive.cmp(&a.inclusive))
    });
    for pair in bands.windows(2) {
        let [a, b] = pair else { continue };
        let alike =
            crate::base::number::same(a.bound.value, b.bound.value) && a.inclusive == b.inclusive;
        if let (true, Some(at), Some(other)) = (alike, b.bound.origin, a.bound.origin) {
            let (a, b) = (&a.id, &b.id);
            findings.push(
                Diagnostic::error(
                    Code::E502,
                    at,
                    text!(
                        "kategori `{a}` dan `{b}` punya batas bawah yang sama",
                        "the bands `{a}` and `{b}` have one lower bound"
                    ),
                )
                .also(
                    other,
                    text!("batas yang lain di sini", "the other bound is here"),
                ),
            );
        }
    }
}

fn check_targets(
    drafts: Vec<read::TargetDraft>,
    bands: &[Band],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Target> {
    let mut targets = Vec::new();
    for draft in drafts {
        if let Some(band) = band_position(draft.band, bands, findings) {
            targets.push(Target {
                id: draft.id,
                title: draft.title,
                count: draft.count,
                band: band.value,
                citation: draft.citation,
            });
        }
    }
    targets
}

/// The position of a band that is named.
fn band_position(
    named: Sourced<String>,
    bands: &[Band],
    findings: &mut Vec<Diagnostic>,
) -> Option<Sourced<usize>> {
    let Sourced {
        value: written,
        origin,
    } = named;
    let found = bands.iter().position(|band| band.id == written);
    if let (None, Some(span)) = (found, origin) {
        let finding = Diagnostic::error(
            Code::E503,
            span,
            text!(
                "kategori `{written}` tidak ada",
                "there is no band `{written}`"
            ),
        );
        let known = bands.iter().map(|band| band.id.as_str());
        findings.push(finding.help_if(suggest::help(&written, known)));
    }
    found.map(|value| Sourced { value, origin })
}

impl RuleSet {
    /// All formulas and one-line expressions, with the node of each.
    pub fn formulas(&self) -> impl Iterator<Item = (&rule_set::Node, &formula::Formula)> {
        self.nodes.iter().filter_map(|node| {
            let formula = match &node.method {
                Method::Parent(rules) => match &rules.combine {
                    Combine::Formula(formula) => formula,
                    Combine::Aggregation { .. } => return None,
                },
                Method::Indicator(indicator) => match &indicator.source {
                    Source::Expression(formula) => formula,
                    Source::Column(_) => return None,
                },
            };
            Some((node, &**formula))
        })
    }

    /// The formula of a node, if it has one.
    pub fn formula(&self, node: NodeIndex) -> Option<&formula::Formula> {
        match &self.node(node).method {
            Method::Parent(rules) => match &rules.combine {
                Combine::Formula(formula) => Some(formula),
                Combine::Aggregation { .. } => None,
            },
            Method::Indicator(_) => None,
        }
    }
}

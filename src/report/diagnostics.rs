//! Diagnostics in words: code, file, line and column, the source underlined, and how to mend it.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use serde_json::{Value, json};

use crate::base::language::text;
use crate::base::{Diagnostic, Diagnostics, Lang, Severity, SourceMap};

/// How many diagnostics are shown in full: who mends these sees the next ones.
const SHOWN: usize = 100;

/// Renders diagnostics, the most serious count last.
pub fn render_diagnostics(diagnostics: &Diagnostics, lang: Lang, color: bool) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.list.iter().take(SHOWN) {
        out.push_str(&render_diagnostic(
            diagnostic,
            &diagnostics.sources,
            lang,
            color,
        ));
    }
    let more = diagnostics.list.len().saturating_sub(SHOWN);
    if more > 0 {
        out.push_str(text!("… dan {more} lagi\n", "… and {more} more\n").get(lang));
    }
    out.push_str(&count(diagnostics, lang));
    out
}

/// Diagnostics as JSON, in one language: code, severity, message, place, what is said there, and how to mend it.
pub fn diagnostics_json(diagnostics: &Diagnostics, lang: Lang) -> Value {
    let found = diagnostics.list.iter().map(|own| {
        let places = own.labels.iter().map(|label| {
            let place = diagnostics.sources.place(label.span);
            let said = label.text.get(lang);
            json!({ "path": place.path, "line": place.line, "column": place.column, "text": said })
        });
        json!({
            "code": own.code,
            "severity": own.severity,
            "message": own.message.get(lang),
            "places": places.collect::<Vec<_>>(),
            "help": own.help.as_ref().map(|help| help.get(lang)),
        })
    });
    found.collect()
}

/// Renders one diagnostic, with an empty line after it.
pub fn render_diagnostic(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    lang: Lang,
    color: bool,
) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(120);
    let mut out = renderer.render(&[group(diagnostic, sources, lang)]);
    out.push_str("\n\n");
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap, lang: Lang) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let word = diagnostic.severity.word();
    let level = level.with_name(lang.pick(word.id, word.en).into_owned());
    let mut group = level
        .primary_title(diagnostic.message.get(lang))
        .id(diagnostic.code.as_str())
        .elements(snippets(diagnostic, sources, lang));
    if let Some(help) = &diagnostic.help {
        group = group.element(
            Level::HELP
                .with_name(lang.pick("saran", "help"))
                .message(help.get(lang)),
        );
    }
    group
}

/// One excerpt a file, the file of the main place first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    lang: Lang,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut files = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .map(|file| {
            let text = sources.text(file);
            let labels = diagnostic
                .labels
                .iter()
                .enumerate()
                .filter(|(_, label)| label.span.file == file);
            let annotations = labels.map(|(at, label)| {
                let kind = if at == 0 {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                let said = label.text.get(lang);
                let annotation = kind.span(bounded(text, label.span.range()));
                if said.is_empty() {
                    annotation
                } else {
                    annotation.label(said)
                }
            });
            Snippet::source(text)
                .path(sources.path(file))
                .annotations(annotations)
        })
        .collect()
}

/// The range on the boundaries of characters, on one line, and never beyond the text.
fn bounded(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(range.start);
    let end = boundary(range.end).max(start);
    let first_line = text
        .get(start..end)
        .and_then(|part| part.find('\n'))
        .map_or(end, |at| start + at);
    start..first_line.max(start)
}

fn count(diagnostics: &Diagnostics, lang: Lang) -> String {
    let of = |severity| {
        diagnostics
            .list
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let plural = |count: usize, word: &str| {
        if count == 1 {
            word.to_owned()
        } else {
            format!("{word}s")
        }
    };
    let (error_word, warning_word) = (plural(errors, "error"), plural(warnings, "warning"));
    match (errors, warnings) {
        (0, 0) => String::new(),
        (0, _) => text!("{warnings} peringatan\n", "{warnings} {warning_word}\n")
            .get(lang)
            .to_owned(),
        (_, 0) => text!("{errors} galat\n", "{errors} {error_word}\n")
            .get(lang)
            .to_owned(),
        _ => text!(
            "{errors} galat, {warnings} peringatan\n",
            "{errors} {error_word}, {warnings} {warning_word}\n"
        )
        .get(lang)
        .to_owned(),
    }
}

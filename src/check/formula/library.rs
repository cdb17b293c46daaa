//! The own functions of a rule set: those of `lib/*.rhai` and of the formula file itself.

use rhai::{AST, Stmt, Token};

use super::source::{FormulaSource, parser};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, FileId, SourceMap, Span};
use crate::calculus::Methods;

/// Parsed files with functions.
pub(crate) struct Library<'a> {
    files: Vec<(FormulaSource<'a>, Vec<Own>)>,
}

/// An own function: its body as a script of its own, with the positions of the whole file.
struct Own {
    name: String,
    parameters: Vec<String>,
    body: AST,
    /// Its name, where it is defined.
    span: Span,
    /// All of it, with the comment above.
    whole: Span,
}

/// A function found in a library.
pub(crate) struct Found<'l, 'a> {
    pub(crate) source: &'l FormulaSource<'a>,
    pub(crate) parameters: &'l [String],
    pub(crate) body: &'l [Stmt],
    pub(crate) span: Span,
    pub(crate) whole: Span,
}

impl<'a> Library<'a> {
    /// Reads the files of `lib/`.
    pub(crate) fn load(
        sources: &'a SourceMap,
        files: impl IntoIterator<Item = FileId>,
        methods: &Methods,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut library = Self { files: Vec::new() };
        for file in files {
            let source = FormulaSource::file(sources, file);
            let Some(ast) = parse(&source, findings) else {
                continue;
            };
            if let Some(stray) = ast.statements().first() {
                findings.push(Diagnostic::error(
                    Code::E402,
                    source.at(stray.position()),
                    text!(
                        "berkas `lib` hanya berisi fungsi (`fn nama(…) {{ … }}`)",
                        "a file of `lib` holds nothing but functions (`fn name(…) {{ … }}`)"
                    ),
                ));
            }
            library.add(source, ast, methods, findings);
        }
        library
    }

    /// Adds a parsed file, whose functions must have names of their own.
    pub(crate) fn add(
        &mut self,
        source: FormulaSource<'a>,
        ast: AST,
        methods: &Methods,
        findings: &mut Vec<Diagnostic>,
    ) {
        let mut functions: Vec<Own> = Vec::new();
        for definition in ast.iter_fn_def() {
            let name = definition.name.as_str();
            // A closure, which is refused where it stands; Rhai gives it a name that changes from run to run.
            if name.starts_with("anon$") {
                continue;
            }
            let span = name_span(&source, name);
            let Some((body, whole)) = body_of(&source, name) else {
                findings.push(Diagnostic::error(
                    Code::E408,
                    span,
                    text!(
                        "isi fungsi `{name}` tidak dikenal dalam rumus",
                        "formulas do not have what the function `{name}` is made of"
                    ),
                ));
                continue;
            };
            let taken = methods.function(name).is_some()
                || matches!(name, "is_missing" | "only" | "len")
                || crate::base::ident::is_reserved(name);
            let first = functions
                .iter()
                .find(|own| own.name == name)
                .map(|own| own.span);
            if taken {
                findings.push(Diagnostic::error(
                    Code::E403,
                    span,
                    text!(
                        "nama fungsi `{name}` sudah dipakai oleh mesin",
                        "the function name `{name}` is taken by the engine"
                    ),
                ));
            } else if let Some(first) = first.or_else(|| self.find(name).map(|found| found.span)) {
                findings.push(
                    Diagnostic::error(
                        Code::E403,
                        span,
                        text!(
                            "fungsi `{name}` ditulis dua kali",
                            "the function `{name}` is written twice"
                        ),
                    )
                    .also(first, text!("yang pertama di sini", "first written here")),
                );
            } else {
                functions.push(Own {
                    name: name.to_owned(),
                    parameters: definition.params.iter().map(ToString::to_string).collect(),
                    body,
                    span,
                    whole,
                });
            }
        }
        self.files.push((source, functions));
    }

    pub(crate) fn find(&self, name: &str) -> Option<Found<'_, 'a>> {
        self.files.iter().find_map(|(source, functions)| {
            let own = functions.iter().find(|own| own.name == name)?;
            Some(Found {
                source,
                parameters: &own.parameters,
                body: own.body.statements(),
                span: own.span,
                whole: own.whole,
            })
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .flat_map(|(_, functions)| functions.iter().map(|own| own.name.as_str()))
    }
}

/// The position, among the tokens, of the name of a function where it is defined.
fn definition(source: &FormulaSource<'_>, name: &str) -> Option<usize> {
    let before = source.tokens.windows(2).position(|pair| {
        matches!(pair, [before, token] if before.token == Token::Fn
            && source.text.get(token.start..token.end) == Some(name))
    });
    before.map(|before| before + 1)
}

/// Where a function is named.
fn name_span(source: &FormulaSource<'_>, name: &str) -> Span {
    let token = definition(source, name).and_then(|at| source.tokens.get(at));
    token.map_or_else(
        || source.whole(),
        |token| source.span(token.start, token.end),
    )
}

/// The body of a function, parsed for itself: Rhai does not give out the bodies of the functions in its tree,
/// so all else in the file is blanked, which keeps every position. With it goes where the whole function is.
fn body_of(source: &FormulaSource<'_>, name: &str) -> Option<(AST, Span)> {
    let is = |at: usize, token: Token| source.tokens.get(at).is_some_and(|t| t.token == token);
    let all = source.tokens.len();
    let defined = definition(source, name)?;
    let open = (defined..all).find(|at| is(*at, Token::LeftBrace))?;
    let mut depth = 0usize;
    let close = (open..all).find(|at| {
        depth += usize::from(is(*at, Token::LeftBrace));
        depth -= usize::from(is(*at, Token::RightBrace));
        depth == 0
    })?;
    let body = source.tokens.get(open)?.end..source.tokens.get(close)?.start;
    let begins = source.tokens.get(defined.checked_sub(1)?)?.start;
    let begins = above(source.text, begins);
    let whole = source.span(begins, source.tokens.get(close)?.end);
    let keep = |(at, c): (usize, char)| {
        if c == '\n' || body.contains(&at) {
            c
        } else {
            ' '
        }
    };
    let blanked: String = source.text.char_indices().map(keep).collect();
    Some((parser().compile(&blanked).ok()?, whole))
}

/// Where the comment begins that stands on the lines right above; the place itself where there is none.
fn above(text: &str, at: usize) -> usize {
    let mut begins = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |line| line + 1);
    let mut first = at;
    while let Some(before) = text.get(..begins.saturating_sub(1)).filter(|_| begins > 0) {
        begins = before.rfind('\n').map_or(0, |line| line + 1);
        if !before
            .get(begins..)
            .is_some_and(|line| line.trim_start().starts_with("//"))
        {
            break;
        }
        first = begins;
    }
    first
}

/// Parses a text, or says what is wrong with it.
pub(crate) fn parse(source: &FormulaSource<'_>, findings: &mut Vec<Diagnostic>) -> Option<AST> {
    if source.too_large() {
        findings.push(Diagnostic::error(
            Code::E404,
            source.whole(),
            text!("rumus terlalu panjang", "the formula is too long"),
        ));
        return None;
    }
    if let Some(finding) = source.open_comment() {
        findings.push(finding);
        return None;
    }
    match parser().compile(source.text) {
        Ok(ast) => Some(ast),
        Err(error) => {
            findings.push(source.syntax_error(&error));
            None
        }
    }
}

//! The text of a formula as Rhai's lexer sees it: tokens with their spans.

use rhai::{Engine, OptimizationLevel, ParseError, ParseErrorType, Position, Token};

use super::form::Label;
use crate::base::language::text;
use crate::base::number::{self, Misspelt};
use crate::base::{Code, Diagnostic, FileId, SourceMap, Span, Text};

/// Nesting of expressions, to which every further term of a sum adds.
const DEEPEST: usize = 200;
/// The largest whole number up to which every whole number is a double of its own.
pub(super) const LARGEST_WHOLE: i64 = 1 << 53;
/// Longest line, and most lines: positions of Rhai are 16 bits wide.
const LONGEST: usize = 20_000;

/// The engine that only parses. It knows no function, no module, no optimiser.
pub(crate) fn parser() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_expr_depths(DEEPEST, DEEPEST)
        .set_max_string_size(LONGEST)
        .set_max_array_size(LONGEST)
        .set_max_functions(256);
    engine
}

/// A token with its place in the text.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A formula's text, lexed.
pub(crate) struct FormulaSource<'a> {
    pub(crate) text: &'a str,
    file: FileId,
    /// Where the text begins in its file; `None`: positions inside it are not known.
    base: Option<usize>,
    whole: Span,
    lines: Vec<usize>,
    pub(crate) tokens: Vec<Placed>,
}

impl<'a> FormulaSource<'a> {
    /// The text of a whole file.
    pub(crate) fn file(sources: &'a SourceMap, file: FileId) -> Self {
        let text = sources.text(file);
        Self::new(text, file, Some(0), Span::new(file, 0, text.len()))
    }

    /// A text that stands in a TOML string at `span`.
    pub(crate) fn inline(text: &'a str, sources: &SourceMap, span: Span) -> Self {
        // With escapes in the string, the text is not found as such, and messages point to all of it.
        let base = sources
            .slice(span)
            .find(text)
            .map(|at| span.start as usize + at);
        Self::new(text, span.file, base, span)
    }

    fn new(text: &'a str, file: FileId, base: Option<usize>, whole: Span) -> Self {
        let mut lines = vec![0];
        lines.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        let mut source = Self {
            text,
            file,
            base,
            whole,
            lines,
            tokens: Vec::new(),
        };
        if !source.too_large() {
            source.lex();
        }
        source
    }

    /// Whether positions would overflow.
    pub(crate) fn too_large(&self) -> bool {
        self.lines.len() > LONGEST || self.text.lines().any(|line| line.len() > LONGEST)
    }

    fn lex(&mut self) {
        let engine = parser();
        let texts = [self.text];
        for (token, position) in engine.lex(&texts).0 {
            // The iterator of the lexer never ends by itself.
            if matches!(token, Token::EOF) {
                break;
            }
            let failed = matches!(token, Token::LexError(_));
            let start = self.offset(position);
            let end = start + token_length(self.text.get(start..).unwrap_or(""));
            self.tokens.push(Placed { token, start, end });
            if failed {
                break;
            }
        }
    }

    pub(crate) fn offset(&self, position: Position) -> usize {
        let line = position.line().unwrap_or(1).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let column = position.position().unwrap_or(1).saturating_sub(1);
        let rest = self.text.get(start..).unwrap_or("");
        start
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(at, _)| at)
    }

    /// The token at a position, as written.
    pub(crate) fn slice(&self, position: Position) -> &str {
        let start = self.offset(position);
        let token = self.tokens.iter().find(|token| token.start == start);
        token
            .and_then(|token| self.text.get(token.start..token.end))
            .unwrap_or("")
    }

    /// A comment that is opened and not closed, which Rhai takes as one to the end.
    pub(crate) fn open_comment(&self) -> Option<Diagnostic> {
        let end = self.tokens.last().map_or(0, |token| token.end);
        let rest = self.text.get(end..)?;
        let open = rest.rfind("/*")?;
        let line = rest.get(..open)?.rfind('\n').map_or(0, |at| at + 1);
        let in_line_comment = rest.get(line..open)?.contains("//");
        if in_line_comment || rest.get(open..)?.contains("*/") {
            return None;
        }
        let finding = Diagnostic::error(
            Code::E401,
            self.span(end + open, end + open + 2),
            text!(
                "catatan `/*` belum ditutup",
                "the comment `/*` is not closed"
            ),
        );
        Some(finding.help(text!("tutup dengan `*/`", "close it by `*/`")))
    }

    /// The whole text.
    pub(crate) fn whole(&self) -> Span {
        self.whole
    }

    /// A stretch of the text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match self.base {
            Some(base) => Span::new(self.file, base + start, base + end),
            None => self.whole,
        }
    }

    /// The token at a position.
    pub(crate) fn at(&self, position: Position) -> Span {
        if position.is_none() {
            return self.whole;
        }
        let start = self.offset(position);
        let after = self.tokens.partition_point(|t| t.start <= start);
        let found = after.checked_sub(1).and_then(|at| self.tokens.get(at));
        found
            .filter(|t| start < t.end)
            .map_or_else(|| self.span(start, start), |t| self.span(t.start, t.end))
    }

    /// The digits of the number at a position, without the sign that Rhai joins to it.
    pub(crate) fn digits(&self, position: Position) -> &str {
        self.digits_and_rest(position).0
    }

    /// The digits of the number at a position and the text after them.
    pub(crate) fn digits_and_rest(&self, position: Position) -> (&str, &str) {
        let rest = self.text.get(self.offset(position)..).unwrap_or("");
        let rest = rest.trim_start_matches(['-', '+', '(', ' ']);
        rest.split_at_checked(token_length(rest))
            .unwrap_or_default()
    }

    /// The labels of each arm of the `switch` at a position, the default arm without any; Rhai's tree
    /// keeps only their hashes. `None` where an arm has something else than literals.
    pub(crate) fn switch_labels(&self, position: Position) -> Option<Vec<Vec<Label>>> {
        let at = self.switch_value(position)?;
        let mut at = self.skip(at, |t| *t == Token::LeftBrace)? + 1;
        let mut arms = Vec::new();
        while self.token(at)? != &Token::RightBrace {
            let arrow = self.skip(at, |t| *t == Token::DoubleArrow)?;
            let guard = self.skip(at, |t| matches!(t, Token::If | Token::DoubleArrow))?;
            arms.push(self.labels(at, guard)?);
            at = self.end_of_arm(arrow + 1)?;
        }
        Some(arms)
    }

    /// The position of the first token after the word `switch`.
    fn switch_value(&self, position: Position) -> Option<usize> {
        let start = self.offset(position);
        let mut tokens = self.tokens.iter();
        let word = tokens.position(|t| t.start >= start && t.token == Token::Switch)?;
        Some(word + 1)
    }

    /// Whether the first brace after the value of a `switch` opens its arms: there is a value, and what has braces of
    /// its own stands in brackets in it.
    pub(crate) fn switch_has_plain_value(&self, position: Position) -> bool {
        let words =
            |t: &Token| matches!(t, Token::LeftBrace | Token::If | Token::Switch | Token::For);
        self.switch_value(position).is_some_and(|value| {
            self.skip(value, words)
                .is_some_and(|first| first > value && self.token(first) == Some(&Token::LeftBrace))
        })
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|placed| &placed.token)
    }

    /// The position of the first token, outside brackets, that is wanted.
    fn skip(&self, mut at: usize, wanted: impl Fn(&Token) -> bool) -> Option<usize> {
        let mut depth = 0usize;
        loop {
            let token = self.token(at)?;
            if depth == 0 && wanted(token) {
                return Some(at);
            }
            match token {
                Token::LeftBrace | Token::LeftParen | Token::LeftBracket => depth += 1,
                Token::RightBrace | Token::RightParen | Token::RightBracket => {
                    depth = depth.checked_sub(1)?;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The position after the body of an arm and its comma.
    fn end_of_arm(&self, body: usize) -> Option<usize> {
        let braced = matches!(
            self.token(body)?,
            Token::LeftBrace | Token::If | Token::Switch | Token::For
        );
        let mut at = body;
        loop {
            let end = self.skip(at, |t| {
                matches!(t, Token::Comma | Token::RightBrace | Token::LeftBrace)
            })?;
            match self.token(end)? {
                Token::Comma => return Some(end + 1),
                Token::RightBrace => return Some(end),
                _ => {
                    let close = self.skip(end + 1, |t| *t == Token::RightBrace)?;
                    at = close + 1;
                    if self.token(at)? == &Token::Comma {
                        return Some(at + 1);
                    }
                    if braced && self.token(at)? != &Token::Else {
                        return Some(at);
                    }
                }
            }
        }
    }

    fn labels(&self, from: usize, to: usize) -> Option<Vec<Label>> {
        let coded = |at: usize| {
            let token = self.tokens.get(at);
            let text = token
                .and_then(|t| self.text.get(t.start..t.end))
                .unwrap_or("");
            text.starts_with(['0']) && text.contains(|c: char| c.is_ascii_alphabetic())
        };
        if (from..to).any(coded) {
            return None;
        }
        if self.token(from)? == &Token::Underscore && to == from + 1 {
            return Some(Vec::new());
        }
        let tokens: Vec<&Token> = (from..to).filter_map(|at| self.token(at)).collect();
        tokens
            .split(|token| **token == Token::Pipe)
            .map(label)
            .collect()
    }

    /// What Rhai's parser says, in the reader's language and where it is to be mended.
    pub(crate) fn syntax_error(&self, error: &ParseError) -> Diagnostic {
        let position = error.position();
        let at = self.offset(position);
        if let Some(finding) = self.number(at).or_else(|| self.slip(at)) {
            return finding;
        }
        let before = self.tokens.iter().rfind(|t| t.end <= at);
        let message = explain(error.err_type());
        match (error.err_type(), before) {
            // A missing sign is missing after what stands before it.
            (ParseErrorType::MissingToken(..), Some(last)) => {
                Diagnostic::error(Code::E401, self.span(last.start, last.end), message)
                    .label(text!("sesudah ini", "after this"))
            }
            _ => Diagnostic::error(Code::E401, self.at(position), message),
        }
    }

    /// Slips that people make, with what was meant.
    fn slip(&self, at: usize) -> Option<Diagnostic> {
        const WORDS: [(&str, &str); 17] = [
            ("jika", "if"),
            ("bila", "if"),
            ("kalau", "if"),
            ("lain", "else"),
            ("selain", "else"),
            ("maka", "{"),
            ("dan", "&&"),
            ("and", "&&"),
            ("atau", "||"),
            ("or", "||"),
            ("bukan", "!"),
            ("tidak", "!"),
            ("not", "!"),
            ("untuk", "for"),
            ("kembali", "return"),
            ("pilih", "switch"),
            ("elif", "else if"),
        ];
        if let Some(finding) = self.typographic(at) {
            return Some(finding);
        }
        let here = self.tokens.partition_point(|t| t.start < at);
        let text = |at: usize| {
            let token = self.tokens.get(at)?;
            Some((
                self.text.get(token.start..token.end)?,
                self.span(token.start, token.end),
            ))
        };
        let near = [Some(here), here.checked_sub(1)]
            .into_iter()
            .flatten()
            .filter_map(text);
        for (word, span) in near {
            if let Some((_, rhai)) = WORDS
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(word))
            {
                let finding = Diagnostic::error(
                    Code::E401,
                    span,
                    text!(
                        "`{word}` bukan kata rumus",
                        "`{word}` is not a word of formulas"
                    ),
                );
                return Some(finding.help(text!("tulis `{rhai}`", "write `{rhai}`")));
            }
        }
        let said = |span, id: &str, en: &str, mend: &str| {
            let finding = Diagnostic::error(Code::E401, span, text!("{id}", "{en}"));
            Some(finding.help(text!("tulis `{mend}`", "write `{mend}`")))
        };
        if let Some(last) = self
            .tokens
            .last()
            .filter(|t| t.token == Token::Modulo && at >= t.end)
        {
            let span = self.span(last.start, last.end);
            let before = self.tokens.iter().rev().nth(1);
            let percent = before.and_then(|before| {
                let text = self.text.get(before.start..before.end)?;
                let digits = text.parse::<f64>().ok()?;
                // 35 / 100 in decimals, without the noise of doubles.
                Some(
                    crate::base::Rounding::HalfUp
                        .round(digits / 100.0, 12)
                        .to_string(),
                )
            });
            return said(
                span,
                "persen tidak dikenal dalam rumus",
                "formulas have no per cent",
                percent.as_deref().unwrap_or("0.8"),
            );
        }
        match text(here)? {
            ("=", span) => said(
                span,
                "perbandingan memakai dua tanda sama dengan",
                "a comparison has two equals signs",
                "==",
            ),
            ("#", span) => said(
                span,
                "catatan diawali dua garis miring",
                "a comment begins with two slashes",
                "// …",
            ),
            ("x" | "×", span) => said(
                span,
                "perkalian memakai bintang",
                "a product has an asterisk",
                "*",
            ),
            _ => None,
        }
    }

    /// A sign as word processors and textbooks have it, where formulas write it with the keys of a keyboard.
    fn typographic(&self, at: usize) -> Option<Diagnostic> {
        const SIGNS: [(char, &str); 15] = [
            ('−', "-"),
            ('–', "-"),
            ('—', "-"),
            ('×', "*"),
            ('·', "*"),
            ('÷', "/"),
            ('∕', "/"),
            ('≥', ">="),
            ('≤', "<="),
            ('≠', "!="),
            ('²', " ** 2"),
            ('³', " ** 3"),
            ('“', "\""),
            ('”', "\""),
            ('√', "sqrt(…)"),
        ];
        let sign = self.text.get(at..)?.chars().next()?;
        let (_, write) = SIGNS.into_iter().find(|(own, _)| *own == sign)?;
        let write = write.trim_start();
        let finding = Diagnostic::error(
            Code::E401,
            self.span(at, at + sign.len_utf8()),
            text!(
                "tanda `{sign}` tidak dikenal dalam rumus",
                "formulas do not have the sign `{sign}`"
            ),
        );
        Some(finding.help(text!("tulis `{write}`", "write `{write}`")))
    }

    /// Two whole numbers with nothing but a comma between them, among the arguments of a call that begins at a place: most
    /// likely one with a decimal comma.
    pub(crate) fn comma_number(&self, call: usize) -> Option<&str> {
        let first = self.tokens.partition_point(|t| t.start < call);
        let mut depth = 0usize;
        for at in first..self.tokens.len() {
            match self.token(at)? {
                Token::LeftParen => depth += 1,
                Token::RightParen if depth <= 1 => return None,
                Token::RightParen => depth -= 1,
                _ => {}
            }
            let three = self.tokens.get(at..at + 3)?;
            if let [one, comma, other] = three
                && matches!(one.token, Token::IntegerConstant(_))
                && comma.token == Token::Comma
                && matches!(other.token, Token::IntegerConstant(_))
                && one.end == comma.start
                && comma.end == other.start
            {
                return self.text.get(one.start..other.end);
            }
        }
        None
    }

    /// The number around a place that formulas write in another way: `1,000`, `10 000`, `1'000`, `.5`.
    pub(crate) fn number(&self, at: usize) -> Option<Diagnostic> {
        let line_start = self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let line = self.text.get(line_start..)?.lines().next()?;
        let mut runs = number_runs(line).into_iter();
        let run = runs.find(|run| (run.start..=run.end).contains(&(at - line_start)))?;
        let Misspelt { message, help } = number::misspelt(line.get(run.clone())?)?;
        let span = self.span(line_start + run.start, line_start + run.end);
        Some(Diagnostic::error(Code::E401, span, message).help(help))
    }
}

/// The places of a line where something like a number stands: digits, and what people put before, between and after them.
fn number_runs(line: &str) -> Vec<std::ops::Range<usize>> {
    let signs: Vec<(usize, char)> = line.char_indices().collect();
    let at = |place: usize| signs.get(place).map(|(_, sign)| *sign);
    let digit =
        |place: usize| at(place).is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    let minus = |c: char| matches!(c, '−' | '–' | '—');
    let word =
        |place: usize| at(place).is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let mut runs = Vec::new();
    let mut place = 0;
    while place < signs.len() {
        let lead = at(place).is_some_and(|c| c == '.' || minus(c)) && digit(place + 1);
        let after_word = place > 0 && word(place - 1);
        if after_word || !(digit(place) || lead) {
            place += 1;
            continue;
        }
        let first = place;
        place += 1;
        while let Some(sign) = at(place) {
            let three =
                digit(place + 1) && digit(place + 2) && digit(place + 3) && !digit(place + 4);
            let inner = match sign {
                '.' | ',' | '_' | '\'' | '’' | '\u{a0}' | '\u{202f}' => digit(place + 1),
                // A blank separates groups of three, and else two numbers.
                ' ' => digit(place - 1) && three,
                _ => digit(place),
            };
            if !inner {
                break;
            }
            place += 1;
        }
        let start = signs.get(first).map_or(0, |(at, _)| *at);
        let end = signs.get(place).map_or(line.len(), |(at, _)| *at);
        runs.push(start..end);
    }
    runs
}

/// Whether formulas can use a text as a name: it is none of Rhai's own words.
pub(crate) fn is_name(text: &str) -> bool {
    let engine = parser();
    let texts = [text];
    let first = engine.lex(&texts).0.next();
    matches!(first, Some((Token::Identifier(_), _)))
}

fn label(tokens: &[&Token]) -> Option<Label> {
    let whole = |n: i64| (n.abs() <= LARGEST_WHOLE).then_some(n as f64);
    let number = |tokens: &[&Token]| match tokens {
        [Token::IntegerConstant(n)] => whole(*n),
        [Token::FloatConstant(f)] => Some(*f.0),
        [Token::Minus | Token::UnaryMinus, Token::IntegerConstant(n)] => whole(*n).map(|n| -n),
        [Token::Minus | Token::UnaryMinus, Token::FloatConstant(f)] => Some(-*f.0),
        _ => None,
    };
    match tokens {
        [Token::True] => Some(Label::Bool(true)),
        [Token::False] => Some(Label::Bool(false)),
        [Token::StringConstant(written)] => Some(Label::Text(written.as_str().into())),
        _ => {
            let dots = tokens
                .iter()
                .position(|t| matches!(t, Token::ExclusiveRange | Token::InclusiveRange));
            let Some(dots) = dots else {
                return number(tokens).map(Label::Number);
            };
            Some(Label::Range {
                low: number(tokens.get(..dots)?)?,
                high: number(tokens.get(dots + 1..)?)?,
                inclusive: matches!(tokens.get(dots), Some(Token::InclusiveRange)),
            })
        }
    }
}

/// How many bytes the token at the start of a text takes.
fn token_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    match byte(0) {
        b'"' | b'\'' | b'`' => {
            let quote = byte(0);
            let mut at = 1;
            while at < bytes.len() && byte(at) != quote {
                at += if byte(at) == b'\\' && quote != b'`' {
                    2
                } else {
                    1
                };
            }
            (at + 1).min(bytes.len())
        }
        b if b.is_ascii_digit() => {
            let mut at = 1;
            loop {
                let fraction = byte(at) == b'.' && byte(at + 1).is_ascii_digit();
                let exponent = matches!(byte(at), b'-' | b'+')
                    && matches!(byte(at - 1), b'e' | b'E')
                    && !text.starts_with("0x");
                if !(word(byte(at)) || fraction || exponent) {
                    return at;
                }
                at += 1;
            }
        }
        b if word(b) => bytes.iter().position(|b| !word(*b)).unwrap_or(bytes.len()),
        _ => {
            const SIGNS: [&str; 26] = [
                "**=", "..=", "<<=", ">>=", "**", "..", "=>", "==", "!=", "<=", ">=", "&&", "||",
                "??", "?.", "?[", "+=", "-=", "*=", "/=", "%=", "<<", ">>", "::", "#{", "()",
            ];
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign));
            sign.map_or_else(
                || text.chars().next().map_or(0, char::len_utf8),
                |sign| sign.len(),
            )
        }
    }
}

/// The tokens of a text without comments and layout, numbers in their shortest form.
pub(crate) fn canonical_tokens(source: &FormulaSource<'_>) -> String {
    let mut out = String::new();
    for placed in &source.tokens {
        match &placed.token {
            Token::IntegerConstant(n) => out.push_str(&format!("{}", *n as f64)),
            Token::FloatConstant(f) => out.push_str(&format!("{}", *f.0)),
            Token::StringConstant(text) => out.push_str(&format!("{:?}", text.as_str())),
            _ => out.push_str(source.text.get(placed.start..placed.end).unwrap_or("")),
        }
        out.push(' ');
    }
    out
}

fn explain(error: &ParseErrorType) -> Text {
    match error {
        ParseErrorType::UnexpectedEOF => text!(
            "rumus berhenti di tengah jalan",
            "the formula stops half-way"
        ),
        ParseErrorType::MissingToken(token, _) => {
            text!("`{token}` belum ditulis", "`{token}` is missing")
        }
        ParseErrorType::BadInput(error) => match error {
            rhai::LexError::UnterminatedString => {
                text!(
                    "teks belum ditutup dengan tanda kutip",
                    "the text is not closed by a quotation mark"
                )
            }
            rhai::LexError::MalformedNumber(number) => {
                text!("`{number}` bukan angka", "`{number}` is not a number")
            }
            other => text!(
                "tanda ini tidak dikenal di sini",
                "unexpected here: {other}"
            ),
        },
        ParseErrorType::UnknownOperator(sign) => {
            text!("tanda `{sign}` tidak dikenal", "unknown sign `{sign}`")
        }
        ParseErrorType::ExprExpected(_) => {
            text!(
                "di sini seharusnya ada nilai atau hitungan",
                "a value or an operation should stand here"
            )
        }
        ParseErrorType::Reserved(word) => {
            text!(
                "kata `{word}` tidak dapat dipakai dalam rumus",
                "the word `{word}` cannot be used in a formula"
            )
        }
        ParseErrorType::ExprTooDeep => {
            text!(
                "rumus bersarang terlalu dalam",
                "the formula is nested too deeply"
            )
        }
        ParseErrorType::AssignmentToConstant(name) => {
            text!("`{name}` tidak dapat diubah", "`{name}` cannot be changed")
        }
        ParseErrorType::FnDuplicatedDefinition(name, _) => {
            text!(
                "fungsi `{name}` ditulis dua kali",
                "the function `{name}` is written twice"
            )
        }
        other => text!(
            "penulisan rumus di sini tidak sah",
            "the formula is not well-formed here: {other}"
        ),
    }
}

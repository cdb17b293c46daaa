//! Well-formed formulas out of the bytes of an input: expressions and statements of known types over names in sight.

use arbitrary::{Result, Unstructured};

/// Brackets and a comma that a formula could do without.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const COMMA: char = '\u{3}';

/// The text with or without them, with everything at its place.
pub fn written(text: &str, bare: bool) -> String {
    let mut text = text.to_owned();
    for (mark, sign) in [(OPEN, "("), (CLOSE, ")"), (COMMA, ",")] {
        text = text.replace(mark, if bare { " " } else { sign });
    }
    text
}

/// A formula, and what stands in `lib/`, with the marks of brackets and commas that it could do without.
///
/// # Errors
/// When the input is too short.
pub fn write(input: &mut Unstructured<'_>) -> Result<(String, String)> {
    let mut writer = Writer {
        input,
        functions: Vec::new(),
        scope: Scope::default(),
        names: 0,
        depth: 0,
    };
    let library = writer.functions()?;
    let functions = writer.functions()?;
    writer.scope.global = true;
    let body = writer.body()?;
    Ok((format!("{functions}{body}"), library))
}

/// What the part that is being written can see.
#[derive(Clone, Default)]
struct Scope {
    /// Whether children, parameters and raw values are in sight: not inside functions.
    global: bool,
    /// Numbers that can be read, and those of them that can be changed.
    numbers: Vec<String>,
    changeable: Vec<String>,
    /// Lists of numbers, with how many they hold.
    lists: Vec<(String, usize)>,
    /// Yes-or-no.
    truths: Vec<String>,
    /// Variables of loops over children.
    items: Vec<String>,
    /// Children that are an argument of the function.
    parts: Vec<String>,
}

/// An own function: its name and the kinds of its arguments.
#[derive(Clone)]
struct Own {
    name: String,
    arguments: Vec<Kind>,
    gives: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Truth,
    Children,
}

struct Writer<'i, 'b> {
    input: &'i mut Unstructured<'b>,
    functions: Vec<Own>,
    scope: Scope,
    names: usize,
    depth: usize,
}

const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "-0.0",
    "0.1",
    "0.5",
    "25",
    "59.5",
    "100",
    "1e-308",
    "1e308",
    "5e-324",
    "9007199254740992",
    "3.75",
];

const SINGLE: [&str; 6] = ["0", "1 | 2", "-1", "25", "0.5", "59.5"];

impl Writer<'_, '_> {
    // Choices.

    /// A number below `count`; 0 when the input has come to its end.
    fn below(&mut self, count: usize) -> Result<usize> {
        self.input.choose_index(count.max(1))
    }

    fn pick(&mut self, from: &[&str]) -> Result<String> {
        let at = self.below(from.len())?;
        Ok(from.get(at).copied().unwrap_or("0").to_owned())
    }

    fn one<T: Clone>(&mut self, from: &[T]) -> Result<Option<T>> {
        let at = self.below(from.len())?;
        Ok(from.get(at).cloned())
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Whether there is room and input for something that holds parts of its own.
    fn goes_on(&self) -> bool {
        self.depth < 5 && !self.input.is_empty()
    }

    fn deeper<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }

    /// What is declared inside ends with it.
    fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let scope = self.scope.clone();
        let written = self.deeper(write);
        self.scope = scope;
        written
    }

    // Functions.

    fn functions(&mut self) -> Result<String> {
        let mut text = String::new();
        for _ in 0..self.below(4)? {
            self.names += 1;
            let name = format!("f{}", self.names);
            let kinds = [Kind::Number, Kind::Number, Kind::Truth, Kind::Children];
            let mut own = Own {
                name,
                arguments: Vec::new(),
                gives: if self.below(4)? == 0 {
                    Kind::Truth
                } else {
                    Kind::Number
                },
            };
            self.scope = Scope::default();
            let mut names = Vec::new();
            for _ in 0..self.below(4)? {
                let name = self.name();
                let kind = self.one(&kinds)?.unwrap_or(Kind::Number);
                match kind {
                    Kind::Number => {
                        self.scope.numbers.push(name.clone());
                        self.scope.changeable.push(name.clone());
                    }
                    Kind::Truth => self.scope.truths.push(name.clone()),
                    Kind::Children => self.scope.parts.push(name.clone()),
                }
                own.arguments.push(kind);
                names.push(name);
            }
            let body = if own.gives == Kind::Number {
                self.body()?
            } else {
                self.deeper(Self::truth)?
            };
            text.push_str(&format!(
                "fn {}({}) {{ {body} }}\n",
                own.name,
                names.join(", ")
            ));
            self.functions.push(own);
        }
        self.scope = Scope::default();
        Ok(text)
    }

    fn call(&mut self, gives: Kind) -> Result<Option<String>> {
        let fitting: Vec<Own> = self
            .functions
            .iter()
            .filter(|own| own.gives == gives)
            .cloned()
            .collect();
        let Some(own) = self.one(&fitting)? else {
            return Ok(None);
        };
        let mut arguments = Vec::new();
        for kind in &own.arguments {
            arguments.push(match kind {
                Kind::Number => self.number()?,
                Kind::Truth => self.truth()?,
                Kind::Children => match self.children()? {
                    Some(children) => children,
                    None => return Ok(None),
                },
            });
        }
        Ok(Some(format!("{}({})", own.name, arguments.join(", "))))
    }

    // Statements.

    /// Statements and a number.
    fn body(&mut self) -> Result<String> {
        let mut text = String::new();
        for _ in 0..self.below(5)? {
            text.push_str(&self.statement()?);
            text.push('\n');
        }
        text.push_str(&self.number()?);
        Ok(text)
    }

    fn block(&mut self) -> Result<String> {
        self.scoped(|own| {
            let mut text = String::new();
            for _ in 0..=own.below(3)? {
                text.push_str(&own.statement()?);
                text.push('\n');
            }
            Ok(text)
        })
    }

    fn statement(&mut self) -> Result<String> {
        if !self.goes_on() {
            return self.declaration();
        }
        // Loops within loops turn often enough.
        let kinds = if self.depth < 3 { 12 } else { 10 };
        Ok(match self.below(kinds)? {
            0..=2 => self.declaration()?,
            3..=5 => match self.one(&self.scope.changeable.clone())? {
                Some(name) => {
                    let sign = self.pick(&["=", "+=", "-=", "*=", "/=", "%=", "**="])?;
                    format!("{name} {sign} {};", self.deeper(Self::number)?)
                }
                None => self.declaration()?,
            },
            6 => {
                let truth = self.deeper(Self::truth)?;
                format!("if {OPEN}{truth}{CLOSE} {{ {} }}", self.block()?)
            }
            7 => {
                let (truth, then) = (self.deeper(Self::truth)?, self.block()?);
                format!(
                    "if {OPEN}{truth}{CLOSE} {{ {then} }} else {{ {} }}",
                    self.block()?
                )
            }
            8 => {
                let value = self.deeper(Self::number)?;
                let labels = self.pick(&SINGLE)?;
                let more = self.labels()?;
                let (one, two) = (self.block()?, self.block()?);
                format!(
                    "switch {OPEN}{value}{CLOSE} {{ {labels} => {{ {one} }}{COMMA} {more} => {{ {two} }} }}"
                )
            }
            9 => format!("return {};", self.deeper(Self::number)?),
            10 => self.each_child()?,
            _ => self.each()?,
        })
    }

    fn declaration(&mut self) -> Result<String> {
        let name = self.name();
        Ok(match self.below(6)? {
            0 => {
                let mut items = Vec::new();
                for _ in 0..=self.below(4)? {
                    items.push(self.deeper(Self::number)?);
                }
                self.scope.lists.push((name.clone(), items.len()));
                format!("let {name} = [{}];", items.join(", "))
            }
            1 => {
                let truth = self.deeper(Self::truth)?;
                self.scope.truths.push(name.clone());
                format!("let {name} = {truth};")
            }
            2 => {
                let number = self.deeper(Self::number)?;
                self.scope.numbers.push(name.clone());
                format!("const {name} = {number};")
            }
            _ => {
                let number = self.deeper(Self::number)?;
                self.scope.numbers.push(name.clone());
                self.scope.changeable.push(name.clone());
                format!("let {name} = {number};")
            }
        })
    }

    fn each_child(&mut self) -> Result<String> {
        let Some(children) = self.children()? else {
            return self.declaration();
        };
        let name = self.name();
        let body = self.scoped(|own| {
            own.scope.items.push(name.clone());
            own.block()
        })?;
        Ok(format!("for {name} in {children} {{ {body} }}"))
    }

    /// A loop over a range or a list.
    fn each(&mut self) -> Result<String> {
        let name = self.name();
        let over = match self.below(4)? {
            0 => self.pick(&["0..2", "1..=3", "-1..1", "2..2"])?,
            1 if self.scope.global => "0..children.len()".to_owned(),
            2 if !self.scope.lists.is_empty() => {
                let list = self.one(&self.scope.lists.clone())?;
                list.map(|(name, _)| name).unwrap_or_default()
            }
            _ => format!(
                "[{}, {}]",
                self.deeper(Self::number)?,
                self.deeper(Self::number)?
            ),
        };
        let body = self.scoped(|own| {
            own.scope.numbers.push(name.clone());
            own.block()
        })?;
        Ok(format!("for {name} in {over} {{ {body} }}"))
    }

    // Expressions.

    fn children(&mut self) -> Result<Option<String>> {
        let mut known = self.scope.parts.clone();
        if self.scope.global {
            known.extend(["children", "indicators"].map(str::to_owned));
            known.push("children.only(\"a\", \"c\")".to_owned());
            known.push("children.only(\"e\")".to_owned());
        }
        self.one(&known)
    }

    /// What may be missing.
    fn place(&mut self) -> Result<Option<String>> {
        let mut known: Vec<String> = Vec::new();
        if self.scope.global {
            known.extend(["a", "b", "c", "d", "e", "raw.a", "raw.d", "raw.e"].map(str::to_owned));
        }
        for item in &self.scope.items {
            known.extend([format!("{item}.score"), format!("{item}.raw")]);
        }
        self.one(&known)
    }

    fn leaf(&mut self) -> Result<String> {
        let mut known = self.scope.numbers.clone();
        known.extend(self.scope.items.iter().map(|item| format!("{item}.weight")));
        if self.scope.global {
            known.extend(["parameters.p", "parameters.batas", "year"].map(str::to_owned));
        }
        Ok(match self.below(3)? {
            0 => self.pick(&NUMBERS)?,
            1 => match self.one(&known)? {
                Some(known) => known,
                None => self.pick(&NUMBERS)?,
            },
            _ => match self.place()? {
                Some(place) => place,
                None => self.pick(&NUMBERS)?,
            },
        })
    }

    fn number(&mut self) -> Result<String> {
        if !self.goes_on() {
            return self.leaf();
        }
        self.deeper(|own| own.operation())
    }

    fn operation(&mut self) -> Result<String> {
        Ok(match self.below(15)? {
            0 | 1 => self.leaf()?,
            2..=4 => {
                let sign = self.pick(&["+", "-", "*", "/", "%", "**"])?;
                format!("({} {sign} {})", self.number()?, self.number()?)
            }
            5 => format!("(-({}))", self.number()?),
            6 => match (self.place()?, self.place()?) {
                (Some(first), Some(second)) if self.below(2)? == 0 => {
                    format!("({first} ?? {second} ?? {})", self.number()?)
                }
                (Some(first), _) => format!("({first} ?? {})", self.number()?),
                _ => self.leaf()?,
            },
            7 => {
                let name = self.pick(&["min", "max", "mean", "sum"])?;
                let mut arguments = vec![self.argument()?];
                for _ in 0..self.below(3)? {
                    arguments.push(self.argument()?);
                }
                format!("{name}({})", arguments.join(", "))
            }
            8 => match self.children()? {
                Some(children) => {
                    let name = self.pick(&["weighted_mean", "geometric_mean", "harmonic_mean"])?;
                    match self.below(4)? {
                        0 => format!("power_mean({children}, {})", self.number()?),
                        1 => format!("count_at_least({children}, {})", self.number()?),
                        2 => format!("{children}.len()"),
                        _ => format!("{name}({children})"),
                    }
                }
                None => self.leaf()?,
            },
            9 => {
                let name = self.pick(&[
                    "abs", "sqrt", "ln", "log10", "exp", "round", "floor", "ceil",
                ])?;
                format!("{name}({})", self.number()?)
            }
            10 => {
                let mut three = [self.number()?, self.number()?, self.number()?];
                match self.below(4)? {
                    0 => format!("clamp({})", three.join(", ")),
                    1 => {
                        three[0].push_str(", 0, 1");
                        format!("rescale({})", three.join(", "))
                    }
                    2 => format!("round({}, 2)", three[0]),
                    _ => format!("pow({}, {})", three[0], three[1]),
                }
            }
            11 => {
                let (truth, then) = (self.truth()?, self.valued()?);
                format!(
                    "if {OPEN}{truth}{CLOSE} {{ {then} }} else {{ {} }}",
                    self.valued()?
                )
            }
            12 => {
                let value = self.number()?;
                let labels = self.labels()?;
                let (one, two) = (self.number()?, self.number()?);
                let guard = if self.below(3)? == 0 {
                    format!(" if {}", self.truth()?)
                } else {
                    String::new()
                };
                format!(
                    "switch {OPEN}{value}{CLOSE} {{ {labels}{guard} => {OPEN}{one}{CLOSE}, _ => {two} }}"
                )
            }
            13 => match self.one(&self.scope.lists.clone())? {
                Some((list, count)) => match self.below(count + 2)? {
                    at if at < count => format!("{list}[{at}]"),
                    at if at == count => format!("{list}.len()"),
                    _ => format!("{list}[{}]", self.number()?),
                },
                None => match self.one(&self.scope.items.clone())? {
                    Some(item) => format!(
                        "switch {item}.id {{ \"a\" => {}, \"b\" | \"e\" => {}, _ => {} }}",
                        self.number()?,
                        self.number()?,
                        self.number()?
                    ),
                    None => self.leaf()?,
                },
            },
            _ => match self.call(Kind::Number)? {
                Some(call) => call,
                None => self.leaf()?,
            },
        })
    }

    /// A value behind declarations of its own.
    fn valued(&mut self) -> Result<String> {
        self.scoped(|own| {
            let before = if own.below(3)? == 0 {
                own.declaration()?
            } else {
                String::new()
            };
            Ok(format!("{before} {}", own.number()?))
        })
    }

    /// An argument of a function that takes numbers, lists and children.
    fn argument(&mut self) -> Result<String> {
        let other = match self.below(4)? {
            0 => self.children()?,
            1 => self.one(&self.scope.lists.clone())?.map(|(name, _)| name),
            _ => None,
        };
        other.map_or_else(|| self.number(), Ok)
    }

    /// The labels of an arm, some of them ranges.
    fn labels(&mut self) -> Result<String> {
        let ranges = ["0..60", "3..=25", "-5..0 | 100..200", "0 | 1..3"];
        if self.below(2)? == 0 {
            self.pick(&SINGLE)
        } else {
            self.pick(&ranges)
        }
    }

    fn truth(&mut self) -> Result<String> {
        if !self.goes_on() {
            let mut known = self.scope.truths.clone();
            known.extend(["true", "false"].map(str::to_owned));
            return Ok(self.one(&known)?.unwrap_or_default());
        }
        self.deeper(|own| own.condition())
    }

    fn condition(&mut self) -> Result<String> {
        Ok(match self.below(10)? {
            0..=3 => {
                let sign = self.pick(&["<", "<=", ">", ">=", "==", "!="])?;
                format!("{} {sign} {}", self.side()?, self.side()?)
            }
            4 => match self.place()? {
                Some(place) => format!("is_missing({place})"),
                None => "true".to_owned(),
            },
            5 => format!("(({}) && ({}))", self.truth()?, self.truth()?),
            6 => format!("(({}) || ({}))", self.truth()?, self.truth()?),
            7 => format!("(!({}))", self.truth()?),
            8 => match (
                self.one(&self.scope.truths.clone())?,
                self.one(&self.scope.items.clone())?,
            ) {
                (_, Some(item)) => self
                    .pick(&[".missing", ".id == \"b\"", ".id != \"c\""])
                    .map(|end| format!("{item}{end}"))?,
                (Some(truth), _) => format!("({truth} == ({}))", self.truth()?),
                _ => format!("(({}) != ({}))", self.truth()?, self.truth()?),
            },
            _ => match self.call(Kind::Truth)? {
                Some(call) => call,
                None => "false".to_owned(),
            },
        })
    }

    /// One side of a comparison, in brackets where a branch would not be read as one.
    fn side(&mut self) -> Result<String> {
        Ok(format!("({})", self.number()?))
    }
}

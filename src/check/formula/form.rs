//! The typed form of a formula.

use std::sync::Arc;

use crate::base::{NodeIndex, Span, Text};

/// A checked formula: names are resolved, types known, the work bounded.
#[derive(Clone)]
pub struct Formula {
    /// The whole text.
    pub span: Span,
    /// What it does.
    pub body: Block,
    /// How many local variables the body has.
    pub locals: usize,
    /// The own functions it calls, directly or not; a function stands before its callers.
    pub functions: Vec<Function>,
    /// Whether its value is a number, or yes-or-no.
    pub result: Type,
    /// The work of one region, in steps, after unrolling.
    pub cost: u64,
    /// The text without comments and layout: what makes two formulas the same.
    pub tokens: String,
    /// The functions of the engine it calls, with their versions, sorted.
    pub calls: Vec<(String, u32)>,
    /// The children it reads, by position in the tree, sorted; all of them for `children`.
    pub children: Vec<NodeIndex>,
    /// The parameters it reads, by position, sorted.
    pub parameters: Vec<usize>,
    /// The raw columns it reads, by position, sorted.
    pub columns: Vec<usize>,
}

/// An own function, for one set of argument types.
#[derive(Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where it is written, with the comment above.
    pub span: Span,
    /// How many parameters it has; they are its first local variables.
    pub parameters: usize,
    /// How many local variables it has in all.
    pub locals: usize,
    /// What it does.
    pub body: Block,
    /// The type of its value.
    pub result: Type,
    /// The functions it calls itself, by position in [`Formula::functions`].
    pub calls: Vec<usize>,
}

/// A local variable, by position in its formula or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalId(pub usize);

/// The type of an expression, known before anything runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A number.
    Number,
    /// Yes or no.
    Bool,
    /// A text.
    Text,
    /// A list of so many values of one type.
    List(Box<Type>, usize),
    /// One child, in a loop over children.
    Child,
    /// Some children.
    Children(Arc<[NodeIndex]>),
    /// No value: a statement.
    Nothing,
    /// Never comes back: `return`.
    Never,
}

impl Type {
    /// What a reader calls it.
    pub fn word(&self) -> Text {
        match self {
            Type::Number => Text::new("angka", "a number"),
            Type::Bool => Text::new("ya/tidak (`true`/`false`)", "yes or no (`true`/`false`)"),
            Type::Text => Text::new("teks", "a text"),
            Type::List(..) => Text::new("daftar", "a list"),
            Type::Child => Text::new("satu bagian dari `children`", "one of `children`"),
            Type::Children(_) => Text::new("`children`", "`children`"),
            Type::Nothing | Type::Never => Text::new("tanpa nilai", "no value"),
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A number; also one that is known at load, such as `year` or `children.len()`.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A text.
    Text(Arc<str>),
    /// A parameter, by position, with its value.
    Parameter(usize, f64),
    /// A local variable.
    Local(LocalId),
    /// A value that may be missing, which is an issue here.
    Read(Place),
    /// `is_missing(…)` and `.missing`.
    IsMissing(Place),
    /// `a ?? b ?? c`: the first that is not missing, else the last.
    Coalesce(Vec<Place>, Box<Expr>),
    /// A property of a child that is never missing.
    Item(Item, LocalId),
    /// `children`.
    Children(Arc<[NodeIndex]>),
    /// `of.only("a", "b")`.
    Only(Box<Expr>, Arc<[NodeIndex]>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `list[position]`.
    At(Box<Expr>, Box<Expr>),
    /// `-x`, `!x`.
    Unary(UnaryOp, Box<Expr>),
    /// `x + y` and its like; the span is that of the operator.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a && b`: the right side only where the left is true.
    And(Vec<Expr>),
    /// `a || b`: the right side only where the left is false.
    Or(Vec<Expr>),
    /// A call of a function of the engine, by name; the span is that of the name.
    Call(String, Vec<Expr>),
    /// A call of an own function, by position in [`Formula::functions`].
    CallOwn(usize, Vec<Expr>),
    /// `if`, `else if`, `else`.
    If(Box<Expr>, Block, Option<Block>),
    /// `switch`, which means a chain of `==`.
    Switch(Box<Expr>, Vec<SwitchArm>, Option<Block>),
    /// `{ … }`.
    Block(Block),
}

/// What may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The score of a child.
    Child(NodeIndex),
    /// The raw value of a child.
    Raw(NodeIndex),
    /// A raw column, by position.
    Column(usize),
    /// The score of the child that a local variable holds.
    ItemScore(LocalId),
    /// Its raw value.
    ItemRaw(LocalId),
}

/// Properties of a child that are never missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// `.weight`.
    Weight,
    /// `.id`.
    Id,
}

/// Operators before one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`.
    Negate,
    /// `!x`.
    Not,
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl BinaryOp {
    /// All with their signs in Rhai.
    pub const SIGNS: [(&'static str, BinaryOp); 12] = [
        ("+", BinaryOp::Add),
        ("-", BinaryOp::Subtract),
        ("*", BinaryOp::Multiply),
        ("/", BinaryOp::Divide),
        ("%", BinaryOp::Remainder),
        ("**", BinaryOp::Power),
        ("==", BinaryOp::Equal),
        ("!=", BinaryOp::NotEqual),
        ("<", BinaryOp::Less),
        ("<=", BinaryOp::LessOrEqual),
        (">", BinaryOp::Greater),
        (">=", BinaryOp::GreaterOrEqual),
    ];

    /// The operator of a sign.
    pub fn from_sign(sign: &str) -> Option<Self> {
        Self::SIGNS
            .iter()
            .find(|(known, _)| *known == sign)
            .map(|(_, op)| *op)
    }

    /// Its sign.
    pub fn sign(self) -> &'static str {
        Self::SIGNS
            .iter()
            .find(|(_, op)| *op == self)
            .map_or("", |(sign, _)| sign)
    }

    /// Whether its value is a number; else it compares.
    pub fn is_arithmetic(self) -> bool {
        use BinaryOp::*;
        matches!(self, Add | Subtract | Multiply | Divide | Remainder | Power)
    }
}

/// One arm of a `switch`.
#[derive(Clone, Debug)]
pub struct SwitchArm {
    /// The values that lead into it.
    pub labels: Vec<Label>,
    /// The condition after `if`.
    pub guard: Option<Expr>,
    /// What it does.
    pub body: Block,
}

/// A value before `=>`.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// A number.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// `true` or `false`.
    Bool(bool),
    /// `low..high`, or `low..=high`.
    Range {
        /// The first value.
        low: f64,
        /// The last value.
        high: f64,
        /// Whether the last value belongs to it.
        inclusive: bool,
    },
}

/// Statements, and a value at the end.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value, if it has one.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let x = …;`
    Let(LocalId, Expr),
    /// `x = …;` and `x += …;`
    Assign(LocalId, Option<BinaryOp>, Expr, Span),
    /// `for x in … { … }`
    For(LocalId, Over, Block),
    /// `return …;`
    Return(Expr),
    /// An expression whose value is not used.
    Expr(Expr),
}

/// What a loop runs over.
#[derive(Clone, Debug)]
pub enum Over {
    /// Children.
    Children(Expr, Arc<[NodeIndex]>),
    /// A list of known length.
    List(Expr, usize),
    /// Whole numbers from the first up to, but without, the second.
    Range(i64, i64),
}

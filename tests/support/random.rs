//! Random rule sets: formulas of every kind over three indicators, and the values of a cell.

use proptest::prelude::*;

use super::{Case, with_formula};

const FUNCTIONS: &str = "
fn lebih(u, w) { if u > w { return u - w; } w }
fn lipat(u) { let t = 0; for i in 0..3 { if t > 50 { return t; } t += u; } t }
fn sama(u, w) { u == w || lebih(u, w) > 3 }
fn kumpul(q, u) { let t = u; for k in q { if !k.missing { t += k.score * k.weight; } } t }
fn punya(k) { k.weight + (k.raw ?? 1) }
";

fn number() -> BoxedStrategy<String> {
    let text = |list: &'static [&'static str]| prop::sample::select(list).prop_map(str::to_owned);
    let leaf = prop_oneof![
        6 => text(&["a", "b", "c", "raw.a", "raw.c", "x", "y", "parameters.p"]),
        3 => text(&["0", "-0.0", "1", "2", "25", "0.5", "3.75", "1e-308", "1e308", "5e-324"]),
        3 => text(&["(a ?? 7)", "(a ?? raw.b ?? y)", "(c ?? b)"]),
        2 => text(&["weighted_mean(children)", "mean(children)", "sum(children)", "max(children.only(\"a\", \"c\"))", "children.len()"]),
        1 => text(&["kumpul(children, 1)", "kumpul(children.only(\"a\", \"b\"), y)"]),
    ];
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let truth = truth_of(inner.clone());
        let sign = text(&["+", "-", "*", "/", "%", "**"]);
        let function = text(&["min", "max", "sum", "mean", "lebih"]);
        let one = text(&["abs", "sqrt", "floor", "round", "lipat"]);
        prop_oneof![
            6 => (inner.clone(), sign, inner.clone()).prop_map(|(a, s, b)| format!("({a} {s} {b})")),
            1 => inner.clone().prop_map(|a| format!("(-({a}))")),
            2 => (function, inner.clone(), inner.clone()).prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            1 => (one, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            1 => inner.clone().prop_map(|at| format!("l[{at} + x - x]")),
            2 => (truth.clone(), inner.clone(), inner.clone()).prop_map(|(t, a, b)| format!("if {t} {{ {a} }} else {{ {b} }}")),
            1 => (inner.clone(), truth, inner.clone(), inner.clone(), inner).prop_map(|(n, t, a, b, c)| {
                format!("switch ({n}) {{ 0 | 1 => {a}, 2..25 if {t} => {b}, _ => {c} }}")
            }),
        ]
    })
    .boxed()
}

fn truth_of(number: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let sign = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let missing = prop::sample::select(vec![
        "is_missing(a)",
        "is_missing(raw.b)",
        "true",
        "sama(x, y)",
    ]);
    let leaf = prop_oneof![
        4 => (number.clone(), sign, number).prop_map(|(a, s, b)| format!("{a} {s} {b}")),
        1 => missing.prop_map(str::to_owned),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) && ({b}))")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) || ({b}))")),
            1 => inner.clone().prop_map(|a| format!("(!({a}))")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("(({a}) == ({b}))")),
        ]
    })
    .boxed()
}

/// Statements and a value.
fn block_of(number: BoxedStrategy<String>, truth: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let assign = (
        prop::sample::select(vec!["x", "y"]),
        prop::sample::select(vec!["=", "+=", "-=", "*=", "/="]),
        number.clone(),
    );
    let assign = assign
        .prop_map(|(local, sign, value)| format!("{local} {sign} {value};"))
        .boxed();
    let last = number.clone();
    let first = assign.clone();
    let statement = prop_oneof![
        3 => assign.clone(),
        1 => (truth.clone(), number.clone()).prop_map(|(t, n)| format!("if {t} {{ return {n}; }}")),
        1 => Just("for k in children { x += k.raw ?? k.score; }".to_owned()),
        1 => Just("for k in children { x += punya(k); y -= k.score ?? 1; }".to_owned()),
        1 => (number.clone(), number.clone(), truth.clone()).prop_map(|(n, m, t)| {
            format!("{{ let t = {n}; for i in 0..2 {{ t *= {m}; }} if {t} {{ y = t; }} }}")
        }),
    ];
    let statement = statement.prop_recursive(3, 12, 3, move |inner| {
        let (assign, number, truth) = (first.clone(), number.clone(), truth.clone());
        prop_oneof![
            2 => (truth.clone(), inner.clone(), inner.clone()).prop_map(|(t, a, b)| format!("if {t} {{ {a} }} else {{ {b} }}")),
            1 => (number.clone(), truth.clone(), inner.clone(), inner.clone()).prop_map(|(n, t, a, b)| {
                format!("switch ({n}) {{ 0 | 1 => {{ {a} }}, 2..25 if {t} => {{ {b} }} }}")
            }),
            1 => inner.clone().prop_map(|a| format!("for i in 0..3 {{ x += i; {a} }}")),
            1 => (number.clone(), truth).prop_map(|(n, t)| format!("for v in [{n}, y, 3] {{ if {t} {{ x += v; }} }}")),
            1 => assign.prop_map(|a| format!("for k in children {{ if k.missing {{ {a} }} else {{ y += k.score * k.weight; }} }}")),
            1 => (number, inner).prop_map(|(n, a)| format!("l = [x, {n}, y]; {a}")),
        ]
    });
    (prop::collection::vec(statement, 0..4), last)
        .prop_map(|(statements, value)| format!("{} {value}", statements.join(" ")))
        .boxed()
}

fn formula() -> impl Strategy<Value = String> {
    let block = block_of(number(), truth_of(number()));
    block.prop_map(|block| {
        format!("{FUNCTIONS}let x = 1; let y = a ?? 2; let l = [x, 2, y]; {block}")
    })
}

const SPECIAL: [Option<f64>; 16] = [
    None,
    Some(0.0),
    Some(-0.0),
    Some(1.0),
    Some(2.0),
    Some(25.0),
    Some(24.999999999999996),
    Some(25.000000000000004),
    Some(0.5),
    Some(-3.0),
    Some(5e-324),
    Some(-1e-310),
    Some(1e308),
    Some(f64::NAN),
    Some(f64::INFINITY),
    Some(f64::NEG_INFINITY),
];

pub fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![3 => prop::sample::select(SPECIAL.to_vec()), 1 => (-100.0..100.0f64).prop_map(Some)]
}

/// The keys of an indicator: how it is normalised, and what becomes of values that are missing or invalid.
fn indicator() -> impl Strategy<Value = String> {
    let normalise = prop::sample::select(vec![
        "normalise = \"none\"",
        "normalise = \"none\"\nclamp = true",
        "normalise = \"none\"\nclamp = false",
        "worst = 0\nbest = 3",
        "worst = 40\nbest = -2.7\nclamp = false",
        "worst = 24.999999999999996\nbest = 25\nrange = [0, 100]",
        "worst = 1e-200\nbest = 1",
        "normalise = \"min-max\"\nbetter = \"low\"",
        "normalise = \"rank\"\nbetter = \"high\"",
    ]);
    let missing = prop::sample::select(vec![
        "\"skip\"",
        "\"skip\"",
        "\"skip\"",
        "\"fail\"",
        "\"worst\"",
        "\"best\"",
        "\"mean\"",
        "{ value = 2 }",
    ]);
    let outside = prop::sample::select(vec!["missing", "fail", "clamp", "keep"]);
    let valid = prop::option::weighted(0.2, outside);
    (normalise, missing, valid, 0u8..4).prop_map(|(normalise, missing, valid, weight)| {
        let valid = valid.map_or(String::new(), |outside| {
            format!("valid = [-50, 25]\noutside = \"{outside}\"\n")
        });
        format!("weight = {weight}\n{normalise}\nmissing = {missing}\n{valid}")
    })
}

/// A variable of three such indicators.
fn variable() -> impl Strategy<Value = String> {
    let own = prop::sample::select(vec![
        "",
        "",
        "",
        "available_at_least = 0.6\n",
        "round_to = 1\n",
        "clamp = true\n",
    ]);
    (own, indicator(), indicator(), indicator()).prop_map(|(own, a, b, c)| {
        format!("[variable]\n{own}[indicator.a]\n{a}[indicator.b]\n{b}[indicator.c]\n{c}")
    })
}

/// What makes the variable: a formula, or a named aggregation.
pub fn rules() -> impl Strategy<Value = Case> {
    let formulas = (formula(), prop::option::weighted(0.7, variable()));
    let formulas = formulas.prop_map(|(formula, variable)| match variable {
        Some(variable) => with_formula(&formula).with("uji.toml", &variable),
        None => with_formula(&formula),
    });
    let method = prop::sample::select(vec![
        "weighted-mean",
        "minimum",
        "maximum",
        "sum",
        "geometric-mean",
    ]);
    let named = (method, variable()).prop_map(|(method, variable)| {
        let text = variable.replacen('\n', &format!("\naggregate = \"{method}\"\n"), 1);
        with_formula("0")
            .with("uji.toml", &text)
            .without("uji.rhai")
    });
    prop_oneof![4 => formulas, 1 => named]
}

//! What formulas mean: numbers, missing values, control flow, and the traps of Rhai that stay shut.

use crate::support::{Case, evaluate, program, with_formula};
use tanggap::EvaluateOptions;

/// The value of a formula over the raw values of a, b, c, or the code of its issue with the text it points to.
fn run(case: &Case, values: &str) -> Result<f64, String> {
    let (program, _) = program(case).unwrap_or_else(|report| panic!("{report}"));
    let data = format!("kode,a,b,c\n01,{values}\n");
    let data = case
        .engine()
        .read(&program, None, &mut data.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let node = program.rules().find("uji").unwrap();
    let issue = scores.issues.iter().find(|issue| issue.node == Some(node));
    match (scores.node(node).get(0), issue) {
        (Some(value), None) => Ok(value),
        (None, Some(issue)) => {
            let place = issue
                .place
                .map_or("", |span| program.rules().sources.slice(span));
            Err(format!("{} {place}", issue.kind.code()))
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn gives(formula: &str, values: &str, expected: f64) {
    let value = run(&with_formula(formula), values);
    assert_eq!(
        value.map(f64::to_bits),
        Ok(expected.to_bits()),
        "{formula} over {values}"
    );
}

#[track_caller]
fn raises(formula: &str, values: &str, expected: &str) {
    assert_eq!(
        run(&with_formula(formula), values),
        Err(expected.to_owned()),
        "{formula} over {values}"
    );
}

/// Refused by the check, with this code among its findings.
#[track_caller]
fn refused(formula: &str, code: &str) {
    let report = program(&with_formula(formula)).err();
    let report = report.unwrap_or_else(|| panic!("accepted: {formula}"));
    assert!(report.contains(&format!("[{code}]")), "{formula}\n{report}");
}

#[test]
fn numbers_are_doubles() {
    gives("1/2", "1,1,1", 0.5);
    gives("7/2", "1,1,1", 3.5);
    gives("7 / 2.0", "1,1,1", 3.5);
    gives("2 ** -1", "1,1,1", 0.5);
    gives("2 ** 3 ** 1", "1,1,1", 8.0);
    gives("7 % 4 + -3", "1,1,1", 0.0);
    gives("-a", "2,1,1", -2.0);
    gives("-(2.0) - (-(-0.5)) + -(+1.5)", "1,1,1", -4.0);
    gives("let x = 3; x / 2", "1,1,1", 1.5);
    gives("weighted_mean(children) / 3 * 3", "1,1,1", 1.0);
    gives("max(1, 2.5) + min([4, 3]) + abs(-1)", "1,1,1", 6.5);
}

#[test]
fn comparisons_are_those_of_ieee() {
    gives("if 0.1 + 0.2 == 0.3 { 1 } else { 0 }", "1,1,1", 0.0);
    gives("if 0.5000000000000001 > 0.5 { 1 } else { 0 }", "1,1,1", 1.0);
    gives("if 1e-200 == 2e-200 { 1 } else { 0 }", "1,1,1", 0.0);
    gives("if 1 == 1.0000000000000002 { 1 } else { 0 }", "1,1,1", 0.0);
    gives("if 1 == 1.0 && 0 == -0.0 { 1 } else { 0 }", "1,1,1", 1.0);
    gives("if 1e-200 != 2e-200 { 1 } else { 0 }", "1,1,1", 1.0);
    gives(
        "if a >= 0.3 { 1 } else { 0 }",
        "0.30000000000000004,1,1",
        1.0,
    );
    gives(
        "if a <= 0.3 { 1 } else { 0 }",
        "0.30000000000000004,1,1",
        0.0,
    );
}

#[test]
fn missing_never_slips_through() {
    for formula in ["a < 3", "a > 3", "a == 3", "a != 3", "a <= 3", "3 >= a"] {
        raises(
            &format!("if {formula} {{ 1 }} else {{ 2 }}"),
            ",1,1",
            "D201 a",
        );
    }
    raises("a + 1", ",1,1", "D201 a");
    raises("max(b, a)", ",1,1", "D201 a");
    raises("mean([b, a])", ",1,1", "D201 a");
    raises("raw.a", ",1,1", "D201 a");
    raises(
        "let s = 0; for item in children { s += item.score; } s",
        ",1,1",
        "D201 score",
    );
    gives("a ?? 5", ",1,1", 5.0);
    gives("a ?? b ?? 5", ",7,1", 7.0);
    gives("a ?? 5", "0,1,1", 0.0);
    gives("if is_missing(a) { 1 } else { a }", ",1,1", 1.0);
    gives("if is_missing(a) { 1 } else { a }", "0,1,1", 0.0);
    gives("if is_missing(raw.a) { 1 } else { 2 }", ",1,1", 1.0);
    gives(
        "let n = 0; for item in children { if item.missing { n += 1; } } n",
        ",1,",
        2.0,
    );
    gives(
        "let s = 0; for item in children { s += item.score ?? 10; } s",
        ",1,2",
        13.0,
    );
    gives(
        "let s = 0; for item in children { if !is_missing(item) { s += item.score; } } s",
        ",1,2",
        3.0,
    );
    gives("weighted_mean(children)", ",1,2", 1.6);
    raises("sum(children)", ",1,2", "D212 sum");
    gives("mean(children) + max(children)", ",1,2", 3.5);
}

#[test]
fn what_is_not_finite_is_an_issue_at_its_place() {
    raises("b + 1 / a", "0,1,1", "D202 /");
    raises("b + 1.0 / 0.0", "1,1,1", "D202 /");
    raises(
        "if 0.0 / 0.0 != 0.0 / 0.0 { 1 } else { 2 }",
        "1,1,1",
        "D202 /",
    );
    raises("if sqrt(a) > 0.5 { 1 } else { 2 }", "-1,1,1", "D203 sqrt");
    raises("max(ln(a), 3)", "0,1,1", "D203 ln");
    raises("(a * 1e300) * 1e300", "1,1,1", "D203 *");
    raises("a ** 0.5", "-1,1,1", "D203 **");
    raises("a % 0", "1,1,1", "D202 %");
    raises("clamp(a, b + 3, 2)", "1,1,1", "D203 clamp");
    raises("rescale(a, 1, 1, 0, 1)", "1,1,1", "D202 rescale");
    gives("if a > 0 && 1 / a > 0.4 { 1 } else { 0 }", "0,1,1", 0.0);
    gives("if a == 0 || 1 / a > 0.4 { 1 } else { 0 }", "0,1,1", 1.0);
    gives("if a == 0 { 0 } else { 1 / a }", "0,1,1", 0.0);
    raises("a * 10000", "1,1,1", "D204 a * 10000");
}

#[test]
fn a_switch_is_a_chain_of_equals() {
    let bands = "switch a { 0 => 1, 1 | 2 => 2, 3..60 => 3, 60..=70 => 4, _ => 9 }";
    for (value, expected) in [
        ("0", 1.0),
        ("-0", 1.0),
        ("2", 2.0),
        ("2.5", 9.0),
        ("59.5", 3.0),
        ("60", 4.0),
        ("70", 4.0),
        ("70.5", 9.0),
    ] {
        gives(bands, &format!("{value},1,1"), expected);
    }
    gives(
        "switch a { 1 if b > 0 => 10, 1 => 20, -1 => 30, _ => 0 }",
        "1,0,1",
        20.0,
    );
    gives(
        "switch a { 1 if b > 0 => 10, 1 => 20, -1 => 30, _ => 0 }",
        "-1,0,1",
        30.0,
    );
    gives(
        "let s = 0; for item in children { s += switch item.id { \"a\" => 1, \"b\" => 10, _ => 100 }; } s",
        "1,1,1",
        111.0,
    );
    gives("switch a > 1 { true => 1, false => 0 }", "2,1,1", 1.0);
    gives(
        "switch a { 1 => switch b { 2 => { let x = 5; x }, _ => 6 }, _ => 7 }",
        "1,2,1",
        5.0,
    );
    gives(
        "switch a { 1 => if b > 0 { 1 } else { 2 }, _ => 3 }",
        "1,0,1",
        2.0,
    );
    refused("switch a { 1 => 2 }", "E406");
    refused("switch a { \"satu\" => 2, _ => 3 }", "E408");
    refused("switch a { b => 2, _ => 3 }", "E401");
    raises("switch a / b { 1 => 2, _ => 3 }", "1,0,1", "D202 /");
}

#[test]
fn control_flow() {
    gives("let s = 0; for i in 0..4 { s += i; } s", "1,1,1", 6.0);
    gives(
        "let s = 0; for i in 1..=parameters.empat { s += i; } s",
        "1,1,1",
        10.0,
    );
    gives(
        "let n = 3; let s = 0; for i in 0..n { for j in 0..children.len() { s += i * j; } } s",
        "1,1,1",
        9.0,
    );
    gives("let s = 1; for x in [2, 3, 4] { s *= x; } s", "1,1,1", 24.0);
    gives(
        "let l = [5, 6, 7]; let s = 0; for i in 0..l.len() { s += l[i] * i; } s",
        "1,1,1",
        20.0,
    );
    raises("let l = [5, 6]; l[a]", "2,1,1", "D207 [");
    raises("let l = [5, 6]; l[a]", "0.5,1,1", "D207 [");
    gives(
        "if a > 5 { return 1; } for item in children { if item.score > 3 { return item.score; } } 0",
        "1,4,9",
        4.0,
    );
    gives(
        "if a > 5 { return 1; } for item in children { if item.score > 3 { return item.score; } } 0",
        "6,4,9",
        1.0,
    );
    gives("let x = { let y = a; y * 2 }; x", "3,1,1", 6.0);
    gives(
        "let x = 1; if a > 0 { x = 2; } else if b > 0 { x = 3; } x",
        "0,1,1",
        3.0,
    );
    gives(
        "let x = a; x -= 1; x *= 4; x /= 2; x **= 2; x %= 5; x",
        "3,1,1",
        1.0,
    );
    gives(
        "fn dua(x) { if x > 2 { return x; } x * 2 } dua(a) + dua(b)",
        "1,3,1",
        5.0,
    );
    gives(
        "let t = 0; for item in children.only(\"c\", \"a\") { t += item.weight; } t",
        "1,1,1",
        4.0,
    );
    gives("weighted_mean(children.only(\"c\", \"a\"))", "1,9,3", 2.5);
    gives("count_at_least(indicators, 2) + year - 2000", "1,2,3", 26.0);
    gives("a.max(b).min(c)", "1,5,3", 3.0);
    gives(
        "round(a) + round(b, 1) + floor(c) + ceil(c)",
        "2.5,0.25,1.5",
        3.0 + 0.3 + 1.0 + 2.0,
    );
    let library = with_formula("ganda(a) + rata(children)")
        .with("lib/rumus.rhai", "fn ganda(x) { x * parameters_dua() } fn parameters_dua() { 2 } fn rata(bagian) { weighted_mean(bagian) }");
    assert_eq!(run(&library, "1,1,1"), Ok(3.0));
}

#[test]
fn there_is_no_way_out_of_the_sandbox() {
    for call in [
        "eval(\"1\")",
        "print(a)",
        "debug(a)",
        "sleep(1)",
        "exit()",
        "timestamp()",
        "rand()",
        "parse_json(\"{}\")",
        "Fn(\"x\")",
        "call(a)",
        "type_of(a)",
        "is_def_var(\"a\")",
        "read_file(\"x\")",
        "range(0, 3)",
    ] {
        assert!(
            program(&with_formula(&format!("let x = {call}; a"))).is_err(),
            "{call}"
        );
    }
    for statement in [
        "import \"x\" as y; a",
        "export a; a",
        "try { 1 / 0 } catch { 9 }",
        "throw 1;",
        "loop { }",
        "while true { } a",
        "do { } while true; a",
        "let f = |x| x; a",
        "let m = #{ a: 1 }; m.a",
        "let s = `x${a}`; a",
        "this",
        "global::x",
        "a in [1]",
        "a << 1",
        "a & 1",
        "let x; a",
        "for i in 0..3 { break; } a",
        "a?.b",
        "() < 3",
    ] {
        assert!(program(&with_formula(statement)).is_err(), "{statement}");
    }
}

#[test]
fn work_is_bounded_before_it_begins() {
    refused("let s = 0; for i in 0..100000000 { s += 1; } s", "E407");
    refused(
        "let s = 0; for i in 0..1000 { for j in 0..1000 { s += 1; } } s",
        "E407",
    );
    refused("fn f(x) { f(x) } f(a)", "E418");
    refused("fn f(x) { g(x) } fn g(x) { f(x) } f(a)", "E418");
    let doubling: String = (1..30)
        .map(|n| format!("fn f{n}(x) {{ f{0}(x) + f{0}(x) }} ", n - 1))
        .collect();
    refused(&format!("fn f0(x) {{ x }} {doubling} f29(a)"), "E407");
    let nested = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    assert!(program(&with_formula(&nested)).is_err());
    let sum = format!("a{}", " + a".repeat(20_000));
    assert!(program(&with_formula(&sum)).is_err());
    let long = format!("let s = \"{}\"; a", "x".repeat(100_000));
    assert!(program(&with_formula(&long)).is_err());
    let list = format!("max([{}a])", "1, ".repeat(50_000));
    assert!(program(&with_formula(&list)).is_err());
    refused("9007199254740993", "E410");
    refused("9223372036854775807 + 1", "E410");
    refused("99999999999999999999", "E410");
    refused("1e999", "E410");
}

#[test]
fn limits_are_the_same_in_every_build() {
    let chain = |length: usize| -> String {
        let links: String = (1..length)
            .map(|n| format!("fn f{n}(x) {{ f{}(x) + 1 }} ", n - 1))
            .collect();
        format!("fn f0(x) {{ x }} {links} f{}(a)", length - 1)
    };
    // Deeper than Rhai's own default in debug builds.
    gives(&chain(32), "1,1,1", 32.0);
    refused(&chain(33), "E420");
    let nested = format!("{}a{}", "(1 + ".repeat(20), ")".repeat(20));
    gives(&nested, "1,1,1", 21.0);
}

/// Rhai counts positions in 16 bits; what would overflow them is refused, not misplaced.
#[test]
fn positions_do_not_overflow() {
    refused(&format!("a{}+ x", " ".repeat(70_000)), "E404");
    refused(&format!("a{}+ x", "\n".repeat(70_000)), "E404");
    let report = program(&with_formula(&format!("{}a + x", "\n".repeat(15_000))))
        .err()
        .unwrap();
    assert!(report.contains("uji.rhai:15001:5"), "{report}");
}

/// Rhai bakes constants of its scope into the tree: a changed parameter must reach the score.
#[test]
fn a_changed_parameter_is_used() {
    let case = with_formula("a * parameters.p");
    assert_eq!(run(&case, "2,1,1"), Ok(10.0));
    let index = case
        .section("index.toml")
        .unwrap()
        .replace("p = 5", "p = 7");
    assert_eq!(run(&case.with("index.toml", &index), "2,1,1"), Ok(14.0));
}

/// Found by fuzzing: the arms of an inner `switch` were read as those of the outer one.
#[test]
fn the_value_of_a_switch_has_no_braces_of_its_own() {
    let inner = "switch a { 1 => 5, _ => 6 }";
    gives(
        &format!("switch ({inner}) {{ 5 => 10, _ => 20 }}"),
        "1,1,1",
        10.0,
    );
    for formula in [
        format!("switch {inner} {{ 5 => 10, _ => 20 }}"),
        format!("switch 0 + {inner} {{ 5 => 10, _ => 20 }}"),
        format!("switch -{inner} {{ -5 => 10, _ => 20 }}"),
        "switch if a > 0 { 1 } else { 2 } { 1 => 10, _ => 20 }".to_owned(),
        "switch { let y = 1; y } { 1 => 10, _ => 20 }".to_owned(),
    ] {
        refused(&formula, "E408");
    }
    gives(
        "switch max(a, 1) { 1 => if a > 0 { 3 } else { 4 }, _ => switch b { 1 => 2, _ => 7 } }",
        "5,1,1",
        2.0,
    );
}

#[test]
fn kinds_of_values_do_not_mix() {
    for formula in [
        "if a == \"1\" { 1 } else { 2 }",
        "\"a\" + 1",
        "if a { 1 } else { 2 }",
        "a && true",
        "if a > true { 1 } else { 2 }",
        "a + (a > 1)",
        "children + 1",
        "let x = if a > 1 { 1 }; x",
        "let x = if a > 1 { 1 } else { \"b\" }; a",
        "a > 1",
        "\"a\"",
        "max(\"a\", 1)",
        "let é = 1; a",
        "weighted_mean(a, b)",
        "for i in a { } a",
        "for i in 0..0.5 { } a",
    ] {
        assert!(program(&with_formula(formula)).is_err(), "{formula}");
    }
}

#[test]
fn a_wide_formula_still_runs() {
    let sum = format!("(a{}) / 900", " + a".repeat(30));
    gives(&sum, "900,1,1", 31.0);
    let list = format!("max([{}a])", "1, ".repeat(500));
    gives(&list, "7,1,1", 7.0);
}

#[test]
fn what_rhai_nests_to_the_right_is_not_misread() {
    refused("let l = [5, 6]; l[1].min(0)", "E408");
    gives("let l = [5, 6]; let x = l[1]; x.min(0)", "1,1,1", 0.0);
    refused("let l = [5, 6]; l[0][1]", "E408");
    refused("let l = [5, 6]; l?[0]", "E408");
    refused("max!(a, b)", "E408");
}

#[test]
fn own_functions_take_children() {
    gives(
        "fn f(x) { weighted_mean(x.only(\"a\", \"c\")) } f(children)",
        "1,9,3",
        2.5,
    );
    gives(
        "fn f(x) { let s = 0; for i in x { s += i.weight; } s } f(children.only(\"b\")) + f(children)",
        "1,1,1",
        8.0,
    );
    let report = program(&with_formula(
        "fn g(x) { x + \"a\" } fn f(x) { g(x) } g(a) + f(a)",
    ))
    .err()
    .unwrap();
    assert!(!report.contains("E418"), "{report}");
    // What `lib/` calls is what stands in `lib/`, whatever the formula's own file defines.
    let library = with_formula("fn dua() { 200 } ganda(a) + dua() - 200").with(
        "lib/rumus.rhai",
        "fn ganda(x) { x * dua_kali() } fn dua_kali() { 2 }",
    );
    assert_eq!(run(&library, "3,1,1"), Ok(6.0));
}

#[test]
fn a_formula_gives_a_number_on_every_path() {
    refused("switch a { 1 => { return 5; } }", "E406");
    refused("switch a { 1 => { return 5; } } a > 3", "E406");
    refused("if a > 1 { return 5; }", "E406");
    gives(
        "switch a > 1 { true => { return 5; }, false => { return 6; } }",
        "1,1,1",
        6.0,
    );
}

#[test]
fn issues_arise_from_left_to_right() {
    raises("a + 1 / b", ",0,1", "D201 a");
    raises("1 / b + a", ",0,1", "D202 /");
    raises("max(1 / b, a)", ",0,1", "D202 /");
    raises("fn f(x, y) { x + y } f(a, 1 / b)", ",0,1", "D201 a");
    refused("let x = 1; x + { x = 5; x }", "E408");
    refused("let x = 1; max(x, { x = 5; x })", "E408");
    refused("1 + { return 3; }", "E408");
    gives(
        "let x = if a > 0 { let y = 3; y = 4; y } else { 0 }; x",
        "1,1,1",
        4.0,
    );
}

/// The deepest formulas that the check lets through run on the small stack of a thread.
#[test]
fn the_deepest_formula_fits_the_stack() {
    let nest = |inner: &str| format!("{}{inner}{}", "(1 + ".repeat(4), ")".repeat(4));
    let links: String = (1..32)
        .map(|n| format!("fn f{n}(x) {{ {} }} ", nest(&format!("f{}(x)", n - 1))))
        .collect();
    gives(
        &format!("fn f0(x) {{ x }} {links} f31(a) - 124"),
        "1,1,1",
        1.0,
    );
    gives(
        &format!("(a{}) / 180", " + a".repeat(179)),
        "180,1,1",
        180.0,
    );
    gives(
        &format!("{}a{}", "abs(".repeat(90), ")".repeat(90)),
        "3,1,1",
        3.0,
    );
    refused(
        &format!(
            "fn f(x) {{ x{} }} f(a){}",
            " + x".repeat(150),
            " + a".repeat(150)
        ),
        "E421",
    );
    let chain = |arms: usize| -> String {
        let arms: String = (0..arms)
            .map(|n| format!("if a == {n} {{ {n} }} else "))
            .collect();
        format!("{arms} {{ 5 }}")
    };
    for arms in [20, 100, 1_000, 10_000] {
        if program(&with_formula(&chain(arms))).is_ok() {
            gives(&chain(arms), "-1,1,1", 5.0);
        }
    }
    let arms: String = (0..255).map(|n| format!("{n} => {n}, ")).collect();
    gives(&format!("switch a {{ {arms} _ => 7 }}"), "300,1,1", 7.0);
    refused(
        &format!("switch a {{ {arms} 255 => 1, 256 => 1, _ => 7 }}"),
        "E408",
    );
    refused("switch a {}", "E408");
    refused("a + 0x10", "E408");
    refused("a /* b", "E401");
    refused("a in [1, 2]", "E408");
}

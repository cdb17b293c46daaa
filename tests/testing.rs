//! The tests of rule sets: what test files may say, and what is said of them.

use crate::support::Case;
use proptest::prelude::*;
use tanggap::BuildError;
use tanggap::base::{Diagnostics, Lang};
use tanggap::bundle::DiskLoader;
use tanggap::report::render_diagnostics;
use tanggap::testing::{
    Coverage, Covered, CoveredKind, Fate, Mutant, Prepared, Suite, Tested, coverage, coverage_lcov,
    render_coverage, render_mutants, render_tests, run_mutants, suggest, survivors,
};
use tanggap::{Engine, RuleSet};

fn both(found: &Diagnostics) -> String {
    let said = [Lang::Id, Lang::En].map(|lang| render_diagnostics(found, lang, false));
    said.join("\n")
}

/// What `tanggap test` says of a case, in both languages; an error where its test files are wrong.
fn report(case: &Case) -> Result<String, String> {
    let engine = case.engine();
    let rules = engine.check(&case.name()).unwrap().output;
    let suite = match engine.tests(&rules) {
        Ok(found) => found.unwrap(),
        Err(BuildError::Rules(found)) => return Err(both(&found)),
        Err(error) => panic!("{error}"),
    };
    let bundle = engine.bundle(&case.name()).unwrap();
    let registry = engine.registry();
    let prepared = Prepared::new(&suite, &bundle, &registry.methods, &registry.readers);
    let outcomes = prepared
        .map_err(|found| both(&found))?
        .run(&bundle, &registry.methods);
    let tested = Tested {
        rules: &rules,
        suite: &suite,
        outcomes: &outcomes,
    };
    let said = [Lang::Id, Lang::En].map(|lang| render_tests(&tested, lang, false));
    Ok(said.join("\n"))
}

#[test]
fn cases() {
    insta::glob!("cases/testing/*.txt", |path| {
        let case = Case::read(path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let report = report(&case);
        assert_eq!(report.is_err(), name.starts_with("err_"), "{report:?}");
        let report = report.unwrap_or_else(|report| report);
        let lines: Vec<&str> = report.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"));
    });
}

/// A rule set with its tests.
struct Tried {
    engine: Engine,
    rules: RuleSet,
    suite: Suite,
}

impl Tried {
    fn new(engine: Engine, name: &str) -> Self {
        let name = name.parse().unwrap();
        let rules = engine.check(&name).unwrap().output;
        Self {
            suite: engine.tests(&rules).unwrap().unwrap(),
            rules,
            engine,
        }
    }

    fn of(case: &Case) -> Self {
        Self::new(case.engine(), &case.name().to_string())
    }

    fn with<T>(&self, run: impl FnOnce(&Prepared<'_>, &tanggap::bundle::Bundle) -> T) -> T {
        let bundle = self.engine.bundle(&self.rules.name).unwrap();
        let registry = self.engine.registry();
        let prepared = Prepared::new(&self.suite, &bundle, &registry.methods, &registry.readers);
        run(&prepared.unwrap(), &bundle)
    }

    fn failures(&self) -> usize {
        let methods = &self.engine.registry().methods;
        let outcomes = self.with(|prepared, bundle| prepared.run(bundle, methods));
        assert_eq!(outcomes.len(), self.suite.cases.len());
        outcomes.iter().filter(|own| !own.passed()).count()
    }

    fn coverage(&self) -> Coverage {
        let methods = &self.engine.registry().methods;
        self.with(|prepared, bundle| coverage(prepared, bundle, methods).unwrap())
    }

    fn mutants(&self) -> Vec<(Mutant, Fate)> {
        let methods = &self.engine.registry().methods;
        self.with(|prepared, bundle| run_mutants(prepared, None, bundle, methods, &|| ()).unwrap())
    }
}

/// The shipped rule sets are tested as we ask of others.
#[test]
fn shipped_rule_sets_are_tested() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let engine = || Engine::builder().loader(DiskLoader::new(rules)).build();
    let names = engine().rule_sets().unwrap();
    assert_eq!(names.len(), 6);
    for name in names {
        let tried = Tried::new(engine(), &name.to_string());
        assert_eq!(tried.failures(), 0, "{name}");
        let coverage = tried.coverage();
        let missed = coverage.items.iter().filter(|item| item.count == 0);
        let missed: Vec<_> = missed.map(|item| &item.what.en).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
        let found = tried.mutants();
        let open: Vec<_> = survivors(&tried.suite, &found).collect();
        assert!(open.is_empty() && found.len() > 30, "{name}: {open:?}");
    }
}

const INDEX: &str = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\n[parameters]\nbatas = 20\nmustahil = 200\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 60\n";
const VARIABLE: &str = "[variable]\nweight = 1\n[indicator.x]\nweight = 1\nworst = 0\nbest = 100\n[indicator.y]\nweight = 3\nworst = 0\nbest = 100\n";

fn small(formula: &str, tests: &str) -> Case {
    Case::of([
        ("index.toml", INDEX),
        ("a.toml", VARIABLE),
        ("a.rhai", formula),
    ])
    .with("tests/pokok.toml", tests)
}

fn branches(found: &Coverage) -> impl Iterator<Item = &Covered> {
    let items = found.items.iter();
    items.filter(|item| item.kind == CoveredKind::Branch)
}

#[test]
fn branches_and_lines_are_counted() {
    let formula = "let s = weighted_mean(children);\nif x < parameters.batas {\n  s * 0.5\n} else if x > parameters.mustahil {\n  0\n} else if !is_missing(y) && y > 90 {\n  100\n} else {\n  s\n}\n";
    let cases = "[case.satu]\ngiven = { x = 10, y = 50 }\nexpect = { a = 20 }\n[case.dua]\ngiven = { x = 50, y = 50 }\nexpect = { a = 50 }\n[case.tiga]\ngiven = { x = 80 }\nexpect = { a = 80 }\n";
    let tried = Tried::of(&small(formula, cases));
    assert_eq!(tried.failures(), 0);
    let found = tried.coverage();
    let branches = branches(&found);
    let branches: Vec<(&str, u64, bool)> = branches
        .map(|item| (&*item.what.en, item.count, item.unreachable))
        .collect();
    assert_eq!(
        branches,
        [
            ("`if x < parameters.batas {`: yes", 1, false),
            ("`if x < parameters.batas {`: no", 2, false),
            ("`} else if x > parameters.mustahil {`: yes", 0, true),
            ("`} else if x > parameters.mustahil {`: no", 2, false),
            ("`} else if !is_missing(y) && y > 90 {`: yes", 0, false),
            ("`} else if !is_missing(y) && y > 90 {`: no", 2, false),
            (
                "`} else if !is_missing(y) && y > 90 {`: condition 2 asked",
                1,
                false
            ),
        ]
    );
    let lines: Vec<(usize, u64)> = found.lines["kasus/2024/a.rhai"]
        .clone()
        .into_iter()
        .collect();
    // The line that nothing can reach is left out; the one that nothing does reach is not.
    assert_eq!(
        lines,
        [(1, 3), (2, 3), (3, 1), (4, 2), (6, 2), (7, 0), (9, 2)]
    );
    insta::assert_snapshot!(
        "coverage_text",
        render_coverage(&tried.rules, &found, Lang::En)
    );
    insta::assert_snapshot!("coverage_lcov", coverage_lcov(&tried.rules, &found));
}

/// Loops, own functions, `switch` and `??`: what a region reaches once in a loop counts once.
#[test]
fn every_kind_of_branch_is_counted() {
    let formula = "fn kecil(v) { if v < 20 { 1 } else { 0 } }\nlet n = 0;\nfor k in children { n += kecil(k.score); }\nlet z = switch n { 0 => 100, 1 => 50, _ => 0 };\nif n == 1 || x > 90 { return z; }\nz - (y ?? 0) * 0\n";
    let cases = "[case.satu]\ngiven = { x = 10, y = 50 }\nexpect = { a = 50 }\n[case.dua]\ngiven = { x = 10, y = 10 }\nexpect = { a = 0 }\n";
    let tried = Tried::of(&small(formula, cases));
    assert_eq!(tried.failures(), 0);
    let found = tried.coverage();
    let branches = branches(&found);
    let told: Vec<String> = branches
        .map(|item| format!("{} {}", item.what.en, item.count))
        .collect();
    insta::assert_snapshot!("coverage_kinds", told.join("\n"));
}

#[test]
fn small_edits_are_killed_proved_or_survive() {
    let formula = "if x < parameters.batas { y * 0.5 } else if x > 150 { 7 } else { y }\n";
    let weak = "[case.satu]\ngiven = { x = 50, y = 40 }\nexpect = { a = 40 }\n";
    let tried = Tried::of(&small(formula, weak));
    let found = tried.mutants();
    let fate = |id: &str| {
        let (_, fate) = found.iter().find(|(own, _)| own.id.ends_with(id)).unwrap();
        match fate {
            Fate::Killed(by) => format!("killed by {by}"),
            Fate::Equivalent(why) => format!("the same: {}", why.en),
            Fate::Survived(case) => format!("survives, case: {}", case.is_some()),
        }
    };
    for (id, expected) in [
        ("y.worst <-> best", "killed by pokok/satu"),
        // The formula reads no weights.
        ("y.weight * 1.1", "the same: its parent reads no weights"),
        (
            "a.weight * 0.9",
            "the same: no other weight stands beside it: the mean stays",
        ),
        ("band.tinggi + 1", "survives, case: true"),
        (
            "band.rendah - 1",
            "the same: no score lies below this bound",
        ),
        ("parameters.batas + 1", "survives, case: true"),
        (
            "parameters.mustahil * 1.1",
            "the same: nobody reads this parameter",
        ),
    ] {
        assert_eq!(fate(id), expected, "{id}");
    }
    for (edit, expected) in [
        ("< -> <=", "survives, case: true"),
        ("condition -> true", "killed by pokok/satu"),
        ("* -> /", "survives, case: true"),
        ("> -> >=", "the same: the two sides are never equal"),
        ("7 + 1", "the same: no region gets here"),
        (
            "150 * 0.9",
            "the same: this comparison comes out the same for every region, before and after",
        ),
    ] {
        assert_eq!(fate(&format!("`: {edit}")), expected, "{edit}");
    }
    insta::assert_snapshot!(
        "mutants_text",
        render_mutants(&tried.rules, &tried.suite, &found, Lang::En)
    );
    // The cases that are proposed do catch what they are proposed for.
    let proposed = found.iter().filter_map(|(mutant, fate)| match fate {
        Fate::Survived(Some(case)) => Some((mutant.id.clone(), case.clone())),
        _ => None,
    });
    for (id, case) in proposed {
        let better = small(formula, weak).with("tests/baru.toml", &case);
        let tried = Tried::of(&better);
        assert_eq!(tried.failures(), 0, "{case}");
        let found = tried.mutants();
        let (_, fate) = found.iter().find(|(own, _)| own.id == id).unwrap();
        assert!(
            matches!(fate, Fate::Killed(by) if by.starts_with("baru/")),
            "{id} {fate:?}"
        );
    }
}

/// What is proposed passes, reaches everything, and lets little through.
#[test]
fn proposed_cases_are_a_useful_start() {
    let formulas = [
        "if x < parameters.batas { y * 0.5 } else { y }",
        "weighted_mean(children)",
        "let n = 0; for k in children { if k.score >= 50 { n += 1; } } switch n { 0 => 0, 1 => 40, _ => 90 }",
        "let t = min(x, y); if t < 25 || y > 75 && x < 60 { t } else { (x + y) / 2 }",
    ];
    for formula in formulas {
        let case = small(formula, "").without("tests/pokok.toml");
        let engine = case.engine();
        let program = engine.program(&case.name()).unwrap().output;
        let text = suggest(&program, &engine.registry().methods).unwrap();
        let tried = Tried::of(&case.with("tests/usul.toml", &text));
        assert_eq!(tried.failures(), 0, "{text}");
        let coverage = tried.coverage();
        // What lies next to a bound may not be among the few values that a formula gives.
        let missed = coverage
            .items
            .iter()
            .filter(|item| item.count == 0 && !item.unreachable && item.kind != CoveredKind::Edge);
        let missed: Vec<_> = missed.map(|item| &item.what.en).collect();
        assert!(missed.is_empty(), "{formula}: {missed:?}");
        let found = tried.mutants();
        let open = survivors(&tried.suite, &found).count();
        assert!(
            open * 5 < found.len(),
            "{formula}: {open} of {}",
            found.len()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(8),
        max_global_rejects: 10_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Of any rule set: what is proposed passes; what is reached can be reached, and what is proved the same is the same
    /// (debug builds hold both to what they see); the case that would catch a survivor passes, and catches it.
    ///
    /// The long run: `PROPTEST_CASES=5000 cargo test testing::any_rule_set -- --nocapture`
    #[test]
    fn any_rule_set_can_be_tested(case in crate::support::random::rules()) {
        let engine = case.engine();
        let program = engine.program(&case.name());
        prop_assume!(program.is_ok());
        let program = program.unwrap().output;
        let proposed = suggest(&program, &engine.registry().methods);
        // Regions that are judged by each other have no cases of their own.
        prop_assume!(proposed.is_ok());
        let case = case.with("tests/usul.toml", &proposed.unwrap());
        let tried = Tried::of(&case);
        prop_assert_eq!(tried.failures(), 0);
        tried.coverage();
        let found = tried.mutants();
        for (mutant, fate) in &found {
            if let Fate::Survived(Some(text)) = fate {
                let better = Tried::of(&case.clone().with("tests/baru.toml", text));
                prop_assert_eq!(better.failures(), 0, "{}", text);
                let again = better.mutants();
                let (_, fate) = again.iter().find(|(own, _)| own.id == mutant.id).unwrap();
                prop_assert!(matches!(fate, Fate::Killed(_)), "{}", text);
                // One is enough: each takes a run of all.
                break;
            }
        }
    }
}

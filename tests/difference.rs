//! What differs between two rule sets, what it does to each region, and which change does how much of it.

use crate::support::Case;
use proptest::prelude::*;
use tanggap::base::RuleSetName;
use tanggap::bundle::Bundle;
use tanggap::data::{Dataset, ReadRequest, read_data};
use tanggap::explain::difference::{
    CauseKind, Comparison, ComparisonOptions, Difference, Effect, largest_remainder,
};
use tanggap::report::change_text;
use tanggap::{Engine, EvaluateOptions, evaluate};

const INDEX: &str = "
title = 'Uji'
status = 'draft'
scale = [0, 100]
[data]
key = 'kode'
";

const DATA: &str = "kode,a1,a2,b1,b2,c1,c2\n01,10,20,30,40,50,60\n02,80,15,5,99,42,7\n03,33,66,99,12,24,48\n04,,50,50,50,50,50\n";

fn variable(weights: [i32; 3], ids: [&str; 2]) -> String {
    let [own, first, second] = weights;
    let [a, b] = ids;
    format!(
        "[variable]\nweight = {own}\n[indicator.{a}]\nweight = {first}\nworst = 0\nbest = 100\n\
         [indicator.{b}]\nweight = {second}\nworst = 0\nbest = 100\n"
    )
}

/// Three variables of two indicators each.
fn case(index_formula: Option<&str>) -> Case {
    let case = Case::of([("index.toml", INDEX)])
        .with("a.toml", &variable([1, 1, 2], ["a1", "a2"]))
        .with("b.toml", &variable([2, 3, 1], ["b1", "b2"]))
        .with("c.toml", &variable([3, 1, 1], ["c1", "c2"]));
    match index_formula {
        Some(formula) => case.with("index.rhai", formula),
        None => case,
    }
}

fn bundle(engine: &Engine, settings: &[&str]) -> Bundle {
    let name: RuleSetName = "kasus/2024".parse().unwrap();
    engine.bundle(&name).unwrap().amended(settings).unwrap()
}

fn reader<'a>(
    engine: &'a Engine,
    texts: &'a [&str],
) -> impl Fn(usize, &ReadRequest) -> Result<Dataset, tanggap::base::Error> + 'a {
    move |file, request| {
        read_data(
            &engine.registry().readers,
            Some("data.csv"),
            &mut texts[file].as_bytes(),
            request,
        )
    }
}

fn compare(engine: &Engine, difference: &Difference, texts: &[&str]) -> Comparison {
    let options = ComparisonOptions {
        causes: true,
        ..Default::default()
    };
    let methods = &engine.registry().methods;
    Comparison::new(
        difference,
        methods,
        texts.len(),
        &reader(engine, texts),
        options,
    )
    .unwrap()
}

fn difference(engine: &Engine, before: &[&str], after: &[&str]) -> Difference {
    let methods = &engine.registry().methods;
    Difference::new(bundle(engine, before), bundle(engine, after), methods).unwrap()
}

/// The index of all regions with some settings.
fn scores(engine: &Engine, settings: &[&str]) -> Vec<Option<f64>> {
    let checked = engine.check_bundle(bundle(engine, settings)).unwrap();
    let program = engine.compiled(checked).unwrap().output;
    let data = engine
        .read(&program, Some("data.csv"), &mut DATA.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    scores.index().iter().collect()
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let mut all = Vec::new();
    for order in shorter {
        for place in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

/// The mean of what a setting changes when it comes in, over all orders: by the definition.
fn by_definition(engine: &Engine, settings: &[&str], region: usize) -> Vec<f64> {
    let mut parts = vec![0.0; settings.len()];
    let orders = orders(settings.len());
    for order in &orders {
        let mut done: Vec<&str> = Vec::new();
        let mut last = scores(engine, &done)[region].unwrap();
        for at in order {
            done.push(settings[*at]);
            let next = scores(engine, &done)[region].unwrap();
            parts[*at] += (next - last) / orders.len() as f64;
            last = next;
        }
    }
    parts
}

#[test]
fn the_parts_are_the_shapley_values() {
    for formula in [
        None,
        Some("(a * b * c) ** (1 / 3)"),
        Some("if a < 30 { b } else { max(b, c) }"),
    ] {
        let engine = case(formula).engine();
        let settings = ["a.weight=4", "a1.best=80", "b1.weight=9", "c2.worst=5"];
        let difference = difference(&engine, &[], &settings);
        let comparison = compare(&engine, &difference, &[DATA]);
        let attribution = comparison.attribution.as_ref().unwrap();
        assert_eq!(attribution.causes.len(), settings.len());
        assert_eq!(attribution.error, None);
        let named = |setting: &str| {
            let at = attribution.causes.iter().position(|cause| {
                let id = match &cause.kind {
                    CauseKind::Key(id, _) | CauseKind::Method(id) => id,
                    other => panic!("{other:?}"),
                };
                setting.starts_with(&format!("{id}."))
            });
            at.unwrap()
        };
        for region in 0..4 {
            let expected = by_definition(&engine, &settings, region);
            for (setting, expected) in settings.iter().zip(expected) {
                let found = attribution.parts[named(setting)][region].unwrap();
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{formula:?} {setting} {region}: {found} {expected}"
                );
            }
        }
    }
}

fn assert_adds_up(comparison: &Comparison) {
    let attribution = comparison.attribution.as_ref().unwrap();
    for (at, region) in comparison.regions.iter().enumerate() {
        let parts: Option<Vec<f64>> = attribution.parts.iter().map(|parts| parts[at]).collect();
        let sum = parts.unwrap().iter().sum::<f64>();
        let mut change = region.change().unwrap();
        if comparison.publishes_otherwise() {
            let [old, new] = comparison.published(region);
            change = new.unwrap() - old.unwrap();
        }
        assert!(
            (sum - change).abs() < 1e-9,
            "{}: {sum} {change}",
            region.region
        );
    }
}

const MANY: [&str; 12] = [
    "a1.weight=4",
    "a2.weight=7",
    "a1.best=80",
    "a2.worst=5",
    "b1.weight=9",
    "b2.weight=2",
    "b1.best=70",
    "b2.worst=8",
    "c1.weight=5",
    "c2.weight=3",
    "c1.best=60",
    "c2.worst=1",
];

#[test]
fn causes_of_different_variables_are_divided_exactly() {
    let engine = case(None).engine();
    let comparison = compare(&engine, &difference(&engine, &[], &MANY), &[DATA]);
    let attribution = comparison.attribution.as_ref().unwrap();
    assert_eq!((attribution.causes.len(), attribution.error), (12, None));
    // Three variables with four causes each, and all of them together.
    assert!(attribution.states <= 3 * 16 + 1, "{}", attribution.states);
    assert_adds_up(&comparison);
    // The part of a cause is what it is with the causes of its own variable alone.
    let own = compare(&engine, &difference(&engine, &[], &MANY[..4]), &[DATA]);
    let own = own.attribution.unwrap();
    for (cause, parts) in own.causes.iter().zip(&own.parts) {
        let at = attribution
            .causes
            .iter()
            .position(|other| other.kind == cause.kind)
            .unwrap();
        for (found, expected) in attribution.parts[at].iter().zip(parts) {
            assert!((found.unwrap() - expected.unwrap()).abs() < 1e-9);
        }
    }
}

#[test]
fn a_variable_that_goes_missing_between_is_no_reason_to_add_up_wrongly() {
    // Region 04 lacks a1, so that the variable is missing where a1 may not be: the others carry its weight.
    let base = case(None).with(
        "a.toml",
        &variable([1, 1, 2], ["a1", "a2"]).replace(
            "best = 100\n[indicator.a2]",
            "best = 100\nmissing = 'skip'\n[indicator.a2]",
        ),
    );
    let engine = base.engine();
    let settings = [
        "a1.missing=\"fail\"",
        "a1.weight=3",
        "b1.weight=9",
        "c1.weight=5",
    ];
    let comparison = compare(&engine, &difference(&engine, &[], &settings), &[DATA]);
    assert_eq!(comparison.attribution.as_ref().unwrap().error, None);
    assert_adds_up(&comparison);
    let all = by_definition(&engine, &settings, 3);
    let attribution = comparison.attribution.as_ref().unwrap();
    let found: f64 = attribution
        .parts
        .iter()
        .map(|parts| parts[3].unwrap())
        .sum();
    assert!((found - all.iter().sum::<f64>()).abs() < 1e-9);
    let missing = attribution
        .causes
        .iter()
        .position(|cause| cause.kind == CauseKind::Key("a1".into(), "missing".into()));
    assert!((attribution.parts[missing.unwrap()][3].unwrap() - all[0]).abs() < 1e-9);
}

/// The index of region 01 under the formula of the next test, with some of [`MANY`] done: written anew.
fn by_hand(done: usize) -> f64 {
    let is = |at: usize| done & (1 << at) != 0;
    let pick = |at: usize, before: f64, after: f64| if is(at) { after } else { before };
    let score = |raw: f64, worst: f64, best: f64| {
        ((raw - worst) * 100.0 / (best - worst)).clamp(0.0, 100.0)
    };
    let mean = |w: [f64; 2], x: [f64; 2]| (w[0] * x[0] + w[1] * x[1]) / (w[0] + w[1]);
    let a = mean(
        [pick(0, 1.0, 4.0), pick(1, 2.0, 7.0)],
        [
            score(10.0, 0.0, pick(2, 100.0, 80.0)),
            score(20.0, pick(3, 0.0, 5.0), 100.0),
        ],
    );
    let b = mean(
        [pick(4, 3.0, 9.0), pick(5, 1.0, 2.0)],
        [
            score(30.0, 0.0, pick(6, 100.0, 70.0)),
            score(40.0, pick(7, 0.0, 8.0), 100.0),
        ],
    );
    let c = mean(
        [pick(8, 1.0, 5.0), pick(9, 1.0, 3.0)],
        [
            score(50.0, 0.0, pick(10, 100.0, 60.0)),
            score(60.0, pick(11, 0.0, 1.0), 100.0),
        ],
    );
    (a + 1.0).powf(0.2) * (b + 1.0).powf(0.3) * (c + 1.0).powf(0.5) - 1.0
}

#[test]
fn many_causes_that_touch_each_other_are_drawn() {
    let engine = case(Some("(a + 1) ** 0.2 * (b + 1) ** 0.3 * (c + 1) ** 0.5 - 1")).engine();
    let comparison = compare(&engine, &difference(&engine, &[], &MANY), &[DATA]);
    let attribution = comparison.attribution.as_ref().unwrap();
    assert_adds_up(&comparison);
    let again = compare(&engine, &difference(&engine, &[], &MANY), &[DATA]);
    assert_eq!(again.attribution.unwrap().parts, attribution.parts);
    // The parts are within the error that is told.
    let error = attribution.error.unwrap();
    assert!(error > 0.0 && error < 0.05, "{error}");
    for (at, cause) in attribution.causes.iter().enumerate() {
        let (id, key) = match &cause.kind {
            CauseKind::Key(id, key) => (id, key.as_str()),
            CauseKind::Method(id) => (id, "st="),
            other => panic!("{other:?}"),
        };
        let own = MANY
            .iter()
            .position(|setting| setting.starts_with(&format!("{id}.")) && setting.contains(key));
        let bit = 1 << own.unwrap();
        let mut expected = 0.0;
        for done in (0..1usize << 12).filter(|done| done & bit == 0) {
            let others = done.count_ones() as i32;
            // s! (n − s − 1)! / n!
            let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
            let share = factorial(others) * factorial(11 - others) / factorial(12);
            expected += share * (by_hand(done | bit) - by_hand(done));
        }
        let found = attribution.parts[at][0].unwrap();
        assert!(
            (found - expected).abs() < 5.0 * error,
            "{id}.{key}: {found} {expected} {error}"
        );
    }
}

#[test]
fn a_new_name_is_one_cause_with_all_that_names_it() {
    let renamed = variable([1, 1, 2], ["baru", "a2"])
        .replace("[indicator.baru]\n", "[indicator.baru]\ncolumn = 'a1'\n");
    let case = case(None)
        .with("a.rhai", "min(a1, a2)")
        .with("2025/index.toml", "extends = '2024'\nstatus = 'draft'\n")
        .with(
            "2025/a.toml",
            &format!(
                "{}\n[indicator.a1]\nremove = true\n",
                renamed.split_once("[indicator.a2]").unwrap().0
            ),
        )
        .with("2025/a.rhai", "min(baru, a2)")
        .with("2025/b.toml", "[variable]\nweight = 5\n");
    let engine = case.engine();
    let load = |name: &str| engine.bundle(&name.parse().unwrap()).unwrap();
    let difference = Difference::new(
        load("kasus/2024"),
        load("kasus/2025"),
        &engine.registry().methods,
    )
    .unwrap();
    let comparison = compare(&engine, &difference, &[DATA]);
    let attribution = comparison.attribution.as_ref().unwrap();
    let sizes: Vec<usize> = attribution
        .causes
        .iter()
        .map(|cause| cause.changes.len())
        .collect();
    assert_eq!(sizes, [3, 1], "{:?}", attribution.causes);
    // It is the same under another name.
    for part in &attribution.parts[0][..3] {
        assert!(part.unwrap().abs() < 1e-9);
    }
}

#[test]
fn data_and_rules_are_told_apart() {
    let engine = case(None).engine();
    let later = DATA.replace("01,10", "01,70");
    let difference = difference(&engine, &[], &["b.weight=5"]);
    let comparison = compare(&engine, &difference, &[DATA, &later]);
    assert_adds_up(&comparison);
    let attribution = comparison.attribution.as_ref().unwrap();
    assert_eq!(attribution.causes[1].kind, CauseKind::Data);
    let data = &attribution.parts[1];
    // a1 counts a third of a, and a counts 1/6 before and 1/9 after.
    let expected = 60.0 / 3.0 * (1.0 / 6.0 + 1.0 / 9.0) / 2.0;
    assert!((data[0].unwrap() - expected).abs() < 1e-9);
    assert_eq!(data[1], Some(0.0));
}

#[test]
fn only_what_is_said_differs() {
    let engine = case(None).engine();
    let name: RuleSetName = "kasus/2024".parse().unwrap();
    let other = Case::of([("index.toml", format!("{INDEX}\n# catatan\n").as_str())])
        .with(
            "a.toml",
            &format!(
                "# di sini\n{}",
                variable([1, 1, 2], ["a1", "a2"])
                    .replace("worst = 0\nbest = 100", "best   = 100.0\nworst  = 0")
            ),
        )
        .with("b.toml", &variable([2, 3, 1], ["b1", "b2"]))
        .with("c.toml", &variable([3, 1, 1], ["c1", "c2"]))
        .engine();
    let load = |engine: &Engine| engine.bundle(&name).unwrap();
    let methods = &engine.registry().methods;
    let none = Difference::new(load(&engine), load(&other), methods).unwrap();
    assert_eq!(none.changes, []);
    let texts = difference(&engine, &[], &["a.title=\"Baru\"", "index.decimals=1"]);
    let mut effects = texts.effects.clone();
    effects.sort();
    assert_eq!(effects, [Effect::Placement, Effect::Texts]);
    let comparison = compare(&engine, &texts, &[DATA]);
    // Other decimals are no cause of an exact score, and still move what is published.
    let causes = comparison.attribution.unwrap().causes;
    assert_eq!(causes.len(), 1);
    assert_eq!(causes[0].kind, CauseKind::Publication);
}

#[test]
fn what_moves_no_figure_is_no_cause() {
    let bands = format!("{INDEX}\n[band.rendah]\nfrom = 0\n");
    let engine = case(None).with("index.toml", &bands).engine();
    let effects = |setting: &str| difference(&engine, &[], &[setting]).effects;
    for setting in [
        "index.internal={ below_band = \"rendah\" }",
        "data.group=\"provinsi\"",
        "data.name=\"nama\"",
        "a.internal=true",
        "a1.unit=\"%\"",
        "index.weights_sum=6",
        "index.lints={ W109 = \"off\" }",
    ] {
        assert_eq!(effects(setting), [Effect::Texts], "{setting}");
    }
    // The mean of a group is another figure.
    let group = case(None).with("index.toml", &bands);
    let variable = variable([1, 1, 2], ["a1", "a2"]).replacen(
        "worst = 0",
        "missing = 'group-mean'\nworst = 0",
        1,
    );
    let engine = group.with("a.toml", &variable).engine();
    let found = difference(
        &engine,
        &["data.group=\"provinsi\""],
        &["data.group=\"pulau\""],
    );
    assert_eq!(found.effects, [Effect::Scores]);
}

#[test]
fn a_change_is_said_by_what_it_means() {
    let engine = case(None).engine();
    let of = |setting: &str| {
        let difference = difference(&engine, &[], &[setting]);
        let said = change_text(&difference, &difference.changes[0]);
        (said.id.to_string(), said.en.to_string())
    };
    let pair = |id: &str, en: &str| (id.to_owned(), en.to_owned());
    assert_eq!(
        of("b.weight=5"),
        pair("bobot «b» 2 → 5", "weight of «b» 2 → 5")
    );
    assert_eq!(
        of("b1.best=80"),
        pair("nilai terbaik «b1» 100 → 80", "best value of «b1» 100 → 80")
    );
    assert_eq!(
        of("parameters.p=3"),
        pair(
            "parameter `p` (tidak ditulis) → 3",
            "the parameter `p` (not written) → 3"
        )
    );
}

proptest! {
    #[test]
    fn rounded_parts_add_up(parts in prop::collection::vec(-50.0..50.0f64, 1..12), decimals in 0u8..4, off in -3i32..3) {
        let unit = 10f64.powi(i32::from(decimals));
        let whole = ((parts.iter().sum::<f64>() * unit).round() + f64::from(off)) / unit;
        let rounded = largest_remainder(&parts, whole, decimals);
        let sum: i64 = rounded.iter().map(|part| (part * unit).round() as i64).sum();
        prop_assert_eq!(sum, (whole * unit).round() as i64);
        let most = 1.0 + (f64::from(off.abs()) / parts.len() as f64).ceil();
        for (part, rounded) in parts.iter().zip(&rounded) {
            prop_assert!((part - rounded).abs() * unit <= most + 1e-6, "{part} {rounded}");
        }
    }
}

#[test]
fn rows_at_fault_are_not_divided_and_keep_nothing_else_from_it() {
    let engine = case(None).engine();
    let found = difference(&engine, &[], &["b.weight=5"]);
    // Too few cells, a code that occurs twice, text for a number.
    let data = DATA.replace("02,80,15,5,99,42,7", "02,80,15")
        + "05,1,1,1,1,1,1\n05,2,2,2,2,2,2\n06,x,1,1,1,1,1\n";
    let comparison = compare(&engine, &found, &[&data]);
    let parts = &comparison.attribution.as_ref().unwrap().parts[0];
    for (region, part) in comparison.regions.iter().zip(parts) {
        let fault = ["02", "05"].contains(&&*region.region);
        assert_eq!(
            (region.change().is_none(), part.is_none()),
            (fault, fault),
            "{}",
            region.region
        );
    }
}

#[test]
fn what_cannot_be_compared_is_told() {
    let engine = case(None).engine();
    let same = difference(&engine, &[], &["b.weight=5"]);
    let told = |texts: &[&str]| {
        let methods = &engine.registry().methods;
        let read = reader(&engine, texts);
        let compared = Comparison::new(
            &same,
            methods,
            texts.len(),
            &read,
            ComparisonOptions::default(),
        );
        compared.err().unwrap().message().en.to_string()
    };
    let header = DATA.lines().next().unwrap();
    let others = DATA.replace("\n0", "\n9");
    assert_eq!(
        told(&[DATA, &others]),
        "there is no common region: 4 before, 4 after"
    );
    assert_eq!(told(&[&format!("{header}\n")]), "the data holds no region");
    let scaled = difference(&engine, &[], &["index.scale=[0, 1]"]);
    let methods = &engine.registry().methods;
    let read = reader(&engine, &[DATA]);
    let options = ComparisonOptions {
        causes: true,
        ..Default::default()
    };
    let refused = Comparison::new(&scaled, methods, 1, &read, options)
        .err()
        .unwrap();
    assert!(
        refused
            .message()
            .en
            .starts_with("the scales differ: 0–100 before, 0–1 after")
    );
    // On a common scale nothing changes but the scale.
    let common = ComparisonOptions {
        common_scale: Some(tanggap::check::rule_set::Range {
            low: 0.0,
            high: 100.0,
        }),
        ..options
    };
    let comparison = Comparison::new(&scaled, methods, 1, &read, common).unwrap();
    for region in &comparison.regions {
        assert!(region.change().unwrap().abs() < 1e-9);
    }
}

#[test]
fn rounding_within_the_tree_is_a_cause() {
    let own = variable([1, 1, 2], ["a1", "a2"]);
    let rounded = own.replacen("weight = 1", "weight = 1\nround_to = 0", 1);
    let engine = case(None).with("a.toml", &rounded).engine();
    let settings = ["index.rounding=\"truncate\"", "b.weight=5"];
    let difference = difference(&engine, &[], &settings);
    assert_eq!(difference.effects, [Effect::Scores, Effect::Scores]);
    let comparison = compare(&engine, &difference, &[DATA]);
    let kinds = comparison.attribution.as_ref().unwrap().causes.iter();
    let kinds: Vec<&CauseKind> = kinds.map(|cause| &cause.kind).collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds[2], &CauseKind::Publication);
    assert_adds_up(&comparison);
    // Else it is a matter of what is published.
    let plain = case(None).engine();
    let published = self::difference(&plain, &[], &settings[..1]);
    assert_eq!(published.effects, [Effect::Placement]);
}

#[test]
fn a_table_that_comes_is_told_by_its_keys() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\n";
    let without = case(None).with("index.toml", index).engine();
    let settings = ["data.key=\"kode\"", "data.missing=[\"-\"]"];
    let found = difference(&without, &[], &settings);
    let said = found
        .changes
        .iter()
        .map(|change| change_text(&found, change));
    let said: Vec<String> = said.map(|text| text.en.to_string()).collect();
    assert_eq!(
        said,
        [
            "the reading of data `key` (not written) → \"kode\"",
            "the reading of data `missing` (not written) → [\"-\"]"
        ]
    );
}

/// Everything that is shown of a comparison, as JSON, CSV and text.
fn shown(rules: &Difference, comparison: &Comparison) -> [String; 3] {
    let record = tanggap::report::Record::of(&rules.before);
    let report = tanggap::report::DifferenceReport {
        difference: rules,
        comparison: Some(comparison),
        sides: ["a", "b"],
        data: "d.csv",
        lang: tanggap::base::Lang::En,
        movers: 5,
        record,
    };
    let json = tanggap::report::difference_json(&report).to_string();
    let mut csv = Vec::new();
    tanggap::report::write_difference_csv(&report, &mut csv).unwrap();
    let text = tanggap::report::render_difference(&report);
    [json, String::from_utf8(csv).unwrap(), text]
}

#[test]
fn each_side_is_shown_as_it_publishes() {
    let engine = case(None).engine();
    let settings = [
        "index.rounding=\"truncate\"",
        "index.decimals=0",
        "b.weight=5",
    ];
    let rules = difference(&engine, &[], &settings);
    let comparison = compare(&engine, &rules, &[DATA]);
    let [json, csv, text] = shown(&rules, &comparison);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let regions = json["comparison"]["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 4);
    for region in regions {
        let value = |side: &str| region[side]["score"].as_f64().unwrap();
        let exact = |side: &str| region[side]["exact"].as_f64().unwrap();
        assert_eq!(value("before"), (exact("before") * 100.0).round() / 100.0);
        assert_eq!(value("after"), exact("after").trunc());
        let change = (value("after") - value("before")) * 100.0;
        assert_eq!(
            (region["change"].as_f64().unwrap() * 100.0).round(),
            change.round()
        );
        let parts = region["parts"].as_array().unwrap();
        let sum: f64 = parts.iter().map(|part| part.as_f64().unwrap()).sum();
        assert_eq!((sum * 100.0).round(), change.round(), "{region}");
    }
    assert!(text.contains(
        "rounded in different ways: 2 decimals, `half-up` before; 0 decimals, `truncate` after"
    ));
    let first = csv.lines().nth(1).unwrap();
    assert!(first.starts_with("01,,,41.11,38,-3.11,"), "{first}");
}

/// The mean of a cause is one number, wherever it is shown, and with the others it is the change of the mean.
#[test]
fn means_of_causes_are_the_same_in_every_form() {
    let engine = case(None).engine();
    for settings in [
        &["a1.weight=4", "b.weight=5", "c2.best=70"][..],
        &[
            "a1.weight=4",
            "index.decimals=1",
            "index.rounding=\"half-even\"",
        ],
    ] {
        let rules = difference(&engine, &[], settings);
        let comparison = compare(&engine, &rules, &[DATA]);
        let [json, csv, text] = shown(&rules, &comparison);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let attribution = &json["comparison"]["attribution"];
        let causes = attribution["causes"].as_array().unwrap();
        let means: Vec<f64> = causes
            .iter()
            .map(|own| own["mean"].as_f64().unwrap())
            .collect();
        let change = attribution["mean"]["change"].as_f64().unwrap();
        assert_eq!(attribution["mean"], json["comparison"]["mean"]);
        assert!(
            (means.iter().sum::<f64>() - change).abs() < 1e-9,
            "{means:?} {change}"
        );
        let row = csv.lines().find(|row| row.starts_with(",mean,")).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        for (at, mean) in means.iter().enumerate() {
            assert_eq!(cells[10 + at], format!("{mean:.2}"));
            let sign = if *mean > 0.0 { "+" } else { "" };
            let name = causes[at]["name"]["en"].as_str().unwrap();
            let line = text.lines().rfind(|line| line.trim().starts_with(name));
            let cell = format!(" {sign}{mean:.2} ");
            assert!(line.unwrap().contains(&cell), "{line:?} {cell}");
        }
    }
}

/// Two years of one file are other data, whose part is told apart from that of the rules.
#[test]
fn another_year_of_the_data_is_a_cause() {
    let index = INDEX.replace(
        "key = 'kode'",
        "key = 'kode'\nyear = 'tahun'\nweighted_by = 'p'",
    );
    let engine = case(None).with("index.toml", &index).engine();
    let data = "kode,tahun,p,a1,a2,b1,b2,c1,c2\n01,2020,1,10,20,30,40,50,60\n02,2020,3,80,15,5,99,42,7\n\
                01,2021,3,20,20,30,40,50,90\n02,2021,1,80,15,5,99,42,17\n";
    let rules = difference(&engine, &[], &["b.weight=5"]);
    let read = |_: usize, request: &ReadRequest| {
        let readers = &engine.registry().readers;
        read_data(readers, Some("d.csv"), &mut data.as_bytes(), request)
    };
    let options = ComparisonOptions {
        year: [Some(2020), Some(2021)],
        causes: true,
        ..Default::default()
    };
    let methods = &engine.registry().methods;
    let comparison = Comparison::new(&rules, methods, 1, &read, options).unwrap();
    let causes = &comparison.attribution.as_ref().unwrap().causes;
    assert_eq!(causes.last().unwrap().kind, CauseKind::Data);
    assert_adds_up(&comparison);
    // By the weights of each year: a mean of before and one of after, and parts that are their difference.
    let means = comparison.cause_means().unwrap();
    let value = |at: usize, after: bool| {
        let region = &comparison.regions[at];
        if after {
            region.new.unwrap()
        } else {
            region.old.unwrap()
        }
    };
    let before = (value(0, false) + 3.0 * value(1, false)) / 4.0;
    let after = (3.0 * value(0, true) + value(1, true)) / 4.0;
    assert!((means.means.before - before).abs() < 1e-12);
    assert!((means.means.after - after).abs() < 1e-12);
    // Other weights of regions move the mean, and no region.
    let weights = (3.0 * value(0, false) + value(1, false)) / 4.0 - before;
    assert!((means.weights.unwrap() - weights).abs() < 1e-9);
    let sum: f64 = means.parts.iter().sum();
    assert!((sum + weights - (after - before)).abs() < 1e-9);
    let [_, _, text] = shown(&rules, &comparison);
    assert!(
        text.starts_with("a (data of 2020) → b (data of 2021)\n"),
        "{text}"
    );
    let same = difference(&engine, &[], &[]);
    let comparison = Comparison::new(&same, methods, 1, &read, options).unwrap();
    let [_, _, text] = shown(&same, &comparison);
    assert!(text.contains("The rules are the same; the data differ."));
    assert!(!text.contains("Nothing differs"));
}

/// The mean of all regions is one number in every form, and what moves it adds up, also where some are not divided and
/// some stand on one side alone; each is named.
#[test]
fn every_region_is_divided_or_named() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 1\navailable_at_least = 0.5\n[data]\nkey = 'kode'\n";
    let one = |id: &str| format!("[indicator.{id}]\nweight = 1\nworst = 0\nbest = 100\n");
    let index = format!("{index}{}{}", one("x"), one("y"));
    let engine = Case::of([("index.toml", index.as_str())]).engine();
    let rules = difference(&engine, &[], &["y.weight=3"]);
    // 02 has too little data under the new weights, unless the new data comes with them; 03 and 04 are on one side alone.
    let before = "kode,x,y\n01,50,60\n02,80,\n03,10,20\n";
    let after = "kode,x,y\n01,50,64\n02,,90\n04,30,40\n";
    let comparison = compare(&engine, &rules, &[before, after]);
    let [json, csv, text] = shown(&rules, &comparison);
    // By hand: 55 and 80 before, (50 + 3 · 64) / 4 = 60.5 and 90 after.
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let at = |name: &str| rows[0].iter().position(|own| *own == name).unwrap();
    let row = |name: &str| {
        rows.iter()
            .find(|row| row[at("region")] == name || row[at("name")] == name)
    };
    let cell = |name: &str, column: &str| row(name).unwrap()[at(column)];
    assert_eq!(
        (cell("01", "before"), cell("01", "after")),
        ("55.0", "60.5")
    );
    assert_eq!(
        (cell("02", "change"), cell("02", "not_divided")),
        ("10.0", "no-index-between")
    );
    assert_eq!((cell("03", "before"), cell("03", "after")), ("15.0", ""));
    assert_eq!(cell("03", "not_divided"), "only-before");
    assert_eq!(
        (cell("04", "after"), cell("04", "not_divided")),
        ("37.5", "only-after")
    );
    // (55 + 80) / 2 and (60.5 + 90) / 2, rounded with halves away from zero: the change of what is shown is 7.8.
    assert_eq!(
        (cell("mean", "before"), cell("mean", "after")),
        ("67.5", "75.3")
    );
    assert_eq!(cell("mean", "change"), "7.8");
    assert_eq!(cell("mean", "mean.not_divided"), "5.0");
    let number = |column: &str| cell("mean", column).parse::<f64>().unwrap();
    let causes = rows[0].iter().filter(|own| own.starts_with("cause."));
    let sum: f64 = causes.map(|own| number(own)).sum();
    assert!((sum + 5.0 - 7.8).abs() < 1e-9, "{csv}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let compared = &json["comparison"];
    assert_eq!(compared["mean"], compared["attribution"]["mean"]);
    assert_eq!(compared["mean"]["after"], 75.3);
    let others = &compared["attribution"]["others"][0];
    assert_eq!(
        (&others["name"], &others["mean"]),
        (&"not_divided".into(), &5.0.into())
    );
    for line in [
        "mean 67.5 → 75.3 (+7.8)",
        "only before: 1 region: 03",
        "only after: 1 region: 04",
        "1 region not divided among causes, without an index while only some of the changes are made: 02",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let line = text
        .lines()
        .find(|line| line.contains("regions not divided"))
        .unwrap();
    assert!(line.contains("+5.0"), "{line}");
}

/// On a common scale each side is mapped as it is published, and what rounding does is no matter of the scale.
#[test]
fn a_common_scale_maps_what_is_published() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 1\n[data]\nkey = 'kode'\n[indicator.x]\nworst = 0\nbest = 100\n";
    let engine = Case::of([("index.toml", index)]).engine();
    let rules = difference(&engine, &[], &["index.scale=[1, 4]", "index.decimals=3"]);
    let data = "kode,x\n01,64.65\n02,64.63\n";
    let options = ComparisonOptions {
        causes: true,
        common_scale: Some(tanggap::check::rule_set::Range {
            low: 0.0,
            high: 100.0,
        }),
        ..Default::default()
    };
    let methods = &engine.registry().methods;
    let comparison =
        Comparison::new(&rules, methods, 1, &reader(&engine, &[data]), options).unwrap();
    let [json, csv, text] = shown(&rules, &comparison);
    // 1 + 0.6465 · 3 = 2.9395, published as 2.940, which is 64.667 of 100; 2.939 is 64.633.
    assert!(csv.contains("\n01,,,64.7,64.667,-0.033,"), "{csv}");
    assert!(csv.contains("\n02,,,64.6,64.633,0.033,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let causes = json["comparison"]["attribution"]["causes"]
        .as_array()
        .unwrap();
    let part = |name: &str, region: usize| {
        let at = causes.iter().position(|own| own["cause"] == name).unwrap();
        json["comparison"]["regions"][region]["parts"][at]
            .as_f64()
            .unwrap()
    };
    for (region, rounding) in [(0, -0.033), (1, 0.033)] {
        assert_eq!(part("publication", region), rounding);
        assert_eq!(part("index.scale", region), 0.0);
    }
    assert!(
        text.contains("mapped to one scale: 1 decimals, `half-up` before; 3 decimals"),
        "{text}"
    );
}

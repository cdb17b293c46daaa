//! What is measured. Each section first checks that all contenders give the same, then lets them take turns.

use std::hint::black_box;

use rayon::ThreadPool;
use tanggap::compile::Executor;

use crate::by_hand::{columns, rows};
use crate::growth::load_time;
use crate::ours::{self, Alone};
use crate::peers::cel::Cel;
use crate::peers::fasteval::FastEval;
use crate::peers::luajit::LuaJit;
use crate::peers::rhai::{Form, PlainRhai};
use crate::peers::zen::Zen;
use crate::timing::{Contender, Effort, Times, take_turns};
use crate::work::{Data, Outcome, csv};

/// How far results may lie apart where the order of operations differs.
const NEARLY: f64 = 1e-9;

/// The ways of writing the same formulas, as rule sets.
pub const EXPLICIT: &str = "w/2001";
const LOOP: &str = "w/2002";
const FUNCTION: &str = "w/2003";
const WITH_EMPTY: &str = "w/2007";

/// Tanggap and the by-hand forms for one region alone, and for each number of regions, in this order: tanggap, row by
/// row, column by column, column by column with reciprocals.
pub fn by_hand(effort: Effort) -> Vec<Vec<Times>> {
    let mut sections = vec![one_region(effort)];
    sections.extend(effort.sizes.iter().map(|size| many_regions(*size, effort)));
    sections
}

fn one_region(effort: Effort) -> Vec<Times> {
    let data = Data::made_up(1);
    let engine = ours::engine();
    let program = ours::program(&engine, EXPLICIT);
    let mut alone = Alone::new(&program, &data.rows[0]);
    let expected = alone.outcome();
    let ours = Contender::new("tanggap", 1, || {
        black_box(alone.score());
    });
    against_hand(ours, &data, &expected, effort)
}

fn many_regions(regions: usize, effort: Effort) -> Vec<Times> {
    let data = Data::made_up(regions);
    let engine = ours::engine();
    let program = ours::program(&engine, EXPLICIT);
    let set = ours::read(&engine, &program, &csv(&data.rows, 0));
    let scorer = ours::scorer(&program);
    let expected = ours::score(&scorer, &set).outcome();
    let ours = Contender::new("tanggap", regions, || {
        black_box(ours::score(&scorer, &set));
    });
    against_hand(ours, &data, &expected, effort)
}

fn against_hand(ours: Contender, data: &Data, expected: &Outcome, effort: Effort) -> Vec<Times> {
    let regions = data.rows.len();
    let slices = data.slices();
    let mut outs = [(); 3].map(|()| Outcome::of(regions));
    let [by_row, by_column, by_reciprocal] = &mut outs;
    rows::run(&data.rows, by_row);
    columns::run(&slices, by_column);
    columns::run_reciprocal(&slices, by_reciprocal);
    expected.must_equal("rows by hand", by_row, 0.0);
    expected.must_equal("columns by hand", by_column, 0.0);
    expected.must_equal("columns by hand, reciprocals", by_reciprocal, NEARLY);
    let contenders = vec![
        ours,
        Contender::new("rows by hand", regions, || {
            rows::run(black_box(&data.rows), by_row);
            black_box(&*by_row);
        }),
        Contender::new("columns by hand", regions, || {
            columns::run(black_box(&slices), by_column);
            black_box(&*by_column);
        }),
        Contender::new("columns by hand, reciprocals", regions, || {
            columns::run_reciprocal(black_box(&slices), by_reciprocal);
            black_box(&*by_reciprocal);
        }),
    ];
    take_turns(contenders, effort.rounds_for(regions), effort.at_least)
}

/// The other languages beside tanggap.
pub struct Languages {
    /// Tanggap, compiled, at the large number of regions.
    pub ours: Times,
    /// The same at the small number, which the peers are measured at.
    pub ours_small: Times,
    /// Our interpreter and plain Rhai, in pairs of the same form.
    pub same_form: Vec<(Times, Times)>,
    /// Plain Rhai that does all the work of a variable.
    pub whole_rhai: Times,
    /// The peers.
    pub peers: Vec<Times>,
}

/// Measures tanggap at a large number of regions, the others at a small one, in the same rounds.
pub fn languages(effort: Effort) -> Languages {
    let (large, small) = (Data::made_up(effort.large), Data::made_up(effort.small));
    let rows = &small.rows;
    let engine = ours::engine();
    let program = ours::program(&engine, EXPLICIT);
    let set = ours::read(&engine, &program, &csv(&large.rows, 0));
    let scorer = ours::scorer(&program);
    let expected = {
        let set = ours::read(&engine, &program, &csv(rows, 0));
        ours::score(&scorer, &set).outcome()
    };
    let small_set = ours::read(&engine, &program, &csv(rows, 0));
    let mut contenders = vec![
        Contender::new("tanggap", effort.large, || {
            black_box(ours::score(&scorer, &set));
        }),
        Contender::new("tanggap", effort.small, || {
            black_box(ours::score(&scorer, &small_set));
        }),
    ];
    let forms = [
        (
            "tanggap's interpreter, explicit",
            EXPLICIT,
            "plain Rhai, explicit",
            Form::Explicit,
        ),
        (
            "tanggap's interpreter, loop",
            LOOP,
            "plain Rhai, maps and loop",
            Form::Loop,
        ),
        (
            "tanggap's interpreter, weighted_mean",
            FUNCTION,
            "plain Rhai, native function",
            Form::Function,
        ),
    ];
    for (ours, name, theirs, form) in forms {
        contenders.push(interpreter(ours, name, rows, &expected));
        contenders.push(plain_rhai(theirs, form, rows, &expected));
    }
    contenders.push(plain_rhai(
        "plain Rhai, normalising too",
        Form::Whole,
        rows,
        &expected,
    ));
    contenders.push(luajit(rows, &expected));
    contenders.push(fasteval(rows, &expected));
    contenders.push(zen(rows, &expected));
    contenders.push(cel(rows, &expected));
    let mut times = take_turns(contenders, effort.rounds, effort.at_least).into_iter();
    let mut next = || times.next().expect("there are as many times as contenders");
    let (ours, ours_small) = (next(), next());
    let same_form = forms.iter().map(|_| (next(), next())).collect();
    let whole_rhai = next();
    Languages {
        ours,
        ours_small,
        same_form,
        whole_rhai,
        peers: times.collect(),
    }
}

type Rows<'a> = &'a [[f64; crate::work::RAW]];

fn interpreter<'a>(
    name: &'static str,
    rules: &str,
    rows: Rows,
    expected: &Outcome,
) -> Contender<'a> {
    let engine = ours::engine();
    let program = ours::program(&engine, rules);
    let set = ours::read(&engine, &program, &csv(rows, 0));
    let run = move || ours::score_all(&program, &set, Executor::Interpreter);
    expected.must_equal(name, &ours::outcome_of(&run()), 0.0);
    Contender::new(name, rows.len(), move || {
        black_box(run());
    })
}

fn plain_rhai<'a>(
    name: &'static str,
    form: Form,
    rows: Rows<'a>,
    expected: &Outcome,
) -> Contender<'a> {
    let mut rhai = PlainRhai::new(form);
    let run = move |outcome: &mut Outcome| rhai.run(rows, outcome);
    checked(name, rows.len(), expected, run)
}

fn luajit<'a>(rows: Rows, expected: &Outcome) -> Contender<'a> {
    let luajit = LuaJit::new(rows).expect("the program is Lua");
    // It compiles what it has seen often: all branches are met long before the first measurement.
    for _ in 0..100 {
        luajit.run().expect("the program runs");
    }
    let outcome = luajit.outcome().expect("the program gives numbers");
    expected.must_equal("LuaJIT", &outcome, NEARLY);
    Contender::new("LuaJIT", rows.len(), move || {
        luajit.run().expect("the program runs");
    })
}

fn fasteval<'a>(rows: Rows<'a>, expected: &Outcome) -> Contender<'a> {
    let fasteval = FastEval::new();
    checked("fasteval", rows.len(), expected, move |outcome| {
        fasteval.run(rows, outcome).expect("the expressions run");
    })
}

fn zen<'a>(rows: Rows, expected: &Outcome) -> Contender<'a> {
    let mut zen = Zen::new(rows);
    let run = move |outcome: &mut Outcome| zen.run(outcome);
    checked("ZEN (GoRules)", rows.len(), expected, run)
}

fn cel<'a>(rows: Rows, expected: &Outcome) -> Contender<'a> {
    let cel = Cel::new();
    let numbers = Cel::numbers(rows);
    let run = move |outcome: &mut Outcome| cel.run(&numbers, outcome);
    checked("CEL", rows.len(), expected, run)
}

/// A contender whose first result is compared with what is expected.
fn checked<'a>(
    name: &'static str,
    regions: usize,
    expected: &Outcome,
    mut run: impl FnMut(&mut Outcome) + 'a,
) -> Contender<'a> {
    let mut outcome = Outcome::of(regions);
    run(&mut outcome);
    expected.must_equal(name, &outcome, NEARLY);
    Contender::new(name, regions, move || {
        run(&mut outcome);
        black_box(&outcome);
    })
}

/// Tanggap over the variants of the rules, explicit first.
pub fn variants(effort: Effort) -> Vec<Times> {
    let data = Data::made_up(effort.large);
    let (full, with_gaps) = (csv(&data.rows, 0), csv(&data.rows, 5));
    let variants = [
        ("explicit", EXPLICIT, &full),
        ("loop", LOOP, &full),
        ("`weighted_mean`", FUNCTION, &full),
        ("other thresholds", "w/2004", &full),
        ("deeper trees", "w/2005", &full),
        (
            "own functions, `switch`, loops, early `return`",
            "w/2006",
            &full,
        ),
        ("empty cells allowed, none empty", WITH_EMPTY, &full),
        ("empty cells allowed, 5 % empty", WITH_EMPTY, &with_gaps),
    ];
    let engine = ours::engine();
    let contenders = variants.map(|(name, rules, text)| {
        let program = ours::program(&engine, rules);
        let set = ours::read(&engine, &program, text);
        let scorer = ours::scorer(&program);
        let scored = ours::score(&scorer, &set);
        assert!(
            scored.present() * 100 > effort.large * 99,
            "{rules}: regions without index"
        );
        Contender::new(name, effort.large, move || {
            black_box(ours::score(&scorer, &set));
        })
    });
    take_turns(contenders.into(), effort.rounds_of_long, effort.at_least)
}

/// Tanggap on one thread and on two, for each size that is worth it.
pub fn threads(one: &ThreadPool, two: &ThreadPool, effort: Effort) -> Vec<[Times; 2]> {
    let sizes = effort.sizes.iter().filter(|size| **size >= effort.large);
    sizes
        .map(|size| two_threads(one, two, *size, effort))
        .collect()
}

fn two_threads(one: &ThreadPool, two: &ThreadPool, regions: usize, effort: Effort) -> [Times; 2] {
    let engine = ours::engine();
    let program = ours::program(&engine, EXPLICIT);
    let text = csv(&Data::made_up(regions).rows, 0);
    let set = ours::read(&engine, &program, &text);
    drop(text);
    let scorer = ours::scorer(&program);
    let (alone, both) = [one, two]
        .map(|pool| pool.install(|| ours::score(&scorer, &set).outcome()))
        .into();
    alone.must_equal("two threads", &both, 0.0);
    let contenders = [("one thread", one), ("two threads", two)].map(|(name, pool)| {
        let (scorer, set) = (&scorer, &set);
        Contender::new(name, regions, move || {
            pool.install(|| black_box(ours::score(scorer, set)));
        })
    });
    let rounds = effort.rounds_for(regions);
    let times = take_turns(contenders.into(), rounds, effort.at_least);
    times.try_into().expect("there are two contenders")
}

/// Milliseconds to load, check and compile W from files.
pub fn load(effort: Effort) -> f64 {
    load_time(&ours::engine(), EXPLICIT, effort.rounds)
}

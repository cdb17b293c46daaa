//! The measurements as Markdown, and which goals they miss.

use std::fmt::{self, Display, Formatter};

use crate::growth::Growth;
use crate::machine::Machine;
use crate::measure::Languages;
use crate::timing::Times;

/// All that was measured.
pub struct Report {
    /// What it was measured on.
    pub machine: Machine,
    /// Whether this is a smoke run.
    pub quick: bool,
    /// Tanggap and the by-hand forms, by number of regions.
    pub by_hand: Vec<Vec<Times>>,
    /// Tanggap and other languages.
    pub languages: Languages,
    /// Tanggap over the variants of the rules.
    pub variants: Vec<Times>,
    /// Tanggap on one thread and on two.
    pub threads: Vec<[Times; 2]>,
    /// Milliseconds to load W.
    pub load: f64,
    /// What rule sets of growing size cost.
    pub growth: Vec<Growth>,
}

/// Something that was aimed at, and what came of it.
struct Goal {
    text: String,
    measured: String,
    met: bool,
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        self.head(out)?;
        self.by_hand(out)?;
        self.languages(out)?;
        self.variants(out)?;
        self.threads(out)?;
        self.growth(out)?;
        self.goals_table(out)
    }
}

impl Report {
    fn head(&self, out: &mut Formatter) -> fmt::Result {
        let machine = &self.machine;
        writeln!(
            out,
            "Measured on {}: {}, {} cores, {}. Ratios travel between machines, times do not.",
            machine.date, machine.processor, machine.cores, machine.compiler
        )?;
        if self.quick {
            writeln!(
                out,
                "\nThis was a smoke run of few rounds: its figures mean little."
            )?;
        }
        Ok(())
    }

    fn by_hand(&self, out: &mut Formatter) -> fmt::Result {
        writeln!(
            out,
            "\n### By hand\n\nNanoseconds a region on one thread; below 1 tanggap is faster. All but the reciprocals give the same bits.\n\n\
             | regions | tanggap | rows by hand | columns by hand | columns, reciprocals | tanggap / rows | tanggap / columns |\n\
             |--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for times in &self.by_hand {
            if let [ours, rows, columns, reciprocal] = times.as_slice() {
                writeln!(
                    out,
                    "| {} | {} | {} | {} | {} | {:.2} | {:.2} |",
                    grouped(ours.regions),
                    nanoseconds(ours),
                    nanoseconds(rows),
                    nanoseconds(columns),
                    nanoseconds(reciprocal),
                    ours.ratio_to(rows),
                    ours.ratio_to(columns)
                )?;
            }
        }
        Ok(())
    }

    fn languages(&self, out: &mut Formatter) -> fmt::Result {
        let Languages {
            ours,
            ours_small,
            same_form,
            whole_rhai,
            peers,
        } = &self.languages;
        writeln!(
            out,
            "\n### Interpreters and peers\n\nAll of the work on one thread; the ratio is to tanggap, compiled, at as many regions.\n\n\
             | contender | regions | ns a region | times as long |\n|---|--:|--:|--:|"
        )?;
        let pairs = same_form.iter().flat_map(|(ours, theirs)| [ours, theirs]);
        for times in [ours, ours_small]
            .into_iter()
            .chain(pairs)
            .chain(std::iter::once(whole_rhai))
            .chain(peers)
        {
            let ratio = times.ratio_to(ours_small);
            let decimals = if ratio < 10.0 { 2 } else { 0 };
            let regions = grouped(times.regions);
            writeln!(
                out,
                "| {} | {regions} | {} | {ratio:.decimals$} |",
                times.name,
                nanoseconds(times)
            )?;
        }
        Ok(())
    }

    fn variants(&self, out: &mut Formatter) -> fmt::Result {
        let Some(explicit) = self.variants.first() else {
            return Ok(());
        };
        writeln!(
            out,
            "\n### Variants of the rules\n\nTanggap, compiled, {} regions, one thread.\n\n\
             | formulas | ns a region | / explicit |\n|---|--:|--:|",
            grouped(explicit.regions)
        )?;
        for times in &self.variants {
            let ratio = times.ratio_to(explicit);
            writeln!(
                out,
                "| {} | {} | {ratio:.2} |",
                times.name,
                nanoseconds(times)
            )?;
        }
        Ok(())
    }

    fn threads(&self, out: &mut Formatter) -> fmt::Result {
        writeln!(
            out,
            "\n### Threads\n\n| regions | one thread, ns a region | two threads | times as fast |\n|--:|--:|--:|--:|"
        )?;
        for [one, two] in &self.threads {
            writeln!(
                out,
                "| {} | {} | {} | {:.2} |",
                grouped(one.regions),
                nanoseconds(one),
                nanoseconds(two),
                one.ratio_to(two)
            )?;
        }
        Ok(())
    }

    fn growth(&self, out: &mut Formatter) -> fmt::Result {
        writeln!(
            out,
            "\n### Loading and growth\n\nLoading, checking and compiling W takes {:.2} ms. Rule sets of ten indicators a variable:\n\n\
             | indicators | load, ms | score, ns a region and indicator |\n|--:|--:|--:|",
            self.load
        )?;
        for growth in &self.growth {
            let indicators = grouped(growth.indicators);
            writeln!(
                out,
                "| {indicators} | {:.2} | {:.2} |",
                growth.load, growth.score
            )?;
        }
        Ok(())
    }

    fn goals_table(&self, out: &mut Formatter) -> fmt::Result {
        writeln!(out, "\n### Goals\n\n| goal | measured | |\n|---|--:|---|")?;
        for goal in self.goals() {
            let verdict = if goal.met { "met" } else { "**missed**" };
            writeln!(out, "| {} | {} | {verdict} |", goal.text, goal.measured)?;
        }
        Ok(())
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for times in &self.by_hand {
            let [ours, rows, columns, _] = times.as_slice() else {
                continue;
            };
            let regions = grouped(ours.regions);
            if ours.regions == 1 {
                let name = "one region alone, ns".to_owned();
                goals.push(Goal::at_most(name, ours.median(), 500.0));
                continue;
            }
            let name = format!("{regions} regions, / rows by hand");
            goals.push(Goal::at_most(name, ours.ratio_to(rows), 0.5));
            let name = format!("{regions} regions, / columns by hand");
            goals.push(Goal::at_most(name, ours.ratio_to(columns), 1.3));
        }
        let languages = &self.languages;
        if let Some((_, rhai)) = languages.same_form.first() {
            let name = "times as fast as plain Rhai, explicit, which is given scores".to_owned();
            goals.push(Goal::at_least(name, rhai.ratio_to(&languages.ours), 500.0));
            let (name, rhai) = (&languages.whole_rhai.name, &languages.whole_rhai);
            let name = format!("times as fast as {name}");
            goals.push(Goal::at_least(name, rhai.ratio_to(&languages.ours), 500.0));
        }
        for (ours, theirs) in &languages.same_form {
            let name = format!("{} / {}", ours.name, theirs.name);
            goals.push(Goal::at_most(name, ours.ratio_to(theirs), 1.0));
        }
        for peer in &languages.peers {
            let name = format!("times as fast as {}", peer.name);
            goals.push(Goal::at_least(
                name,
                peer.ratio_to(&languages.ours_small),
                1.0,
            ));
        }
        if let Some([one, two]) = self.threads.first() {
            let name = format!(
                "two threads at {} regions, times as fast",
                grouped(one.regions)
            );
            goals.push(Goal::at_least(name, one.ratio_to(two), 1.8));
        }
        goals.push(Goal::at_most("loading W, ms".to_owned(), self.load, 5.0));
        goals
    }
}

impl Goal {
    fn at_most(name: String, measured: f64, limit: f64) -> Self {
        Self {
            text: format!("{name}: at most {limit}"),
            measured: format!("{measured:.2}"),
            met: measured <= limit,
        }
    }

    fn at_least(name: String, measured: f64, limit: f64) -> Self {
        Self {
            text: format!("{name}: at least {limit}"),
            measured: format!("{measured:.2}"),
            met: measured >= limit,
        }
    }
}

/// The median in nanoseconds a region, with a decimal where there are few.
fn nanoseconds(times: &Times) -> String {
    let median = times.median();
    if median < 100.0 {
        format!("{median:.1}")
    } else {
        grouped(median.round() as usize)
    }
}

/// A whole number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

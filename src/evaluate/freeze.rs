//! Freezing: what a rule set takes over its reference population, as a file beside the rules, so that a single
//! region, a later year or a stream is judged against the same population.

use std::fmt::Write;

use super::raw::{self, RawChunk, Taken};
use super::{Width, choose_year, fits};
use crate::base::ident::quoted;
use crate::base::language::text;
use crate::base::stack::with_room;
use crate::base::{Error, ErrorKind};
use crate::calculus::Treatment;
use crate::check::rule_set::FrozenIndicator;
use crate::check::{consistent, definition, lacking};
use crate::compile::{Executor, Program};
use crate::data::dataset::Dataset;

/// The text of `population.toml` for a program and the data that is its population; `name` is the name of the data.
///
/// Numbers are written with all their digits, so that frozen statistics give the same bits as the data they were
/// taken over. The program is one that is not frozen: [`Engine::thawed_program`](crate::Engine::thawed_program).
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::MemoryLoader, evaluate, evaluate::freeze};
/// # let index = |reference: &str| format!("title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n[data]\nreference = '{reference}'\n[indicator.a]\nnormalise = 'min-max'\nbetter = 'high'\n");
/// let mut loader = MemoryLoader::new([("contoh/2024/index.toml", index("frozen"))]);
/// # let name = "contoh/2024".parse()?;
/// let thawed = Engine::builder().loader(loader.clone()).build().thawed_program(&name)?.output;
/// # let engine = Engine::builder().build();
/// let all = engine.read(&thawed, Some("d.csv"), &mut "kode,a\n01,2\n02,4\n".as_bytes(), None)?;
/// loader.set("contoh/2024/population.toml", freeze(&thawed, &all, "d.csv", None)?);
///
/// let program = Engine::builder().loader(loader).build().program(&name)?.output;
/// let one = engine.read(&program, Some("d.csv"), &mut "kode,a\n09,3\n".as_bytes(), None)?;
/// let scores = evaluate(&program, &one, &EvaluateOptions::default())?;
/// assert_eq!(scores.index().get(0), Some(50.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With `year`, only the rows of that year are the population.
///
/// # Errors
/// When the data was read for another rule set, has no groups where group means are asked for, has only one region,
/// or does not hold the year.
pub fn freeze(
    program: &Program,
    data: &Dataset,
    name: &str,
    year: Option<u16>,
) -> Result<String, Error> {
    let rules = program.rules();
    fits(rules, data)?;
    if year.is_some() {
        choose_year(&data.years(), year)?;
    }
    let mut raw: Vec<RawChunk> = data
        .chunks
        .iter()
        .map(|chunk| {
            with_room(|| {
                raw::read_chunk(program, data, chunk, Executor::default(), Width::default())
            })
        })
        .collect();
    let mut rows = 0;
    for (chunk, raw) in data.chunks.iter().zip(&mut raw) {
        for row in 0..chunk.rows() {
            let own = chunk.years.get(row).copied().flatten();
            if year.is_none() || own == year {
                rows += usize::from(!chunk.refused.contains(row));
                continue;
            }
            for column in &mut raw.values {
                column.to_mut().set(row, None);
            }
        }
    }
    let treatments = raw::Treatments::decide(program, &raw);
    treatments.apply(program, data, &mut raw);
    let treatments = treatments.of;
    let mut out = String::new();
    let years = year.map_or_else(|| data.years(), |year| vec![year]);
    let years: Vec<String> = years.iter().map(ToString::to_string).collect();
    // Writing into a string cannot fail.
    let _ = writeln!(
        out,
        "# Statistik acuan, dibuat oleh `tanggap freeze`; jangan diubah dengan tangan.\n\
         # Reference statistics, made by `tanggap freeze`; not to be edited by hand.\n\
         [population]\n\
         data   = {}\n\
         digest = \"{}\"\n\
         rows   = {}\n\
         years  = [{}]",
        quoted(name),
        data.digest,
        rows,
        years.join(", ")
    );
    for node in rules.indices() {
        let rule = rules.node(node);
        let Some(indicator) = rule.indicator().filter(|own| own.asks_population()) else {
            continue;
        };
        let taken = Taken::over(indicator, node, data, &raw);
        let frozen = FrozenIndicator {
            population: taken.population,
            treatment: treatments.get(node.at()).copied().flatten(),
            group_means: taken
                .group_means
                .iter()
                .map(|(group, mean)| (group.to_string(), *mean))
                .collect(),
        };
        // What is written here must be what is accepted there.
        if lacking(indicator, &frozen).is_some() || !consistent(&frozen) {
            let id = &rule.id;
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "indikator `{id}` tidak dapat dibekukan: tidak bernilai, atau angkanya terlalu besar atau kecil untuk statistiknya",
                    "the indicator `{id}` cannot be frozen: it has no value, or its figures are too large or small for statistics"
                ),
            ));
        }
        let values = indicator.normalisation.asks_population(&indicator.options)
            && indicator.normalisation.asks_values();
        let _ = writeln!(
            out,
            "\n[indicator.{}]\ndefinition = \"{}\"",
            rule.id,
            definition(rules, rule)
        );
        write_indicator(&mut out, &frozen, values);
    }
    Ok(out)
}

fn write_indicator(out: &mut String, frozen: &FrozenIndicator, values: bool) {
    let statistics = frozen.population.statistics();
    let _ = writeln!(out, "count = {}", statistics.count);
    for (key, value) in [
        ("minimum", statistics.minimum),
        ("maximum", statistics.maximum),
        ("mean", statistics.mean),
        ("standard_deviation", statistics.standard_deviation),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "{key} = {value:?}");
        }
    }
    match frozen.treatment {
        Some(Treatment::Winsorise { low, high }) => {
            let ends = [("low", low), ("high", high)];
            let ends = ends
                .iter()
                .filter_map(|(key, end)| Some(format!("{key} = {:?}", (*end)?)));
            let ends: Vec<String> = ends.collect();
            let _ = writeln!(out, "treatment = {{ {} }}", ends.join(", "));
        }
        Some(Treatment::Log {
            from,
            end,
            reflected,
        }) => {
            let _ = writeln!(
                out,
                "treatment = {{ log = {from:?}, end = {end:?}, reflected = {reflected} }}"
            );
        }
        None => {}
    }
    if values {
        let values = frozen.population.values().iter();
        let values: Vec<String> = values.map(|value| format!("{value:?}")).collect();
        let _ = writeln!(out, "values = [{}]", values.join(", "));
    }
    if !frozen.group_means.is_empty() {
        let means = frozen.group_means.iter();
        let means: Vec<String> = means
            .map(|(group, mean)| format!("{} = {mean:?}", quoted(group)))
            .collect();
        let _ = writeln!(out, "group_means = {{ {} }}", means.join(", "));
    }
}

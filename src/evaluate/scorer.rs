//! The index alone, over and over: what services, simulations and searches ask for.

use std::sync::{Mutex, PoisonError};

use super::columns::alone::{self, Alone};
use super::columns::{self, Found, Scratch, Setting, Width};
use super::raw::{self, Prepared, RawChunk, Treatments};
use super::{
    choose_year, each, fits, group_present_if_asked, judged_by_others, read_for, sort_issues,
};
use crate::base::language::text;
use crate::base::stack::with_room_if;
use crate::base::{Error, ErrorKind, Issue};
use crate::compile::{Executor, Program, StepKind};
use crate::data::dataset::{Chunk, Dataset, NO_LINE, NumberColumn};

/// Scores the index of any number of regions, without keeping what it is made of.
///
/// It gives the same index, bands and issues as [`evaluate`](super::evaluate()), to the bit, in a fraction of the time:
/// the program is bound to its reference population once, and nothing but the index is written.
///
/// ```
/// use tanggap::bundle::MemoryLoader;
/// use tanggap::{Engine, Scorer};
///
/// let engine = Engine::builder()
///     .loader(MemoryLoader::new([("contoh/2024/index.toml", r#"
///         title  = "Contoh"
///         status = "draft"
///         scale  = [0, 100]
///         [indicator.melek_huruf]
///         worst = 0
///         best  = 50
///         [band.cukup]
///         from = 30
///     "#)]))
///     .build();
/// let program = engine.program(&"contoh/2024".parse()?)?.output;
/// let mut scorer = Scorer::new(&program)?;
/// // One region: a value for each of `program.rules().columns`.
/// let row = scorer.row(&[Some(20.0)])?;
/// assert_eq!((row.index, row.band), (Some(40.0), Some(0)));
/// // Many.
/// let data = engine.read(&program, None, &mut "kode,melek_huruf\n33.01,20\n33.02,10\n".as_bytes(), None)?;
/// let scores = scorer.index(&data, None)?;
/// assert_eq!(scores.index.get(1), Some(20.0));
/// assert_eq!((scores.band(0), scores.band(1)), (Some(0), None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Scorer {
    program: Program,
    prepared: Prepared,
    treatments: Treatments,
    width: Width,
    /// The raw column of each input of the program, where every one is read just as it is.
    columns: Option<Vec<usize>>,
    /// Whether a policy needs groups.
    asks_group: bool,
    /// The values of one region, by input.
    row: Vec<f64>,
    alone: Alone,
    nowhere: Chunk,
    spare: Mutex<Vec<Scratch>>,
}

/// The index of the rows of a data set.
#[derive(Clone, Debug, Default)]
pub struct IndexScores {
    /// The exact index of each row of the data; missing in rows that are refused or of another year, too.
    pub index: NumberColumn,
    /// What is wrong, in one order.
    pub issues: Vec<Issue>,
    /// By row: how many bands lie at or below the value.
    reached: Vec<u16>,
}

impl IndexScores {
    /// The position of the band of a row.
    pub fn band(&self, row: usize) -> Option<usize> {
        usize::from(*self.reached.get(row)?).checked_sub(1)
    }
}

/// The index of one region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowScore {
    /// The exact index.
    pub index: Option<f64>,
    /// The position of its band.
    pub band: Option<usize>,
    /// What is wrong.
    pub issues: Vec<Issue>,
}

impl Scorer {
    /// A scorer of a rule set that asks for no reference population, or has it frozen.
    ///
    /// # Errors
    /// When something is taken over the data: then [`Scorer::over`] says over which.
    pub fn new(program: &Program) -> Result<Self, Error> {
        let rules = program.rules();
        if let Some(node) = judged_by_others(rules) {
            let (id, name) = (&node.id, &rules.name);
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "indikator `{id}` dinilai terhadap wilayah lain dalam data",
                    "the indicator `{id}` is judged against the other regions of the data"
                ),
            )
            .with_help(text!(
                "bekukan statistik acuan dengan `tanggap freeze {name}`, atau pakai `Scorer::over` dengan data acuannya",
                "freeze reference statistics by `tanggap freeze {name}`, or use `Scorer::over` with the data of reference"
            )));
        }
        Ok(Self::bound(program, &Dataset::default()))
    }

    /// A scorer that takes the reference population from a data set: all its rows, all its years together.
    ///
    /// # Errors
    /// When the data was read for other columns, when a policy needs groups and the data has none, or when a single
    /// region is to be judged against itself.
    pub fn over(program: &Program, population: &Dataset) -> Result<Self, Error> {
        fits(program.rules(), population)?;
        Ok(Self::bound(program, population))
    }

    fn bound(program: &Program, population: &Dataset) -> Self {
        let width = Width::default();
        let mut raw = read(program, population, width);
        let treatments = Treatments::decide(program, &raw);
        treatments.apply(program, population, &mut raw);
        let prepared = Prepared::new(program, population, &raw, &treatments);
        let columns = program.flat().whole.inputs.iter().map(|input| {
            let node = columns::node_of(input)?;
            let own = program.rules().node(node).indicator()?;
            match program.step(node)?.kind {
                StepKind::Column(column) if own.valid.is_none() && own.treat.is_none() => {
                    Some(column)
                }
                _ => None,
            }
        });
        let columns: Option<Vec<usize>> = columns.collect();
        let settled = prepared.issues.is_empty() && treatments.issues.is_empty();
        Self {
            asks_group: group_present_if_asked(program.rules(), &Dataset::default()).is_err(),
            program: program.clone(),
            row: vec![0.0; program.flat().whole.inputs.len()],
            columns: columns.filter(|_| settled),
            prepared,
            treatments,
            width,
            alone: Alone::default(),
            nowhere: Chunk::default(),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// The same, with vector instructions of another width: the figures are the same.
    #[must_use]
    pub fn with_width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// Scores all rows of a data set, of one year where it holds several.
    ///
    /// # Errors
    /// When the data was read for other columns, when it holds several years and none is chosen, or when a policy needs
    /// groups and the data has none.
    pub fn index(&self, data: &Dataset, year: Option<u16>) -> Result<IndexScores, Error> {
        let rules = self.program.rules();
        read_for(rules, data)?;
        if self.asks_group {
            group_present_if_asked(rules, data)?;
        }
        let year = choose_year(&data.years(), year)?;
        let mut values = vec![0.0; data.rows()];
        let mut reached = vec![0u16; data.rows()];
        let mut work = Vec::with_capacity(data.chunks.len());
        let (mut values_left, mut reached_left) = (&mut values[..], &mut reached[..]);
        for chunk in &data.chunks {
            let (own, left) = values_left.split_at_mut(chunk.rows());
            let (own_reached, reached_rest) = reached_left.split_at_mut(chunk.rows());
            (values_left, reached_left) = (left, reached_rest);
            work.push((chunk, own, own_reached));
        }
        let score = |(chunk, values, reached): (&Chunk, &mut [f64], &mut [u16])| {
            with_room_if(self.program.interprets(), || {
                self.chunk(data, chunk, year, values, reached)
            })
        };
        let found: Vec<Found> = each(work, score);
        let mut scores = IndexScores {
            index: NumberColumn::of_results(values),
            reached,
            issues: data.issues.clone(),
        };
        scores.issues.extend(self.treatments.issues.iter().cloned());
        scores.issues.extend(self.prepared.issues.iter().cloned());
        for own in found {
            for row in own.missing {
                scores.index.remove(row as usize);
                if let Some(slot) = scores.reached.get_mut(row as usize) {
                    *slot = 0;
                }
            }
            scores.issues.extend(own.issues);
        }
        if !scores.issues.is_empty() {
            sort_issues(&mut scores.issues);
            let shown = |row: u32| columns::is_of_year(data, row, year);
            scores.issues.retain(|issue| issue.row.is_none_or(shown));
        }
        Ok(scores)
    }

    fn chunk(
        &self,
        data: &Dataset,
        chunk: &Chunk,
        year: Option<u16>,
        values: &mut [f64],
        reached: &mut [u16],
    ) -> Found {
        let mut raw = raw::read_chunk(&self.program, data, chunk, Executor::Compiled, self.width);
        let mut issues = std::mem::take(&mut raw.issues);
        let treated = self
            .treatments
            .apply_to(&self.program, data, chunk, &mut raw);
        issues.extend(treated);
        let (setting, mut scratch) = (self.setting(chunk), self.scratch());
        let mut found =
            columns::index_of_chunk(setting, data, year, &raw, &mut scratch, values, reached);
        self.put_back(scratch);
        found.issues.extend(issues);
        found
    }

    fn setting<'a>(&'a self, chunk: &'a Chunk) -> Setting<'a> {
        Setting {
            program: &self.program,
            prepared: &self.prepared,
            chunk,
            width: self.width,
        }
    }

    fn scratch(&self) -> Scratch {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop().unwrap_or_default()
    }

    fn put_back(&self, scratch: Scratch) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(scratch);
    }

    /// Scores one region: a value for each raw column of the rule set, in its order, `None` where it is missing.
    ///
    /// # Errors
    /// When there are more or fewer values than columns, or one is missing that its group would give.
    pub fn row(&mut self, values: &[Option<f64>]) -> Result<RowScore, Error> {
        let rules = self.program.rules();
        if values.len() != rules.columns.len() {
            let (given, asked) = (values.len(), rules.columns.len());
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "{given} nilai untuk {asked} kolom mentah",
                    "{given} values for {asked} raw columns"
                ),
            ));
        }
        if self.fill_row(values) {
            let mut alone = std::mem::take(&mut self.alone);
            let index = alone::index(self.setting(&self.nowhere), &self.row, &mut alone);
            self.alone = alone;
            if let Some(index) = index {
                let decisions = self.program.decisions();
                let band = decisions.band_of(index);
                if band.is_some() || decisions.edges.is_empty() {
                    return Ok(RowScore {
                        index: Some(index),
                        band,
                        issues: Vec::new(),
                    });
                }
            }
        }
        self.row_by_columns(values)
    }

    /// Whether every value is there, and of a size that columns calculate with.
    fn fill_row(&mut self, values: &[Option<f64>]) -> bool {
        let Some(columns) = &self.columns else {
            return false;
        };
        for (to, column) in self.row.iter_mut().zip(columns) {
            match values.get(*column) {
                Some(Some(value)) if crate::data::dataset::in_fast_range(*value) => *to = *value,
                _ => return false,
            }
        }
        true
    }

    fn row_by_columns(&self, values: &[Option<f64>]) -> Result<RowScore, Error> {
        let columns = values.iter().map(|value| {
            let mut column = NumberColumn::default();
            column.push(*value);
            column
        });
        let chunk = Chunk {
            regions: vec!["".into()],
            names: vec![None],
            years: vec![None],
            groups: vec![None],
            lines: vec![NO_LINE],
            columns: columns.collect(),
            ..Chunk::default()
        };
        let headers = self.program.rules().columns.iter();
        let data = Dataset {
            headers: headers.map(|column| column.header.clone()).collect(),
            chunks: vec![chunk],
            ..Dataset::default()
        };
        let scores = self.index(&data, None)?;
        Ok(RowScore {
            index: scores.index.get(0),
            band: scores.band(0),
            issues: scores.issues,
        })
    }
}

fn read<'a>(program: &Program, data: &'a Dataset, width: Width) -> Vec<RawChunk<'a>> {
    each(data.chunks.iter().collect(), |chunk| {
        with_room_if(program.interprets(), || {
            raw::read_chunk(program, data, chunk, Executor::Compiled, width)
        })
    })
}

//! Tanggap: the only module that knows how it is called.

use std::path::Path;

use tanggap::bundle::{DiskLoader, MemoryLoader};
use tanggap::compile::Executor;
use tanggap::data::Dataset;
use tanggap::evaluate::{IndexScores, RowScore};
use tanggap::{Engine, EvaluateOptions, Program, Scorer, Scores, evaluate};

use crate::work::{Outcome, RAW};

/// An engine over `benches/rules`.
pub fn engine() -> Engine {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    Engine::builder().loader(DiskLoader::new(rules)).build()
}

/// An engine over rule files in memory, by path and text.
pub fn engine_of(files: Vec<(String, String)>) -> Engine {
    let files = files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()));
    Engine::builder().loader(MemoryLoader::new(files)).build()
}

/// Loads, checks and compiles a rule set.
pub fn program(engine: &Engine, name: &str) -> Program {
    let name = name.parse().expect("a name such as w/2001");
    let program = engine.program(&name);
    program.expect("the rules are right").output
}

/// Reads CSV for a program. This is not part of the work: rivals are given their data, too.
pub fn read(engine: &Engine, program: &Program, csv: &str) -> Dataset {
    engine
        .read(program, None, &mut csv.as_bytes(), None)
        .expect("the data is well formed")
}

/// What tanggap gives for a data set, kept until it is looked at.
pub struct Scored {
    scores: IndexScores,
    regions: usize,
}

impl Scored {
    /// Index and band of each region, all of which have one.
    pub fn outcome(&self) -> Outcome {
        let bands = (0..self.regions).filter_map(|row| self.scores.band(row));
        Outcome {
            index: self.scores.index.present().collect(),
            bands: bands.map(|band| band as u8).collect(),
        }
    }

    /// How many regions have an index.
    pub fn present(&self) -> usize {
        self.scores.index.present().count()
    }
}

/// A scorer of the index.
pub fn scorer(program: &Program) -> Scorer {
    Scorer::new(program).expect("nothing is taken over the data")
}

/// Index and band of all regions, by compiled formulas.
pub fn score(scorer: &Scorer, data: &Dataset) -> Scored {
    Scored {
        scores: scorer
            .index(data, None)
            .expect("the data was read for this program"),
        regions: data.rows(),
    }
}

/// All figures of all nodes, by an executor: how many regions have an index.
pub fn score_all(program: &Program, data: &Dataset, executor: Executor) -> Scores {
    let options = EvaluateOptions {
        executor,
        ..Default::default()
    };
    evaluate(program, data, &options).expect("the data was read for this program")
}

/// Index and band out of all figures.
pub fn outcome_of(scores: &Scores) -> Outcome {
    let bands = scores.bands.iter();
    Outcome {
        index: scores.index().present().collect(),
        bands: bands.flatten().map(|band| *band as u8).collect(),
    }
}

/// One region alone: what a form on a screen asks for.
pub struct Alone {
    scorer: Scorer,
    row: Vec<Option<f64>>,
}

impl Alone {
    /// Keeps the raw values of a region.
    pub fn new(program: &Program, row: &[f64; RAW]) -> Self {
        Self {
            scorer: scorer(program),
            row: row.iter().copied().map(Some).collect(),
        }
    }

    /// Index and band.
    pub fn score(&mut self) -> RowScore {
        self.scorer
            .row(&self.row)
            .expect("as many values as columns")
    }

    /// The same as an outcome.
    pub fn outcome(&mut self) -> Outcome {
        let score = self.score();
        Outcome {
            index: score.index.into_iter().collect(),
            bands: score.band.map(|band| band as u8).into_iter().collect(),
        }
    }
}

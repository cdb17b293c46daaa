//! LuaJIT: one function over all regions, traced and compiled by it. The data is a table of rows.
//!
//! The scores are written out without branches (`math.min`, `math.max`), which its compiler takes in one trace.

use std::fmt::Write;

use mlua::{Function, Lua, Table};

use super::{critical, weighted_mean};
use crate::work::{Outcome, RAW, TOP, VARIABLE_WEIGHTS, VARIABLES, WHOLE, WORST};

/// A Lua state with the function and its data.
pub struct LuaJit {
    score: Function,
    rows: Table,
    index: Table,
    bands: Table,
    _lua: Lua,
}

impl LuaJit {
    /// Compiles the function and hands the data over.
    pub fn new(rows: &[[f64; RAW]]) -> mlua::Result<Self> {
        let lua = Lua::new();
        let data = lua.create_table_with_capacity(rows.len(), 0)?;
        for row in rows {
            data.push(lua.create_sequence_from(row.iter().copied())?)?;
        }
        Ok(Self {
            score: lua.load(program()).eval()?,
            rows: data,
            index: lua.create_sequence_from(rows.iter().map(|_| 0.0))?,
            bands: lua.create_sequence_from(rows.iter().map(|_| 0))?,
            _lua: lua,
        })
    }

    /// Scores all regions; the result stays in Lua.
    pub fn run(&self) -> mlua::Result<()> {
        self.score.call((&self.rows, &self.index, &self.bands))
    }

    /// The result.
    pub fn outcome(&self) -> mlua::Result<Outcome> {
        Ok(Outcome {
            index: self.index.sequence_values().collect::<mlua::Result<_>>()?,
            bands: self.bands.sequence_values().collect::<mlua::Result<_>>()?,
        })
    }
}

/// The text of the function.
fn program() -> String {
    let mut text = String::from(
        "local min, max = math.min, math.max\n\
         return function(rows, index, bands)\n\
         for r = 1, #rows do\nlocal x = rows[r]\nlocal i = 0\n",
    );
    for variable in 0..VARIABLES {
        let _ = writeln!(text, "do");
        for column in critical(variable) {
            let _ = writeln!(text, "local s{column} = {}", score(column));
        }
        let [a, b, c] = critical(variable);
        let known = |column: usize| match critical(variable).contains(&column) {
            true => format!("s{column}"),
            false => score(column),
        };
        let _ = writeln!(
            text,
            "local m = {}\nif min(s{a}, s{b}, s{c}) < 25 then m = m * 0.9 end\n\
             i = i + {} * min(m, 100)\nend",
            weighted_mean(variable, known),
            variable + 1
        );
    }
    let _ = write!(
        text,
        "i = i / {VARIABLE_WEIGHTS}\nindex[r] = i\n\
         bands[r] = i >= 80 and 3 or i >= 60 and 2 or i >= 40 and 1 or 0\nend\nend\n"
    );
    text
}

fn score(column: usize) -> String {
    let (worst, factor) = (WORST[column], TOP / WHOLE[column]);
    format!(
        "max(min((x[{}] - {worst}) * {factor:?}, 100), 0)",
        column + 1
    )
}

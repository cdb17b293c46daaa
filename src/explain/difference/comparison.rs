//! The scores of both sides, region by region.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attribution::{Attribution, attribute};
use super::causes::{Cause, CauseKind, causes};
use super::states::{Sides, States, merged, select};
use super::{Difference, Effect};
use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::bundle::difference::Part;
use crate::calculus::Methods;
use crate::check::rule_set::{Band, Range};
use crate::compile::{Program, compile};
use crate::data::{Dataset, ReadRequest};
use crate::evaluate::{EvaluateOptions, Scores, evaluate};

/// What is compared, beyond the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct ComparisonOptions {
    /// The year of the data before and after, where it holds several.
    pub year: [Option<u16>; 2],
    /// The scale that scores of both sides are mapped to, where their own differ.
    pub common_scale: Option<Range>,
    /// Whether the changes are divided among causes.
    pub causes: bool,
}

/// Two rule sets at work on data.
pub struct Comparison {
    /// The scores before.
    pub before: Scores,
    /// The scores after.
    pub after: Scores,
    /// The regions of both, sorted by code.
    pub regions: Vec<CommonRegion>,
    /// Regions that only the data before has, by position.
    pub vanished: Vec<usize>,
    /// Regions that only the data after has, by position.
    pub appeared: Vec<usize>,
    /// The scale of the differences.
    pub scale: Range,
    /// The differences, divided among causes, in the order of `regions`; where that was asked for.
    pub attribution: Option<Attribution>,
}

/// A region that both sides have.
#[derive(Clone, Debug)]
pub struct CommonRegion {
    /// Its code.
    pub region: Arc<str>,
    /// Its position among the scores before.
    pub before: usize,
    /// Its position among the scores after.
    pub after: usize,
    /// Its exact score on the common scale before.
    pub old: Option<f64>,
    /// Its exact score on the common scale after.
    pub new: Option<f64>,
}

impl CommonRegion {
    /// The change of the exact score.
    pub fn change(&self) -> Option<f64> {
        Some(self.new? - self.old?)
    }
}

/// Reads data, as a request asks for it: of the file before (0) or after (1).
pub type Read<'a> = &'a dyn Fn(usize, &ReadRequest) -> Result<Dataset, Error>;

impl Comparison {
    /// Scores both sides of a difference on data. `files` is how many data files there are: one for both sides, or two.
    ///
    /// # Errors
    /// When the data cannot be read for the rules, when the two sides have no region in common, or when their scales
    /// differ and no common one is asked for.
    pub fn new(
        difference: &Difference,
        methods: &Methods,
        files: usize,
        read: Read<'_>,
        options: ComparisonOptions,
    ) -> Result<Self, Error> {
        let (old, new) = (difference.before.scale.value, difference.after.scale.value);
        let Some(scale) = options.common_scale.or((old == new).then_some(old)) else {
            let (a, b, c, d) = (old.low, old.high, new.low, new.high);
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "skala berbeda: {a}–{b} sebelum, {c}–{d} sesudah; skornya tidak dibandingkan",
                    "the scales differ: {a}–{b} before, {c}–{d} after; the scores are not compared"
                ),
            )
            .with_help(text!(
                "`--common-scale {a}..{b}` memetakan keduanya lurus ke satu skala",
                "`--common-scale {a}..{b}` maps both linearly to one scale"
            )));
        };
        let programs = [
            compile(difference.before.clone(), methods)?,
            compile(difference.after.clone(), methods)?,
        ];
        let mut changes = difference.changes.iter().zip(&difference.effects);
        let reads_alike = !changes.any(|(change, effect)| {
            let reading = matches!(&change.part, Part::Key(_, path) if path.first().is_some_and(|key| key == "data"));
            *effect == Effect::Scores && reading
        });
        let request = |side: usize| {
            let [before, after] = [&difference.before, &difference.after];
            let (own, other) = if side == 0 {
                (before, after)
            } else {
                (after, before)
            };
            let mut request = ReadRequest::of(own);
            for column in &other.columns {
                if !request.headers.contains(&column.header) {
                    request.headers.push(column.header.clone());
                    request.ids.push(column.id.clone());
                }
            }
            request
        };
        let dataset =
            |file: usize, side: usize| Ok::<_, Error>(Arc::new(read(file, &request(side))?));
        let first = dataset(0, 0)?;
        let read_after = if reads_alike {
            first.clone()
        } else {
            dataset(0, 1)?
        };
        let (other, other_after) = match (files, reads_alike) {
            (2.., true) => {
                let other = dataset(1, 1)?;
                (other.clone(), other)
            }
            (2.., false) => (dataset(1, 0)?, dataset(1, 1)?),
            _ => (first.clone(), read_after.clone()),
        };
        let data = [[first, read_after], [other, other_after]];
        let [_, [_, last]] = &data;
        let [[start, _], _] = &data;
        let [program_before, program_after] = &programs;
        let scores = |program: &Program, data: &Dataset, year| {
            let data = select(data, program);
            let options = EvaluateOptions {
                year,
                ..Default::default()
            };
            evaluate(program, &data, &options)
        };
        let [year_before, year_after] = options.year;
        let years = [year_before, year_after.or(year_before)];
        let before = scores(program_before, start, years[0])?;
        let after = scores(program_after, last, years[1])?;
        let other_data = files > 1 || years[0] != years[1];
        let mut comparison = Self::of(before, after, scale)?;
        if options.causes {
            let sides = comparison.rows_of(data, years)?;
            let states = States {
                difference,
                methods,
                sides: &sides,
                scale,
            };
            let mut list = merged(&states, causes(difference));
            if other_data {
                list.push(Cause {
                    kind: CauseKind::Data,
                    changes: Vec::new(),
                });
            }
            let decimals = difference.after.decimals.value;
            let wanted = 0.5 / crate::base::number::pow(10.0, f64::from(decimals));
            let mut attribution = attribute(&states, list, wanted)?;
            comparison.add_publication(difference, &mut attribution);
            comparison.attribution = Some(attribution);
        }
        Ok(comparison)
    }

    /// Whether a region has other bands on both sides. A band that keeps its id or its title is the same one.
    pub fn crosses(&self, region: &CommonRegion) -> bool {
        fn band(scores: &Scores, position: usize) -> Option<&Band> {
            scores.program.rules().bands.get(scores.band(position)?)
        }
        let before = band(&self.before, region.before);
        match (before, band(&self.after, region.after)) {
            (Some(before), Some(after)) => before.id != after.id && before.title != after.title,
            (before, after) => before.is_some() || after.is_some(),
        }
    }

    /// How many regions change their band.
    pub fn band_changes(&self) -> usize {
        let regions = self.regions.iter();
        regions.filter(|region| self.crosses(region)).count()
    }

    fn of(before: Scores, after: Scores, scale: Range) -> Result<Self, Error> {
        let positions = |scores: &Scores| -> BTreeMap<Arc<str>, usize> {
            let regions = scores.regions.iter().cloned().enumerate();
            regions.map(|(at, region)| (region, at)).collect()
        };
        let (old, new) = (positions(&before), positions(&after));
        let value = |scores: &Scores, at: usize| {
            let own = scores.program.rules().scale.value;
            Some(own.mapped(scores.index().get(at)?, scale))
        };
        let regions: Vec<CommonRegion> = old
            .iter()
            .filter_map(|(region, at)| {
                let there = *new.get(region)?;
                Some(CommonRegion {
                    region: region.clone(),
                    before: *at,
                    after: there,
                    old: value(&before, *at),
                    new: value(&after, there),
                })
            })
            .collect();
        if regions.is_empty() {
            let (a, b) = (old.len(), new.len());
            let error = if a == 0 && b == 0 {
                text!(
                    "data tidak berisi satu wilayah pun",
                    "the data holds no region"
                )
            } else {
                text!(
                    "tidak ada wilayah yang sama: {a} sebelum, {b} sesudah",
                    "there is no common region: {a} before, {b} after"
                )
            };
            return Err(Error::new(ErrorKind::Data, error).with_help(text!(
                "apakah kode wilayahnya ditulis sama, dan kolom kuncinya sama?",
                "are region codes written alike, and is the key column the same?"
            )));
        }
        let only = |own: &BTreeMap<Arc<str>, usize>, other: &BTreeMap<Arc<str>, usize>| {
            let own = own
                .iter()
                .filter(|(region, _)| !other.contains_key(*region));
            own.map(|(_, at)| *at).collect()
        };
        Ok(Self {
            vanished: only(&old, &new),
            appeared: only(&new, &old),
            before,
            after,
            regions,
            scale,
            attribution: None,
        })
    }

    /// The data of all four ways to score, with the rows of the common regions.
    fn rows_of(
        &self,
        data: [[Arc<Dataset>; 2]; 2],
        year: [Option<u16>; 2],
    ) -> Result<Sides, Error> {
        let [before, after] = year;
        let year = [before, after.or(before)];
        let rows = |data: &Dataset, year: Option<u16>| -> Result<Vec<usize>, Error> {
            let mut of: BTreeMap<&str, usize> = BTreeMap::new();
            for chunk in &data.chunks {
                for (at, region) in chunk.regions.iter().enumerate() {
                    let own = chunk.years.get(at).copied().flatten();
                    let other = year.is_some() && own.is_some() && own != year;
                    let row = chunk.start as usize + at;
                    // A row that is refused has no score, which is another matter.
                    if !other && chunk.refused.contains(at) {
                        of.entry(region).or_insert(row);
                    } else if !other {
                        of.insert(region, row);
                    }
                }
            }
            let found = self
                .regions
                .iter()
                .map(|region| of.get(&*region.region).copied());
            found.collect::<Option<_>>().ok_or_else(|| {
                Error::new(
                    ErrorKind::Data,
                    text!(
                        "cara membaca data berubah sedemikian rupa sehingga wilayahnya tidak lagi sama",
                        "how data is read changes so much that its regions are no longer the same"
                    ),
                )
                .with_help(text!(
                    "bandingkan tanpa sebab: `--no-causes`",
                    "compare without causes: `--no-causes`"
                ))
            })
        };
        let [[a, b], [c, d]] = &data;
        let [first, last] = year;
        let rows = [
            [rows(a, first)?, rows(b, first)?],
            [rows(c, last)?, rows(d, last)?],
        ];
        Ok(Sides { data, year, rows })
    }
}

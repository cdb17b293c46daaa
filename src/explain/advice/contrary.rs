//! A102: an indicator whose correlation contradicts its direction.

use super::{Advice, Subject, correlation, note};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, NodeIndex};

/// So many regions it takes to say something.
const FEWEST: usize = 10;
/// From here on, a correlation contradicts.
const CONTRARY: f64 = -0.2;

/// Scores point in one direction, so that siblings go together rather than against each other. One that goes against all
/// others may have its goalposts the wrong way round (OECD/JRC, *Handbook on Constructing Composite Indicators*, 2008,
/// step 4: multivariate analysis).
pub(super) struct Contrary;

impl Advice for Contrary {
    fn code(&self) -> Code {
        Code::A102
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let Some(scores) = subject.scores else { return };
        let rules = subject.program.rules();
        for node in rules.nodes.iter().filter(|node| node.children.len() > 2) {
            for own in &node.children {
                if rules.node(*own).indicator().is_none() {
                    continue;
                }
                let score = |node: NodeIndex, region: usize| scores.node(node).get(region);
                let pairs = (0..scores.len()).filter_map(|region| {
                    let others: Option<Vec<f64>> = node
                        .children
                        .iter()
                        .filter(|other| *other != own)
                        .map(|other| score(*other, region))
                        .collect();
                    Some((score(*own, region)?, others?.iter().sum()))
                });
                let Some((value, count)) = correlation(pairs) else {
                    continue;
                };
                if count < FEWEST || value > CONTRARY {
                    continue;
                }
                let own = rules.node(*own);
                let (id, value) = (&own.id, crate::base::Rounding::HalfUp.round(value, 2));
                findings.push(note(
                    self.code(),
                    own.span,
                    text!(
                        "skor `{id}` berlawanan dengan saudara-saudaranya (korelasi {value}, {count} wilayah)",
                        "the scores of `{id}` go against those of its siblings (correlation {value}, {count} regions)"
                    ),
                ));
            }
        }
    }
}

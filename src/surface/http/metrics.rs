//! Figures for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, UNIX_EPOCH};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::{Engine, Standing};

/// The bounds of the histogram of times, in seconds.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRuleSet {
    rule_set: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfStanding {
    standing: &'static str,
}

type Seconds = Family<OfRoute, Histogram, fn() -> Histogram>;

/// What is counted from the start of the service on.
pub(super) struct Metrics {
    requests: Family<Answer, Counter>,
    seconds: Seconds,
    regions: Counter,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            regions: Counter::default(),
        }
    }

    /// Counts an answer.
    pub(super) fn answered(&self, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        let answer = Answer {
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&answer).inc();
        let seconds = self.seconds.get_or_create(&OfRoute { route });
        seconds.observe(took.as_secs_f64());
    }

    /// Counts regions that were scored.
    pub(super) fn scored(&self, regions: usize) {
        self.regions.inc_by(regions as u64);
    }

    /// All figures, with those of the engine as it stands.
    pub(super) fn text(&self, engine: &Engine, working: usize) -> String {
        let mut registry = Registry::with_prefix("tanggap");
        let (requests, seconds) = (self.requests.clone(), self.seconds.clone());
        registry.register("requests", "Answers, by route and status", requests);
        registry.register("request_seconds", "Time to the head of an answer", seconds);
        registry.register(
            "regions_scored",
            "Regions that were scored",
            self.regions.clone(),
        );
        let status = engine.status();
        let reloads: Counter = Counter::default();
        reloads.inc_by(status.reloads);
        registry.register(
            "reloads",
            "Times that rule files were taken up, or tried to be",
            reloads,
        );
        let now: Gauge = Gauge::default();
        now.set(i64::try_from(working).unwrap_or(i64::MAX));
        registry.register("working", "Requests that are worked on", now);
        let standings = Family::<OfStanding, Gauge>::default();
        for standing in [Standing::Fresh, Standing::Stale, Standing::Failed] {
            let of = status.rule_sets.iter();
            let count = of.filter(|own| own.standing() == standing).count();
            let standing = standing.name();
            let gauge = standings.get_or_create(&OfStanding { standing });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        registry.register("rule_sets", "Rule sets, by standing", standings);
        let stale = Family::<OfRuleSet, Gauge>::default();
        let since = Family::<OfRuleSet, Gauge<f64, AtomicU64>>::default();
        for own in &status.rule_sets {
            let rule_set = OfRuleSet {
                rule_set: own.name.to_string(),
            };
            let is_stale = own.standing() != Standing::Fresh;
            stale.get_or_create(&rule_set).set(i64::from(is_stale));
            if let Some(active) = &own.active {
                let seconds = active.since.duration_since(UNIX_EPOCH).unwrap_or_default();
                since.get_or_create(&rule_set).set(seconds.as_secs_f64());
            }
        }
        registry.register(
            "rule_set_stale",
            "1 where files are not what is scored by",
            stale,
        );
        registry.register(
            "rule_set_active_since_seconds",
            "Since when rules are scored by",
            since,
        );
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

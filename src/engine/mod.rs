//! [`Engine`]: where rule files come from and which plug-ins there are; it takes a rule set through the stages, and keeps
//! those that are scored by up to date.

mod capture;
mod events;
mod live;
mod reload;
mod status;
mod trial;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use events::{Event, EventKind, Subscription};
use live::Live;
pub use reload::Reload;
pub use status::{Active, RuleSetStatus, Standing, Status, Trouble, Unavailable, Watching};

use crate::base::{Diagnostics, Error, RuleSetName, Warned};
use crate::bundle::{Bundle, Loader, Unread, load};
use crate::calculus::{Methods, aggregations, functions, normalisations};
use crate::check::{Lint, RuleSet, check, lints};
use crate::compile::{Program, compile};
use crate::data::readers;
use crate::data::{Dataset, ReadRequest, Reader, Source, read_data};
use crate::evaluate::{EvaluateOptions, ScoredPiece, Scores, Streamed, stream_data};
use crate::explain::advice::{self, Advice};
use crate::report::{Reporter, reporters};
use crate::testing::{Suite, read_suite, read_suite_apart};

/// The tables of all stages, which plug-ins add to. A later entry of a name replaces an earlier one.
pub struct Registry {
    /// Normalisations, aggregations and functions of formulas.
    pub methods: Methods,
    /// Lints.
    pub lints: Vec<Arc<dyn Lint>>,
    /// Advice.
    pub advice: Vec<Arc<dyn Advice>>,
    /// Readers of data.
    pub readers: Vec<Arc<dyn Reader>>,
    /// Writers of reports.
    pub reporters: Vec<Arc<dyn Reporter>>,
}

/// A plug-in: adds to the tables. The built-in tables come in through one, too.
pub trait Plugin {
    /// Adds what the plug-in brings.
    fn register(&self, registry: &mut Registry);
}

/// What comes with the engine.
struct BuiltIn;

impl Plugin for BuiltIn {
    fn register(&self, registry: &mut Registry) {
        registry
            .methods
            .normalisations
            .extend(normalisations::all());
        registry.methods.aggregations.extend(aggregations::all());
        registry.methods.functions.extend(functions::all());
        registry.lints.extend(lints::all());
        registry.advice.extend(advice::all());
        registry.readers.extend(readers::all());
        registry.reporters.extend(reporters());
    }
}

/// Loads, checks and compiles rule sets. Cloning shares it.
///
/// It works in two ways. [`program`](Self::program) and its like make what is asked for, from the files as they are. A
/// service takes the rule sets up by [`reload`](Self::reload), scores by [`active`](Self::active), and reads from
/// [`status`](Self::status) how that stands to the files.
///
/// ```
/// use tanggap::bundle::MemoryLoader;
/// use tanggap::{Engine, EvaluateOptions, evaluate};
///
/// let engine = Engine::builder()
///     .loader(MemoryLoader::new([
///         ("contoh/2024/index.toml", r#"
///             title  = "Contoh"
///             status = "draft"
///             scale  = [0, 100]
///             [indicator.melek_huruf]
///             worst = 0
///             best  = 50
///         "#),
///     ]))
///     .build();
/// let program = engine.program(&"contoh/2024".parse()?)?.output;
/// let data = engine.read(&program, Some("data.csv"), &mut "kode,melek_huruf\n33.01,20\n".as_bytes(), None)?;
/// let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
/// assert_eq!(scores.index().get(0), Some(40.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    loader: Box<dyn Loader>,
    registry: Registry,
    live: Live,
    removal_patience: Duration,
    clock: fn() -> SystemTime,
}

/// Builds an [`Engine`].
pub struct EngineBuilder {
    loader: Box<dyn Loader>,
    registry: Registry,
    refuse_stale: bool,
    removal_patience: Duration,
    clock: fn() -> SystemTime,
}

impl EngineBuilder {
    /// Where rule files come from; without it there are none.
    #[must_use]
    pub fn loader(mut self, loader: impl Loader + 'static) -> Self {
        self.loader = Box::new(loader);
        self
    }

    /// Adds a plug-in.
    #[must_use]
    pub fn plugin(mut self, plugin: impl Plugin) -> Self {
        plugin.register(&mut self.registry);
        self
    }

    /// Whether [`Engine::active`] refuses a rule set whose files changed and cannot be used, instead of giving its last
    /// good state.
    #[must_use]
    pub fn refuse_stale(mut self, refuse: bool) -> Self {
        self.refuse_stale = refuse;
        self
    }

    /// How long the files of a whole rule set must be gone before it is taken away; until then it is stale. Without a word:
    /// not at all. Where files are deleted and written anew, a second or two keeps requests from falling between.
    #[must_use]
    pub fn removal_patience(mut self, patience: Duration) -> Self {
        self.removal_patience = patience;
        self
    }

    /// The clock that states since when rules are scored by; without it, that of the system. Scores know no time.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = clock;
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        Engine(Arc::new(Shared {
            loader: self.loader,
            registry: self.registry,
            live: Live::new(self.refuse_stale),
            removal_patience: self.removal_patience,
            clock: self.clock,
        }))
    }
}

/// Why there is no program.
#[derive(Debug)]
pub enum BuildError {
    /// The rule files are wrong.
    Rules(Diagnostics),
    /// They could not be had.
    Host(Error),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::Rules(diagnostics) => diagnostics.fmt(f),
            BuildError::Host(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::Rules(_) => None,
            BuildError::Host(error) => error.source(),
        }
    }
}

impl From<Error> for BuildError {
    fn from(error: Error) -> Self {
        BuildError::Host(error)
    }
}

impl Engine {
    /// Starts an engine with the built-in tables.
    pub fn builder() -> EngineBuilder {
        let mut registry = Registry {
            methods: Methods::empty(),
            lints: Vec::new(),
            advice: Vec::new(),
            readers: Vec::new(),
            reporters: Vec::new(),
        };
        BuiltIn.register(&mut registry);
        EngineBuilder {
            loader: Box::new(crate::bundle::MemoryLoader::default()),
            registry,
            refuse_stale: false,
            removal_patience: Duration::ZERO,
            #[allow(clippy::disallowed_methods)]
            clock: SystemTime::now,
        }
    }

    /// The tables.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    fn loader(&self) -> &dyn Loader {
        &*self.0.loader
    }

    fn live(&self) -> &Live {
        &self.0.live
    }

    fn removal_patience(&self) -> Duration {
        self.0.removal_patience
    }

    /// A digest over all rule files and tests there are now, by which one sees whether anything changed.
    ///
    /// # Errors
    /// When the source of rule files as a whole cannot be read.
    pub fn files_digest(&self) -> Result<String, Error> {
        Ok(capture::Capture::take(self.loader(), [])?.digest())
    }

    fn now(&self) -> SystemTime {
        (self.0.clock)()
    }

    /// The rule sets there are.
    ///
    /// # Errors
    /// When the source of rule files cannot be read.
    pub fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        self.loader().rule_sets()
    }

    /// What lies among the rule files and is not read, since its name or its place is slightly off.
    pub fn unread(&self) -> Vec<Unread> {
        self.loader().unread()
    }

    /// The rule set that a data year is scored by: the newest of its index that is not after it; `None` where all are.
    ///
    /// # Errors
    /// When the source of rule files cannot be read.
    pub fn rule_set_of_year(&self, index: &str, year: u16) -> Result<Option<RuleSetName>, Error> {
        let mut names = self.rule_sets()?;
        names.retain(|name| name.index == index && name.year <= year);
        Ok(names.into_iter().max_by_key(|name| name.year))
    }

    /// The reporter of a form, such as `xlsx`.
    ///
    /// ```
    /// # use tanggap::Engine;
    /// assert!(Engine::builder().build().reporter("csv").is_some());
    /// ```
    pub fn reporter(&self, name: &str) -> Option<&Arc<dyn Reporter>> {
        let reporters = &self.registry().reporters;
        reporters.iter().rfind(|reporter| reporter.name() == name)
    }

    /// Loads a rule set as it is written, with its bases merged.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn bundle(&self, name: &RuleSetName) -> Result<Bundle, Error> {
        load(self.loader(), name)
    }

    /// Loads and checks a rule set.
    ///
    /// # Errors
    /// When it is wrong, or cannot be had.
    pub fn check(&self, name: &RuleSetName) -> Result<Warned<RuleSet>, BuildError> {
        self.check_bundle(load(self.loader(), name)?)
    }

    /// Checks a rule set that is loaded.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn check_bundle(&self, bundle: Bundle) -> Result<Warned<RuleSet>, BuildError> {
        check(bundle, &self.registry().methods, &self.registry().lints).map_err(BuildError::Rules)
    }

    /// Loads, checks and compiles a rule set.
    ///
    /// # Errors
    /// When it is wrong, or cannot be had.
    pub fn program(&self, name: &RuleSetName) -> Result<Warned<Program>, BuildError> {
        self.compiled(self.check(name)?)
    }

    /// The program of a rule set as it is before its reference population is frozen: what
    /// [`freeze`](crate::evaluate::freeze()) takes.
    ///
    /// # Errors
    /// When it is wrong, or cannot be had.
    pub fn thawed_program(&self, name: &RuleSetName) -> Result<Warned<Program>, BuildError> {
        let bundle = load(self.loader(), name)?.thawed();
        let checked = check(bundle, &self.registry().methods, &self.registry().lints);
        self.compiled(checked.map_err(BuildError::Rules)?)
    }

    /// The tests of a rule set; `None` where it has no folder of tests.
    ///
    /// # Errors
    /// When its tests are wrong, or cannot be had.
    pub fn tests(&self, rules: &RuleSet) -> Result<Option<Suite>, BuildError> {
        let files = self.loader().tests(&rules.name)?;
        let suite = files.map(|files| read_suite(rules, files));
        suite.transpose().map_err(BuildError::Rules)
    }

    /// The tests of a rule set that are in order, and what is wrong with the others; `None` where it has no folder of tests.
    ///
    /// # Errors
    /// When they cannot be had.
    pub fn tests_apart(&self, rules: &RuleSet) -> Result<Option<(Suite, Diagnostics)>, Error> {
        let files = self.loader().tests(&rules.name)?;
        Ok(files.map(|files| read_suite_apart(rules, files)))
    }

    /// Compiles a rule set that is checked.
    ///
    /// # Errors
    /// When one of its formulas is too long to be run.
    pub fn compiled(&self, checked: Warned<RuleSet>) -> Result<Warned<Program>, BuildError> {
        Ok(Warned {
            output: compile(checked.output, &self.registry().methods)?,
            warnings: checked.warnings,
        })
    }

    /// Reads data for a program; `request` overrules what its rule set says of the columns. The ending of `name` says
    /// of which form the data is; without one its beginning does.
    ///
    /// ```no_run
    /// # use tanggap::{Engine, bundle::DiskLoader, data::{LongForm, ReadRequest}};
    /// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    /// # let program = engine.program(&"ipm/2014".parse()?)?.output;
    /// let mut request = ReadRequest::of(program.rules());
    /// request.sheet = Some("Rekap".to_owned());
    /// request.long = Some(LongForm { indicator: "indikator".to_owned(), value: "nilai".to_owned() });
    /// let mut file = std::fs::File::open("data.xlsx")?;
    /// let data = engine.read(&program, Some("data.xlsx"), &mut file, Some(&request))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the data as a whole cannot be read.
    pub fn read(
        &self,
        program: &Program,
        name: Option<&str>,
        input: &mut dyn Read,
        request: Option<&ReadRequest>,
    ) -> Result<Dataset, Error> {
        let own = ReadRequest::of(program.rules());
        read_data(
            &self.registry().readers,
            name,
            input,
            request.unwrap_or(&own),
        )
    }

    /// Scores data piece by piece while it is read, so that it need not fit into memory: `make` makes something of the
    /// scores of a piece, on any thread, and `take` is given the pieces in their order.
    ///
    /// There are no ranks, rule sets that judge regions by each other must be frozen, and whether a region occurs twice
    /// is for the caller to find out from the [`Key`](crate::evaluate::Key)s. What there is to say of all rows comes at
    /// the end.
    ///
    /// ```
    /// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, data::{Input, ReadRequest, Source}};
    /// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    /// # let program = engine.program(&"ipm/2014".parse()?)?.output;
    /// let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
    /// let request = ReadRequest::of(program.rules());
    /// let source = Source { name: None, input: Input::Read(&mut csv.as_bytes()), request: &request };
    /// let mut reached = 0;
    /// let streamed = engine.stream(
    ///     &program,
    ///     source,
    ///     &EvaluateOptions::default(),
    ///     |scores| Ok(scores.index().present().filter(|index| *index >= 60.0).count()),
    ///     |piece| Ok(reached += piece.made),
    /// )?;
    /// assert_eq!((reached, streamed.rows), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When data of this form or a rule set of this kind cannot be scored so, when the data cannot be read, and by
    /// `make` and `take`.
    pub fn stream<R: Send>(
        &self,
        program: &Program,
        source: Source<'_>,
        options: &EvaluateOptions<'_>,
        make: impl Fn(&Scores) -> Result<R, Error> + Sync,
        take: impl FnMut(ScoredPiece<R>) -> Result<(), Error>,
    ) -> Result<Streamed, Error> {
        stream_data(
            &self.registry().readers,
            source,
            program,
            options,
            make,
            take,
        )
    }
}

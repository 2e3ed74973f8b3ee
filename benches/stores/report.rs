//! Everything that is measured, store after store.

use cache_benches::pairs::Compared;
use cache_benches::report::machine;
use cache_runtime::Cache;

use super::bare::Bare;
use super::entries::{SIZES, Size};
use super::fronts::{self, Front};
use super::work::{Task, Work};
use super::{entries, stage, work};

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// The most entries in one store.
    pub(crate) entries: usize,
    /// The stores whose names contain this.
    pub(crate) only: Option<String>,
}

impl Plan {
    /// How many entries there are, one number after the other.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> {
        SIZES.into_iter().filter(|size| *size <= self.entries)
    }
}

/// Everything that was measured.
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) plan: Plan,
    pub(crate) fronts: Vec<Front>,
    pub(crate) stores: Vec<Store>,
}

/// One store beside its bare client.
pub(crate) struct Store {
    pub(crate) name: &'static str,
    /// What is compared with it.
    pub(crate) client: &'static str,
    /// The least that a hit of 64 callers must reach of the bare client's rate, if that was set.
    pub(crate) bar: Option<f64>,
    pub(crate) works: Vec<(Work, Compared)>,
    pub(crate) sizes: Vec<Size>,
}

/// A store that waits for its turn.
pub(crate) struct Subject<B> {
    pub(crate) name: &'static str,
    pub(crate) client: &'static str,
    pub(crate) bar: Option<f64>,
    pub(crate) cache: Cache,
    pub(crate) bare: B,
    /// Whether hits among ever more entries are measured, too.
    pub(crate) grows: bool,
}

impl Report {
    /// Measures what is planned.
    pub(crate) fn measure(plan: Plan) -> Self {
        let mut report = Self { machine: machine::describe(), plan, fronts: Vec::new(), stores: Vec::new() };
        if report.wants("in front") {
            report.fronts = fronts::measure(report.plan.rounds);
        }
        stage::runtime().block_on(stage::all(&mut report));
        report
    }

    /// Whether a store is to be measured; says that it is now.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let is_wanted = self.plan.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
        if is_wanted {
            eprintln!("measuring {name} …");
        }
        is_wanted
    }

    /// Gives one store its turn.
    pub(crate) async fn add<B: Bare>(&mut self, subject: Subject<B>) {
        let Subject { name, client, bar, cache, bare, grows } = subject;
        let works = work::measure(&cache, &bare, self.plan.rounds).await;
        let sizes = if grows { entries::measure(&cache, &bare, &self.plan).await } else { Vec::new() };
        self.stores.push(Store { name, client, bar, works, sizes });
    }

    /// Gives memory its turn, which has no bare client: only the number of its entries matters here.
    pub(crate) async fn add_memory(&mut self, name: &'static str, cache: &Cache, small: &Cache) {
        let sizes = entries::measure_memory(cache, small, &self.plan).await;
        let client = "itself with a thousand entries";
        self.stores.push(Store { name, client, bar: None, works: Vec::new(), sizes });
    }
}

impl Store {
    /// How a work went, if it was measured.
    pub(crate) fn did(&self, task: Task, callers: usize) -> Option<Compared> {
        let wanted = Work { task, callers };
        self.works.iter().find(|(work, _)| *work == wanted).map(|(_, compared)| *compared)
    }
}

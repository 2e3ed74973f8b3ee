//! Every networked set-up under every fault, while callers ask and invalidate: what they saw, as rows of a table.
//!
//! Two processes, as far as the store can tell, ask for values by cached functions and by the low-level API; one of them
//! changes what is true, and invalidates. An answer is judged by what its caller could know: in the process that
//! invalidates nothing older than the last invalidation is right, whether the store was reached or not; in the other
//! nothing older than what was confirmed or delivered. What a set-up states as its bound is added: the timeout for a
//! failover of asynchronous replication, `trust_for` for what a tier keeps in front.

mod disks;
mod fault;
mod load;
mod set_up;
mod shapes;
mod victim;
mod world;

use std::fmt;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

pub use fault::Fault;
use load::Load;
pub use set_up::SetUp;
use victim::Victim;

/// How many hits show, in each process, that values come from the store.
const SOME_HITS: u64 = 12;

/// How long a set-up may take until it serves, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(3);

/// How long calls go on behind a recovery: an old value that comes back is to be seen.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// How often it is looked whether something is so.
const GLANCE: Duration = Duration::from_millis(2);

/// What callers saw of one fault.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where.
    pub set_up: SetUp,
    /// What happened.
    pub fault: Fault,
    /// Calls that were made, from before the fault to after the recovery.
    pub calls: u64,
    /// Calls that were made while it lasted.
    pub meanwhile: u64,
    /// Answers of another key, or that were never true.
    pub wrong: u64,
    /// Answers that were older than the stated bound.
    pub stale: u64,
    /// Invalidations that were refused for good, so that nobody makes up for them.
    pub refused: u64,
    /// Callers that panicked.
    pub panics: u64,
    /// The longest that a caller has waited.
    pub longest: Duration,
    /// How long after the end of the fault (of a failover: after its beginning) both processes had hits again, and the
    /// store had heard every invalidation; `None` of what is no interruption.
    pub recovery: Option<Duration>,
    /// What each wrong or stale answer was.
    pub remarks: Vec<String>,
}

impl Row {
    /// Calls that were answered rightly.
    pub fn held(&self) -> u64 {
        self.calls - self.wrong - self.stale
    }

    /// Whether every caller was answered rightly, within this time.
    pub fn is_sound(&self, longest: Duration) -> bool {
        let faults = self.wrong + self.stale + self.refused + self.panics;
        faults == 0 && self.meanwhile > 0 && self.longest <= longest
    }

    /// What the columns of the table are.
    pub const HEAD: &str = "\
        | set-up | fault | calls held | during the fault | wrong | stale | panics | longest wait | recovered after |\n\
        | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, meanwhile, wrong, stale, panics, longest, .. } = self;
        let (set_up, fault, held) = (self.set_up.as_str(), self.fault.as_str(), self.held());
        write!(
            out,
            "| {set_up} | {fault} | {held} of {calls} | {meanwhile} | {wrong} | {stale} | {panics} "
        )?;
        write!(out, "| {} ms | ", longest.as_millis())?;
        match self.recovery {
            Some(recovery) => write!(out, "{} ms |", recovery.as_millis()),
            None => out.write_str("– |"),
        }
    }
}

/// Lets everything happen to these set-ups, all of them at once; rows in their order. `hears` is told each as it comes.
///
/// # Panics
///
/// If a server is not installed, or a set-up does not serve again.
pub fn fault_table(set_ups: &[SetUp], hears: impl Fn(&Row) + Sync) -> Vec<Row> {
    let hears = &hears;
    thread::scope(|threads| {
        let running: Vec<_> =
            set_ups.iter().map(|set_up| threads.spawn(|| rows_of(*set_up, hears))).collect();
        let joined = running.into_iter().zip(set_ups).flat_map(|(rows, set_up)| {
            rows.join().unwrap_or_else(|_| panic!("{} did not hold", set_up.as_str()))
        });
        joined.collect()
    })
}

fn rows_of(set_up: SetUp, hears: &impl Fn(&Row)) -> Vec<Row> {
    let mut running: Option<Box<dyn Victim>> = None;
    let mut rows = Vec::new();
    for fault in set_up.faults() {
        let kept = running.take().filter(|_| !SetUp::begins_anew_for(fault));
        let Some(mut victim) = kept.or_else(|| set_up.start(fault)) else { return rows };
        let row = row_of(set_up, fault, &mut *victim);
        hears(&row);
        rows.push(row);
        running = Some(victim).filter(|_| !set_up.ends_by(fault));
    }
    rows
}

fn row_of(set_up: SetUp, fault: Fault, victim: &mut dyn Victim) -> Row {
    let what = format!("{}, {}", set_up.as_str(), fault.as_str());
    let load = Load::start(&victim.url(), set_up.bounds(fault), fault == Fault::ClockOff);
    more_hits(&load, &format!("{what}: the store serves"));
    let before = calls_of(&load);
    let begun = Instant::now();
    let interrupts = fault != Fault::ClockOff;
    if interrupts {
        strike_and_heal(fault, victim, &what);
    } else {
        thread::park_timeout(Fault::LASTS);
    }
    let meanwhile = calls_of(&load) - before;
    let since = if fault.is_failover() { begun } else { Instant::now() };
    wait_until(&format!("{what}: everything is delivered"), || load.is_well());
    more_hits(&load, &format!("{what}: the store serves again"));
    let recovery = interrupts.then(|| since.elapsed());
    thread::park_timeout(AFTERWARDS);
    let world = std::sync::Arc::clone(&load.world);
    let panics = load.end();
    Row {
        set_up,
        fault,
        calls: calls(&world.asked),
        meanwhile,
        wrong: calls(&world.wrong),
        stale: calls(&world.stale),
        refused: calls(&world.refused),
        panics,
        longest: world.longest(),
        recovery,
        remarks: world.all_remarks(),
    }
}

fn strike_and_heal(fault: Fault, victim: &mut dyn Victim, what: &str) {
    victim.strike(fault);
    if fault.is_failover() {
        wait_until(&format!("{what}: another takes over"), || victim.has_failed_over());
    } else {
        thread::park_timeout(Fault::LASTS);
    }
    victim.heal(fault);
}

fn calls_of(load: &Load) -> u64 {
    calls(&load.world.asked)
}

fn calls(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(Ordering::SeqCst)
}

/// Waits until both processes have had some more hits.
fn more_hits(load: &Load, what: &str) {
    let before = load.hits();
    wait_until(what, || load.hits().iter().zip(before).all(|(hits, before)| *hits >= before + SOME_HITS));
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::park_timeout(GLANCE);
    }
}

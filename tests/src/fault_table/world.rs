//! The truth that callers ask for, and what each process must have heard of its changes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// How many things can be asked for.
pub(super) const NUMBERS: usize = 12;

/// A value: of what, and as of which change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figure {
    number: usize,
    version: u64,
}

/// One of the two processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The one that invalidates.
    Here,
    /// Another one.
    Elsewhere,
}

/// A call that has begun, and the oldest version that it may be answered with.
pub(super) struct Question {
    side: Side,
    number: usize,
    least: u64,
    begun: Instant,
}

/// Since when each version counts, for one process.
type Known = Mutex<Vec<(Instant, u64)>>;

/// What callers ask for, and what they have seen of it.
pub(super) struct World {
    truths: Vec<AtomicU64>,
    here: Vec<Known>,
    elsewhere: Vec<Known>,
    /// How long an answer may be older than what each side knows.
    bounds: [Duration; 2],
    is_over: AtomicBool,
    pub(super) asked: AtomicU64,
    pub(super) wrong: AtomicU64,
    pub(super) stale: AtomicU64,
    pub(super) refused: AtomicU64,
    longest_micros: AtomicU64,
    remarks: Mutex<Vec<String>>,
}

impl World {
    /// A world in which answers may be so old: here, and elsewhere.
    pub(super) fn new(bounds: [Duration; 2]) -> Self {
        let known = || (0..NUMBERS).map(|_| Known::default()).collect();
        Self {
            truths: (0..NUMBERS).map(|_| AtomicU64::new(0)).collect(),
            here: known(),
            elsewhere: known(),
            bounds,
            is_over: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            longest_micros: AtomicU64::new(0),
            remarks: Mutex::default(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// What is true now; the caller takes its time to say so.
    pub(super) async fn computes(&self, number: usize) -> Figure {
        let version = self.truths[number].load(Ordering::SeqCst);
        tokio::task::yield_now().await;
        Figure { number, version }
    }

    /// Changes what is true; the new version.
    pub(super) fn changes(&self, number: usize) -> u64 {
        self.truths[number].fetch_add(1, Ordering::SeqCst) + 1
    }

    /// From now on nothing before this version is right on this side.
    pub(super) fn knows(&self, side: Side, number: usize, version: u64) {
        self.known(side, number).lock().expect("no holder panics").push((Instant::now(), version));
    }

    fn known(&self, side: Side, number: usize) -> &Known {
        match side {
            Side::Here => &self.here[number],
            Side::Elsewhere => &self.elsewhere[number],
        }
    }

    /// Begins to ask.
    pub(super) fn asks(&self, side: Side, number: usize) -> Question {
        let begun = Instant::now();
        let until = begun.checked_sub(self.bounds[side as usize]);
        let known = self.known(side, number).lock().expect("no holder panics");
        let in_force = known.iter().filter(|(since, _)| until.is_some_and(|until| *since <= until));
        // What was delivered late may be noted behind what came after it.
        let least = in_force.map(|(_, version)| *version).max().unwrap_or_default();
        Question { side, number, least, begun }
    }

    /// Ends what was begun: notes how it was answered, and how long that took.
    pub(super) fn judges(&self, question: &Question, figure: Figure) {
        let most = self.truths[question.number].load(Ordering::SeqCst);
        if figure.number != question.number || figure.version > most {
            self.wrong.fetch_add(1, Ordering::SeqCst);
            self.remarks(question, figure);
        } else if figure.version < question.least {
            self.stale.fetch_add(1, Ordering::SeqCst);
            self.remarks(question, figure);
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.waited(question.begun);
    }

    /// Notes what a wrong answer was, for whoever looks for the reason.
    fn remarks(&self, question: &Question, figure: Figure) {
        let Question { side, number, least, begun } = question;
        let waited = begun.elapsed().as_millis();
        let remark = format!(
            "{side:?} asked for {number} as of {least} or later, and got {figure:?} after {waited} ms"
        );
        self.remarks.lock().expect("no holder panics").push(remark);
    }

    pub(super) fn all_remarks(&self) -> Vec<String> {
        self.remarks.lock().expect("no holder panics").clone()
    }

    /// Notes how long a caller has waited.
    pub(super) fn waited(&self, since: Instant) {
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.longest_micros.fetch_max(micros, Ordering::SeqCst);
    }

    pub(super) fn longest(&self) -> Duration {
        Duration::from_micros(self.longest_micros.load(Ordering::SeqCst))
    }
}

//! The circuit breaker: a store that fails again and again is left alone, until one call has tried it again.
//!
//! Closed, it counts failures in a row; at [`FAILURES`] it opens. After [`PAUSE`] one caller is let through to probe
//! (half open); its success closes the circuit, its failure opens it for another pause. The whole state is one number, so
//! that every step is one compare-and-swap: `models` tries their orders.

use std::time::Duration;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::clock::{Clock, Moment};
use crate::base::error::{Error, Result};
use crate::base::event::CircuitState;
use crate::base::sync::Mutex;

/// So many failures in a row open the circuit.
pub(super) const FAILURES: u64 = 5;

/// How long an open circuit lets nobody through.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// A probe that has not ended after this time is taken for lost, and another caller probes.
pub(super) const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// Where it stands, and how often it has opened from closed: one value, so that an outage is never seen under the
/// number of the one before.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    phase: Phase,
    openings: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed { failures: u64 },
    Open { until: u64 },
    HalfOpen { until: u64 },
}

impl State {
    /// So many bits count openings, before they begin anew; the moment in milliseconds has those above them.
    const COUNT: u32 = 20;

    fn closed(openings: u64, failures: u64) -> Self {
        Self { phase: Phase::Closed { failures }, openings }
    }

    /// The same outage, or absence of one, in another phase.
    fn becomes(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    fn opened(self, until: u64) -> Self {
        Self { phase: Phase::Open { until }, openings: (self.openings + 1) & ((1 << Self::COUNT) - 1) }
    }

    fn packed(self) -> u64 {
        let (number, kind) = match self.phase {
            Phase::Closed { failures } => (failures, 0),
            Phase::Open { until } => (until, 1),
            Phase::HalfOpen { until } => (until, 2),
        };
        (number << Self::COUNT | self.openings) << 2 | kind
    }

    fn of(packed: u64) -> Self {
        let (number, openings) = (packed >> (2 + Self::COUNT), packed >> 2 & ((1 << Self::COUNT) - 1));
        let phase = match packed & 3 {
            0 => Phase::Closed { failures: number },
            1 => Phase::Open { until: number },
            _ => Phase::HalfOpen { until: number },
        };
        Self { phase, openings }
    }
}

/// How a caller asks.
#[derive(Clone, Copy)]
enum Manner {
    Ordinary,
    /// To find out whether the store has recovered; with the state that this has made.
    Probe(State),
}

/// Whether a store may be asked.
#[derive(Default)]
pub(super) struct Circuit {
    /// What its store is called where it is told of.
    store: String,
    state: AtomicU64,
    /// In words; empty where it was the caller who had waited for long enough.
    last_failure: Mutex<String>,
}

impl Circuit {
    /// The circuit of a store of this name.
    pub(super) fn of(store: String) -> Self {
        Self { store, ..Self::default() }
    }

    /// The right to ask the store once; `None` while it is left alone. `limit` is how long the store may take.
    pub(super) fn admit<'a>(&'a self, clock: &'a Clock, limit: Duration) -> Option<Pass<'a>> {
        let now = clock.now();
        let manner = self.enter(now)?;
        Some(Pass { circuit: self, clock, begun: now, limit, manner, has_ended: false })
    }

    pub(super) fn state(&self) -> CircuitState {
        match self.load().phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { .. } => CircuitState::Open,
            Phase::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// Of those that are counted.
    pub(super) fn last_failure(&self) -> String {
        self.last_failure.lock().clone()
    }

    /// How often it has opened, from closed.
    pub(super) fn openings(&self) -> u64 {
        self.load().openings
    }

    /// The number of the outage that it is in, if it is in one.
    pub(super) fn outage(&self) -> Option<u64> {
        let State { phase, openings } = self.load();
        (!matches!(phase, Phase::Closed { .. })).then_some(openings)
    }

    fn load(&self) -> State {
        State::of(self.state.load(Ordering::Acquire))
    }

    fn swap(&self, from: State, to: State) -> bool {
        let swapped =
            self.state.compare_exchange(from.packed(), to.packed(), Ordering::AcqRel, Ordering::Acquire);
        swapped.is_ok()
    }

    /// Lets an ordinary caller through, or the one that probes.
    fn enter(&self, now: Moment) -> Option<Manner> {
        let seen = self.load();
        match seen.phase {
            Phase::Closed { .. } => Some(Manner::Ordinary),
            Phase::Open { until } | Phase::HalfOpen { until } if now.as_millis() < until => None,
            Phase::Open { .. } | Phase::HalfOpen { .. } => {
                let probe = seen.becomes(Phase::HalfOpen { until: now.plus(PROBE_LIMIT).as_millis() });
                self.swap(seen, probe).then_some(Manner::Probe(probe))
            }
        }
    }

    fn succeeds(&self, manner: Manner) {
        match (manner, self.load()) {
            (Manner::Probe(probe), _) => {
                if self.swap(probe, State::closed(probe.openings, 0)) {
                    tracing::info!(store = self.store, "a cache's store is well again");
                }
            }
            // If another failure comes between, it is counted, and this success is forgotten.
            (Manner::Ordinary, seen @ State { phase: Phase::Closed { failures: 1.. }, openings }) => {
                self.swap(seen, State::closed(openings, 0));
            }
            // A late answer to what was asked before it opened closes nothing: that is the probe's.
            (Manner::Ordinary, _) => {}
        }
    }

    fn fails(&self, manner: Manner, now: Moment, error: Option<&Error>) {
        *self.last_failure.lock() = error.map(Error::reason).unwrap_or_default();
        let error = error.map(tracing::field::display);
        let until = now.plus(PAUSE).as_millis();
        if let Manner::Probe(probe) = manner {
            self.swap(probe, probe.becomes(Phase::Open { until }));
            return;
        }
        while let seen @ State { phase: Phase::Closed { failures }, openings } = self.load() {
            let opens = failures + 1 >= FAILURES;
            let next = if opens { seen.opened(until) } else { State::closed(openings, failures + 1) };
            if self.swap(seen, next) {
                if opens {
                    tracing::warn!(
                        store = self.store,
                        error,
                        "a cache's store has failed {FAILURES} times in a row, and is left alone until it is well again"
                    );
                }
                return;
            }
        }
    }
}

/// The right to ask the store once. Dropped before it has ended, it is a failure if the caller had waited for long, or the
/// store has panicked, or it was the probe; else the caller just went away.
#[must_use]
pub(super) struct Pass<'a> {
    circuit: &'a Circuit,
    clock: &'a Clock,
    begun: Moment,
    limit: Duration,
    manner: Manner,
    has_ended: bool,
}

impl Pass<'_> {
    /// Notes how it went. Errors that are an answer (`NotFound`) speak for the store.
    pub(super) fn ends<T>(mut self, answer: &Result<T>) {
        self.has_ended = true;
        match answer {
            Err(error) if error.is_temporary() => {
                self.circuit.fails(self.manner, self.clock.now(), Some(error));
            }
            _ => self.circuit.succeeds(self.manner),
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let now = self.clock.now();
        // The budget of a call drops what has used it up; with less than half of it gone, it was the caller.
        let was_slow = now.since(self.begun) * 2 >= self.limit;
        if was_slow || matches!(self.manner, Manner::Probe(_)) || std::thread::panicking() {
            self.circuit.fails(self.manner, now, None);
        }
    }
}

#[cfg(all(test, loom))]
mod models;

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

/// So many failures in a row open the circuit.
pub(super) const FAILURES: u64 = 5;

/// How long an open circuit lets nobody through.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// A probe that has not ended after this time is taken for lost, and another caller probes.
pub(super) const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// The state, packed: two bits of [`CircuitState`], and above them a count of failures or a moment in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u64 },
    Open { until: u64 },
    HalfOpen { until: u64 },
}

impl State {
    fn packed(self) -> u64 {
        match self {
            Self::Closed { failures } => failures << 2,
            Self::Open { until } => until << 2 | 1,
            Self::HalfOpen { until } => until << 2 | 2,
        }
    }

    fn of(packed: u64) -> Self {
        match (packed & 3, packed >> 2) {
            (0, failures) => Self::Closed { failures },
            (1, until) => Self::Open { until },
            (_, until) => Self::HalfOpen { until },
        }
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
    openings: AtomicU64,
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
        match self.load() {
            State::Closed { .. } => CircuitState::Closed,
            State::Open { .. } => CircuitState::Open,
            State::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// How often it has opened, from closed.
    pub(super) fn openings(&self) -> u64 {
        self.openings.load(Ordering::Acquire)
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
        match seen {
            State::Closed { .. } => Some(Manner::Ordinary),
            State::Open { until } | State::HalfOpen { until } if now.as_millis() < until => None,
            State::Open { .. } | State::HalfOpen { .. } => {
                let probe = State::HalfOpen { until: now.plus(PROBE_LIMIT).as_millis() };
                self.swap(seen, probe).then_some(Manner::Probe(probe))
            }
        }
    }

    fn succeeds(&self, manner: Manner) {
        let closed = State::Closed { failures: 0 };
        match (manner, self.load()) {
            (Manner::Probe(probe), _) => {
                if self.swap(probe, closed) {
                    tracing::info!(store = self.store, "a cache's store is well again");
                }
            }
            // If another failure comes between, it is counted, and this success is forgotten.
            (Manner::Ordinary, seen @ State::Closed { failures: 1.. }) => drop(self.swap(seen, closed)),
            // A late answer to what was asked before it opened closes nothing: that is the probe's.
            (Manner::Ordinary, _) => {}
        }
    }

    fn fails(&self, manner: Manner, now: Moment, error: Option<&Error>) {
        let error = error.map(tracing::field::display);
        let open = State::Open { until: now.plus(PAUSE).as_millis() };
        if let Manner::Probe(probe) = manner {
            self.swap(probe, open);
            return;
        }
        while let seen @ State::Closed { failures } = self.load() {
            let next = if failures + 1 < FAILURES { State::Closed { failures: failures + 1 } } else { open };
            // Counted before it is seen open: the fallback is emptied for each opening.
            let opens = u64::from(next == open);
            self.openings.fetch_add(opens, Ordering::AcqRel);
            if self.swap(seen, next) {
                if next == open {
                    tracing::warn!(
                        store = self.store,
                        error,
                        "a cache's store has failed {FAILURES} times in a row, and is left alone until it is well again"
                    );
                }
                return;
            }
            self.openings.fetch_sub(opens, Ordering::AcqRel);
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

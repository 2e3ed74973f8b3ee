//! The seat of a leader: whatever happens to its holder, the flight lands.

use std::sync::Arc;

use super::{Flight, Flights, Id, State};
use crate::backend::Token;
use crate::base::clock::Moment;
use crate::base::sync::Counted;

/// The leader's seat: whatever happens to its holder, the flight lands.
#[must_use]
pub(in super::super) struct Seat<S: Clone> {
    flights: Arc<Flights<S>>,
    id: Arc<Id>,
    flight: Counted<Flight<S>>,
    born: Option<S>,
    displaced: Option<Counted<Flight<S>>>,
}

impl<S: Clone> Seat<S> {
    pub(super) fn new(
        flights: Arc<Flights<S>>,
        id: Arc<Id>,
        flight: Counted<Flight<S>>,
        born: Option<S>,
        displaced: Option<Counted<Flight<S>>>,
    ) -> Self {
        Self { flights, id, flight, born, displaced }
    }

    /// The flight that its holder leads.
    pub(in super::super) fn flight(&self) -> Counted<Flight<S>> {
        Counted::clone(&self.flight)
    }

    /// The flight that this one has displaced, whose lease is its own to take.
    pub(in super::super) fn displaced(&self) -> Option<Counted<Flight<S>>> {
        self.displaced.clone()
    }

    /// Notes that the body begins.
    pub(in super::super) fn computes(&self, now: Moment) {
        self.flight.inner.lock().computes_since = Some(now);
    }

    /// Notes the lease that the leader seeks, for whoever comes after it.
    pub(in super::super) fn seeks(&self, token: Token) {
        self.flight.inner.lock().token = Some(token);
    }

    /// What was noted before the body began.
    pub(in super::super) fn born(&self) -> &S {
        self.born.as_ref().expect("a queued flight begins before its leader asks")
    }

    /// Begins a queued flight, or begins anew; where another has taken it over, as a flight of its own.
    pub(in super::super) fn begin(&mut self, born: S) {
        let mut table = self.flights.table(&self.id);
        if !self.flight.begin(born.clone()) {
            self.flight = Flight::new(self.flight.purpose, self.flight.leader, Some(born.clone()));
        }
        table.insert(Arc::clone(&self.id), Counted::clone(&self.flight));
        self.born = Some(born);
    }

    /// Lands the flight; `answer` is called only if someone waits for it.
    pub(in super::super) fn land(self, answer: impl FnOnce() -> State) {
        self.leave();
        // Nobody can join any more, so the answer is made without a lock: it may clone a user's value.
        let has_waiters = self.flight.inner.lock().has_waiters;
        let state = if has_waiters { answer() } else { State::Unshared };
        self.flight.set(state);
    }

    /// Leaves the table to the refresh that is next, or to nobody.
    fn leave(&self) {
        let mut table = self.flights.table(&self.id);
        if !table.get(&self.id).is_some_and(|flight| Counted::ptr_eq(flight, &self.flight)) {
            return;
        }
        let next = self.flight.inner.lock().next.take();
        match next.filter(|next| next.landed().is_none()) {
            Some(next) => drop(table.insert(Arc::clone(&self.id), next)),
            None => drop(table.remove(&self.id)),
        }
    }
}

impl<S: Clone> Drop for Seat<S> {
    fn drop(&mut self) {
        self.leave();
        self.flight.set(State::Abandoned);
    }
}

//! The table of all flights: who comes takes a seat, or a place among those who wait.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::{Flight, Id, Leader, Purpose, Seat, State};
use crate::base::sync::{Counted, Mutex, MutexGuard};

#[cfg(not(loom))]
const SHARDS: usize = 64;
#[cfg(loom)]
const SHARDS: usize = 1;

/// What a caller is to do.
pub(in super::super) enum Joined<S: Clone> {
    /// Compute: the seat is yours.
    Lead(Seat<S>),
    /// Wait for this flight, which was asked for later than this call or has not begun.
    Wait(Counted<Flight<S>>),
    /// Compute, once the refresh before it has landed.
    Queue(Seat<S>, Counted<Flight<S>>),
}

type Table<S> = HashMap<Arc<Id>, Counted<Flight<S>>>;

/// All flights of this process.
pub(in super::super) struct Flights<S> {
    shards: Box<[Mutex<Table<S>>]>,
    hasher: RandomState,
}

impl<S: Clone> Flights<S> {
    pub(in super::super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Table::new())).collect();
        Self { shards, hasher: RandomState::default() }
    }

    /// Takes the seat of a flight of `id`, or a place among those who wait.
    ///
    /// `is_current` says of a flight's birth mark whether nothing was invalidated since.
    pub(in super::super) fn join(
        self: &Arc<Self>,
        id: &Arc<Id>,
        (purpose, leader): (Purpose, Leader),
        born: S,
        is_current: impl Fn(&S) -> bool,
    ) -> Joined<S> {
        let mut table = self.table(id);
        if let Some(flight) = table.get(id) {
            match (purpose, flight.purpose) {
                (Purpose::Fill, _) if flight.admit(is_current) => {
                    return Joined::Wait(Counted::clone(flight));
                }
                (Purpose::Refresh, Purpose::Refresh) => {
                    if let Some(joined) = self.join_refresh(id, flight, leader) {
                        return joined;
                    }
                }
                // The older flight lands by itself; its fill is refused.
                (Purpose::Fill, _) | (Purpose::Refresh, Purpose::Fill) => {}
            }
        }
        let flight = Flight::new(purpose, leader, Some(born.clone()));
        let displaced = table.insert(Arc::clone(id), Counted::clone(&flight));
        drop(table);
        Joined::Lead(self.seat(id, flight, Some(born), displaced))
    }

    /// One refresh runs, and one is next: the others wait for the next.
    fn join_refresh(
        self: &Arc<Self>,
        id: &Arc<Id>,
        running: &Counted<Flight<S>>,
        leader: Leader,
    ) -> Option<Joined<S>> {
        let mut inner = running.inner.lock();
        match inner.state {
            State::Queued => {
                inner.has_waiters = true;
                return Some(Joined::Wait(Counted::clone(running)));
            }
            State::Computing => {}
            State::Ready(_) | State::Unshared | State::Released | State::Abandoned | State::Superseded => {
                return None;
            }
        }
        if let Some(next) = &inner.next
            && next.admit(|_| false)
        {
            return Some(Joined::Wait(Counted::clone(next)));
        }
        let next = Flight::new(Purpose::Refresh, leader, None);
        inner.next = Some(Counted::clone(&next));
        Some(Joined::Queue(self.seat(id, next, None, None), Counted::clone(running)))
    }

    /// Takes the seat from a leader that kept everyone waiting; `None` if the flight is not that one any more.
    pub(in super::super) fn take_over(
        self: &Arc<Self>,
        id: &Arc<Id>,
        late: &Counted<Flight<S>>,
        who: (Purpose, Leader),
        born: S,
    ) -> Option<Seat<S>> {
        let seat = self.replace(id, late, who, born)?;
        let let_go = {
            let mut late = late.inner.lock();
            late.successor = Some(seat.flight());
            late.let_go
        };
        let flight = seat.flight();
        let mut inner = flight.inner.lock();
        // Whoever waits for the late one waits for this one from now on, though it never joined.
        inner.has_waiters = true;
        inner.let_go += let_go;
        drop(inner);
        late.set(State::Superseded);
        Some(seat)
    }

    /// Takes the place of a flight, which lands by itself for those who wait for it.
    pub(in super::super) fn replace(
        self: &Arc<Self>,
        id: &Arc<Id>,
        late: &Counted<Flight<S>>,
        (purpose, leader): (Purpose, Leader),
        born: S,
    ) -> Option<Seat<S>> {
        let mut table = self.table(id);
        if !table.get(id).is_some_and(|flight| Counted::ptr_eq(flight, late)) {
            return None;
        }
        let flight = Flight::new(purpose, leader, Some(born.clone()));
        table.insert(Arc::clone(id), Counted::clone(&flight));
        drop(table);
        Some(self.seat(id, flight, Some(born), Some(Counted::clone(late))))
    }

    fn seat(
        self: &Arc<Self>,
        id: &Arc<Id>,
        flight: Counted<Flight<S>>,
        born: Option<S>,
        displaced: Option<Counted<Flight<S>>>,
    ) -> Seat<S> {
        Seat::new(Arc::clone(self), Arc::clone(id), flight, born, displaced)
    }

    pub(super) fn table(&self, id: &Id) -> MutexGuard<'_, Table<S>> {
        let hash = self.hasher.hash_one(id);
        let index = usize::try_from(hash % SHARDS as u64).expect("less than SHARDS");
        self.shards[index].lock()
    }

    /// How many flights there are of such ids.
    #[cfg(any(test, feature = "testing"))]
    pub(in super::super) fn count(&self, of: impl Fn(&Id) -> bool) -> usize {
        self.shards.iter().map(|shard| shard.lock().keys().filter(|id| of(id)).count()).sum()
    }
}

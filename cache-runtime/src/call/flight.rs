//! Flights: one computation of a key in this process, and those who wait for it.
//!
//! A flight is in the table from the moment its leader takes its seat until it lands. Whatever
//! happens to the leader (a value, an error, a panic, a dropped future), its [`Seat`] lands the
//! flight and wakes everyone; a leader that is alive but no longer polled is
//! [superseded](Flights::take_over) by one of those who wait.
//!
//! Locks: the table's, then a flight's; then another flight's only if it is queued behind the first.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use event_listener::Event;
use foldhash::fast::RandomState;

use crate::backend::Token;
use crate::base::clock::Moment;
use crate::base::entry::HeldValue;
use crate::base::key::Key;
use crate::base::sync::{Counted, Mutex, MutexGuard};

#[cfg(not(loom))]
const SHARDS: usize = 64;
#[cfg(loom)]
const SHARDS: usize = 1;

/// What a flight computes: a key of one version of one cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) cache: u64,
    pub(super) version: u32,
    pub(super) key: Key,
}

/// Where a flight is.
#[derive(Clone)]
pub(super) enum State {
    /// It waits for the refresh before it; its body has not begun.
    Queued,
    /// Its leader computes, or waits for another process that does.
    Computing,
    /// There is a value for everyone.
    Ready(HeldValue),
    /// The leader has an answer that is only its own.
    Unshared,
    /// As `Unshared`, and the next answer would be no other: everyone goes on alone.
    Released,
    /// The leader is gone.
    Abandoned,
    /// Another flight has taken over.
    Superseded,
}

impl State {
    fn has_landed(&self) -> bool {
        match self {
            Self::Queued | Self::Computing => false,
            Self::Ready(_) | Self::Unshared | Self::Released | Self::Abandoned | Self::Superseded => true,
        }
    }
}

/// Whether a flight may answer those who found nothing, or was asked to compute in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To fill what is missing.
    Fill,
    /// To compute although an entry may exist.
    Refresh,
}

/// Who leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leader {
    /// A future, which somebody must poll.
    Async,
    /// A thread.
    Blocking,
}

/// One computation; `S` is what tells whether an invalidation came between.
pub(super) struct Flight<S> {
    purpose: Purpose,
    leader: Leader,
    inner: Mutex<Inner<S>>,
    changed: Event,
}

struct Inner<S> {
    state: State,
    /// Taken before the body began; `None` while it is queued.
    born: Option<S>,
    next: Option<Counted<Flight<S>>>,
    has_waiters: bool,
    /// Of the lease that its leader holds or seeks, where the store has leases.
    token: Option<Token>,
    /// When the body began: the leader may have waited before, for a refresh or for another process.
    computes_since: Option<Moment>,
    /// How many of those who waited were let go to compute alone, here and in the flights before it.
    let_go: u32,
    /// What has taken over.
    successor: Option<Counted<Flight<S>>>,
}

impl<S> Flight<S> {
    fn new(purpose: Purpose, leader: Leader, born: Option<S>) -> Counted<Self> {
        let state = if born.is_some() { State::Computing } else { State::Queued };
        let inner = Mutex::new(Inner {
            state,
            born,
            next: None,
            has_waiters: false,
            token: None,
            computes_since: None,
            let_go: 0,
            successor: None,
        });
        Counted::new(Self { purpose, leader, inner, changed: Event::new() })
    }

    pub(super) fn leader(&self) -> Leader {
        self.leader
    }

    /// Of the lease that its leader holds, sought, or has let go.
    pub(super) fn token(&self) -> Option<Token> {
        self.inner.lock().token
    }

    /// When the body began, if it has.
    pub(super) fn computes_since(&self) -> Option<Moment> {
        self.inner.lock().computes_since
    }

    /// Lets one of those who wait go on alone, unless so many went already.
    pub(super) fn lets_go(&self, at_most: u32) -> bool {
        let mut inner = self.inner.lock();
        let is_let_go = inner.let_go < at_most;
        inner.let_go += u32::from(is_let_go);
        is_let_go
    }

    /// The flight that has taken over, which answers those who wait for this one.
    pub(super) fn successor(&self) -> Option<Counted<Self>> {
        self.inner.lock().successor.clone()
    }

    /// Waits until the flight has landed.
    pub(super) async fn landing(&self) -> State {
        loop {
            let changed = self.changed.listen();
            if let Some(state) = self.landed() {
                return state;
            }
            changed.await;
        }
    }

    pub(super) fn landed(&self) -> Option<State> {
        let inner = self.inner.lock();
        inner.state.has_landed().then(|| inner.state.clone())
    }

    /// Sets the state unless the flight has landed already, and wakes everyone.
    fn set(&self, state: State) {
        {
            let mut inner = self.inner.lock();
            if inner.state.has_landed() {
                return;
            }
            inner.state = state;
        }
        self.changed.notify(usize::MAX);
    }

    /// Notes that the body begins; false if the flight has landed already.
    fn begin(&self, born: S) -> bool {
        let mut inner = self.inner.lock();
        if inner.state.has_landed() {
            return false;
        }
        inner.state = State::Computing;
        inner.born = Some(born);
        true
    }

    /// Notes that someone will wait, if what it computes is of use to them.
    fn admit(&self, is_current: impl Fn(&S) -> bool) -> bool {
        let mut inner = self.inner.lock();
        let is_of_use = !inner.state.has_landed() && inner.born.as_ref().is_none_or(is_current);
        inner.has_waiters |= is_of_use;
        is_of_use
    }
}

/// What a caller is to do.
pub(super) enum Joined<S: Clone> {
    /// Compute: the seat is yours.
    Lead(Seat<S>),
    /// Wait for this flight, which was asked for later than this call or has not begun.
    Wait(Counted<Flight<S>>),
    /// Compute, once the refresh before it has landed.
    Queue(Seat<S>, Counted<Flight<S>>),
}

type Table<S> = HashMap<Arc<Id>, Counted<Flight<S>>>;

/// All flights of this process.
pub(super) struct Flights<S> {
    shards: Box<[Mutex<Table<S>>]>,
    hasher: RandomState,
}

impl<S: Clone> Flights<S> {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Table::new())).collect();
        Self { shards, hasher: RandomState::default() }
    }

    /// Takes the seat of a flight of `id`, or a place among those who wait.
    ///
    /// `is_current` says of a flight's birth mark whether nothing was invalidated since.
    pub(super) fn join(
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
    pub(super) fn take_over(
        self: &Arc<Self>,
        id: &Arc<Id>,
        late: &Counted<Flight<S>>,
        who: (Purpose, Leader),
        born: S,
    ) -> Option<Seat<S>> {
        let seat = self.replace(id, late, who, born)?;
        let let_go = {
            let mut late = late.inner.lock();
            late.successor = Some(Counted::clone(&seat.flight));
            late.let_go
        };
        let mut inner = seat.flight.inner.lock();
        // Whoever waits for the late one waits for this one from now on, though it never joined.
        inner.has_waiters = true;
        inner.let_go += let_go;
        drop(inner);
        late.set(State::Superseded);
        Some(seat)
    }

    /// Takes the place of a flight, which lands by itself for those who wait for it.
    pub(super) fn replace(
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
        Seat { flights: Arc::clone(self), id: Arc::clone(id), flight, born, displaced }
    }

    fn table(&self, id: &Id) -> MutexGuard<'_, Table<S>> {
        let hash = self.hasher.hash_one(id);
        let index = usize::try_from(hash % SHARDS as u64).expect("less than SHARDS");
        self.shards[index].lock()
    }

    /// How many flights there are of such ids.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn count(&self, of: impl Fn(&Id) -> bool) -> usize {
        self.shards.iter().map(|shard| shard.lock().keys().filter(|id| of(id)).count()).sum()
    }
}

/// The leader's seat: whatever happens to its holder, the flight lands.
#[must_use]
pub(super) struct Seat<S: Clone> {
    flights: Arc<Flights<S>>,
    id: Arc<Id>,
    flight: Counted<Flight<S>>,
    born: Option<S>,
    displaced: Option<Counted<Flight<S>>>,
}

impl<S: Clone> Seat<S> {
    /// The flight that this one has displaced, whose lease is its own to take.
    pub(super) fn displaced(&self) -> Option<Counted<Flight<S>>> {
        self.displaced.clone()
    }

    /// Notes that the body begins.
    pub(super) fn computes(&self, now: Moment) {
        self.flight.inner.lock().computes_since = Some(now);
    }

    /// Notes the lease that the leader seeks, for whoever comes after it.
    pub(super) fn seeks(&self, token: Token) {
        self.flight.inner.lock().token = Some(token);
    }

    /// What was noted before the body began.
    pub(super) fn born(&self) -> &S {
        self.born.as_ref().expect("a queued flight begins before its leader asks")
    }

    /// Begins a queued flight, or begins anew; where another has taken it over, as a flight of its own.
    pub(super) fn begin(&mut self, born: S) {
        let mut table = self.flights.table(&self.id);
        if !self.flight.begin(born.clone()) {
            self.flight = Flight::new(self.flight.purpose, self.flight.leader, Some(born.clone()));
        }
        table.insert(Arc::clone(&self.id), Counted::clone(&self.flight));
        self.born = Some(born);
    }

    /// Lands the flight; `answer` is called only if someone waits for it.
    pub(super) fn land(self, answer: impl FnOnce() -> State) {
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

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

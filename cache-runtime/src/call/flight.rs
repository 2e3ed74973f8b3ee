//! Flights: one computation of a key in this process, and those who wait for it.
//!
//! A flight is in the table from the moment its leader takes its seat until it lands. Whatever
//! happens to the leader (a value, an error, a panic, a dropped future), its [`Seat`] lands the
//! flight and wakes everyone; a leader that is alive but no longer polled is
//! [superseded](Flights::take_over) by one of those who wait.
//!
//! Locks: the table's, then a flight's; then another flight's only if it is queued behind the first.

mod seat;
mod table;

use event_listener::Event;

use crate::backend::Token;
use crate::base::clock::Moment;
use crate::base::entry::HeldValue;
use crate::base::key::Key;
use crate::base::sync::{Counted, Mutex};
pub(super) use seat::Seat;
pub(super) use table::{Flights, Joined};

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

/// How a leader and its store get on: what it waits for an answer, those who wait for it wait as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtStore {
    /// It asks for nothing now.
    No,
    /// It waits for an answer.
    Since(Moment),
    /// It has asked in vain, and asks no more.
    Failed,
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
    at_store: AtStore,
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
            at_store: AtStore::No,
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

    /// Whether it waits for the refresh before it.
    pub(super) fn is_queued(&self) -> bool {
        matches!(self.inner.lock().state, State::Queued)
    }

    /// When the body began, if it has.
    pub(super) fn computes_since(&self) -> Option<Moment> {
        self.inner.lock().computes_since
    }

    /// How the leader and its store get on; as it was when the flight landed.
    pub(super) fn at_store(&self) -> AtStore {
        self.inner.lock().at_store
    }

    /// Notes how the leader and its store get on.
    pub(super) fn deals(&self, at_store: AtStore) {
        self.inner.lock().at_store = at_store;
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

    fn landed(&self) -> Option<State> {
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

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

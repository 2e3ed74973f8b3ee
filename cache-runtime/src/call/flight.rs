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
    /// The leader is gone.
    Abandoned,
    /// Another flight has taken over.
    Superseded,
}

impl State {
    fn has_landed(&self) -> bool {
        match self {
            Self::Queued | Self::Computing => false,
            Self::Ready(_) | Self::Unshared | Self::Abandoned | Self::Superseded => true,
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
}

impl<S> Flight<S> {
    fn new(purpose: Purpose, leader: Leader, born: Option<S>) -> Counted<Self> {
        let state = if born.is_some() { State::Computing } else { State::Queued };
        let inner = Mutex::new(Inner { state, born, next: None, has_waiters: false });
        Counted::new(Self { purpose, leader, inner, changed: Event::new() })
    }

    pub(super) fn leader(&self) -> Leader {
        self.leader
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
        table.insert(Arc::clone(id), Counted::clone(&flight));
        drop(table);
        Joined::Lead(self.seat(id, flight, Some(born)))
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
            State::Ready(_) | State::Unshared | State::Abandoned | State::Superseded => return None,
        }
        if let Some(next) = &inner.next
            && next.admit(|_| false)
        {
            return Some(Joined::Wait(Counted::clone(next)));
        }
        let next = Flight::new(Purpose::Refresh, leader, None);
        inner.next = Some(Counted::clone(&next));
        Some(Joined::Queue(self.seat(id, next, None), Counted::clone(running)))
    }

    /// Takes the seat from a leader that kept everyone waiting; `None` if the flight is not that one any more.
    pub(super) fn take_over(
        self: &Arc<Self>,
        id: &Arc<Id>,
        late: &Counted<Flight<S>>,
        leader: Leader,
        born: S,
    ) -> Option<Seat<S>> {
        let mut table = self.table(id);
        if !table.get(id).is_some_and(|flight| Counted::ptr_eq(flight, late)) {
            return None;
        }
        let flight = Flight::new(late.purpose, leader, Some(born.clone()));
        table.insert(Arc::clone(id), Counted::clone(&flight));
        drop(table);
        late.set(State::Superseded);
        Some(self.seat(id, flight, Some(born)))
    }

    fn seat(self: &Arc<Self>, id: &Arc<Id>, flight: Counted<Flight<S>>, born: Option<S>) -> Seat<S> {
        Seat { flights: Arc::clone(self), id: Arc::clone(id), flight, born }
    }

    fn table(&self, id: &Id) -> MutexGuard<'_, Table<S>> {
        let hash = self.hasher.hash_one(id);
        let index = usize::try_from(hash % SHARDS as u64).expect("less than SHARDS");
        self.shards[index].lock()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}

/// The leader's seat: whatever happens to its holder, the flight lands.
#[must_use]
pub(super) struct Seat<S: Clone> {
    flights: Arc<Flights<S>>,
    id: Arc<Id>,
    flight: Counted<Flight<S>>,
    born: Option<S>,
}

impl<S: Clone> Seat<S> {
    /// What was noted before the body began.
    pub(super) fn born(&self) -> &S {
        self.born.as_ref().expect("a queued flight begins before its leader asks")
    }

    /// Begins a queued flight.
    pub(super) fn begin(&mut self, born: S) {
        let mut table = self.flights.table(&self.id);
        {
            let mut inner = self.flight.inner.lock();
            inner.state = State::Computing;
            inner.born = Some(born.clone());
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::base::sync::block_on;

    const FILL: (Purpose, Leader) = (Purpose::Fill, Leader::Blocking);
    const REFRESH: (Purpose, Leader) = (Purpose::Refresh, Leader::Blocking);

    fn id() -> Arc<Id> {
        Arc::new(Id { cache: 1, version: 1, key: Key::from("key") })
    }

    fn flights() -> Arc<Flights<u64>> {
        Arc::new(Flights::new())
    }

    fn lead(joined: Joined<u64>) -> Seat<u64> {
        match joined {
            Joined::Lead(seat) => seat,
            Joined::Wait(_) | Joined::Queue(..) => panic!("the seat was to be had"),
        }
    }

    fn wait(joined: Joined<u64>) -> Counted<Flight<u64>> {
        match joined {
            Joined::Wait(flight) => flight,
            Joined::Lead(_) | Joined::Queue(..) => panic!("there was a flight to wait for"),
        }
    }

    fn number(state: &State) -> Option<i64> {
        if let State::Ready(HeldValue::Integer(number)) = state { Some(*number) } else { None }
    }

    #[test]
    fn those_who_wait_get_the_answer() {
        let (flights, id) = (flights(), id());
        let seat = lead(flights.join(&id, FILL, 1, |_| true));
        let waiting = wait(flights.join(&id, FILL, 1, |_| true));

        seat.land(|| State::Ready(HeldValue::Integer(7)));

        assert_eq!(number(&block_on(waiting.landing())), Some(7));
        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn an_answer_for_nobody_is_not_made() {
        let (flights, id) = (flights(), id());
        let seat = lead(flights.join(&id, FILL, 1, |_| true));

        seat.land(|| panic!("nobody waits"));

        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn a_leader_that_is_gone_frees_the_others() {
        let (flights, id) = (flights(), id());
        let seat = lead(flights.join(&id, FILL, 1, |_| true));
        let waiting = wait(flights.join(&id, FILL, 1, |_| true));

        drop(seat);

        assert!(matches!(block_on(waiting.landing()), State::Abandoned));
        drop(lead(flights.join(&id, FILL, 1, |_| true)));
    }

    #[test]
    fn a_flight_from_before_an_invalidation_is_not_joined() {
        let (flights, id) = (flights(), id());
        let _old = lead(flights.join(&id, FILL, 1, |_| true));

        let _new = lead(flights.join(&id, FILL, 2, |&born| born == 2));
    }

    #[test]
    fn one_takes_over_from_a_leader_that_is_late() {
        let (flights, id) = (flights(), id());
        let late = lead(flights.join(&id, FILL, 1, |_| true));
        let waiting = wait(flights.join(&id, FILL, 1, |_| true));

        let taken = flights.take_over(&id, &waiting, Leader::Blocking, 2);
        let second = flights.take_over(&id, &waiting, Leader::Blocking, 2);

        assert!(taken.is_some() && second.is_none());
        assert!(matches!(block_on(waiting.landing()), State::Superseded));
        drop(late);
        assert_eq!(flights.len(), 1, "the late leader leaves the new flight alone");
    }

    #[test]
    fn a_refresh_does_not_join_a_flight_that_is_none() {
        let (flights, id) = (flights(), id());
        let _older = lead(flights.join(&id, FILL, 1, |_| true));

        let refresh = lead(flights.join(&id, REFRESH, 1, |_| true));

        let waiting = wait(flights.join(&id, FILL, 1, |_| true));
        refresh.land(|| State::Ready(HeldValue::Integer(2)));
        assert_eq!(number(&block_on(waiting.landing())), Some(2));
    }

    #[test]
    fn concurrent_refreshes_are_one_running_and_one_next() {
        let (flights, id) = (flights(), id());
        let running = lead(flights.join(&id, REFRESH, 1, |_| true));
        let Joined::Queue(mut next, before) = flights.join(&id, REFRESH, 1, |_| true) else {
            panic!("a refresh does not join a body that has begun")
        };
        let third = wait(flights.join(&id, REFRESH, 1, |_| true));

        running.land(|| State::Ready(HeldValue::Integer(1)));
        assert!(before.landed().is_some());
        let fourth = wait(flights.join(&id, REFRESH, 1, |_| true));
        next.begin(2);
        let fifth = flights.join(&id, REFRESH, 1, |_| true);
        assert!(matches!(fifth, Joined::Queue(..)), "the next has begun");
        drop(fifth);
        next.land(|| State::Ready(HeldValue::Integer(2)));

        for waiting in [third, fourth] {
            assert_eq!(number(&block_on(waiting.landing())), Some(2));
        }
        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn a_next_refresh_that_is_gone_is_not_waited_for() {
        let (flights, id) = (flights(), id());
        let running = lead(flights.join(&id, REFRESH, 1, |_| true));
        drop(flights.join(&id, REFRESH, 1, |_| true));

        let again = flights.join(&id, REFRESH, 1, |_| true);

        assert!(matches!(again, Joined::Queue(..)));
        drop((again, running));
        assert_eq!(flights.len(), 0);
    }
}

/// Every interleaving of a few callers, by the model checker: `RUSTFLAGS="--cfg loom" cargo test --lib models`.
#[cfg(all(test, loom))]
mod models {
    use ::loom::future::block_on;
    use ::loom::sync::atomic::{AtomicUsize, Ordering};
    use ::loom::thread;

    use super::*;

    const FILL: (Purpose, Leader) = (Purpose::Fill, Leader::Blocking);
    const REFRESH: (Purpose, Leader) = (Purpose::Refresh, Leader::Blocking);

    fn id() -> Arc<Id> {
        Arc::new(Id { cache: 1, version: 1, key: Key::from("key") })
    }

    fn model(check: impl Fn() + Send + Sync + 'static) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(check);
    }

    /// One caller, until it has an answer: it leads, or it waits; a leader that `fails` is dropped once.
    fn call(flights: &Arc<Flights<u64>>, bodies: &AtomicUsize, mut fails: bool) -> i64 {
        loop {
            match flights.join(&id(), FILL, 1, |_| true) {
                Joined::Lead(seat) => {
                    bodies.fetch_add(1, Ordering::SeqCst);
                    if std::mem::take(&mut fails) {
                        drop(seat);
                        continue;
                    }
                    seat.land(|| State::Ready(HeldValue::Integer(7)));
                    return 7;
                }
                Joined::Wait(flight) => {
                    if let State::Ready(HeldValue::Integer(number)) = block_on(flight.landing()) {
                        return number;
                    }
                }
                Joined::Queue(..) => unreachable!("nobody refreshes"),
            }
        }
    }

    #[test]
    fn everyone_gets_an_answer_and_nothing_stays() {
        model(|| {
            let flights = Arc::new(Flights::new());
            let bodies = Arc::new(AtomicUsize::new(0));
            let (other, counted) = (Arc::clone(&flights), Arc::clone(&bodies));

            let thread = thread::spawn(move || call(&other, &counted, false));
            assert_eq!(call(&flights, &bodies, false), 7);

            assert_eq!(thread.join().unwrap(), 7);
            assert!((1..=2).contains(&bodies.load(Ordering::SeqCst)));
            assert_eq!(flights.len(), 0);
        });
    }

    #[test]
    fn a_dropped_leader_never_strands_the_other() {
        model(|| {
            let flights = Arc::new(Flights::new());
            let bodies = Arc::new(AtomicUsize::new(0));
            let (other, counted) = (Arc::clone(&flights), Arc::clone(&bodies));

            let thread = thread::spawn(move || call(&other, &counted, true));
            assert_eq!(call(&flights, &bodies, false), 7);

            assert_eq!(thread.join().unwrap(), 7);
            assert_eq!(flights.len(), 0);
        });
    }

    #[test]
    fn a_takeover_and_a_landing_agree_on_one_flight() {
        model(|| {
            let flights = Arc::new(Flights::new());
            let Joined::Lead(seat) = flights.join(&id(), FILL, 1, |_: &u64| true) else { unreachable!() };
            let Joined::Wait(waiting) = flights.join(&id(), FILL, 1, |_| true) else { unreachable!() };
            let landing = thread::spawn(move || seat.land(|| State::Ready(HeldValue::Integer(1))));

            match flights.take_over(&id(), &waiting, Leader::Blocking, 1) {
                Some(seat) => {
                    seat.land(|| State::Ready(HeldValue::Integer(2)));
                    assert!(waiting.landed().is_some());
                }
                None => assert!(block_on(waiting.landing()).has_landed()),
            }

            landing.join().unwrap();
            assert_eq!(flights.len(), 0);
        });
    }

    #[test]
    fn a_queued_refresh_always_begins() {
        model(|| {
            let flights = Arc::new(Flights::new());
            let Joined::Lead(running) = flights.join(&id(), REFRESH, 1, |_: &u64| true) else {
                unreachable!()
            };
            let other = Arc::clone(&flights);

            let thread = thread::spawn(move || match other.join(&id(), REFRESH, 1, |_| true) {
                Joined::Lead(seat) => seat.land(|| State::Unshared),
                Joined::Queue(mut seat, running) => {
                    block_on(running.landing());
                    seat.begin(2);
                    seat.land(|| State::Unshared);
                }
                Joined::Wait(_) => panic!("a refresh never joins a body that has begun"),
            });
            running.land(|| State::Unshared);

            thread.join().unwrap();
            assert_eq!(flights.len(), 0);
        });
    }
}

//! Whose turn it is: a caller leads the flight of its key, or waits for another's, never without end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use super::budget::within;
use super::flight::{AtStore, Flight, Flights, Joined, Leader, Purpose, Seat, State};
use super::one::{Call, Stamps};
use super::recursion;
use crate::base::clock::Moment;
use crate::base::entry::HeldValue;
use crate::base::event::Event;
use crate::base::sync::Counted;

/// What a caller is to do next.
pub(super) enum Turn {
    /// Compute: the seat is yours.
    Lead(Seat<Stamps>),
    /// Take the answer of the flight.
    Answer(HeldValue),
    /// Look up again: a flight has landed without an answer for everyone.
    LookAgain,
    /// Compute without storing: waiting would be without end, or has been long enough.
    Alone,
}

/// How long a caller has waited, and what it may do at each limit.
///
/// For the first leader it waits `wait`; then one of those who wait takes over. In all it waits twice
/// `wait`, and from then on those who wait are let go to compute alone: one, and twice as many at
/// each round after that. A round is over after `wait`, or when a flight has landed without an answer
/// for everyone (which is waited for one by one until `wait` is over). So of `n` callers nobody
/// waits longer than `wait` times two plus the binary logarithm of `n`, and they never compute all at once.
pub(super) struct Patience {
    since: Moment,
    deadline: Moment,
    rounds: u32,
    has_waited: bool,
}

impl Patience {
    pub(super) fn new(call: &Call) -> Self {
        let since = call.now();
        Self { since, deadline: since.plus(call.policy.wait), rounds: 0, has_waited: false }
    }

    pub(super) fn deadline(&self) -> Moment {
        self.deadline
    }

    /// Begins the second wait; false if that has begun already.
    pub(super) fn renew(&mut self, call: &Call) -> bool {
        if self.rounds > 0 {
            return false;
        }
        self.rounds = 1;
        self.deadline = self.last_deadline(call);
        true
    }

    /// Whether the body has begun late enough for the caller to wait on: the limit is for the body alone.
    fn is_prolonged(&mut self, call: &Call, flight: &Flight<Stamps>) -> bool {
        let deadline = flight.computes_since().map_or(self.deadline, |since| since.plus(call.policy.wait));
        self.deadline = deadline.min(self.last_deadline(call)).max(self.deadline);
        call.now() < self.deadline
    }

    /// Ends a round of the last wait; whether the caller is among those who are let go.
    fn is_let_go(&mut self, call: &Call, flight: &Flight<Stamps>) -> bool {
        self.rounds = self.rounds.max(1) + 1;
        self.deadline = call.now().plus(call.policy.wait);
        let in_all = 1_u32.checked_shl(self.rounds - 1).map_or(u32::MAX, |double| double - 1);
        flight.lets_go(in_all)
    }

    /// After a flight that had no answer for everyone: until its limit a caller stays in the row.
    fn leaves_the_row(&mut self, call: &Call, landed: &Flight<Stamps>) -> bool {
        call.now() >= self.since.plus(call.policy.wait) && self.is_let_go(call, landed)
    }

    fn last_deadline(&self, call: &Call) -> Moment {
        self.since.plus(call.policy.wait.saturating_mul(2))
    }

    /// Counts the caller among those who waited, once.
    pub(super) fn waits(&mut self, call: &Call) {
        if !std::mem::replace(&mut self.has_waited, true) {
            call.note(Event::Wait);
        }
    }
}

/// Waits until there is something to do.
pub(super) async fn turn(call: &mut Call, flights: &Arc<Flights<Stamps>>, patience: &mut Patience) -> Turn {
    loop {
        if recursion::is_computing(&call.id) {
            call.note(Event::Bypass);
            return Turn::Alone;
        }
        let born = call.stamps();
        let joined = flights.join(&call.id, (call.purpose, call.leader), born, |seen| call.holds(seen));
        match joined {
            Joined::Lead(seat) => return Turn::Lead(lead(call, seat)),
            Joined::Queue(seat, running) => return queue(call, seat, &running, patience).await,
            Joined::Wait(flight) => {
                if let Some(turn) = wait(call, flights, flight, patience).await {
                    return turn;
                }
            }
        }
    }
}

/// A refresh ends what was begun before it, and only then notes what its own fill is compared with.
fn lead(call: &mut Call, mut seat: Seat<Stamps>) -> Seat<Stamps> {
    call.displaced = seat.displaced();
    call.heir_of = call.displaced.as_ref().and_then(|flight| flight.token()).or(call.heir_of);
    if call.purpose == Purpose::Refresh {
        call.supersede();
        seat.begin(call.stamps());
    }
    call.leads = Some(seat.flight());
    if call.budget.is_spent() {
        call.deals(AtStore::Failed);
    }
    seat
}

/// Waits for the refresh before this one, at most until the limit.
async fn queue(
    call: &mut Call,
    seat: Seat<Stamps>,
    running: &Flight<Stamps>,
    patience: &mut Patience,
) -> Turn {
    if !freezes(call, running) {
        patience.waits(call);
        if within(&call.cache.core().clock, patience.deadline, running.landing()).await.is_none() {
            call.note(Event::WaitLimit);
        }
    }
    Turn::Lead(lead(call, seat))
}

/// Waits for a flight, and for what takes over from it; `None` says that there may be another one now.
async fn wait(
    call: &mut Call,
    flights: &Arc<Flights<Stamps>>,
    mut flight: Counted<Flight<Stamps>>,
    patience: &mut Patience,
) -> Option<Turn> {
    loop {
        if freezes(call, &flight) {
            return instead(call, flights, &flight);
        }
        patience.waits(call);
        let since = call.now();
        let landed = within(&call.cache.core().clock, patience.deadline, flight.landing()).await;
        call.heir_of = flight.token();
        call.shares_the_wait(&flight, since);
        match landed {
            Some(State::Ready(value)) => return Some(Turn::Answer(value)),
            Some(State::Released) => return Some(Turn::Alone),
            Some(State::Unshared | State::Abandoned) if patience.leaves_the_row(call, &flight) => {
                return Some(Turn::Alone);
            }
            Some(State::Unshared) => return Some(Turn::LookAgain),
            Some(State::Superseded) => drop(patience.renew(call)),
            Some(State::Abandoned | State::Queued | State::Computing) => return None,
            None if patience.is_prolonged(call, &flight) => continue,
            None if patience.renew(call) => {
                // At the first limit one of those who wait takes over.
                call.note(Event::WaitLimit);
                if let Some(seat) = take_over(call, flights, &flight) {
                    return Some(Turn::Lead(seat));
                }
            }
            None if patience.is_let_go(call, &flight) => {
                call.note(Event::WaitLimit);
                return Some(Turn::Alone);
            }
            None => {
                flight = flight.successor().unwrap_or(flight);
                continue;
            }
        }
        flight = flight.successor()?;
    }
}

fn take_over(
    call: &mut Call,
    flights: &Arc<Flights<Stamps>>,
    late: &Counted<Flight<Stamps>>,
) -> Option<Seat<Stamps>> {
    let seat = flights.take_over(&call.id, late, (call.purpose, call.leader), call.stamps())?;
    Some(lead(call, seat))
}

/// Instead of a flight that cannot be waited for: those who wait for the future go on, and whoever comes
/// from now on waits for this thread. Another may have been quicker, and is waited for; but a flight that
/// is queued has no place in the table to take, and would be found there again.
fn instead(
    call: &mut Call,
    flights: &Arc<Flights<Stamps>>,
    flight: &Counted<Flight<Stamps>>,
) -> Option<Turn> {
    match flights.replace(&call.id, flight, (call.purpose, call.leader), call.stamps()) {
        Some(seat) => Some(Turn::Lead(lead(call, seat))),
        None => flight.is_queued().then_some(Turn::Alone),
    }
}

/// Whether waiting would freeze the executor that must poll the leader: a synchronous caller on a
/// thread that drives a runtime does not wait for a future.
///
/// Without the feature `tokio` a thread is known by the calls that it has polled. One that has polled
/// none yet waits, until the limit at most.
fn freezes(call: &Call, flight: &Flight<Stamps>) -> bool {
    call.leader == Leader::Blocking && flight.leader() == Leader::Async && drives_a_runtime()
}

thread_local! {
    /// Whether this thread has polled a cached call that missed: then it is, or was, one of an executor's.
    static POLLS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// A cached call that is `async`: whichever thread polls it is noted as one of an executor's.
pub(super) async fn polled<F: Future>(call: F) -> F::Output {
    let mut call = pin!(call);
    poll_fn(|context| {
        POLLS.set(true);
        call.as_mut().poll(context)
    })
    .await
}

fn drives_a_runtime() -> bool {
    #[cfg(feature = "tokio")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return true;
    }
    POLLS.get()
}

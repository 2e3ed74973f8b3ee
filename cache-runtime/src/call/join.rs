//! Whose turn it is: a caller leads the flight of its key, or waits for another's, never without end.

use std::sync::Arc;

use super::budget::within;
use super::flight::{Flight, Flights, Joined, Leader, Purpose, Seat, State};
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

/// How long a caller has waited: once for the first leader, once more for the one that took over.
pub(super) struct Patience {
    deadline: Moment,
    rounds: u8,
    has_waited: bool,
}

impl Patience {
    pub(super) fn new(call: &Call) -> Self {
        Self { deadline: call.now().plus(call.policy.wait), rounds: 0, has_waited: false }
    }

    pub(super) fn deadline(&self) -> Moment {
        self.deadline
    }

    /// Begins the second wait; false if that is over too.
    pub(super) fn renew(&mut self, call: &Call) -> bool {
        self.rounds += 1;
        self.deadline = call.now().plus(call.policy.wait);
        self.rounds == 1
    }

    /// Whether the body has begun late enough for the caller to wait on: the limit is for the body alone.
    fn is_prolonged(&mut self, call: &Call, flight: &Flight<Stamps>) -> bool {
        let deadline = flight.computes_since().map_or(self.deadline, |since| since.plus(call.policy.wait));
        self.deadline = deadline.max(self.deadline);
        call.now() < self.deadline
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
    call.heir_of = seat.heir_of().or(call.heir_of);
    if call.purpose == Purpose::Refresh {
        call.supersede();
        seat.begin(call.stamps());
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
    if freezes(call, &flight) {
        // Those who wait for the future go on; whoever comes from now on waits for this thread.
        let seat = flights.replace(&call.id, &flight, (call.purpose, call.leader), call.stamps())?;
        return Some(Turn::Lead(lead(call, seat)));
    }
    patience.waits(call);
    loop {
        let landed = within(&call.cache.core().clock, patience.deadline, flight.landing()).await;
        call.heir_of = flight.token();
        match landed {
            Some(State::Ready(value)) => return Some(Turn::Answer(value)),
            Some(State::Unshared) => return Some(Turn::LookAgain),
            Some(State::Released) => return Some(Turn::Alone),
            Some(State::Superseded) if !patience.renew(call) => return Some(Turn::Alone),
            Some(State::Superseded) => {}
            Some(State::Abandoned | State::Queued | State::Computing) => return None,
            None if patience.is_prolonged(call, &flight) => continue,
            None => {
                if let Some(turn) = at_limit(call, flights, &flight, patience) {
                    return Some(turn);
                }
            }
        }
        flight = flight.successor()?;
    }
}

/// At the limit one of those who wait takes over; those who waited twice compute alone.
fn at_limit(
    call: &mut Call,
    flights: &Arc<Flights<Stamps>>,
    late: &Counted<Flight<Stamps>>,
    patience: &mut Patience,
) -> Option<Turn> {
    call.note(Event::WaitLimit);
    if !patience.renew(call) {
        return Some(Turn::Alone);
    }
    let seat = flights.take_over(&call.id, late, (call.purpose, call.leader), call.stamps())?;
    Some(Turn::Lead(lead(call, seat)))
}

/// Whether waiting would freeze the executor that must poll the leader: a synchronous caller on a
/// thread that drives a runtime does not wait for a future.
fn freezes(call: &Call, flight: &Flight<Stamps>) -> bool {
    call.leader == Leader::Blocking && flight.leader() == Leader::Async && drives_a_runtime()
}

thread_local! {
    /// Whether this thread has polled a cached call: then it is, or was, one of an executor's.
    static POLLS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Notes that this thread polls cached calls.
pub(super) fn polls() {
    POLLS.set(true);
}

fn drives_a_runtime() -> bool {
    #[cfg(feature = "tokio")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return true;
    }
    POLLS.get()
}

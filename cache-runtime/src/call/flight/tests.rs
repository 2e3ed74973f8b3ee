//! The flight's promises, one by one.

use std::sync::Arc;

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
    assert_eq!(flights.count(|_| true), 0);
}

#[test]
fn an_answer_for_nobody_is_not_made() {
    let (flights, id) = (flights(), id());
    let seat = lead(flights.join(&id, FILL, 1, |_| true));

    seat.land(|| panic!("nobody waits"));

    assert_eq!(flights.count(|_| true), 0);
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

    let taken = flights.take_over(&id, &waiting, FILL, 2);
    let second = flights.take_over(&id, &waiting, FILL, 2);

    assert!(taken.is_some() && second.is_none());
    assert!(matches!(block_on(waiting.landing()), State::Superseded));
    drop(late);
    assert_eq!(flights.count(|_| true), 1, "the late leader leaves the new flight alone");
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
    assert_eq!(flights.count(|_| true), 0);
}

#[test]
fn a_next_refresh_that_is_gone_is_not_waited_for() {
    let (flights, id) = (flights(), id());
    let running = lead(flights.join(&id, REFRESH, 1, |_| true));
    drop(flights.join(&id, REFRESH, 1, |_| true));

    let again = flights.join(&id, REFRESH, 1, |_| true);

    assert!(matches!(again, Joined::Queue(..)));
    drop((again, running));
    assert_eq!(flights.count(|_| true), 0);
}

//! Every interleaving of a few callers, by the model checker: `RUSTFLAGS="--cfg loom" cargo test --lib models`.

use std::sync::Arc;

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
        assert_eq!(flights.count(|_| true), 0);
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
        assert_eq!(flights.count(|_| true), 0);
    });
}

#[test]
fn a_takeover_and_a_landing_agree_on_one_flight() {
    model(|| {
        let flights = Arc::new(Flights::new());
        let Joined::Lead(seat) = flights.join(&id(), FILL, 1, |_: &u64| true) else { unreachable!() };
        let Joined::Wait(waiting) = flights.join(&id(), FILL, 1, |_| true) else { unreachable!() };
        let landing = thread::spawn(move || seat.land(|| State::Ready(HeldValue::Integer(1))));

        match flights.take_over(&id(), &waiting, FILL, 1) {
            Some(seat) => {
                seat.land(|| State::Ready(HeldValue::Integer(2)));
                assert!(waiting.landed().is_some());
            }
            None => assert!(block_on(waiting.landing()).has_landed()),
        }

        landing.join().unwrap();
        assert_eq!(flights.count(|_| true), 0);
    });
}

#[test]
fn a_queued_refresh_always_begins() {
    model(|| {
        let flights = Arc::new(Flights::new());
        let Joined::Lead(running) = flights.join(&id(), REFRESH, 1, |_: &u64| true) else { unreachable!() };
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
        assert_eq!(flights.count(|_| true), 0);
    });
}

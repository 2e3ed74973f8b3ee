//! A store that stands still under many callers of one key: it costs each of them its budget once, and one computes.

use std::time::Duration;

use cache_runtime::ErrorKind;
use cache_runtime::call::{Function, Intent, Lookup, STORE_BUDGET, Shape};
use cache_runtime::testing::{Call, Fault};

use crate::stage::{Bodies, STEP, Stage, Steps, ask, function, poll_all};

const CALLERS: usize = 1000;

/// Polls until all have ended, moving the clock; what they return, and how long the last one took.
fn end_all<T>(stage: &Stage, mut callers: Vec<Steps<'_, T>>) -> (Vec<T>, Duration) {
    let (begun, mut ended) = (stage.clock.now(), Vec::new());
    loop {
        loop {
            let more = poll_all(&mut callers);
            if more.is_empty() {
                break;
            }
            ended.extend(more);
        }
        let time = stage.clock.now().since(begun);
        if callers.is_empty() {
            return (ended, time);
        }
        assert!(time < Duration::from_mins(1), "they wait without end");
        stage.clock.advance(STEP);
    }
}

/// A call whose answer is its own.
async fn fail(function: &'static Function) -> Result<u64, String> {
    match function.lookup(Shape::result::<u64, String>(), Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute_async(async { Err("down".to_owned()) }).await,
    }
}

#[test]
fn a_thousand_cold_callers_wait_for_the_store_once_and_run_one_body() {
    for operation in [Call::Get, Call::Acquire] {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
        stage.store.inject(operation, Fault::Hang);
        let mut callers: Vec<_> =
            (0..CALLERS).map(|_| stage.start(ask(function, "key", bodies.run(7)))).collect();

        assert!(poll_all(&mut callers).is_empty());
        stage.clock.advance(STORE_BUDGET);
        assert!(poll_all(&mut callers).is_empty());
        assert_eq!(bodies.begun(), 1, "{operation:?}");
        bodies.finish();
        let (values, time) = end_all(&stage, callers);

        assert_eq!((values, bodies.begun()), (vec![7; CALLERS], 1), "{operation:?}");
        assert_eq!(time, Duration::ZERO, "{operation:?}");
    }
}

#[test]
fn those_who_wait_do_not_ask_a_store_that_has_failed_their_leader() {
    let (stage, function) = (Stage::new(), function("shared"));
    stage.store.inject(Call::Acquire, Fault::Hang);
    let mut callers: Vec<_> = (0..20).map(|_| stage.start(fail(function))).collect();
    assert!(poll_all(&mut callers).is_empty());
    stage.store.inject_all(&Fault::Hang);
    let before = stage.store.calls(Call::Get) + stage.store.calls(Call::Acquire);

    let (_, time) = end_all(&stage, callers);

    assert!(time <= STORE_BUDGET + STEP, "{time:?}");
    assert_eq!(stage.store.calls(Call::Get) + stage.store.calls(Call::Acquire), before);
    assert_eq!(stage.stats("shared").errors, 1, "the leader has counted it");
}

#[test]
fn what_leaders_that_went_away_have_waited_for_the_store_is_not_waited_again() {
    let (stage, bodies, function) = (Stage::new(), Bodies::open(), function("shared"));
    stage.store.inject(Call::Acquire, Fault::Hang);
    let mut leaders: Vec<_> = (0..3).map(|_| stage.start(ask(function, "key", bodies.run(1)))).collect();
    let mut waiter = stage.start(ask(function, "key", bodies.run(2)));
    assert!(poll_all(&mut leaders).is_empty() && waiter.poll().is_none());
    let begun = stage.clock.now();

    while !leaders.is_empty() {
        stage.clock.advance(STORE_BUDGET / 4);
        drop(leaders.remove(0));
        assert!(poll_all(&mut leaders).is_empty() && waiter.poll().is_none());
    }
    let (value, _) = waiter.end(&stage.clock);

    let time = stage.clock.now().since(begun);
    assert_eq!(value, 2);
    assert!(time <= STORE_BUDGET + STEP, "{time:?}");
}

#[test]
fn a_lease_that_was_given_without_an_answer_is_waited_for_by_nobody() {
    let (stage, bodies, function) = (Stage::new(), Bodies::open(), function("shared"));
    stage.store.inject_once(Call::Acquire, Fault::LoseAnswer(ErrorKind::TimedOut));
    stage.start(ask(function, "key", bodies.run(1))).end(&stage.clock);
    assert!(!stage.lease_is_free("key"));

    let (value, time) = stage.start(ask(function, "key", bodies.run(2))).end(&stage.clock);

    assert_eq!((value, time), (2, Duration::ZERO));
    assert_eq!(stage.stats("shared").fills, 1);
}

#[test]
fn a_lease_whose_fill_failed_is_waited_for_by_nobody() {
    let (stage, bodies, function) = (Stage::new(), Bodies::open(), function("shared"));
    stage.store.inject_once(Call::Fill, Fault::Hang);
    // Else the background may have released it by now.
    stage.store.inject(Call::Release, Fault::Fail(ErrorKind::Unavailable));
    stage.start(ask(function, "key", bodies.run(1))).end(&stage.clock);
    assert!(!stage.lease_is_free("key"));

    let (value, time) = stage.start(ask(function, "key", bodies.run(2))).end(&stage.clock);

    assert_eq!((value, time), (2, Duration::ZERO));
    assert_eq!(stage.stats("shared").fills, 1);
}

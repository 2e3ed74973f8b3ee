//! A leader that panics, goes away, errs, or is never polled again frees the others; one takes over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::call::{DEFAULT_WAIT, Function, Intent, Lookup, Shape};

use crate::stage::{
    ALL, Bodies, KEEPING, Stage, Steps, ask, ask_blocking, eventually, function, leaked, poll_all, settle,
};

const WAITERS: usize = 20;

/// Callers that have found a flight, and wait.
fn waiting<'a>(stage: &Stage, function: &'static Function, bodies: &'a Bodies) -> Vec<Steps<'a, u64>> {
    let mut steps: Vec<_> = (0..WAITERS).map(|_| stage.start(ask(function, "key", bodies.run(2)))).collect();
    assert!(poll_all(&mut steps).is_empty());
    assert_eq!(bodies.begun(), 0, "they wait for the leader");
    steps
}

/// All waiters get the value of one body, without any time passing.
fn one_takes_over(stage: &Stage, alias: &str, bodies: &Bodies, waiters: Vec<Steps<'_, u64>>) {
    let (_, waiters) = settle(waiters);
    assert_eq!(bodies.begun(), 1, "{alias}: one computes, and nobody else");
    bodies.finish();

    let (values, still_waiting) = settle(waiters);

    assert_eq!(values, [2; WAITERS], "{alias}");
    assert!(still_waiting.is_empty());
    assert_eq!((bodies.begun(), stage.flights(alias)), (1, 0), "{alias}");
}

#[test]
fn a_leader_that_panics_frees_the_others_at_once() {
    for alias in ALL {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let panics = async {
            gate.run(0).await;
            panic!("the body panics")
        };
        let mut leader = stage.start(ask(function, "key", panics));
        assert!(leader.poll().is_none());
        let waiters = waiting(&stage, function, &bodies);

        gate.finish();
        assert!(catch_unwind(AssertUnwindSafe(|| leader.poll())).is_err(), "the panic is its caller's");
        drop(leader);

        one_takes_over(&stage, alias, &bodies, waiters);
    }
}

#[test]
fn a_leader_that_is_dropped_frees_the_others_at_once() {
    for alias in ALL {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let mut leader = stage.start(ask(function, "key", gate.run(1)));
        assert!(leader.poll().is_none());
        let waiters = waiting(&stage, function, &bodies);

        drop(leader);

        one_takes_over(&stage, alias, &bodies, waiters);
    }
}

async fn ask_fallibly(
    function: &'static Function,
    bodies: &Bodies,
    value: Result<u64, String>,
) -> Result<u64, String> {
    let shape = Shape::result::<u64, String>();
    let body = async {
        bodies.run(0).await;
        value
    };
    match function.lookup(shape, Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute_async(body).await,
    }
}

#[test]
fn an_error_is_its_leaders_alone_and_the_next_one_computes() {
    for alias in KEEPING {
        let (stage, failing, bodies, function) =
            (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let mut leader = stage.start(ask_fallibly(function, &failing, Err("no".to_owned())));
        assert!(leader.poll().is_none());
        let mut waiters: Vec<_> =
            (0..WAITERS).map(|_| stage.start(ask_fallibly(function, &bodies, Ok(2)))).collect();
        assert!(poll_all(&mut waiters).is_empty());

        failing.finish();
        assert_eq!(leader.now(), Err("no".to_owned()));
        let (_, waiters) = settle(waiters);
        assert_eq!(bodies.begun(), 1, "{alias}");
        bodies.finish();
        let (values, _) = settle(waiters);

        assert_eq!(values, vec![Ok(2); WAITERS], "{alias}");
        assert_eq!((bodies.begun(), stage.flights(alias)), (1, 0), "{alias}");
    }
}

#[test]
fn a_leader_that_is_never_polled_again_loses_its_seat_at_the_limit() {
    for alias in ALL {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let mut leader = stage.start(ask(function, "key", gate.run(1)));
        assert!(leader.poll().is_none());
        let mut waiters = waiting(&stage, function, &bodies);

        stage.clock.advance(DEFAULT_WAIT.checked_sub(Duration::from_millis(1)).unwrap());
        assert!(poll_all(&mut waiters).is_empty());
        assert_eq!(bodies.begun(), 0, "{alias}: the limit has not come");
        stage.clock.advance(Duration::from_millis(1));

        one_takes_over(&stage, alias, &bodies, waiters);
        assert_eq!(stage.stats(alias).wait_limits, 1, "{alias}: the others wait once more");
        drop(leader);
    }
}

#[test]
fn threads_that_wait_for_a_future_that_nobody_polls_are_freed_at_the_limit() {
    for alias in ALL {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let mut leader = stage.start(ask(function, "key", gate.run(1)));
        assert!(leader.poll().is_none());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (caches, bodies) = (stage.caches.clone(), Arc::clone(&bodies));
                std::thread::spawn(move || {
                    caches.scope_blocking(|| ask_blocking(function, "key", || bodies.run_blocking(2)))
                })
            })
            .collect();
        eventually("all threads wait", || stage.stats(alias).waits == 8);

        stage.clock.advance(DEFAULT_WAIT);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 2);
        }

        assert_eq!(bodies.begun(), 1, "{alias}");
    }
}

#[test]
fn a_late_leader_still_returns_its_value_and_disturbs_nobody() {
    for alias in KEEPING {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let mut leader = stage.start(ask(function, "key", gate.run(1)));
        assert!(leader.poll().is_none());
        let mut waiter = stage.start(ask(function, "key", bodies.run(2)));
        assert!(waiter.poll().is_none());
        stage.clock.advance(DEFAULT_WAIT);
        assert_eq!(waiter.now(), 2);

        gate.finish();

        assert_eq!(leader.now(), 1);
        assert_eq!(stage.flights(alias), 0);
    }
}

#[test]
fn a_caller_that_has_waited_twice_computes_alone_and_stores_nothing() {
    for alias in KEEPING {
        let (stage, gate, bodies, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let mut stuck: Vec<_> = (0..2).map(|_| stage.start(ask(function, "key", gate.run(1)))).collect();
        assert!(poll_all(&mut stuck).is_empty());
        let mut waiter = stage.start(ask(function, "key", bodies.run(2)));
        assert!(waiter.poll().is_none());

        stage.clock.advance(DEFAULT_WAIT);
        assert!(poll_all(&mut stuck).is_empty(), "the second has taken over, and is stuck as well");
        assert!(waiter.poll().is_none(), "it waits once more");
        stage.clock.advance(DEFAULT_WAIT);

        assert_eq!(waiter.now(), 2, "{alias}");
        assert_eq!(gate.begun(), 2);
        assert_eq!(stage.stats(alias).fills, 0, "{alias}");
    }
}

#[test]
fn a_function_may_state_its_own_limit() {
    let (stage, gate, bodies) = (Stage::new(), Bodies::new(), Bodies::open());
    let function = leaked(Function::new("tests::hasty").wait(Duration::from_millis(100)));
    let mut leader = stage.start(ask(function, "key", gate.run(1)));
    assert!(leader.poll().is_none());
    let mut waiter = stage.start(ask(function, "key", bodies.run(2)));
    assert!(waiter.poll().is_none());

    stage.clock.advance(Duration::from_millis(100));

    assert_eq!(waiter.now(), 2);
}

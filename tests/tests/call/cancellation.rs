//! A caller that goes away at any await leaves nothing locked: others get their value.

use std::time::Duration;

use cache_runtime::ErrorKind;
use cache_runtime::call::{LEASE_LIFE, STORE_BUDGET};
use cache_runtime::force_refresh;
use cache_runtime::testing::{Call, Fault};

use crate::stage::{Bodies, KEEPING, STEP, Stage, ask_tagged, eventually, function};

/// A body with two awaits of its own.
async fn two_awaits() -> u64 {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    1
}

/// A stage on which every operation that a caller awaits takes two steps of the clock.
fn slow_stage() -> Stage {
    let stage = Stage::new();
    for operation in [Call::Get, Call::GetMany, Call::Stamp, Call::Acquire, Call::Fill] {
        stage.store.inject(operation, Fault::Delay(STEP * 2));
    }
    stage
}

/// Polls a call so often, and drops it; whether it had ended before.
fn dropped_after(stage: &Stage, alias: &'static str, polls: usize, refreshes: bool) -> bool {
    let function = function(alias);
    let call = async {
        let call = ask_tagged(function, "key", "tag", two_awaits());
        if refreshes { force_refresh(call).await } else { call.await }
    };
    let mut steps = stage.start(call);
    for _ in 0..polls {
        if steps.poll().is_some() {
            return true;
        }
        stage.clock.advance(STEP);
    }
    false
}

#[test]
fn a_caller_dropped_at_any_await_leaves_no_flight_and_no_lease() {
    for alias in KEEPING {
        for refreshes in [false, true] {
            let mut sweeps = 0;
            for polls in 0.. {
                let stage = slow_stage();
                let has_ended = dropped_after(&stage, alias, polls, refreshes);
                stage.store.heal();

                assert_eq!(stage.flights(alias), 0, "{alias}, dropped after {polls} polls");
                eventually("the lease is released", || stage.lease_is_free("key"));
                if has_ended {
                    break;
                }
                sweeps += 1;
            }
            assert!(sweeps >= if alias == "shared" { 10 } else { 3 }, "{alias}: {sweeps} awaits");
        }
    }
}

#[test]
fn another_caller_gets_its_value_at_once() {
    for alias in KEEPING {
        for polls in 0.. {
            let stage = slow_stage();
            let has_ended = dropped_after(&stage, alias, polls, false);
            stage.store.heal();
            eventually("the lease is released", || stage.lease_is_free("key"));

            let bodies = Bodies::open();
            let call = ask_tagged(function(alias), "key", "tag", bodies.run(2));
            let (value, time) = stage.start(call).end(&stage.clock);

            // What the dropped caller had sent may have been stored.
            assert!(value == 2 || (value == 1 && bodies.begun() == 0), "after {polls} polls: {value}");
            assert!(time <= STEP, "{alias}, after {polls} polls: {time:?}");
            if has_ended {
                break;
            }
        }
    }
}

#[test]
fn a_caller_that_waits_takes_over_from_one_that_is_dropped_without_a_release() {
    for polls in 0.. {
        let stage = slow_stage();
        stage.store.inject(Call::Release, Fault::Fail(ErrorKind::Unavailable));
        let function = function("shared");
        let mut dropped = stage.start(ask_tagged(function, "key", "tag", two_awaits()));
        let bodies = Bodies::open();
        let mut waiter = stage.start(ask_tagged(function, "key", "tag", bodies.run(2)));
        let mut has_ended = false;
        for _ in 0..polls {
            has_ended = dropped.poll().is_some();
            if has_ended {
                break;
            }
            assert!(waiter.poll().is_none());
            stage.clock.advance(STEP);
        }
        drop(dropped);

        let (value, time) = waiter.end(&stage.clock);

        assert!(matches!(value, 1 | 2), "after {polls} polls: {value}");
        assert!(time <= STORE_BUDGET + STEP * 10, "after {polls} polls: {time:?}");
        if has_ended {
            break;
        }
    }
}

#[test]
fn another_process_gets_its_value_within_the_life_of_a_lease_whose_release_was_lost() {
    let stage = Stage::new();
    let (function, never) = (function("shared"), Bodies::new());
    stage.store.inject(Call::Release, Fault::Fail(ErrorKind::Unavailable));
    let mut dropped = stage.start(ask_tagged(function, "key", "tag", never.run(1)));
    assert!(dropped.poll().is_none());
    drop(dropped);
    eventually("the release was lost", || stage.store.calls(Call::Release) == 1);

    let other = stage.another_process();
    let (value, time) = other.start(ask_tagged(function, "key", "tag", async { 2 })).end(&stage.clock);

    assert_eq!(value, 2);
    assert!(time <= LEASE_LIFE + Duration::from_millis(200), "{time:?}");
}

#[test]
fn waiters_that_are_dropped_disturb_nobody() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
        assert!(leader.poll().is_none());
        let mut waiters: Vec<_> =
            (0..4).map(|_| stage.start(ask_tagged(function, "key", "tag", bodies.run(2)))).collect();
        assert!(crate::stage::poll_all(&mut waiters).is_empty());

        waiters.truncate(1);
        bodies.finish();

        assert_eq!((leader.now(), bodies.begun()), (1, 1));
        assert_eq!(crate::stage::settle(waiters).0, [1], "{alias}");
        assert_eq!(stage.flights(alias), 0);
    }
}

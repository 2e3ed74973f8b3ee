//! How long a lease lives: as long as its computation runs, up to a limit, and what becomes of a refresh that has lost it.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::call::{Function, LEASE_LIFE, LEASE_LIMIT};
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{ErrorKind, Timeout, force_refresh};

use crate::fleet::fleet;
use crate::stage::{Bodies, Stage, ask, ask_blocking, eventually, function, leaked, now};

/// Moves the clock by seconds, as long as the heartbeat follows: each extension is waited for.
pub(crate) fn pass_seconds(stage: &Stage, seconds: u64) {
    for _ in 0..seconds {
        let before = stage.store.calls(Call::Extend);
        stage.clock.advance(Duration::from_secs(1));
        eventually("the lease is extended", || stage.store.calls(Call::Extend) > before);
    }
}

#[test]
fn a_lease_is_extended_while_its_computation_runs() {
    let (stage, bodies, none) = (Stage::new(), Bodies::new(), Bodies::open());
    let function = leaked(Function::new("tests::slow").cache("shared").wait(Duration::from_mins(5)));
    let mut leader = stage.start(ask(function, "key", bodies.run(1)));
    assert!(leader.poll().is_none());
    let other = stage.another_process();
    let mut waiter = other.start(ask(function, "key", none.run(2)));

    for _ in 0..20 {
        pass_seconds(&stage, 1);
        assert!(waiter.poll().is_none(), "the lease lives, and so nobody else computes");
    }
    bodies.finish();

    assert_eq!(leader.now(), 1);
    assert_eq!((waiter.end(&stage.clock).0, none.begun()), (1, 0));
    assert_eq!(stage.stats("shared").fills, 1, "a slow computation still fills");
}

#[test]
fn a_blocking_body_keeps_its_lease() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    let (caches, body) = (stage.caches.clone(), Arc::clone(&bodies));
    let thread = std::thread::spawn(move || {
        caches.scope_blocking(|| ask_blocking(function, "key", || body.run_blocking(1)))
    });
    eventually("the body runs", || bodies.begun() == 1);

    pass_seconds(&stage, 10);
    assert!(!stage.lease_is_free("key"));
    bodies.finish();

    assert_eq!(thread.join().unwrap(), 1);
    assert_eq!(stage.stats("shared").fills, 1);
}

#[test]
fn a_lease_is_extended_up_to_its_limit_only() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    let mut leader = stage.start(ask(function, "key", bodies.run(1)));
    assert!(leader.poll().is_none());

    pass_seconds(&stage, LEASE_LIMIT.as_secs() - 1);
    assert!(!stage.lease_is_free("key"));
    let extensions = stage.store.calls(Call::Extend);
    stage.clock.advance(Duration::from_secs(1));
    stage.clock.advance(LEASE_LIFE);

    assert!(stage.lease_is_free("key"), "another process may compute");
    assert_eq!(stage.store.calls(Call::Extend), extensions);
    bodies.finish();
    assert_eq!(leader.now(), 1, "the caller gets its value");
    assert_eq!(stage.stats("shared").refused_fills, 1, "which is not stored");
}

#[test]
fn a_refresh_that_outlives_its_lease_takes_the_old_value_away() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    now(stage.cache("shared").set("key", &1_u64, Timeout::Never)).unwrap();
    let mut refresh = stage.start(force_refresh(ask(function, "key", bodies.run(2))));
    assert!(refresh.poll().is_none());

    stage.clock.advance(LEASE_LIMIT + LEASE_LIFE);
    bodies.finish();

    assert_eq!(refresh.now(), 2);
    assert_eq!(now(stage.cache("shared").get::<u64>("key")).unwrap(), None);
}

#[test]
fn a_refresh_whose_lease_was_not_extended_takes_the_old_value_away() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    now(stage.cache("shared").set("key", &1_u64, Timeout::Never)).unwrap();
    let mut refresh = stage.start(force_refresh(ask(function, "key", bodies.run(2))));
    assert!(refresh.poll().is_none());

    stage.store.inject(Call::Extend, Fault::Fail(ErrorKind::Unavailable));
    pass_seconds(&stage, LEASE_LIFE.as_secs());
    stage.store.heal();
    bodies.finish();

    assert_eq!(refresh.now(), 2);
    assert_eq!(now(stage.cache("shared").get::<u64>("key")).unwrap(), None);
}

#[test]
fn a_refresh_that_another_has_overtaken_leaves_its_value() {
    let (fleet, old, function) = (fleet(), Bodies::new(), function("shared"));
    let mut slow = fleet[0].start(force_refresh(ask(function, "key", old.run(1))));
    assert!(slow.poll().is_none());
    pass_seconds(&fleet[0], LEASE_LIFE.as_secs() + 1);

    let newer = fleet[1].start(force_refresh(ask(function, "key", async { 2 }))).now();
    old.finish();

    assert_eq!((newer, slow.now()), (2, 1));
    assert_eq!(now(fleet[0].cache("shared").get("key")).unwrap(), Some(2_u64));
}

#[test]
fn a_lost_lease_is_extended_no_further() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    let mut leader = stage.start(ask(function, "key", bodies.run(1)));
    assert!(leader.poll().is_none());
    now(stage.cache("shared").delete("key")).unwrap();

    pass_seconds(&stage, 1);
    eventually("the answer was heard", || {
        let before = stage.store.calls(Call::Extend);
        stage.clock.advance(Duration::from_secs(1));
        stage.store.calls(Call::Extend) == before
    });

    bodies.finish();
    assert_eq!(leader.now(), 1);
    assert!(stage.lease_is_free("key"));
}

#[test]
fn a_lease_ends_with_its_caller() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    for outcome in ["dropped", "filled"] {
        let mut leader = stage.start(ask(function, outcome, bodies.run(1)));
        assert!(leader.poll().is_none());
        assert!(!stage.lease_is_free(outcome));

        if outcome == "filled" {
            bodies.finish();
            assert_eq!(leader.poll(), Some(1));
        }
        drop(leader);

        eventually("the lease has ended", || stage.lease_is_free(outcome));
    }
    assert_eq!(stage.store.calls(Call::Fill), 1);
}

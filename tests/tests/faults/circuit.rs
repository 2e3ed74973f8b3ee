//! The circuit: when it opens, what an open one costs, and who tries the store again.

use std::pin::pin;
use std::time::Duration;

use cache_runtime::ErrorKind;
use cache_runtime::base::event::CircuitState;
use cache_runtime::testing::{Call, Fault};
use futures_util::{FutureExt, poll};

use crate::stage::{FAILURES, LONG, PAUSE, Stage};

#[tokio::test]
async fn failures_in_a_row_open_it() {
    let stage = Stage::new();
    stage.break_store();

    for _ in 1..FAILURES {
        stage.cache.get::<i32>("key").await.unwrap_err();
    }
    let before = stage.circuit();
    stage.cache.get::<i32>("key").await.unwrap_err();

    assert_eq!((before, stage.circuit()), (CircuitState::Closed, CircuitState::Open));
    assert_eq!(stage.state().openings, 1);
}

#[tokio::test]
async fn a_success_between_failures_keeps_it_closed() {
    let stage = Stage::new();

    for _ in 0..FAILURES {
        stage.store.inject_once(Call::Get, Fault::Fail(ErrorKind::TimedOut));
        stage.cache.get::<i32>("key").await.unwrap_err();
        stage.cache.get::<i32>("key").await.unwrap();
    }

    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn errors_that_are_answers_keep_it_closed() {
    let stage = Stage::new();

    for _ in 0..=FAILURES {
        assert_eq!(stage.cache.incr("absent", 1).await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn an_open_one_asks_the_store_nothing() {
    let stage = Stage::new();
    stage.open().await;
    let asked = stage.store.total_calls();

    let error = stage.cache.get::<i32>("key").await.unwrap_err();
    let computed = stage.cache.get_or_set("key", LONG, || async { 7 }).await;

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(computed, 7);
    assert_eq!(stage.store.total_calls(), asked);
    assert!(stage.state().refused >= 2);
}

#[tokio::test]
async fn one_caller_of_many_probes_after_the_pause() {
    let stage = Stage::new();
    stage.open().await;
    stage.store.heal();
    stage.store.inject(Call::Get, Fault::Hang);
    stage.clock.advance(PAUSE);
    let asked = stage.store.total_calls();

    let mut probe = pin!(stage.cache.get::<i32>("key"));
    assert!(poll!(&mut probe).is_pending());
    let others = [(); 2].map(|()| stage.cache.get::<i32>("key").now_or_never());

    assert!(others.into_iter().all(|other| other.is_some_and(|answer| answer.is_err())));
    assert_eq!(stage.circuit(), CircuitState::HalfOpen);
    assert_eq!(stage.store.total_calls(), asked + 1);
    stage.store.heal();
    probe.await.unwrap();
}

#[tokio::test]
async fn a_probe_that_succeeds_closes_it() {
    let stage = Stage::new();
    stage.open().await;
    stage.recover();

    stage.cache.get::<i32>("key").await.unwrap();

    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn a_probe_that_fails_opens_it_for_another_pause() {
    let stage = Stage::new();
    stage.open().await;
    stage.clock.advance(PAUSE);

    stage.cache.get::<i32>("key").await.unwrap_err();
    let asked = stage.store.total_calls();
    stage.clock.advance(PAUSE / 2);
    stage.cache.get::<i32>("key").await.unwrap_err();

    assert_eq!(stage.circuit(), CircuitState::Open);
    assert_eq!(stage.store.total_calls(), asked);
}

#[tokio::test]
async fn a_probe_whose_caller_goes_away_opens_it_again() {
    let stage = Stage::new();
    stage.open().await;
    stage.recover();
    stage.store.inject(Call::Get, Fault::Hang);

    assert!(stage.cache.get::<i32>("key").now_or_never().is_none());

    assert_eq!(stage.circuit(), CircuitState::Open);
}

#[tokio::test]
async fn a_probe_that_never_ends_is_replaced_by_another() {
    let stage = Stage::new();
    stage.open().await;
    stage.recover();
    stage.store.inject_once(Call::Get, Fault::Hang);
    let mut lost = pin!(stage.cache.get::<i32>("key"));
    assert!(poll!(&mut lost).is_pending());

    stage.clock.advance(5 * PAUSE);
    let answer = stage.cache.get::<i32>("key").now_or_never();

    assert!(answer.is_some_and(|answer| answer.is_ok()));
    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn callers_that_go_away_at_once_are_no_failures() {
    let stage = Stage::new();
    stage.store.inject(Call::Get, Fault::Hang);

    for _ in 0..=FAILURES {
        assert!(stage.cache.get::<i32>("key").now_or_never().is_none());
    }

    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn a_store_that_hangs_opens_it_by_the_budgets_of_calls() {
    let stage = Stage::new();
    stage.store.inject_all(&Fault::Hang);

    for number in 0..FAILURES {
        let mut call = pin!(stage.cache.get_or_set(number.to_string(), LONG, || async { 7 }));
        assert!(poll!(&mut call).is_pending());
        stage.clock.advance(Duration::from_millis(150));
        assert_eq!(call.await, 7);
    }

    assert_eq!(stage.circuit(), CircuitState::Open);
}

#[tokio::test]
async fn a_store_that_panics_opens_it() {
    let stage = Stage::new();
    stage.store.inject_all(&Fault::Panic);

    for number in 0..FAILURES {
        assert_eq!(stage.cache.get_or_set(number.to_string(), LONG, || async { 7 }).await, 7);
    }

    assert_eq!(stage.circuit(), CircuitState::Open);
}

//! What errors say: the operation that the caller has called, the cause, and where it was, without secrets.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::pin::pin;
use std::time::Duration;

use cache_runtime::backend::redis::Redis;
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{Caches, Error, Timeout, cached};
use futures_util::poll;

use crate::pending::{LOST, tagged};
use crate::stage::{FAILURES, LONG, Stage};

#[cached(key = "plain", timeout = 3600)]
async fn plain() -> i32 {
    7
}

fn operations(errors: &[Error]) -> Vec<&'static str> {
    errors.iter().map(Error::operation).collect()
}

/// What every operation says while the store fails.
async fn failing(stage: &Stage) -> Vec<Error> {
    let cache = &stage.cache;
    vec![
        cache.set("key", &1, LONG).await.unwrap_err(),
        cache.set("key", &1, Timeout::secs(0)).await.unwrap_err(),
        cache.set_many([("key", &1)], Timeout::secs(0)).await.unwrap_err(),
        cache.add("key", &1, LONG).await.unwrap_err(),
        cache.touch("key", Timeout::secs(0)).await.unwrap_err(),
        cache.invalidate_tag("tag").await.unwrap_err(),
        cache.has_key("key").await.unwrap_err(),
        cache.get::<i32>("key").await.unwrap_err(),
        cache.decr("key", 1).await.unwrap_err(),
        cache.incr_version("key", 1).await.unwrap_err(),
        cache.clear().await.unwrap_err(),
    ]
}

const CALLED: [&str; 11] = [
    "set",
    "set",
    "set_many",
    "add",
    "touch",
    "invalidate_tag",
    "has_key",
    "get",
    "decr",
    "incr_version",
    "clear",
];

#[tokio::test]
async fn an_outage_is_explained_by_its_own_failures() {
    let stage = Stage::new();
    stage.store.inject_once(Call::Get, LOST);
    stage.cache.get::<i32>("key").await.unwrap_err();
    stage.store.inject_all(&Fault::Hang);

    for number in 1..FAILURES {
        let mut call = pin!(stage.cache.get_or_set(number.to_string(), LONG, || async { 7 }));
        assert!(poll!(&mut call).is_pending());
        stage.clock.advance(Duration::from_millis(150));
        assert_eq!(call.await, 7);
    }

    let refused = stage.cache.get::<i32>("key").await.unwrap_err().to_string();
    assert!(refused.contains("the last failure: no answer within the time of a call"), "{refused}");
}

#[tokio::test]
async fn a_caller_that_goes_away_at_once_explains_no_outage() {
    let stage = Stage::new();
    stage.store.inject(Call::Get, LOST);
    for _ in 1..FAILURES {
        stage.cache.get::<i32>("key").await.unwrap_err();
    }
    let mut leaving = Box::pin(stage.cache.set("key", &1, LONG));
    stage.store.inject_once(Call::Set, Fault::Hang);
    assert!(poll!(&mut leaving).is_pending());
    stage.cache.get::<i32>("key").await.unwrap_err();
    drop(leaving);

    let refused = stage.cache.get::<i32>("key").await.unwrap_err().to_string();
    assert!(refused.contains("the last failure: injected by the test"), "{refused}");
}

#[tokio::test]
async fn an_error_names_the_operation_that_was_called() {
    let stage = Stage::new();
    stage.break_store();

    assert_eq!(operations(&failing(&stage).await), CALLED);
}

#[tokio::test]
async fn an_error_of_a_delivery_names_the_operation_that_was_called() {
    let stage = Stage::new();
    stage.store.inject_once(Call::Delete, LOST);
    stage.cache.delete("missed").await.unwrap_err();
    stage.store.inject(Call::DeleteMany, LOST);

    assert_eq!(stage.cache.set("key", &1, LONG).await.unwrap_err().operation(), "set");
}

#[tokio::test]
async fn an_error_of_a_companion_names_it_and_the_cause() {
    let stage = Stage::new();
    stage.break_store();
    let caches = &stage.caches;

    let errors = [
        caches.clone().scope(tagged::set(&8)).await.unwrap_err(),
        caches.clone().scope(plain::set(&8)).await.unwrap_err(),
        caches.clone().scope(plain::invalidate()).await.unwrap_err(),
        caches.clone().scope(plain::peek()).await.unwrap_err(),
    ];

    assert_eq!(operations(&errors), ["set", "set", "invalidate", "peek"]);
    for error in errors {
        assert!(error.to_string().contains("injected"), "{error}");
    }
}

#[tokio::test]
async fn an_open_circuit_says_what_was_wrong_and_where_without_the_password() {
    let url = "redis://user:hush@127.0.0.1:1";
    let redis = Redis::url(url).unwrap().connect_timeout(Duration::from_secs(10));
    let cache = Caches::builder().add("default", redis).build().unwrap().get("default").unwrap();
    for _ in 0..FAILURES {
        cache.get::<i32>("key").await.unwrap_err();
    }

    let error = cache.get::<i32>("key").await.unwrap_err().to_string();

    assert!(error.starts_with("get: store unavailable: "), "{error}");
    assert!(error.contains("left alone") && error.contains("127.0.0.1:1"), "{error}");
    assert!(error.contains("refused") && !error.contains("hush"), "{error}");
}

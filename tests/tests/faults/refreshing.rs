//! Refreshes whose new value the store did not take: the old one, which they have replaced, goes as soon as it can.

use cache_runtime::testing::{Call, Fault};
use cache_runtime::{ErrorKind, force_refresh};
use futures_util::FutureExt;

use crate::pending::{LOST, tagged};
use crate::stage::{LONG, Stage};

async fn refresh(stage: &Stage, value: i32) -> i32 {
    force_refresh(stage.cache.get_or_set("key", LONG, || async { value })).await
}

#[tokio::test]
async fn a_refresh_during_an_outage_takes_the_old_value_away() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open().await;

    let refreshed = refresh(&stage, 2).await;
    let pending = stage.state().pending;
    stage.recover();

    assert_eq!((refreshed, pending), (2, 1));
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_refresh_of_a_companion_during_an_outage_takes_the_old_value_away() {
    let stage = Stage::new();
    stage.caches.clone().scope(tagged()).await;
    stage.open().await;

    stage.caches.clone().scope(tagged::refresh()).await;
    stage.recover();

    assert_eq!(stage.cache.get::<i32>("tagged").await.unwrap(), None);
}

#[tokio::test]
async fn a_refresh_whose_fill_or_tags_fail_takes_the_old_value_away() {
    for fault in [LOST, Fault::Fail(ErrorKind::TooLarge), Fault::Panic] {
        for call in [Call::Acquire, Call::Stamp, Call::Fill] {
            let stage = Stage::new();
            stage.caches.clone().scope(tagged()).await;
            stage.store.inject_once(call, fault.clone());

            stage.caches.clone().scope(tagged::refresh()).await;

            assert_eq!(stage.cache.get::<i32>("tagged").await.unwrap(), None, "{call:?} {fault:?}");
            assert_eq!(stage.other().cache.get::<i32>("tagged").await.unwrap(), None, "{call:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_refresh_that_goes_away_while_it_stores_takes_the_old_value_away() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Fill, Fault::Hang);

    assert!(refresh(&stage, 2).now_or_never().is_none());

    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_refresh_without_the_right_to_store_leaves_what_was_set_meanwhile() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Acquire, LOST);

    let set = async || {
        stage.cache.set("key", &3, LONG).await.unwrap();
        2
    };
    let refreshed = force_refresh(stage.cache.get_or_set("key", LONG, set)).await;

    assert_eq!((refreshed, stage.cache.get("key").await.unwrap()), (2, Some(3)));
}

#[tokio::test]
async fn a_refresh_that_has_nothing_to_store_leaves_the_old_value() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open().await;

    let failing = async { Err::<i32, _>("no") };
    let refreshed = force_refresh(stage.cache.try_get_or_set("key", LONG, || failing)).await;
    stage.recover();

    assert_eq!(refreshed, Err("no"));
    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_fill_that_fails_leaves_nothing_pending() {
    let stage = Stage::new();
    stage.store.inject_once(Call::Fill, LOST);

    stage.cache.get_or_set("key", LONG, || async { 2 }).await;

    assert_eq!(stage.state().pending, 0);
}

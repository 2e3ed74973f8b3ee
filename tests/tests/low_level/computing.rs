//! `get_or_set`: what is not there is computed and stored.

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    an_absent_value_is_computed_and_stored,
    a_value_that_is_there_is_not_computed,
    an_error_is_returned_and_not_stored,
    get_or_set_is_apart_in_each_version,
);

async fn an_absent_value_is_computed_and_stored(stage: Stage) {
    // LL106 LL108
    let returned = stage.cache.get_or_set("key", LONG, async || "value".to_owned()).await;

    assert_eq!(returned, "value");
    assert_eq!(stage.cache.get("key").await.unwrap(), Some("value".to_owned()));
}

async fn a_value_that_is_there_is_not_computed(stage: Stage) {
    stage.cache.set("key", &42, LONG).await.unwrap();

    assert_eq!(stage.cache.get_or_set("key", LONG, async || 43).await, 42);
}

async fn an_error_is_returned_and_not_stored(stage: Stage) {
    let refused = stage.cache.try_get_or_set("key", LONG, async || Err::<i32, _>("refused")).await;

    assert_eq!(refused, Err("refused"));
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
}

async fn get_or_set_is_apart_in_each_version(stage: Stage) {
    // LL110
    stage.cache.with_version(2).get_or_set("key", LONG, async || 1979).await;

    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    assert_eq!(stage.cache.with_version(2).get("key").await.unwrap(), Some(1979));
    assert_eq!(stage.cache.with_version(3).get::<i32>("key").await.unwrap(), None);
}

//! The dummy cache takes everything and keeps nothing.

use cache_runtime::backend::dummy::Dummy;
use cache_runtime::testing::TestClock;
use cache_runtime::{Cache, Caches, ErrorKind, Timeout};

use crate::stage::{LONG, SHORT};

fn dummy() -> Cache {
    clocked_dummy().0
}

fn clocked_dummy() -> (Cache, TestClock) {
    let clock = TestClock::new();
    let caches = Caches::builder().clock(clock.clock()).add("default", Dummy::new()).build().unwrap();
    (caches.get("default").unwrap(), clock)
}

#[tokio::test]
async fn what_is_set_is_not_kept() {
    // BE001 BE025
    let cache = dummy();

    cache.set("key", &"value".to_owned(), LONG).await.unwrap();

    assert_eq!(cache.get::<String>("key").await.unwrap(), None);
}

#[tokio::test]
async fn every_add_succeeds() {
    // BE002 BE026
    let cache = dummy();

    assert!(cache.add("key", &1, LONG).await.unwrap());
    assert!(cache.add("key", &2, LONG).await.unwrap());
    assert_eq!(cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_computed_is_returned_and_not_kept() {
    // BE023 BE024
    let cache = dummy();

    assert_eq!(cache.get_or_set("key", LONG, async || "default".to_owned()).await, "default");
    assert_eq!(cache.get_or_set("nothing", LONG, async || None::<String>).await, None);
    assert_eq!(cache.get_or_set("key", LONG, async || "another".to_owned()).await, "another");
}

#[tokio::test]
async fn a_default_stands_in_for_every_key() {
    // BE003 BE085
    let cache = dummy();

    assert_eq!(cache.get::<String>("absent").await.unwrap(), None);
    assert_eq!(cache.get("absent").await.unwrap().unwrap_or_else(|| "bang!".to_owned()), "bang!");
}

#[tokio::test]
async fn many_keys_are_taken_and_not_kept() {
    // BE004 BE015 BE016 BE027 BE086
    let cache = dummy();

    cache.set_many([("a", &1), ("b", &2)], LONG).await.unwrap();
    cache.with_version(1).set_many([("a", &1), ("b", &2)], Timeout::secs(2)).await.unwrap();

    assert!(cache.get_many::<i32, _>(["a", "b"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_there_to_delete_find_or_touch() {
    // BE006 BE007 BE008 BE011 BE031
    let cache = dummy();
    cache.set("key", &1, LONG).await.unwrap();

    assert!(!cache.delete("key").await.unwrap());
    assert!(!cache.has_key("key").await.unwrap());
    assert!(!cache.touch("key", LONG).await.unwrap());
    assert_eq!(cache.ttl("key").await.unwrap(), None);
}

#[tokio::test]
async fn there_is_nothing_to_count() {
    // BE009
    let cache = dummy();
    cache.set("key", &1, LONG).await.unwrap();

    for (key, by) in [("key", 1), ("absent", 1), ("absent", -1)] {
        assert_eq!(cache.incr(key, by).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(cache.decr(key, by).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_timeout_changes_nothing() {
    // BE013 BE088
    let (cache, clock) = clocked_dummy();
    cache.set("key", &1, SHORT).await.unwrap();

    clock.advance(2 * SHORT);

    assert_eq!(cache.get::<i32>("key").await.unwrap(), None);
    assert!(cache.add("key", &2, LONG).await.unwrap());
    assert_eq!(cache.get::<i32>("key").await.unwrap(), None);
    assert!(!cache.has_key("key").await.unwrap());
}

#[tokio::test]
async fn deleting_many_clearing_and_closing_do_nothing_well() {
    // BE018 BE020 BE033
    let cache = dummy();

    assert_eq!(cache.delete_many(["a", "b"]).await.unwrap(), 0);
    cache.clear().await.unwrap();
    cache.close().await.unwrap();
}

#[tokio::test]
async fn there_is_nothing_to_move() {
    // BE021 BE030
    let cache = dummy();
    cache.set("key", &1, LONG).await.unwrap();

    for (cache, key) in [(cache.clone(), "key"), (cache.clone(), "absent"), (cache.with_version(2), "key")] {
        assert_eq!(cache.incr_version(key, 1).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(cache.decr_version(key, 1).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

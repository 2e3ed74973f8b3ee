//! The blocking twin does what the async API does, inside and outside of a runtime.

use std::collections::HashMap;

use cache_runtime::{BlockingCache, Timeout, Ttl};

use crate::stage::{LONG, Stage};

/// Uses every operation once.
fn walk(cache: &BlockingCache) {
    assert_eq!(cache.alias(), "default");
    cache.set("a", &1, LONG).unwrap();
    cache.set_many([("b", &2), ("c", &3)], LONG).unwrap();
    assert!(!cache.add("a", &9, LONG).unwrap());
    assert_eq!(cache.get("a").unwrap(), Some(1));
    let found: HashMap<String, i32> = cache.get_many(["b", "c", "absent"]).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(cache.stats().hits, 3);

    assert!(cache.touch("a", Timeout::Never).unwrap());
    assert_eq!(cache.ttl("a").unwrap(), Some(Ttl::Never));
    assert_eq!((cache.incr("a", 5).unwrap(), cache.decr("a", 2).unwrap()), (6, 4));
    assert_eq!(cache.incr_version("a", 2).unwrap(), 3);
    assert_eq!(cache.with_version(3).decr_version("a", 2).unwrap(), 1);

    assert!(cache.delete("a").unwrap());
    assert!(!cache.has_key("a").unwrap());
    assert_eq!(cache.delete_many(["b"]).unwrap(), 1);
    assert_eq!(cache.keys().unwrap(), ["c"]);
    cache.invalidate_tag("tag").unwrap();
    cache.clear().unwrap();
    assert_eq!(cache.cache().blocking().keys().unwrap(), [""; 0]);
    cache.close().unwrap();
}

#[test]
fn memory_outside_of_a_runtime() {
    walk(&Stage::memory().cache.blocking());
}

#[test]
fn a_shared_store_outside_of_a_runtime() {
    walk(&Stage::shared().cache.blocking());
}

#[tokio::test(flavor = "current_thread")]
async fn memory_inside_of_a_runtime_with_one_thread() {
    walk(&Stage::memory().cache.blocking());
}

#[tokio::test(flavor = "current_thread")]
async fn a_shared_store_inside_of_a_runtime_with_one_thread() {
    walk(&Stage::shared().cache.blocking());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_store_inside_of_a_runtime_with_many_threads() {
    walk(&Stage::shared().cache.blocking());
}

#[test]
fn redis_outside_of_a_runtime() {
    let stage = Stage::redis();

    walk(&stage.cache.blocking());
}

#[tokio::test(flavor = "current_thread")]
async fn redis_inside_of_a_runtime_with_one_thread() {
    let stage = Stage::redis();

    walk(&stage.cache.blocking());
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_inside_of_a_runtime_with_many_threads() {
    let stage = Stage::redis();

    walk(&stage.cache.blocking());
}

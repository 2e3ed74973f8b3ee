//! How long an entry lives in front: never longer than behind.

use std::time::Duration;

use cache_runtime::cached;

use crate::stage::{FRONT, Node, fleet};

/// A second later, with everything heard.
async fn later(fleet: &crate::stage::Fleet, node: &Node, time: Duration) {
    fleet.clock.advance(time);
    node.listen().await;
}

#[tokio::test]
async fn an_entry_in_front_ends_with_the_one_behind() {
    let fleet = fleet();
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.cache.set("key", "value", Duration::from_secs(10)).await.unwrap();
    later(&fleet, &there, Duration::from_secs(7)).await;
    there.get("key").await;

    later(&fleet, &there, Duration::from_millis(2999)).await;
    assert!(there.keeps("key").await);
    later(&fleet, &there, Duration::from_millis(1)).await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn an_entry_stays_in_front_for_a_stated_time_at_most() {
    let fleet = fleet();
    let (_, there) = fleet.two_with("key", "value").await;

    later(&fleet, &there, FRONT).await;

    assert!(!there.keeps("key").await);
    assert!(there.keeps("key").await);
}

#[tokio::test]
async fn an_entry_without_an_end_stays_in_front_for_a_stated_time_at_most() {
    let fleet = fleet();
    let node = fleet.node().await;
    node.cache.set("key", "value", cache_runtime::Timeout::Never).await.unwrap();
    node.get("key").await;

    later(&fleet, &node, FRONT).await;

    assert!(!node.keeps("key").await);
}

#[cached(key = "visits", timeout = 3600)]
async fn visits() -> i64 {
    std::future::ready(0).await
}

#[tokio::test]
async fn a_plain_integer_that_a_function_has_found_is_that_of_the_shared_store() {
    let here = fleet().node().await;
    here.cache.set("visits", &41, 60).await.unwrap();
    let visited = || here.caches.clone().scope(visits());
    assert_eq!(visited().await, 41);

    here.cache.incr("visits", 1).await.unwrap();

    assert_eq!(visited().await, 42);
    assert_eq!(here.cache.get::<i64>("visits").await.unwrap(), Some(42));
}

#[tokio::test]
async fn a_plain_integer_is_always_that_of_the_shared_store() {
    let fleet = fleet();
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.cache.set("key", &1, 60).await.unwrap();
    there.listen().await;
    there.cache.get::<i64>("key").await.unwrap();

    here.cache.incr("key", 1).await.unwrap();

    assert_eq!(there.cache.get::<i64>("key").await.unwrap(), Some(2));
}

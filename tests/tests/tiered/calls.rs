//! Cached functions over two tiers.

use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::cached;

use crate::stage::{Node, fleet};

#[cached(key = "plain:{name}", timeout = 60, ignore(bodies))]
async fn plain(bodies: &AtomicU32, name: &str) -> String {
    std::future::ready(format!("{name} {}", bodies.fetch_add(1, Ordering::SeqCst))).await
}

#[cached(key = "tagged:{name}", timeout = 60, tags = ["names"], ignore(bodies))]
async fn tagged(bodies: &AtomicU32, name: &str) -> String {
    std::future::ready(format!("{name} {}", bodies.fetch_add(1, Ordering::SeqCst))).await
}

impl Node {
    async fn plain(&self, bodies: &AtomicU32) -> String {
        self.caches.clone().scope(plain(bodies, "value")).await
    }

    async fn tagged(&self, bodies: &AtomicU32) -> String {
        self.caches.clone().scope(tagged(bodies, "value")).await
    }
}

/// Two nodes that have called a function, and keep its value.
async fn two() -> (Node, Node, AtomicU32) {
    let fleet = fleet();
    let (here, there, bodies) = (fleet.node().await, fleet.node().await, AtomicU32::new(0));
    for node in [&here, &there, &here, &there] {
        assert_eq!(node.plain(&bodies).await, "value 0");
        assert_eq!(node.tagged(&bodies).await, "value 1");
        node.listen().await;
    }
    (here, there, bodies)
}

#[tokio::test]
async fn a_hit_in_front_does_not_ask_the_shared_store() {
    let (_, there, bodies) = two().await;
    let calls = there.line.total_calls();

    there.plain(&bodies).await;
    there.tagged(&bodies).await;

    assert_eq!(there.line.total_calls(), calls);
}

#[tokio::test]
async fn an_invalidation_reaches_the_front_of_another_node() {
    let (here, there, bodies) = two().await;

    here.caches.clone().scope(plain::invalidate("value")).await.unwrap();
    there.listen().await;

    assert_eq!(there.plain(&bodies).await, "value 2");
}

#[tokio::test]
async fn an_invalidated_tag_reaches_the_front_of_another_node() {
    let (here, there, bodies) = two().await;

    here.cache.invalidate_tag("names").await.unwrap();
    there.listen().await;

    assert_eq!(there.tagged(&bodies).await, "value 2");
    assert_eq!(there.plain(&bodies).await, "value 0");
}

#[tokio::test]
async fn an_invalidated_tag_is_seen_at_once_where_it_was_done() {
    let (here, _, bodies) = two().await;

    here.cache.invalidate_tag("names").await.unwrap();

    assert_eq!(here.tagged(&bodies).await, "value 2");
}

#[tokio::test]
async fn a_refresh_reaches_the_front_of_another_node() {
    let (here, there, bodies) = two().await;

    here.caches.clone().scope(plain::refresh(&bodies, "value")).await;
    there.listen().await;

    assert_eq!(there.plain(&bodies).await, "value 2");
    assert_eq!(here.plain(&bodies).await, "value 2");
}

#[tokio::test]
async fn get_or_set_is_answered_by_the_front() {
    let (here, _, _) = two().await;
    here.cache.get_or_set("key", 60, async || "value".to_owned()).await;
    here.get("key").await;
    let calls = here.line.total_calls();

    let value = here.cache.get_or_set("key", 60, async || "another".to_owned()).await;

    assert_eq!((value.as_str(), here.line.total_calls()), ("value", calls));
}

//! Cached functions over every engine.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::{Caches, cached};
use tokio::sync::{Notify, watch};

use crate::stage::{Place, on_every_engine};

on_every_engine!(
    a_value_is_computed_once_and_read_by_another_process,
    an_invalidation_during_a_computation_keeps_the_old_value_out,
    a_tag_invalidates_what_carries_it,
);

#[cached(key = "square:{number}", timeout = 60, ignore(bodies))]
async fn square(bodies: &AtomicU32, number: u64) -> u64 {
    bodies.fetch_add(1, Ordering::SeqCst);
    number * number
}

#[cached(key = "tagged:{number}", timeout = 60, tags = ["numbers:{number}"], ignore(bodies))]
async fn tagged(bodies: &AtomicU32, number: u64) -> u32 {
    let _ = number;
    bodies.fetch_add(1, Ordering::SeqCst)
}

/// A computation that says when it has begun, and ends when it is told the truth.
struct Slow {
    begun: Notify,
    truth: watch::Sender<Option<u64>>,
}

#[cached(key = "truth:{name}", timeout = 60, ignore(slow))]
async fn truth(slow: &Arc<Slow>, name: &str) -> u64 {
    let _ = name;
    slow.begun.notify_one();
    let mut told = slow.truth.subscribe();
    told.wait_for(Option::is_some).await.unwrap().unwrap()
}

/// What another process has: caches of its own over the same place.
async fn process(place: &Place) -> Caches {
    place.store().await;
    Caches::builder().add("default", place.database()).build().unwrap()
}

async fn a_value_is_computed_once_and_read_by_another_process(place: Place) {
    let (first, second) = (process(&place).await, process(&place).await);
    let bodies = AtomicU32::new(0);
    // The connections are there: a cold one may take longer than a call waits.
    for caches in [&first, &second] {
        caches.get("default").unwrap().has_key("warm").await.unwrap();
    }

    let computed = first.scope(square(&bodies, 12)).await;
    let read = second.scope(square(&bodies, 12)).await;

    assert_eq!((computed, read), (144, 144));
    assert_eq!(bodies.load(Ordering::SeqCst), 1);
}

async fn an_invalidation_during_a_computation_keeps_the_old_value_out(place: Place) {
    let (node, other) = (process(&place).await, process(&place).await);
    node.get("default").unwrap().has_key("warm").await.unwrap();
    let slow = Arc::new(Slow { begun: Notify::new(), truth: watch::channel(None).0 });
    let computing = Arc::clone(&slow);
    let call = tokio::spawn(node.clone().scope(async move { truth(&computing, "old").await }));
    slow.begun.notified().await;

    other.clone().scope(truth::invalidate("old")).await.unwrap();
    slow.truth.send_replace(Some(1));

    assert_eq!(call.await.unwrap(), 1);
    assert_eq!(other.scope(truth::peek("old")).await.unwrap(), None);
    assert_eq!(node.get("default").unwrap().stats().refused_fills, 1);
}

async fn a_tag_invalidates_what_carries_it(place: Place) {
    let (node, other) = (process(&place).await, process(&place).await);
    let bodies = AtomicU32::new(0);
    for caches in [&node, &other] {
        caches.get("default").unwrap().has_key("warm").await.unwrap();
    }

    let first = node.clone().scope(tagged(&bodies, 5)).await;
    let again = other.clone().scope(tagged(&bodies, 5)).await;
    other.get("default").unwrap().invalidate_tag("numbers:5").await.unwrap();
    let anew = node.scope(tagged(&bodies, 5)).await;

    assert_eq!((first, again, anew), (0, 0, 1));
}

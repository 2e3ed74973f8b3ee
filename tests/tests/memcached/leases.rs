//! The lease protocol from several connections: whatever the order, no value from before an
//! invalidation is seen after it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::{Life, Ttl};
use cache_tests::{MemcachedServer, old_values_stay_out, runtime};

use crate::stage::{store_at, store_over, three};

const LEASE: Duration = Duration::from_secs(3);

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

#[test]
fn no_fill_from_before_an_invalidation_is_seen_after_it() {
    let server = MemcachedServer::start();

    old_values_stay_out(|| store_at(&server), "k:", "k:key");
}

#[test]
fn no_fill_from_before_an_invalidation_in_one_of_three_servers_is_seen_after_it() {
    let servers = three();

    old_values_stay_out(|| store_over(&servers), "k:", "k:key of three");
}

#[test]
fn one_of_many_processes_is_granted() {
    let server = MemcachedServer::start();

    for round in 0..100_u128 {
        let key = format!("key {round}");
        let granted = AtomicU64::new(0);
        thread::scope(|threads| {
            for thread in 0..4_u128 {
                let (store, key, granted) = (store_at(&server), &key, &granted);
                threads.spawn(move || {
                    let token = Token(round << 64 | thread);
                    let claim = store.acquire(key, token, LEASE, Claim::IfAbsent, None);
                    if runtime().block_on(claim).unwrap() == Acquired::Granted {
                        granted.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(granted.into_inner(), 1);
    }
}

#[tokio::test]
async fn a_value_stays_readable_and_countable_under_a_lease() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", text(41), Life::For(Duration::from_hours(1))).await.unwrap();
    store.acquire("key", Token(1), LEASE, Claim::Take, None).await.unwrap();

    assert_eq!(store.incr("key", 1).await.unwrap(), 42);
    assert!(store.touch("key", Life::Forever).await.unwrap());

    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, text(42));
    assert_eq!(store.ttl("key").await.unwrap(), Some(Ttl::Never));
    assert!(store.extend("key", Token(1), LEASE).await.unwrap());
    assert!(store.fill("key", Token(1), text(50), Life::Forever).await.unwrap());
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, text(50));
}

#[tokio::test]
async fn a_released_lease_leaves_the_value_that_it_was_over() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", text(1), Life::Forever).await.unwrap();
    store.acquire("key", Token(1), LEASE, Claim::Take, None).await.unwrap();

    store.release("key", Token(1)).await.unwrap();

    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, text(1));
    assert!(!store.fill("key", Token(1), text(2), Life::Forever).await.unwrap());
}

#[tokio::test]
async fn a_lease_outlives_the_value_that_it_is_over() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", text(1), Life::For(Duration::from_millis(50))).await.unwrap();
    store.acquire("key", Token(1), Duration::from_mins(1), Claim::Take, None).await.unwrap();

    ended(&store, "key").await;

    assert_eq!(store.ttl("key").await.unwrap(), None);
    assert!(!store.delete("absent").await.unwrap());
    assert!(store.fill("key", Token(1), text(2), Life::Forever).await.unwrap());
}

/// Asks until an entry has expired.
async fn ended(store: &SharedBackend, key: &str) {
    while store.get(key).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_invalidation_is_one_write_to_the_server() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", text(1), Life::Forever).await.unwrap();
    store.acquire("key", Token(1), LEASE, Claim::Take, None).await.unwrap();
    let before = (server.stat("cmd_get"), server.stat("delete_hits"), server.stat("cmd_set"));

    assert!(store.delete("key").await.unwrap());

    let after = (server.stat("cmd_get"), server.stat("delete_hits"), server.stat("cmd_set"));
    assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (2, 1, 0));
    assert!(!store.fill("key", Token(1), text(2), Life::Forever).await.unwrap());
}

//! Servers that are full, and values that are too large for them.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::memcached::Memcached;
use cache_runtime::backend::{Acquired, Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Timeout};
use cache_tests::MemcachedServer;

use crate::stage::store_at;

const LEASE: Duration = Duration::from_mins(1);

fn value() -> Bytes {
    Bytes::from_static(b"value")
}

fn too_large() -> Bytes {
    Bytes::from(vec![7; 2 << 20])
}

async fn is_there(store: &dyn Backend, key: &str) -> bool {
    store.get(key).await.unwrap().is_some()
}

/// Fills a server that may not evict, until it takes nothing more of this size.
async fn fill_up(store: &dyn Backend, size: usize) {
    for index in 0..100_000 {
        let set = store.set(&format!("filler {index}"), Bytes::from(vec![7; size]), Life::Forever).await;
        if set.is_err_and(|error| error.kind() == ErrorKind::TooLarge) {
            return;
        }
    }
    panic!("the server takes everything");
}

#[tokio::test]
async fn a_value_above_the_item_size_is_refused_and_the_old_one_is_gone() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    for operation in ["set", "set_many"] {
        store.set("key", value(), Life::Forever).await.unwrap();
        let other = ("other".to_owned(), value());
        let error = match operation {
            "set" => store.set("key", too_large(), Life::Forever).await,
            _ => store.set_many(&[("key".to_owned(), too_large()), other], Life::Forever).await,
        }
        .unwrap_err();

        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.to_string().contains("item size"), "{error}");
        assert!(!is_there(&*store, "key").await);
    }
    assert!(is_there(&*store, "other").await, "the values that are not too large are stored");
}

#[tokio::test]
async fn a_fill_above_the_item_size_ends_the_lease_and_leaves_no_older_value() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", value(), Life::Forever).await.unwrap();
    store.acquire("key", Token(1), LEASE, Claim::Take, None).await.unwrap();

    let error = store.fill("key", Token(1), too_large(), Life::Forever).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(!is_there(&*store, "key").await);
    let next = store.acquire("key", Token(2), LEASE, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(next, Acquired::Granted);
}

#[tokio::test]
async fn a_value_that_is_too_large_is_counted() {
    let server = MemcachedServer::start();
    let caches = Caches::builder().add("default", Memcached::url(&server.url()).unwrap()).build().unwrap();
    let cache = caches.get("default").unwrap();

    let error = cache.set("key", &"x".repeat(2 << 20), Timeout::Never).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(cache.stats().too_large, 1);
}

#[tokio::test]
async fn a_server_may_take_larger_items_than_usual() {
    let server = MemcachedServer::start_with(&["-I", "8m"]);
    let store = store_at(&server);

    store.set("key", too_large(), Life::Forever).await.unwrap();

    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, too_large());
}

#[tokio::test]
async fn a_full_server_that_may_not_evict_reports_writes_as_too_large() {
    let server = MemcachedServer::start_with(&["-M", "-m", "2"]);
    let store = store_at(&server);
    fill_up(&*store, 100_000).await;
    let value = Bytes::from(vec![7; 100_000]);

    let faults = [
        store.set("key", value.clone(), Life::Forever).await.unwrap_err(),
        store.set_many(&[("key".to_owned(), value.clone())], Life::Forever).await.unwrap_err(),
        store.add("key", value, Life::Forever).await.unwrap_err(),
    ];

    for error in faults {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.to_string().contains("memory is full"), "{error}");
    }
}

#[tokio::test]
async fn a_full_server_that_may_not_evict_still_takes_invalidations() {
    let server = MemcachedServer::start_with(&["-M", "-m", "2"]);
    let store = store_at(&server);
    for key in ["one", "two", "three", "many:1"] {
        store.set(key, value(), Life::Forever).await.unwrap();
    }
    store.acquire("leased", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    fill_up(&*store, 100_000).await;

    assert!(store.delete("one").await.unwrap());
    assert_eq!(store.delete_many(&["two".to_owned(), "three".to_owned()]).await.unwrap(), 2);
    assert!(!store.delete("leased").await.unwrap());
    store.clear("many:").await.unwrap();

    assert!(!is_there(&*store, "many:1").await);
    assert!(!store.fill("leased", Token(1), value(), Life::Forever).await.unwrap());
}

#[tokio::test]
async fn what_a_full_server_evicts_is_a_miss_and_never_another_value() {
    let server = MemcachedServer::start_with(&["-m", "4"]);
    let store = store_at(&server);
    let value_of = |index: usize| Bytes::from(format!("{index:01000}"));

    for index in 0..10_000 {
        store.set(&format!("key {index}"), value_of(index), Life::Forever).await.unwrap();
    }

    assert!(server.stat("evictions") > 0);
    let keys: Vec<_> = (0..10_000).map(|index| format!("key {index}")).collect();
    let found = store.get_many(&keys).await.unwrap();
    assert!(found.iter().flatten().count() > 0);
    for (index, record) in found.into_iter().enumerate() {
        assert!(record.is_none_or(|record| record.bytes == value_of(index)));
    }
}

#[tokio::test]
async fn many_large_entries_are_sent_in_parts() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    let entries: Vec<_> =
        (0..2500).map(|index| (format!("key {index}"), Bytes::from(vec![7; 4 << 10]))).collect();
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();

    store.set_many(&entries, Life::Forever).await.unwrap();

    let found = store.get_many(&keys).await.unwrap();
    assert!(found.into_iter().all(|record| record.is_some_and(|record| record.bytes.len() == 4 << 10)));
    assert_eq!(store.delete_many(&keys).await.unwrap(), 2500);
}

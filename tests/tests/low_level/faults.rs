//! What a caller sees of a store that fails, hangs or returns rubbish.

use std::sync::Arc;

use bytes::Bytes;
use cache_runtime::testing::{Call, Fault, FaultyBackend, TestClock};
use cache_runtime::{ErrorKind, Timeout};

use crate::stage::{LONG, Stage};

fn faulty() -> (Stage, Arc<FaultyBackend>) {
    let clock = TestClock::new();
    let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());
    (Stage::over(&store, &clock), store)
}

#[tokio::test]
async fn every_operation_of_a_store_that_is_down_is_an_error() {
    let (Stage { cache, .. }, store) = faulty();
    store.inject_all(&Fault::Fail(ErrorKind::Unavailable));

    let errors = [
        cache.get::<i32>("key").await.unwrap_err(),
        cache.get_many::<i32, _>(["key"]).await.unwrap_err(),
        cache.set("key", &1, LONG).await.unwrap_err(),
        cache.set_many([("key", &1)], LONG).await.unwrap_err(),
        cache.add("key", &1, LONG).await.unwrap_err(),
        cache.touch("key", LONG).await.unwrap_err(),
        cache.ttl("key").await.unwrap_err(),
        cache.delete("key").await.unwrap_err(),
        cache.delete_many(["key"]).await.unwrap_err(),
        cache.has_key("key").await.unwrap_err(),
        cache.keys().await.unwrap_err(),
        cache.clear().await.unwrap_err(),
        cache.incr("key", 1).await.unwrap_err(),
        cache.incr_version("key", 1).await.unwrap_err(),
        cache.invalidate_tag("tag").await.unwrap_err(),
    ];

    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Unavailable), "{errors:?}");
    assert_eq!(cache.stats().errors, errors.len() as u64);
}

#[tokio::test]
async fn a_lookup_of_a_store_that_is_down_is_a_counted_miss() {
    let (Stage { cache, .. }, store) = faulty();
    store.inject(Call::Get, Fault::Fail(ErrorKind::TimedOut));
    store.inject(Call::GetMany, Fault::Fail(ErrorKind::TimedOut));

    cache.get::<i32>("a").await.unwrap_err();
    cache.get_many::<i32, _>(["b", "c"]).await.unwrap_err();

    assert_eq!(cache.stats().misses["unreachable"], 3);
}

#[tokio::test]
async fn rubbish_is_a_counted_miss() {
    let (Stage { cache, .. }, store) = faulty();
    cache.set("key", &"text".to_owned(), LONG).await.unwrap();
    store.inject_all(&Fault::Garbage(Bytes::from_static(b"\x00 no entry of ours")));

    assert_eq!(cache.get::<String>("key").await.unwrap(), None);
    assert!(cache.get_many::<String, _>(["key"]).await.unwrap().is_empty());
    assert!(!cache.has_key("key").await.unwrap());
    assert_eq!(cache.stats().misses["undecodable"], 2);
}

#[tokio::test]
async fn many_keys_cost_one_round_trip() {
    let (Stage { cache, .. }, store) = faulty();

    cache.set_many([("a", &1), ("b", &2), ("c", &3)], LONG).await.unwrap();
    cache.get_many::<i32, _>(["a", "b", "c"]).await.unwrap();
    cache.delete_many(["a", "b", "c"]).await.unwrap();

    assert_eq!(store.total_calls(), 3);
}

#[tokio::test]
async fn of_many_values_one_that_cannot_be_written_keeps_all_out() {
    #[derive(Clone, serde::Deserialize)]
    struct Picky(bool);
    impl serde::Serialize for Picky {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 { serializer.serialize_bool(true) } else { Err(serde::ser::Error::custom("no")) }
        }
    }
    let (Stage { cache, .. }, store) = faulty();

    let error =
        cache.set_many([("a", &Picky(true)), ("b", &Picky(false))], Timeout::Never).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert_eq!(store.total_calls(), 0);
}

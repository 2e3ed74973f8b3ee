//! A cache that answers for another, and has one that answers for it: nothing of earlier outages is in either.

use std::sync::Arc;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::base::event::CircuitState;
use cache_runtime::testing::{Fault, FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches, ErrorKind};

use crate::stage::{FAILURES, LONG, PAUSE};

/// `a`, for which `b` answers, for which memory does.
struct Row {
    clock: TestClock,
    stores: [Arc<FaultyBackend>; 2],
    a: Cache,
    b: Cache,
}

fn caches(clock: &TestClock, stores: &[Arc<FaultyBackend>; 2], last: &str) -> Caches {
    let [first, second] = stores.each_ref().map(|store| Custom::new(Arc::clone(store) as Arc<dyn Backend>));
    let caches = Caches::builder().clock(clock.clock());
    let caches = caches.add("a", first.key_prefix("a").fallback("b"));
    let caches = caches.add("b", second.key_prefix("b").fallback(last));
    let third = Custom::new(Arc::new(FaultyBackend::memory(&clock.clock()).as_shared()) as Arc<dyn Backend>);
    caches.add("local", Memory::new()).add("third", third.key_prefix("a")).build().unwrap()
}

fn row() -> Row {
    let clock = TestClock::new();
    let stores = [0; 2].map(|_| Arc::new(FaultyBackend::memory(&clock.clock()).as_shared()));
    let caches = caches(&clock, &stores, "local");
    let [a, b] = ["a", "b"].map(|alias| caches.get(alias).unwrap());
    Row { clock, stores, a, b }
}

impl Row {
    /// Makes a store fail until its circuit is open.
    async fn open(&self, which: usize) {
        self.stores[which].inject_all(&Fault::Fail(ErrorKind::Unavailable));
        let cache = [&self.a, &self.b][which];
        for _ in 0..FAILURES {
            let _ = cache.get::<i32>("any").await;
        }
        assert_eq!(cache.stats().store.unwrap().circuit, CircuitState::Open);
    }

    async fn recover(&self) {
        self.stores.iter().for_each(|store| store.heal());
        self.clock.advance(PAUSE);
        for cache in [&self.a, &self.b] {
            cache.get::<i32>("any").await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_the_last_kept_in_an_earlier_outage_of_both_is_not_served() {
    let row = row();
    row.open(0).await;
    row.open(1).await;
    row.a.set("key", &1, LONG).await.unwrap();
    assert_eq!(row.a.get("key").await.unwrap(), Some(1));
    row.recover().await;
    row.a.delete("key").await.unwrap();

    row.open(0).await;
    row.open(1).await;

    assert_eq!(row.a.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn the_last_answers_also_where_the_one_before_it_was_down_first() {
    let row = row();
    row.b.set("own", &1, LONG).await.unwrap();
    row.open(1).await;
    row.open(0).await;

    row.a.set("key", &1, LONG).await.unwrap();
    let during = row.a.get("key").await.unwrap();
    row.recover().await;

    assert_eq!(during, Some(1));
    assert_eq!(row.a.get::<i32>("key").await.unwrap(), None);
    assert_eq!(row.b.get("own").await.unwrap(), Some(1));
}

#[test]
fn the_last_of_a_row_has_keys_of_its_own() {
    let clock = TestClock::new();
    let stores = [0; 2].map(|_| Arc::new(FaultyBackend::memory(&clock.clock()).as_shared()));

    let error = caches(&clock, &stores, "third").get("a").err().unwrap().to_string();

    assert!(error.contains("`third`") && error.contains("another `key_prefix`"), "{error}");
}

//! Synchronous and asynchronous callers, inside and outside of tokio.

use std::thread;

use cache_runtime::{Cache, Caches, Timeout};
use tokio::runtime::Builder;

use crate::stage::{Place, foreign_block_on, on_every_engine};

on_every_engine!(callers_of_every_kind_get_their_answers, more_callers_than_connections_get_their_answers);

async fn cache_at(place: &Place) -> Cache {
    place.store().await;
    Caches::builder().add("default", place.database()).build().unwrap().get("default").unwrap()
}

fn round_trip(cache: &Cache, key: &str) {
    cache.blocking().set(key, &7_u64, Timeout::Never).unwrap();
    assert_eq!(cache.blocking().get::<u64>(key).unwrap(), Some(7));
}

async fn callers_of_every_kind_get_their_answers(place: Place) {
    let cache = cache_at(&place).await;

    round_trip(&cache, "on a thread that drives a runtime");
    let outside = cache.clone();
    let threads = thread::spawn(move || {
        round_trip(&outside, "without a runtime");
        foreign_block_on(async { outside.set("by another executor", &7_u64, Timeout::Never).await.unwrap() });
        // A task of tokio may poll 128 times before it must return to its runtime.
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { (0..150).for_each(|_| round_trip(&outside, "in one task")) });
    });
    tokio::task::spawn_blocking(move || threads.join().unwrap()).await.unwrap();

    assert_eq!(cache.keys().await.unwrap().len(), 4);
}

async fn more_callers_than_connections_get_their_answers(place: Place) {
    let cache = cache_at(&place).await;

    let callers: Vec<_> = (0..100)
        .map(|index| {
            let cache = cache.clone();
            tokio::spawn(async move {
                cache.set(format!("k{index}"), &index, Timeout::Never).await.unwrap();
                assert_eq!(cache.get(format!("k{index}")).await.unwrap(), Some(index));
            })
        })
        .collect();

    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(cache.keys().await.unwrap().len(), 100);
    cache.close().await.unwrap();
    assert_eq!(cache.get("k1").await.unwrap(), Some(1));
}

#[test]
fn connections_end_with_their_runtime() {
    let place = Place::postgres();
    let cache = foreign_block_on(cache_at(&place));

    for round in 0..30 {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { cache.set("key", &round, Timeout::Never).await.unwrap() });
    }

    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let list = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%{}%' AND pid <> pg_backend_pid()",
        place.table
    );
    // The one of synchronous callers stays.
    runtime
        .block_on(crate::stage::eventually("the connections end", async || place.number(&list).await <= 1));
}

//! What only a memory cache does.

use std::sync::Arc;

use cache_runtime::backend::memory::Memory;
use cache_runtime::{Cache, Caches, ErrorKind};

use crate::stage::{LONG, Stage};

fn cache(memory: Memory) -> Cache {
    Caches::builder().add("default", memory).build().unwrap().get("default").unwrap()
}

async fn present(cache: &Cache, keys: std::ops::Range<i32>) -> Vec<i32> {
    let mut present = Vec::new();
    for key in keys {
        if cache.has_key(key.to_string()).await.unwrap() {
            present.push(key);
        }
    }
    present
}

#[tokio::test]
async fn stores_of_different_names_are_apart() {
    // BE046
    let caches = Caches::builder()
        .add("here", Memory::new().location("here"))
        .add("there", Memory::new().location("there"))
        .add("nowhere", Memory::new())
        .build()
        .unwrap();

    caches.get("here").unwrap().set("key", &1, LONG).await.unwrap();

    assert!(!caches.get("there").unwrap().has_key("key").await.unwrap());
    assert!(!caches.get("nowhere").unwrap().has_key("key").await.unwrap());
}

#[tokio::test]
async fn entries_that_were_read_survive_the_limit() {
    // BE051
    let cache = cache(Memory::new().max_entries(9));
    for key in 0..9 {
        cache.set(key.to_string(), &key, LONG).await.unwrap();
    }
    for key in 0..6 {
        cache.get::<i32>(key.to_string()).await.unwrap();
    }

    cache.set("9", &9, LONG).await.unwrap();

    let present = present(&cache, 0..10).await;
    assert!(present.starts_with(&[0, 1, 2, 3, 4, 5]), "{present:?}");
    assert_eq!((present.len(), present.last()), (9, Some(&9)), "{present:?}");
}

#[tokio::test]
async fn entries_that_were_set_again_survive_the_limit() {
    // BE052
    let cache = cache(Memory::new().max_entries(9));
    for key in (0..9).chain(3..9) {
        cache.set(key.to_string(), &key, LONG).await.unwrap();
    }

    cache.set("9", &9, LONG).await.unwrap();

    let present = present(&cache, 0..10).await;
    assert!(present.ends_with(&[3, 4, 5, 6, 7, 8, 9]), "{present:?}");
    assert_eq!(present.len(), 9, "{present:?}");
}

#[tokio::test]
async fn a_value_is_shared_and_not_copied_into_bytes() {
    let cache = Stage::memory().cache;
    let value = Arc::new(vec![1, 2, 3]);

    cache.set("key", &value, LONG).await.unwrap();

    let found: Arc<Vec<i32>> = cache.get("key").await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&found, &value));
}

#[tokio::test]
async fn a_value_too_large_for_the_store_is_an_error() {
    let cache = cache(Memory::new().max_weight(10_000).shards(1));

    let error = cache.set("key", &"x".repeat(20_000), LONG).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("`key`"), "{error}");
    assert_eq!(cache.stats().too_large, 1);
}

#[tokio::test]
async fn text_and_bytes_weigh_what_they_hold() {
    let cache = Stage::memory().cache;

    for value in ["x".repeat(1000), "y".repeat(500)] {
        cache.set(&value[..1], &value, LONG).await.unwrap();
    }
    cache.set("bytes", &vec![0_u8; 300], LONG).await.unwrap();

    let contents = 1000 + 500 + 300;
    assert_eq!(cache.stats().weight, Some(contents + 3 * size_of::<String>() as u64));
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Table(Vec<[u64; 4]>);

#[tokio::test]
async fn a_value_weighs_what_the_program_says() {
    let cache = cache(Memory::new().weigher(|table: &Table| 32 * table.0.len()));

    cache.set("table", &Table(vec![[0; 4]; 100]), LONG).await.unwrap();
    cache.set("other", &Arc::new(0.5), LONG).await.unwrap();

    assert_eq!(cache.stats().weight, Some(3200 + 8));
}

#[tokio::test]
async fn weights_of_the_program_bound_the_store() {
    let bounded = Memory::new().max_weight(100_000).weigher(|table: &Table| 32 * table.0.len());
    let cache = cache(bounded);

    for key in 0..100 {
        cache.set(key.to_string(), &Table(vec![[0; 4]; 100]), LONG).await.unwrap();
    }

    let stats = cache.stats();
    assert!(stats.weight.unwrap() <= 100_000, "{stats:?}");
    assert!(cache.has_key("99").await.unwrap(), "what was just set is there");
}

#[tokio::test]
async fn clones_and_versions_share_statistics() {
    let cache = Stage::memory().cache;
    cache.set("key", &1, LONG).await.unwrap();

    cache.clone().get::<i32>("key").await.unwrap();
    cache.with_version(2).get::<i32>("key").await.unwrap();

    let stats = cache.stats();
    assert_eq!((stats.hits, stats.total_misses(), stats.entries), (1, 1, Some(1)));
}

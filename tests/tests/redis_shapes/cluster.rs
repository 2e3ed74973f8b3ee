//! A cluster: every key where it belongs, whatever one operation names.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::{Cache, Caches, Timeout};
use cache_tests::Cluster;
use tokio::sync::Semaphore;

use crate::stage::{caches_at, eventually, patient_store_at, shared_cluster, store_at};

const LEASE: Duration = Duration::from_secs(3);

fn value(number: usize) -> Bytes {
    number.to_string().into()
}

/// Keys enough for every node, under a prefix of their own.
fn entries(prefix: &str, count: usize) -> Vec<(String, Bytes)> {
    (0..count).map(|number| (format!("{prefix}:{number}"), value(number))).collect()
}

fn names(entries: &[(String, Bytes)]) -> Vec<String> {
    entries.iter().map(|(key, _)| key.clone()).collect()
}

#[tokio::test]
async fn operations_on_many_keys_reach_all_their_slots() {
    let cluster = shared_cluster();
    let store = patient_store_at(&cluster.url());
    let entries = entries("many", 700);
    let keys = names(&entries);

    store.set_many(&entries, Life::Forever).await.unwrap();

    let found = store.get_many(&keys).await.unwrap();
    assert!(found.iter().zip(&entries).all(|(found, (_, value))| found.as_ref().unwrap().bytes == *value));
    let listed: BTreeSet<_> = store.keys("many:").await.unwrap().into_iter().collect();
    assert_eq!(listed, keys.iter().cloned().collect());
    assert_eq!(store.delete_many(&keys[..300]).await.unwrap(), 300);
    assert_eq!(store.delete_many(&keys[..301]).await.unwrap(), 1);
    store.clear("many:").await.unwrap();
    assert!(store.keys("many:").await.unwrap().is_empty());
}

#[tokio::test]
async fn many_values_of_one_node_are_one_write() {
    let cluster = shared_cluster();
    let store = patient_store_at(&cluster.url());
    let keys: Vec<_> = (0..20).map(|number| cluster.key_on(1, &format!("write:{number}:"))).collect();
    store.get("first").await.unwrap();
    let before: u64 = cluster.node(1).info("total_reads_processed").parse().unwrap();

    store.get_many(&keys).await.unwrap();

    let after: u64 = cluster.node(1).info("total_reads_processed").parse().unwrap();
    // The harness's own question is one, and the nodes speak with each other.
    assert!(after - before < 15, "{} reads of the socket for 20 keys", after - before);
}

#[tokio::test]
async fn a_lease_lies_in_the_slot_of_its_key_whatever_the_key_looks_like() {
    let cluster = shared_cluster();
    let store = patient_store_at(&cluster.url());

    for (number, key) in ["plain", "with:{tag}:1", "a}b", "a{}b", "}{", "{}", "{a{b}c"].iter().enumerate() {
        let token = Token(number as u128 + 1);
        let key = format!("lease:{key}");
        let granted = store.acquire(&key, token, LEASE, Claim::IfAbsent, None).await.unwrap();
        assert_eq!(granted, Acquired::Granted, "{key}");
        assert!(store.fill(&key, token, value(number), Life::Forever).await.unwrap(), "{key}");
        assert!(store.delete(&key).await.unwrap(), "{key}");
    }
}

#[tokio::test]
async fn tags_in_other_slots_than_their_entries_invalidate_them() {
    let cluster = shared_cluster();
    let tags: Vec<_> = (0..6).map(|number| (format!("tags:~t:{number:016x}"), number)).collect();
    let store = patient_store_at(&cluster.url());

    let first = store.stamp(&tags, Life::Forever).await.unwrap();
    let again: Vec<_> = tags.iter().map(|(key, version)| (key.clone(), version + 100)).collect();
    let second = store.stamp(&again, Life::Forever).await.unwrap();
    store.delete(&tags[2].0).await.unwrap();
    let third = store.stamp(&again, Life::Forever).await.unwrap();

    assert_eq!(first, [0, 1, 2, 3, 4, 5]);
    assert_eq!(second, first);
    assert_eq!(third, [0, 1, 102, 3, 4, 5]);
}

#[tokio::test]
async fn a_version_is_changed_across_slots() {
    let cluster = shared_cluster();
    let cache = caches_at(&cluster.url()).get("default").unwrap();
    cache.set("versioned", &7_u64, Timeout::secs(600)).await.unwrap();

    assert_eq!(cache.incr_version("versioned", 1).await.unwrap(), 2);

    assert_eq!(cache.get::<u64>("versioned").await.unwrap(), None);
    assert_eq!(cache.with_version(2).get::<u64>("versioned").await.unwrap(), Some(7));
}

/// Asks for a value whose body waits for a permit.
async fn ask(cache: Cache, bodies: Arc<AtomicU64>, go_on: Arc<Semaphore>) -> u64 {
    let compute = || async {
        bodies.fetch_add(1, Ordering::SeqCst);
        go_on.acquire().await.unwrap().forget();
        42
    };
    cache.get_or_set("cold", Timeout::secs(600), compute).await
}

/// How many lookups have found nothing.
fn absent(caches: &Caches) -> u64 {
    caches.get("default").unwrap().stats().misses.get("absent").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cold_callers_are_one_body() {
    let cluster = shared_cluster();
    // Caches of their own are processes of their own, as far as the cluster can tell.
    let processes: Vec<Caches> = (0..4).map(|_| caches_at(&cluster.url())).collect();
    let (bodies, go_on) = (Arc::new(AtomicU64::new(0)), Arc::new(Semaphore::new(0)));
    let mut callers = Vec::new();

    // Not all in one moment: a debug build answers so many no sooner than their budgets end.
    for wave in 1..=20_u64 {
        for caller in 0..50 {
            let cache = processes[caller % processes.len()].get("default").unwrap();
            callers.push(tokio::spawn(ask(cache, Arc::clone(&bodies), Arc::clone(&go_on))));
        }
        tokio::task::block_in_place(|| {
            eventually("all have found nothing", || processes.iter().map(absent).sum::<u64>() == 50 * wave);
        });
    }
    go_on.add_permits(1000);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), 42);
    }

    assert_eq!(bodies.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalidation_by_another_process_keeps_the_value_of_a_running_computation_out() {
    let cluster = shared_cluster();
    let (one, other) = (caches_at(&cluster.url()), caches_at(&cluster.url()));
    let (cache, invalidator) = (one.get("default").unwrap(), other.get("default").unwrap());
    let (begun, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));

    let computation = tokio::spawn({
        let (begun, go_on, cache) = (Arc::clone(&begun), Arc::clone(&go_on), cache.clone());
        async move {
            let compute = || async {
                begun.add_permits(1);
                go_on.acquire().await.unwrap().forget();
                1_u64
            };
            cache.get_or_set("fenced", Timeout::secs(600), compute).await
        }
    });
    begun.acquire().await.unwrap().forget();
    invalidator.delete("fenced").await.unwrap();
    go_on.add_permits(1);

    assert_eq!(computation.await.unwrap(), 1);
    assert_eq!(cache.get::<u64>("fenced").await.unwrap(), None);
    assert_eq!(cache.stats().refused_fills, 1);
}

#[tokio::test]
async fn a_synchronous_caller_and_another_executor_reach_a_cluster() {
    let cluster = shared_cluster();
    let cache = caches_at(&cluster.url()).get("default").unwrap();

    let found = tokio::task::spawn_blocking(move || {
        cache.blocking().set("synchronous", &7_u64, Timeout::secs(600)).unwrap();
        cache.blocking().get::<u64>("synchronous").unwrap()
    });

    assert_eq!(found.await.unwrap(), Some(7));
}

/// A cluster of its own with some keys of one slot in it: the slot's, and the keys.
async fn with_a_moving_slot() -> (Cluster, cache_runtime::backend::SharedBackend, u16, Vec<(String, Bytes)>) {
    let cluster = Cluster::start(&cache_tests::Server::redis(), 15_000);
    let store = patient_store_at(&cluster.url());
    let tag = cluster.key_on(0, "tag");
    let entries: Vec<_> =
        (0..10).map(|number| (format!("moved:{{{tag}}}:{number}"), value(number))).collect();
    store.set_many(&entries, Life::Forever).await.unwrap();
    let slot = cluster.slot(&entries[0].0);
    (cluster, store, slot, entries)
}

#[tokio::test]
async fn keys_of_a_slot_that_is_half_moved_are_read_written_and_deleted_where_they_are() {
    let (cluster, store, slot, entries) = with_a_moving_slot().await;
    cluster.begin_move(slot, 0, 2);
    cluster.move_keys(slot, 0, 2, 5);
    let keys = names(&entries);

    let found = store.get_many(&keys).await.unwrap();
    store.set_many(&entries, Life::Forever).await.unwrap();
    store.set(&keys[0], value(100), Life::Forever).await.unwrap();
    let removed = store.delete_many(&keys[3..7]).await.unwrap();
    let touched = store.touch(&keys[0], Life::Forever).await.unwrap();
    let sum = store.incr(&keys[0], 1).await.unwrap();
    // A key that was written in two places could not be moved.
    cluster.move_keys(slot, 0, 2, 100);
    cluster.end_move(slot, 0, 2);

    assert!(found.iter().zip(&entries).all(|(found, (_, value))| found.as_ref().unwrap().bytes == *value));
    assert_eq!(removed, 4);
    assert!(touched);
    assert_eq!(sum, 101);
    assert_eq!(store.get(&keys[0]).await.unwrap().unwrap().bytes, "101");
    assert_eq!(store.get(&keys[4]).await.unwrap(), None);
    let listed = store.keys("moved:").await.unwrap().len();
    assert_eq!(listed, 6);
}

#[tokio::test]
async fn lookups_that_travel_together_find_each_key_on_its_side_of_a_half_moved_slot() {
    let (cluster, store, slot, entries) = with_a_moving_slot().await;
    cluster.begin_move(slot, 0, 2);
    cluster.move_keys(slot, 0, 2, 5);
    cluster.node(2).forget_counts();

    let mut callers = tokio::task::JoinSet::new();
    for (key, value) in entries.iter().cycle().take(500).cloned() {
        let store = store.clone();
        callers.spawn(async move { (store.get(&key).await.unwrap().map(|record| record.bytes), value) });
    }
    let answers = callers.join_all().await;

    assert_eq!(answers.len(), 500);
    assert!(answers.iter().all(|(found, value)| found.as_ref() == Some(value)));
    assert!(cluster.node(2).calls("asking") >= 250);
}

#[tokio::test]
async fn a_slot_that_has_moved_is_found_with_one_redirection() {
    let (cluster, store, slot, entries) = with_a_moving_slot().await;
    cluster.begin_move(slot, 0, 2);
    cluster.move_keys(slot, 0, 2, 100);
    cluster.end_move(slot, 0, 2);
    cluster.node(0).forget_counts();

    for _ in 0..3 {
        for (key, value) in &entries {
            assert_eq!(store.get(key).await.unwrap().unwrap().bytes, value);
        }
    }

    assert!(cluster.node(0).info("errorstat_MOVED").contains("count=1"));
}

#[tokio::test]
async fn a_lease_of_a_slot_that_moves_is_refused_in_time_or_kept() {
    let (cluster, _, slot, entries) = with_a_moving_slot().await;
    let (store, key) = (store_at(&cluster.url()), format!("{}:cold", entries[0].0));
    store.get(&key).await.unwrap();
    cluster.begin_move(slot, 0, 2);
    let start = std::time::Instant::now();

    let during = store.acquire(&key, Token(1), LEASE, Claim::IfAbsent, None).await;
    let waited = start.elapsed();
    cluster.move_keys(slot, 0, 2, 100);
    cluster.end_move(slot, 0, 2);
    let after = store.acquire(&key, Token(2), LEASE, Claim::IfAbsent, None).await.unwrap();

    assert!(waited < Duration::from_millis(300), "{waited:?}");
    // No server takes two keys at once of which neither is there yet, while their slot moves.
    assert!(during.is_err(), "{during:?}");
    assert_eq!(after, Acquired::Granted);
}

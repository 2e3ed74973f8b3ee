//! Cached functions, pages and the low-level API over a folder, for callers of every kind.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use cache_runtime::backend::filesystem::Filesystem;
use cache_runtime::page::{self, CachePage};
use cache_runtime::{Cache, Caches, Timeout, cached};
use cache_tests::Folder;
use tower::ServiceExt;

use crate::stage::{PATIENCE, files, foreign_block_on};

fn caches(folder: &Folder) -> Caches {
    let files = Filesystem::at(folder.path()).answer_timeout(PATIENCE);
    Caches::builder().add("default", files).build().unwrap()
}

fn round_trip(cache: &Cache, key: &str) {
    cache.blocking().set(key, &7_u64, Timeout::Never).unwrap();
    assert_eq!(cache.blocking().get::<u64>(key).unwrap(), Some(7));
}

#[cached(key = "double:{number}", ignore(runs))]
async fn double(number: u32, runs: &AtomicU32) -> u32 {
    tokio::task::yield_now().await;
    runs.fetch_add(1, Ordering::Relaxed);
    number * 2
}

#[cached(key = "triple:{number}", ignore(runs), tags = ["triples"])]
fn triple(number: u32, runs: &AtomicU32) -> u32 {
    runs.fetch_add(1, Ordering::Relaxed);
    number * 3
}

#[tokio::test]
async fn a_cached_function_runs_once_for_all_nodes_until_it_is_invalidated() {
    let (folder, runs) = (Folder::in_memory(), AtomicU32::new(0));
    let (one, two) = (caches(&folder), caches(&folder));

    let first = one.clone().scope(double(2, &runs)).await;
    let second = two.clone().scope(double(2, &runs)).await;
    assert_eq!((first, second, runs.load(Ordering::Relaxed)), (4, 4, 1));
    assert!(two.scope(double::invalidate(2)).await.unwrap());

    one.scope(double(2, &runs)).await;
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[test]
fn a_synchronous_function_runs_once_until_its_tag_is_invalidated() {
    let (folder, runs) = (Folder::in_memory(), AtomicU32::new(0));
    let (one, two) = (caches(&folder), caches(&folder));

    let first = one.clone().scope_blocking(|| triple(2, &runs));
    let second = two.clone().scope_blocking(|| triple(2, &runs));
    assert_eq!((first, second, runs.load(Ordering::Relaxed)), (6, 6, 1));
    two.get("default").unwrap().blocking().invalidate_tag("triples").unwrap();

    one.scope_blocking(|| triple(2, &runs));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_invalidation_during_a_computation_keeps_the_old_value_out() {
    let folder = Folder::in_memory();
    let (one, two) = (caches(&folder).get("default").unwrap(), caches(&folder).get("default").unwrap());

    let computed = one
        .get_or_set("key", Timeout::secs(60), || async {
            two.delete("key").await.unwrap();
            "old".to_owned()
        })
        .await;

    assert_eq!(computed, "old");
    assert_eq!(two.get::<String>("key").await.unwrap(), None);
    assert_eq!(one.stats().refused_fills, 1);
}

#[tokio::test]
async fn a_page_is_shared_by_all_nodes_until_it_is_invalidated() {
    let (folder, runs) = (Folder::in_memory(), std::sync::Arc::new(AtomicU32::new(0)));
    let counted = std::sync::Arc::clone(&runs);
    let handler = move || {
        let run = counted.fetch_add(1, Ordering::Relaxed);
        async move { format!("run {run}") }
    };
    let app = Router::new().route("/page", get(handler).layer(CachePage::seconds(60)));
    let (one, two) = (caches(&folder), caches(&folder));

    assert_eq!(one.clone().scope(visit(&app)).await, "run 0");
    assert_eq!(two.clone().scope(visit(&app)).await, "run 0");
    two.scope(page::invalidate("/page")).await.unwrap();

    assert_eq!(one.scope(visit(&app)).await, "run 1");
}

async fn visit(app: &Router) -> String {
    let request = Request::builder().uri("http://pages.example/page").body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
    String::from_utf8(body.into()).unwrap()
}

/// The codecs write headers; the store adds its own and gives back what it was given.
#[tokio::test]
async fn integers_of_the_low_level_api_are_counted_by_the_store() {
    let folder = Folder::in_memory();
    let cache = caches(&folder).get("default").unwrap();
    cache.set("key", &41_u64, Timeout::Never).await.unwrap();

    assert_eq!(cache.incr("key", 1).await.unwrap(), 42);
    assert_eq!(files(folder.path(), ".entry").len(), 1);
}

#[test]
fn a_synchronous_caller_needs_no_runtime() {
    let folder = Folder::in_memory();

    round_trip(&caches(&folder).get("default").unwrap(), "key");
}

#[test]
fn another_executor_drives_the_store() {
    let folder = Folder::in_memory();
    let cache = caches(&folder).get("default").unwrap();

    let found = foreign_block_on(async {
        cache.set("key", &7_u64, Timeout::Never).await.unwrap();
        cache.get::<u64>("key").await.unwrap()
    });

    assert_eq!(found, Some(7));
}

#[tokio::test]
async fn a_synchronous_caller_on_the_only_thread_of_a_runtime_gets_its_answer() {
    let folder = Folder::in_memory();
    let cache = caches(&folder).get("default").unwrap();
    cache.set("other", &1_u64, Timeout::Never).await.unwrap();

    round_trip(&cache, "key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synchronous_callers_on_every_thread_of_a_runtime_get_their_answers() {
    let folder = Folder::in_memory();
    let cache = caches(&folder).get("default").unwrap();
    let callers: Vec<_> = (0..8)
        .map(|index| {
            let cache = cache.clone();
            tokio::spawn(async move { round_trip(&cache, &format!("key {index}")) })
        })
        .collect();

    for caller in callers {
        caller.await.unwrap();
    }
}

#[test]
fn one_store_serves_runtimes_that_come_and_go() {
    let folder = Folder::in_memory();
    let cache = caches(&folder).get("default").unwrap();

    for round in 0..50_u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async {
            cache.set("key", &round, Timeout::Never).await.unwrap();
            cache.get::<u64>("key").await.unwrap()
        });

        assert_eq!(found, Some(round));
    }
}

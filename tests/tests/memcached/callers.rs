//! Synchronous and asynchronous callers, inside and outside of tokio.

use std::sync::Arc;
use std::thread;

use cache_runtime::backend::memcached::Memcached;
use cache_runtime::{Cache, Caches, Timeout};
use cache_tests::{MemcachedServer, deadline, foreign_block_on};

use crate::stage::PATIENCE;

fn cache_at(server: &MemcachedServer) -> Cache {
    let caches = Caches::builder()
        .add(
            "default",
            Memcached::url(&server.url()).unwrap().answer_timeout(PATIENCE).connect_timeout(PATIENCE),
        )
        .build()
        .unwrap();
    caches.get("default").unwrap()
}

fn round_trip(cache: &Cache, key: &str) {
    cache.blocking().set(key, &7_u64, Timeout::Never).unwrap();
    assert_eq!(cache.blocking().get::<u64>(key).unwrap(), Some(7));
}

#[test]
fn a_synchronous_caller_needs_no_runtime() {
    let server = MemcachedServer::start();

    round_trip(&cache_at(&server), "key");
}

#[tokio::test]
async fn a_synchronous_caller_on_the_only_thread_of_a_runtime_gets_its_answer() {
    let server = MemcachedServer::start();
    let cache = cache_at(&server);
    cache.set("other", &1_u64, Timeout::Never).await.unwrap();

    deadline(move || round_trip(&cache, "key"));
}

/// A task of tokio may poll 128 times before it must return to its runtime.
#[test]
fn a_task_may_make_more_synchronous_calls_than_its_budget_has_polls() {
    let server = MemcachedServer::start();
    let cache = cache_at(&server);

    deadline(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { (0..150).for_each(|_| round_trip(&cache, "key")) });
    });
}

#[test]
fn another_executor_gets_its_answer() {
    let server = MemcachedServer::start();
    let cache = cache_at(&server);

    let found = foreign_block_on(async {
        cache.set("key", &7_u64, Timeout::Never).await.unwrap();
        cache.get::<u64>("key").await.unwrap()
    });

    assert_eq!(found, Some(7));
}

#[test]
fn many_threads_and_tasks_share_two_connections() {
    let server = MemcachedServer::start();
    let cache = Arc::new(cache_at(&server));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    thread::scope(|threads| {
        for thread in 0..8 {
            let (cache, runtime) = (&cache, &runtime);
            threads.spawn(move || {
                for round in 0..50 {
                    let key = format!("{thread}:{round}");
                    round_trip(cache, &key);
                    let cache = Arc::clone(cache);
                    let found =
                        runtime.block_on(async move { cache.get::<u64>(key.as_str()).await.unwrap() });
                    assert_eq!(found, Some(7));
                }
            });
        }
    });

    assert_eq!(server.clients(), 2);
}

//! Cached functions over Memcached, from several processes: one body, no old value after an
//! invalidation, an answer whatever the servers do.
//!
//! A process is a set of caches of its own: their flights do not meet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::memcached::Memcached;
use cache_runtime::{Caches, cached};
use cache_tests::{BOUND, MemcachedServer, Proxy};
use tokio::sync::{Semaphore, oneshot};

use crate::stage::{PATIENCE, three};

fn process_over(servers: &[MemcachedServer]) -> Caches {
    process_at(servers.iter().map(MemcachedServer::address))
}

fn process_at(servers: impl Iterator<Item = String>) -> Caches {
    let memcached = Memcached::servers(servers).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    Caches::builder().add("default", memcached).build().unwrap()
}

/// A process with the usual limits.
fn limited_process_at(server: String) -> Caches {
    Caches::builder().add("default", Memcached::servers([server]).unwrap()).build().unwrap()
}

/// A value that changes, and bodies that are let through one by one.
struct Source {
    value: AtomicU64,
    bodies: AtomicU64,
    gate: Semaphore,
    begun: Semaphore,
}

impl Source {
    const fn new() -> Self {
        Self {
            value: AtomicU64::new(1),
            bodies: AtomicU64::new(0),
            gate: Semaphore::const_new(0),
            begun: Semaphore::const_new(0),
        }
    }

    async fn read(&self) -> u64 {
        self.bodies.fetch_add(1, Ordering::SeqCst);
        let value = self.value.load(Ordering::SeqCst);
        self.begun.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        value
    }

    async fn has_begun(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

#[cached(key = "answer:{name}", tags = ["answers:{name}"], timeout = 60, ignore(source))]
async fn answer(source: &'static Source, name: &str) -> u64 {
    assert!(!name.is_empty());
    source.read().await
}

/// Computes in one process what another invalidates meanwhile; what is read afterwards.
async fn invalidated_meanwhile<F: Future<Output = ()>>(
    source: &'static Source,
    servers: Vec<MemcachedServer>,
    invalidate: impl FnOnce(Caches) -> F,
) -> (u64, u64) {
    let (one, two) = (process_over(&servers), process_over(&servers));
    let first = tokio::spawn(one.scope(answer(source, "name")));
    source.has_begun().await;

    source.value.store(2, Ordering::SeqCst);
    invalidate(two.clone()).await;
    source.gate.add_permits(2);
    let first = first.await.unwrap();
    let next = two.scope(answer(source, "name")).await;
    (first, next)
}

#[tokio::test]
async fn an_invalidation_by_another_process_keeps_the_old_value_out() {
    static SOURCE: Source = Source::new();

    let read = invalidated_meanwhile(&SOURCE, three(), |caches| {
        caches.scope(async { assert!(!answer::invalidate("name").await.unwrap()) })
    });

    assert_eq!(read.await, (1, 2));
}

#[tokio::test]
async fn a_clear_by_another_process_keeps_the_old_value_out() {
    static SOURCE: Source = Source::new();

    let read = invalidated_meanwhile(&SOURCE, three(), |caches| async move {
        caches.get("default").unwrap().clear().await.unwrap();
    });

    assert_eq!(read.await, (1, 2));
}

#[tokio::test]
async fn an_invalidated_tag_keeps_the_old_value_out() {
    static SOURCE: Source = Source::new();

    let read = invalidated_meanwhile(&SOURCE, three(), |caches| async move {
        caches.get("default").unwrap().invalidate_tag("answers:name").await.unwrap();
    });

    assert_eq!(read.await, (1, 2));
}

#[tokio::test]
async fn a_value_that_is_set_meanwhile_stays() {
    static SOURCE: Source = Source::new();

    let read = invalidated_meanwhile(&SOURCE, three(), |caches| {
        caches.scope(async { answer::set("name", &7).await.unwrap() })
    });

    assert_eq!(read.await, (1, 7));
}

#[tokio::test]
async fn two_processes_run_one_body() {
    static SOURCE: Source = Source::new();
    let servers = three();
    let (one, two) = (process_over(&servers), process_over(&servers));
    let first = tokio::spawn(one.scope(answer(&SOURCE, "name")));
    SOURCE.has_begun().await;
    let second = tokio::spawn(two.clone().scope(answer(&SOURCE, "name")));
    while two.get("default").unwrap().stats().waits == 0 {
        tokio::task::yield_now().await;
    }

    SOURCE.gate.add_permits(1);

    assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 1));
    assert_eq!(SOURCE.bodies.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_hit_is_served_and_an_invalidated_tag_ends_it() {
    static SOURCE: Source = Source::new();
    let servers = three();
    let caches = process_over(&servers);
    SOURCE.gate.add_permits(3);
    let ask = || caches.clone().scope(answer(&SOURCE, "name"));

    let (first, hit) = (ask().await, ask().await);
    SOURCE.value.store(2, Ordering::SeqCst);
    caches.get("default").unwrap().invalidate_tag("answers:name").await.unwrap();
    let after = ask().await;

    assert_eq!((first, hit, after), (1, 1, 2));
    assert_eq!(caches.get("default").unwrap().stats().fills, 2);
}

#[tokio::test]
async fn a_dead_server_costs_its_callers_a_computation_and_nothing_else() {
    static SOURCE: Source = Source::new();
    let mut servers = three();
    let caches = process_over(&servers);
    servers.iter_mut().for_each(MemcachedServer::kill);
    SOURCE.gate.add_permits(100);
    let start = Instant::now();

    for index in 0..100 {
        assert_eq!(caches.clone().scope(answer(&SOURCE, &index.to_string())).await, 1);
    }

    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(caches.get("default").unwrap().stats().fills, 0);
}

#[tokio::test]
async fn a_server_that_is_silent_garbled_or_hanging_costs_no_more_than_the_limit() {
    static SOURCE: Source = Source::new();
    let (silent, garbled, hanging) = (Proxy::silent(), Proxy::saying(b"VA x\r\n"), MemcachedServer::start());
    hanging.pause();
    SOURCE.gate.add_permits(3);

    for port in [silent.port(), garbled.port(), hanging.port()] {
        let caches = limited_process_at(format!("127.0.0.1:{port}"));
        let start = Instant::now();

        assert_eq!(caches.scope(answer(&SOURCE, "name")).await, 1);

        assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_answered_while_a_server_is_killed_and_restarted() {
    static SOURCE: Source = Source::new();
    let mut server = MemcachedServer::start();
    let caches = limited_process_at(server.address());
    SOURCE.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    let (stop, mut stopped) = oneshot::channel::<()>();
    let scope = caches.clone();
    let load = tokio::spawn(scope.scope(async move {
        let (mut calls, mut longest) = (0_u64, Duration::ZERO);
        while stopped.try_recv().is_err() {
            let start = Instant::now();
            assert_eq!(answer(&SOURCE, &(calls % 50).to_string()).await, 1);
            longest = longest.max(start.elapsed());
            calls += 1;
            tokio::task::yield_now().await;
        }
        (calls, longest)
    }));

    for _ in 0..5 {
        tokio::task::block_in_place(|| server.restart());
        let before = caches.get("default").unwrap().stats().fills;
        while caches.get("default").unwrap().stats().fills < before + 10 {
            tokio::task::yield_now().await;
        }
    }
    stop.send(()).unwrap();

    let (calls, longest) = load.await.unwrap();
    assert!(calls > 50 && longest < BOUND, "{calls} calls, the longest {longest:?}");
}

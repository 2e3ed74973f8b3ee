//! What a process keeps in front of its server: it is served without a question, and never after it has changed.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_runtime::backend::redis::{HEARD_EVERY, Redis};
use cache_runtime::{Cache, Cacheable, Caches, Timeout, cached};
use cache_tests::{Proxy, Sentinels, Server};

use crate::stage::{PATIENCE, caches_at, eventually};

const LONG: Timeout = Timeout::secs(600);

fn keeping(url: &str) -> Cache {
    let redis = Redis::url(url).unwrap().client_cache(1000);
    let patient = redis.connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    Caches::builder().add("default", patient).build().unwrap().get("default").unwrap()
}

fn other(server: &Server) -> Cache {
    caches_at(&server.url()).get("default").unwrap()
}

/// Reads until the answer comes without a question to the server.
async fn eventually_kept<T: Cacheable>(server: &Server, cache: &Cache, key: &str) {
    let start = std::time::Instant::now();
    loop {
        let before = server.calls("get");
        let found = cache.get::<T>(key).await.unwrap();
        if found.is_some() && server.calls("get") == before {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "`{key}` was never kept");
        tokio::task::yield_now().await;
    }
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Report {
    text: String,
}

#[tokio::test]
async fn what_was_asked_for_is_served_without_a_question() {
    let server = Server::redis().start();
    let cache = keeping(&server.url());
    other(&server).set("key", &Report { text: "kept".to_owned() }, LONG).await.unwrap();
    eventually_kept::<Report>(&server, &cache, "key").await;
    server.forget_counts();

    for _ in 0..100 {
        assert_eq!(cache.get::<Report>("key").await.unwrap().unwrap().text, "kept");
    }

    assert_eq!(server.calls("get"), 0);
}

static BODIES: AtomicU64 = AtomicU64::new(0);

#[cached(key = "squared:{number}", timeout = 600)]
async fn squared(number: u64) -> Report {
    BODIES.fetch_add(1, Ordering::SeqCst);
    Report { text: (number * number).to_string() }
}

#[tokio::test]
async fn a_cached_function_is_served_from_what_is_kept() {
    let server = Server::redis().start();
    let redis = Redis::url(&server.url()).unwrap().client_cache(1000);
    let patient = redis.connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    let caches = Caches::builder().add("default", patient).build().unwrap();

    caches
        .scope(async {
            let start = std::time::Instant::now();
            loop {
                let before = server.calls("get");
                assert_eq!(squared(7).await.text, "49");
                let calls = server.calls("get");
                // A question is a `GET` of the entry; the lease is taken by a script.
                if calls == before && calls > 0 {
                    break;
                }
                assert!(start.elapsed() < PATIENCE);
            }
            assert_eq!(BODIES.load(Ordering::SeqCst), 1);
            squared::invalidate(7).await.unwrap();
            assert_eq!(squared(7).await.text, "49");
            assert_eq!(BODIES.load(Ordering::SeqCst), 2);
        })
        .await;
}

#[tokio::test]
async fn writes_of_every_kind_by_another_process_are_heard_of() {
    let server = Server::redis().start();
    let (cache, other) = (keeping(&server.url()), other(&server));
    let typed = |text: &str| Report { text: text.to_owned() };

    for round in 0..4 {
        other.set("key", &typed("old"), LONG).await.unwrap();
        eventually_kept::<Report>(&server, &cache, "key").await;
        let expected = match round {
            0 => {
                other.set("key", &typed("new"), LONG).await.unwrap();
                Some(typed("new"))
            }
            1 => {
                other.delete("key").await.unwrap();
                None
            }
            2 => {
                other.clear().await.unwrap();
                None
            }
            _ => {
                server.command::<()>(&["FLUSHALL"]);
                None
            }
        };
        let start = std::time::Instant::now();
        while cache.get::<Report>("key").await.unwrap() != expected {
            assert!(start.elapsed() < PATIENCE, "round {round}");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn ones_own_writes_are_seen_at_once() {
    let server = Server::redis().start();
    let cache = keeping(&server.url());

    for number in 0..300_u64 {
        let text = number.to_string();
        cache.set("key", &text, LONG).await.unwrap();
        assert_eq!(cache.get::<String>("key").await.unwrap(), Some(text.clone()));
        assert_eq!(cache.get::<String>("key").await.unwrap(), Some(text));
        if number % 3 == 0 {
            cache.delete("key").await.unwrap();
            assert_eq!(cache.get::<String>("key").await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn a_value_that_changes_on_its_way_here_is_not_kept() {
    let server = Server::redis().start();
    // What the server says takes its time, and the other process does not wait for it.
    let proxy = Proxy::slow(server.port(), Duration::from_millis(40));
    let (cache, other) = (keeping(&server.url_at(proxy.port())), other(&server));
    other.set("other", &"x".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(&server, &cache, "other").await;

    for round in 0..20_u64 {
        let (old, new) = (format!("old {round}"), format!("new {round}"));
        other.set("key", &old, LONG).await.unwrap();
        let (found, ()) = tokio::join!(cache.get::<String>("key"), async {
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            other.set("key", &new, LONG).await.unwrap();
        });
        assert!(found.unwrap().is_some());
        let start = std::time::Instant::now();
        // Whatever was kept, it is soon the new value, and stays it.
        while cache.get::<String>("key").await.unwrap().as_deref() != Some(&new) {
            assert!(start.elapsed() < PATIENCE, "{new} is never seen");
        }
        assert_eq!(cache.get::<String>("key").await.unwrap(), Some(new));
    }
}

#[tokio::test]
async fn a_listener_whose_connection_ends_forgets_everything_and_listens_again() {
    let server = Server::redis().start();
    let (cache, other) = (keeping(&server.url()), other(&server));
    other.set("key", &"old".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(&server, &cache, "key").await;

    for round in 0..5 {
        let text = format!("new {round}");
        // The listeners are those connections that are tracked.
        for client in server.client_list().iter().filter(|client| client.contains(" flags=tB")) {
            let id = client.split_once("id=").unwrap().1.split(' ').next().unwrap();
            server.command::<i64>(&["CLIENT", "KILL", "ID", id]);
        }
        other.set("key", &text, LONG).await.unwrap();

        let start = std::time::Instant::now();
        while cache.get::<String>("key").await.unwrap().as_ref() != Some(&text) {
            assert!(start.elapsed() < PATIENCE);
        }
        eventually_kept::<String>(&server, &cache, "key").await;
        assert_eq!(cache.get::<String>("key").await.unwrap(), Some(text));
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_not_believed_for_long() {
    let server = Server::redis().start();
    let redis = Redis::url(&server.url()).unwrap().client_cache(1000);
    let caches = Caches::builder().add("default", redis).build().unwrap();
    let cache = caches.get("default").unwrap();
    other(&server).set("key", &"kept".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(&server, &cache, "key").await;

    server.pause();
    let start = std::time::Instant::now();
    while cache.get::<String>("key").await.is_ok() {
        assert!(start.elapsed() < 5 * HEARD_EVERY, "it is believed for ever");
        tokio::task::yield_now().await;
    }
    let believed = start.elapsed();
    server.resume();

    println!("a silent server was believed for {} ms", believed.as_millis());
}

#[tokio::test]
async fn what_is_kept_ends_with_its_life() {
    let server = Server::redis().start();
    let (cache, other) = (keeping(&server.url()), other(&server));
    other.set("key", &"x".to_owned(), Timeout::millis(700)).await.unwrap();

    let start = std::time::Instant::now();
    while cache.get::<String>("key").await.unwrap().is_some() {
        assert!(start.elapsed() < Duration::from_millis(700) + Duration::from_millis(50), "it lives on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn entries_with_tags_are_asked_for_each_time_and_integers_too() {
    let server = Server::redis().start();
    let (cache, other) = (keeping(&server.url()), other(&server));
    other.set("number", &7_u64, LONG).await.unwrap();
    other.set("text", &"x".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(&server, &cache, "text").await;
    server.forget_counts();

    for _ in 0..3 {
        assert_eq!(cache.get::<u64>("number").await.unwrap(), Some(7));
    }

    assert_eq!(server.calls("get"), 3);
}

#[tokio::test]
async fn versions_and_prefixes_are_all_heard_of() {
    let server = Server::redis().start();
    let redis = || Redis::url(&server.url()).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    let caches = Caches::builder()
        .add("one", redis().key_prefix("site").client_cache(100))
        .add("other", redis().key_prefix("site"))
        .build()
        .unwrap();
    let (one, other) = (caches.get("one").unwrap(), caches.get("other").unwrap());

    for version in [1, 2, 12] {
        let (one, other) = (one.with_version(version), other.with_version(version));
        other.set("key", &"old".to_owned(), LONG).await.unwrap();
        eventually_kept::<String>(&server, &one, "key").await;
        other.set("key", &"new".to_owned(), LONG).await.unwrap();
        let start = std::time::Instant::now();
        while one.get::<String>("key").await.unwrap().as_deref() != Some("new") {
            assert!(start.elapsed() < PATIENCE);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_cache_keeps_nothing_and_a_dropped_one_ends_its_connections() {
    let server = Server::redis().start();
    let cache = keeping(&server.url());
    other(&server).set("key", &"x".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(&server, &cache, "key").await;

    cache.close().await.unwrap();
    server.command::<()>(&["SET", ":1:key", "changed"]);
    assert_eq!(cache.get::<String>("key").await.unwrap(), None);
    drop(cache);

    eventually("the connections ended", || server.clients() == 0);
}

#[tokio::test]
async fn what_is_kept_is_forgotten_when_another_becomes_the_master() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);
    let redis = Redis::url(&sentinels.url()).unwrap().client_cache(1000);
    let caches = Caches::builder().add("default", redis).build().unwrap();
    let cache = caches.get("default").unwrap();
    cache.set("key", &"old".to_owned(), LONG).await.unwrap();
    eventually_kept::<String>(sentinels.server(0), &cache, "key").await;

    sentinels.server_mut(0).kill();
    eventually("another is the master", || sentinels.master_but(&[0]).is_some());
    let master = sentinels.master_but(&[0]).unwrap();
    let other = caches_at(&sentinels.server(master).url()).get("default").unwrap();
    other.set("key", &"new".to_owned(), LONG).await.unwrap();

    let start = std::time::Instant::now();
    while cache.get::<String>("key").await.ok().flatten().as_deref() != Some("new") {
        assert!(start.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    let start = std::time::Instant::now();
    loop {
        let before = sentinels.server(master).calls("get");
        assert_ne!(cache.get::<String>("key").await.ok().flatten().as_deref(), Some("old"));
        if sentinels.server(master).calls("get") == before {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the new master is never heard");
    }
}

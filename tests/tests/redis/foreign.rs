//! Another program's lists under keys of a cache: garbage, which a fill replaces, and no failure of the store.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::time::Duration;

use cache_runtime::backend::redis::Redis;
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::event::CircuitState;
use cache_runtime::{Caches, ErrorKind, Timeout, cached, force_refresh};
use cache_tests::Server;

use crate::stage::{PATIENCE, store_at};

const LONG: Timeout = Timeout::secs(600);
const LEASE: Duration = Duration::from_mins(1);

#[cached(key = "tagged", tags = ["tag"], timeout = 600)]
async fn tagged() -> u64 {
    7
}

fn make_lists(server: &Server, keys: &[&str]) {
    for key in keys {
        let _: i64 = server.command(&["RPUSH", key, "another program's"]);
    }
}

fn caches_at(server: &Server, client_cache: bool) -> Caches {
    let redis = Redis::url(&server.url()).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    let redis = if client_cache { redis.client_cache(1000) } else { redis };
    Caches::builder().add("default", redis).build().unwrap()
}

#[tokio::test]
async fn a_list_is_a_miss_that_a_fill_heals() {
    for client_cache in [false, true] {
        let server = Server::redis().start();
        let cache = caches_at(&server, client_cache).get("default").unwrap();
        make_lists(&server, &[":1:read", ":1:computed", ":1:refreshed", ":1:set"]);

        assert_eq!(cache.get::<u64>("read").await.unwrap(), None);
        assert!(!cache.has_key("read").await.unwrap());
        assert!(cache.get_many::<u64, _>(["read", "computed"]).await.unwrap().is_empty());
        assert_eq!(cache.get_or_set("computed", LONG, || async { 1_u64 }).await, 1);
        assert_eq!(force_refresh(cache.get_or_set("refreshed", LONG, || async { 2_u64 })).await, 2);
        cache.set("set", &3_u64, LONG).await.unwrap();

        for (key, value) in [("computed", 1), ("refreshed", 2), ("set", 3)] {
            assert_eq!(cache.get::<u64>(key).await.unwrap(), Some(value), "{key}, {client_cache}");
        }
        let stats = cache.stats();
        assert_eq!((stats.misses["undecodable"], stats.misses["unreachable"], stats.errors), (2, 0, 0));
        assert_eq!(stats.store.unwrap().circuit, CircuitState::Closed);
    }
}

#[tokio::test]
async fn lists_in_the_place_of_an_entry_and_its_tag_are_healed() {
    let server = Server::redis().start();
    let caches = caches_at(&server, false);
    let cache = caches.get("default").unwrap();
    caches.clone().scope(tagged()).await;
    let record: Vec<String> = server.command(&["KEYS", ":~t:*"]);
    let _: i64 = server.command(&["DEL", ":1:tagged", &record[0]]);
    make_lists(&server, &[":1:tagged", &record[0]]);

    assert_eq!(caches.clone().scope(tagged()).await, 7);

    assert_eq!(cache.get::<u64>("tagged").await.unwrap(), Some(7));
    assert_eq!(cache.stats().errors, 0);
}

#[tokio::test]
async fn a_list_in_the_place_of_a_lease_is_nobodys() {
    let server = Server::redis().start();
    let store = store_at(&server);
    make_lists(&server, &["key~l"]);

    let value = bytes::Bytes::from_static(b"value");
    assert!(!store.fill("key", Token(1), value.clone(), Life::Forever).await.unwrap());
    assert!(!store.extend("key", Token(1), LEASE).await.unwrap());
    store.release("key", Token(1)).await.unwrap();
    let claimed = store.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();

    assert_eq!(claimed, Acquired::Granted);
    assert!(store.fill("key", Token(1), value, Life::Forever).await.unwrap());
}

#[tokio::test]
async fn a_list_is_no_integer_and_keeps_its_place_from_what_is_added() {
    let server = Server::redis().start();
    let cache = caches_at(&server, false).get("default").unwrap();
    make_lists(&server, &[":1:key"]);

    assert_eq!(cache.incr("key", 1).await.unwrap_err().kind(), ErrorKind::NotANumber);
    assert!(!cache.add("key", &1_u64, LONG).await.unwrap());
    assert!(cache.delete("key").await.unwrap());
}

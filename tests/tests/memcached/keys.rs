//! Keys in the server: what they look like, what is hashed, and what `clear` leaves.

use bytes::Bytes;
use cache_runtime::backend::memcached::Memcached;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Cache, Caches, Timeout};
use cache_tests::MemcachedServer;

use crate::stage::{PATIENCE, store_at};

fn caches(server: &MemcachedServer) -> Caches {
    let memcached =
        || Memcached::url(&server.url()).unwrap().answer_timeout(PATIENCE).connect_timeout(PATIENCE);
    let caches = Caches::builder()
        .add("default", memcached().key_prefix("site"))
        .add("other", memcached().key_prefix("other"))
        .add("v2", memcached().key_prefix("site").version(2));
    caches.build().unwrap()
}

fn cache(caches: &Caches, alias: &str) -> Cache {
    caches.get(alias).unwrap()
}

/// The names of the items in the server, which lists them percent-encoded.
fn names(server: &MemcachedServer) -> Vec<String> {
    let dump = server.ask("lru_crawler metadump hash", "END\r\n");
    let name = |line: &str| line.strip_prefix("key=")?.split(' ').next().map(str::to_owned);
    dump.lines().filter_map(name).map(|name| name.replace("%3A", ":").replace("%7E", "~")).collect()
}

#[tokio::test]
async fn a_plain_key_is_readable_in_the_server() {
    let server = MemcachedServer::start();
    let caches = caches(&server);

    cache(&caches, "default").set("user:7", &7, Timeout::Never).await.unwrap();

    let names = names(&server);
    assert!(names.iter().any(|name| name.starts_with("site:1:") && name.ends_with(":user:7")), "{names:?}");
    assert!(names.iter().any(|name| name == "site:1:~v"), "{names:?}");
}

#[tokio::test]
async fn a_plain_integer_is_one_for_the_server() {
    let server = MemcachedServer::start();
    let caches = caches(&server);
    let cache = cache(&caches, "default");
    cache.set("count", &41, Timeout::Never).await.unwrap();
    let name = names(&server).into_iter().find(|name| name.ends_with(":count")).unwrap();

    assert_eq!(server.ask(&format!("incr {name} 1"), "\r\n"), "42\r\n");
    assert_eq!(cache.incr("count", 1).await.unwrap(), 43);
}

#[tokio::test]
async fn be055_a_key_with_spaces_is_a_key() {
    let server = MemcachedServer::start();
    let caches = caches(&server);
    let cache = cache(&caches, "default");

    cache.set("two words", &1, Timeout::Never).await.unwrap();
    assert!(!cache.add("two words", &2, Timeout::Never).await.unwrap());
    assert!(cache.add("two  words", &3, Timeout::Never).await.unwrap());

    assert_eq!(cache.get("two words").await.unwrap(), Some(1));
    assert_eq!(cache.get("two  words").await.unwrap(), Some(3));
}

#[tokio::test]
async fn be057_a_key_that_passes_the_limit_with_its_prefix_is_a_key() {
    let server = MemcachedServer::start();
    let caches = caches(&server);
    let (cache, other) = (cache(&caches, "default"), cache(&caches, "other"));
    let keys = ["k".repeat(240), "k".repeat(241), "k".repeat(5000)];

    for (number, key) in keys.iter().enumerate() {
        cache.set(key, &number, Timeout::Never).await.unwrap();
    }

    for (number, key) in keys.iter().enumerate() {
        assert_eq!(cache.get(key).await.unwrap(), Some(number));
        assert_eq!(other.get::<usize>(key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn clear_leaves_other_prefixes_other_versions_and_other_programs() {
    let server = MemcachedServer::start();
    let caches = caches(&server);
    assert_eq!(server.ask("set foreign 0 0 5\r\nstays", "\r\n"), "STORED\r\n");
    for alias in ["default", "other", "v2"] {
        cache(&caches, alias).set("key", &alias.to_owned(), Timeout::Never).await.unwrap();
    }

    cache(&caches, "default").clear().await.unwrap();

    assert_eq!(cache(&caches, "default").get::<String>("key").await.unwrap(), None);
    for alias in ["other", "v2"] {
        assert_eq!(cache(&caches, alias).get::<String>("key").await.unwrap().unwrap(), alias);
    }
    assert!(server.ask("get foreign", "END\r\n").contains("stays"));
}

#[tokio::test]
async fn a_clear_by_another_process_is_seen_at_once() {
    let server = MemcachedServer::start();
    // Two stores know of each other no more than two processes do.
    let (one, two) = (store_at(&server), store_at(&server));

    for round in 0..50 {
        let value = Bytes::from(round.to_string());
        one.set(":1:key", value.clone(), Life::Forever).await.unwrap();
        assert_eq!(two.get(":1:key").await.unwrap().unwrap().bytes, value);

        two.clear(":1:").await.unwrap();

        assert_eq!(one.get(":1:key").await.unwrap(), None);
        assert_eq!(one.get_many(&[":1:key".to_owned()]).await.unwrap(), vec![None]);
        two.set(":1:other", value, Life::Forever).await.unwrap();
        two.clear(":1:").await.unwrap();
        assert!(!one.delete(":1:other").await.unwrap());
    }
}

#[tokio::test]
async fn what_was_set_after_a_clear_by_another_process_is_there() {
    let server = MemcachedServer::start();
    let (one, two) = (store_at(&server), store_at(&server));
    let value = Bytes::from_static(b"1");
    one.set(":1:a", value.clone(), Life::Forever).await.unwrap();

    two.clear(":1:").await.unwrap();
    one.set(":1:a", value.clone(), Life::Forever).await.unwrap();
    two.clear(":1:").await.unwrap();
    assert!(one.add(":1:b", value.clone(), Life::Forever).await.unwrap());
    two.clear(":1:").await.unwrap();
    one.set_many(&[(":1:c".to_owned(), value.clone())], Life::Forever).await.unwrap();

    for (key, is_there) in [(":1:a", false), (":1:b", false), (":1:c", true)] {
        assert_eq!(two.get(key).await.unwrap().is_some(), is_there, "{key}");
    }
}

#[tokio::test]
async fn a_namespace_that_the_server_has_forgotten_begins_anew() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set(":1:key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert_eq!(server.ask("delete :1:~v", "\r\n"), "DELETED\r\n");

    assert_eq!(store.get(":1:key").await.unwrap(), None);
    store.set(":1:key", Bytes::from_static(b"2"), Life::Forever).await.unwrap();
    assert_eq!(store.get(":1:key").await.unwrap().unwrap().bytes, "2");
}

#[tokio::test]
async fn what_another_program_keeps_under_a_name_is_no_entry() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set(":1:key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();
    let name = names(&server).into_iter().find(|name| name.ends_with(":key")).unwrap();
    assert_eq!(server.ask(&format!("set {name} 0 0 1\r\n7"), "\r\n"), "STORED\r\n");

    assert_eq!(store.get(":1:key").await.unwrap(), None);
    assert!(!store.touch(":1:key", Life::Forever).await.unwrap());
    assert!(store.add(":1:key", Bytes::from_static(b"2"), Life::Forever).await.unwrap());
    assert_eq!(store.get(":1:key").await.unwrap().unwrap().bytes, "2");
}

#[tokio::test]
async fn keys_are_not_listed_and_the_error_says_so() {
    let server = MemcachedServer::start();
    let caches = caches(&server);

    let error = cache(&caches, "default").keys().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("Memcached does not list its keys"), "{error}");
}

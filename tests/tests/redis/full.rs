//! A server that is full, and values that are too large for it.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::Caches;
use cache_runtime::backend::redis::Redis;
use cache_runtime::backend::{Acquired, Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{Proxy, Server};

use crate::stage::{PATIENCE, store_at};

const LEASE: Duration = Duration::from_mins(1);

fn value() -> Bytes {
    Bytes::from_static(b"value")
}

async fn is_there(store: &dyn Backend, key: &str) -> bool {
    store.get(key).await.unwrap().is_some()
}

/// Fills the server's memory to the brim, so that it takes nothing more.
fn fill_up(server: &Server) {
    let _: () = server.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "1"]);
}

#[tokio::test]
async fn a_full_server_reports_writes_as_too_large() {
    let server = Server::redis().start();
    let store = store_at(&server);
    store.set("old", value(), Life::Forever).await.unwrap();
    let granted = store.acquire("leased", Token(1), LEASE, Claim::IfAbsent, None).await;
    assert_eq!(granted.unwrap(), Acquired::Granted);
    fill_up(&server);

    let faults = [
        store.set("key", value(), Life::Forever).await.unwrap_err(),
        store.set_many(&[("key".to_owned(), value())], Life::Forever).await.unwrap_err(),
        store.add("key", value(), Life::Forever).await.unwrap_err(),
        store.stamp(&[("~t:0000000000000001".to_owned(), 1)], Life::Forever).await.unwrap_err(),
        store.acquire("key", Token(2), LEASE, Claim::IfAbsent, None).await.unwrap_err(),
        store.fill("leased", Token(1), value(), Life::Forever).await.unwrap_err(),
    ];

    for error in faults {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        let text = error.to_string();
        assert!(text.contains("no room") && text.contains("maxmemory"), "{text}");
    }
    assert!(is_there(&*store, "old").await);
}

#[tokio::test]
async fn a_check_finds_servers_that_take_no_writes() {
    let nobody = Proxy::silent();
    let replica = ["REPLICAOF", "127.0.0.1", &nobody.port().to_string()];
    let policy = ["CONFIG", "SET", "maxmemory-policy", "noeviction"];
    let cases: [(&[&[&str]], &str); 4] = [
        (&[&policy, &["CONFIG", "SET", "maxmemory", "1"]], "has reached its maxmemory"),
        (&[&replica], "is a replica"),
        (&[&["ACL", "SETUSER", "default", "-set"]], "may not run the command"),
        (&[&["ACL", "SETUSER", "default", "-evalsha"]], "may not run the command"),
    ];
    for (commands, reason) in cases {
        let server = Server::redis().start();
        let redis = Redis::url(&server.url()).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
        let caches = Caches::builder().add("default", redis).build().unwrap();
        assert_eq!(caches.check(), []);
        for command in commands {
            let _: () = server.command(command);
        }

        let found = caches.check();

        let texts: Vec<_> = found.iter().map(|finding| &finding.text).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains("takes no writes") && texts[0].contains(reason), "{texts:?}");
        let keys: Vec<String> = server.command(&["KEYS", "*"]);
        assert!(keys.is_empty(), "{keys:?}");
    }
}

#[tokio::test]
async fn a_full_server_still_takes_invalidations() {
    let server = Server::redis().start();
    let store = store_at(&server);
    for key in ["one", "two", "three", "many:1", "many:2"] {
        store.set(key, value(), Life::Forever).await.unwrap();
    }
    fill_up(&server);

    assert!(store.delete("one").await.unwrap());
    assert_eq!(store.delete_many(&["two".to_owned(), "three".to_owned()]).await.unwrap(), 2);
    store.clear("many:").await.unwrap();

    assert!(store.keys("").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_invalidation_at_a_full_server_keeps_an_older_computation_out() {
    let server = Server::redis().start();
    let store = store_at(&server);
    store.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    fill_up(&server);

    store.delete("key").await.unwrap();
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "0"]);

    assert!(!store.fill("key", Token(1), value(), Life::Forever).await.unwrap());
    assert!(!is_there(&*store, "key").await);
}

#[tokio::test]
async fn a_refresh_that_a_full_server_refuses_leaves_no_older_value() {
    let server = Server::redis().start();
    let store = store_at(&server);
    store.set("key", value(), Life::Forever).await.unwrap();
    store.acquire("key", Token(1), LEASE, Claim::Take, None).await.unwrap();
    fill_up(&server);

    let error = store.fill("key", Token(1), Bytes::from_static(b"newer"), Life::Forever).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(!is_there(&*store, "key").await);
    let _: () = server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    let next = store.acquire("key", Token(2), LEASE, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(next, Acquired::Granted);
}

#[tokio::test]
async fn a_value_above_the_limit_of_the_server_is_refused_and_harms_nothing() {
    let server = Server::redis().setting("proto-max-bulk-len", "1mb").start();
    let store = store_at(&server);

    let error = store.set("key", Bytes::from(vec![7; 2 << 20]), Life::Forever).await.unwrap_err();

    // The server says so and ends the connection; with luck its words arrive before a write fails.
    assert!(matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::Unavailable), "{error}");
    store.set("key", value(), Life::Forever).await.unwrap();
    assert!(is_there(&*store, "key").await);
}

#[tokio::test]
async fn many_large_entries_are_sent_in_parts() {
    let server = Server::redis().start();
    let store = store_at(&server);
    let entries: Vec<_> =
        (0..2500).map(|index| (format!("key {index}"), Bytes::from(vec![7; 4 << 10]))).collect();
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();

    store.set_many(&entries, Life::Forever).await.unwrap();

    let found = store.get_many(&keys).await.unwrap();
    assert!(found.into_iter().all(|record| record.is_some_and(|record| record.bytes.len() == 4 << 10)));
    assert_eq!(store.keys("key ").await.unwrap().len(), 2500);
    assert_eq!(store.delete_many(&keys).await.unwrap(), 2500);
}

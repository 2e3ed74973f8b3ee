//! What is set up reaches the server.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::Caches;
use cache_runtime::backend::redis::{Options, Protocol, Redis};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::{Life, Ttl};
use cache_runtime::base::error::ErrorKind;
use cache_tests::Server;

use crate::stage::{store, store_at};

#[tokio::test]
async fn be076_a_life_of_ten_seconds_ends_after_ten() {
    let server = Server::redis().start();
    let store = store_at(&server);

    store.set("key", Bytes::from_static(b"1"), Life::For(Duration::from_secs(10))).await.unwrap();

    let left: i64 = server.command(&["PTTL", "key"]);
    assert!((9_000..=10_000).contains(&left), "{left}");
}

#[tokio::test]
async fn be078_a_life_without_end_persists() {
    let server = Server::redis().start();
    let store = store_at(&server);

    store.set("key", Bytes::from_static(b"1"), Life::For(Duration::from_secs(10))).await.unwrap();
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert_eq!(server.command::<i64>(&["PTTL", "key"]), -1);
    assert_eq!(store.ttl("key").await.unwrap(), Some(Ttl::Never));
}

#[tokio::test]
async fn be081_a_plain_integer_is_one_for_the_server() {
    let server = Server::redis().start();
    let store = store_at(&server);

    store.set("key", Bytes::from_static(b"41"), Life::Forever).await.unwrap();

    assert_eq!(server.command::<i64>(&["INCR", "key"]), 42);
    assert_eq!(store.incr("key", 1).await.unwrap(), 43);
}

#[tokio::test]
async fn be083_database_and_limits_are_all_used() {
    let server = Server::redis().start();
    let url = format!("{}?db=5&connect_timeout=2s&answer_timeout=3s&protocol=resp2&timeout=1h", server.url());
    let cache = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap();

    cache.set("key", &1_u64, cache_runtime::Timeout::Default).await.unwrap();
    server.pause();
    let (resumed, read) =
        tokio::join!(resume_after(&server, Duration::from_millis(400)), cache.get::<u64>("key"));

    let () = resumed;
    assert_eq!(read.unwrap(), Some(1), "the answer came within the stated limit");
    let client = server.client_list().remove(0);
    assert!(client.contains(" db=5 ") && client.contains(" resp=2"), "{client}");
}

async fn resume_after(server: &Server, time: Duration) {
    tokio::time::sleep(time).await;
    server.resume();
}

/// The command came with 7.2; before that, the server's refusal must harm nothing.
#[tokio::test]
async fn be084_the_server_knows_the_library_and_its_version_where_it_can() {
    let server = Server::redis().start();
    let store = store_at(&server);

    store.get("key").await.unwrap();

    let client = server.client_list().remove(0);
    if client.contains("lib-name=") {
        assert!(client.contains("lib-name=cache-runtime"), "{client}");
        assert!(client.contains(concat!("lib-ver=", env!("CARGO_PKG_VERSION"))), "{client}");
    }
    assert!(client.contains("resp=3"), "{client}");
}

#[tokio::test]
async fn settings_beside_the_url_replace_its_own() {
    let server = Server::redis().acl("alice", "right").start();
    let options = Options {
        username: Some("alice".to_owned()),
        password: Some("right".to_owned()),
        database: Some(2),
        protocol: Some(Protocol::Resp2),
        ..Options::at(&format!("redis://mallory:wrong@127.0.0.1:{}/1?protocol=resp3", server.port()))
    };

    store(&options).get("key").await.unwrap();

    let client = server.client_list();
    assert!(client.is_empty() || client[0].contains(" db=2 "), "{client:?}");
}

#[test]
fn a_limit_of_nothing_is_an_error_that_names_it() {
    let at = || Options::at("redis://host");
    let cases = [
        (Options { connect_timeout: Duration::ZERO, ..at() }, "connect_timeout"),
        (Options { answer_timeout: Duration::from_micros(999), ..at() }, "answer_timeout"),
    ];
    for (options, name) in cases {
        let error = options.build(&Clock::system()).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_table_of_the_settings_file_is_read_whole() {
    let file = r#"
        [caches.default]
        backend = "redis"
        location = "redis://host:7000/1"
        username = "alice"
        password = "right"
        database = 3
        protocol = "resp2"
        connect_timeout = "20ms"
        answer_timeout = 0.5
    "#;

    let caches = Caches::from_toml(file).unwrap().build().unwrap();

    assert_eq!(caches.get("default").unwrap().alias(), "default");
}

#[test]
fn a_location_is_asked_for() {
    let error = Caches::from_toml("[caches.default]\nbackend = \"redis\"").err().unwrap();

    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().contains("`location` is missing"), "{error}");
}

#[test]
fn every_form_of_a_url_is_taken() {
    for url in [
        "redis://host",
        "redis://:password@host:7000/15",
        "redis://user:p%40ss@[::1]:7000",
        "rediss://user:password@host",
        "unix:///run/redis.sock?db=1&user=u&pass=p",
        "redis+unix:///run/redis.sock",
        "valkey://host",
        "valkeys://host",
        "valkey+unix:///run/valkey.sock",
    ] {
        assert!(Redis::url(url).is_ok(), "{url}");
    }
}

#[test]
fn a_misspelt_scheme_is_answered_with_those_there_are() {
    for url in ["reddis://localhost", "reddis+cluster://localhost"] {
        let error = Redis::url(url).map(drop).unwrap_err().to_string();

        assert!(error.starts_with("invalid settings: redis location: unknown scheme `reddis`"), "{error}");
        assert!(error.contains("did you mean `redis`?"), "{error}");
        assert!(error.contains("`rediss`") && error.contains("`valkey+unix`"), "{error}");
    }
}

//! Servers that are down, hang, are slow or talk nonsense: every call ends soon, with a kind.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::redis::Options;
use cache_runtime::backend::{Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{BOUND, Proxy, Server, assert_bounded, every_operation};

use crate::stage::{foreign_block_on, store, usual_store_at};

#[tokio::test]
async fn a_refused_connection_is_reported_at_once() {
    let mut server = Server::redis().start();
    server.kill();
    let store = usual_store_at(&server);
    let start = Instant::now();

    let answers = every_operation(&*store).await;

    let time = start.elapsed();
    assert!(time < Duration::from_millis(50), "{} calls took {time:?}", answers.len());
    assert_bounded(answers, &[ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_socket_that_is_not_there_is_reported_at_once() {
    let store = store(&Options::at("unix:///nowhere/redis.sock"));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_port_that_never_answers_costs_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    let store = store(&Options::at(&format!("redis://127.0.0.1:{}", proxy.port())));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::TimedOut]);
}

#[test]
fn a_port_that_never_answers_costs_a_synchronous_caller_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    let store = store(&Options::at(&format!("redis://127.0.0.1:{}", proxy.port())));

    assert_bounded(foreign_block_on(every_operation(&*store)), &[ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_limit_and_serves_again_when_it_goes_on() {
    let server = Server::redis().start();
    let store = usual_store_at(&server);
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    server.pause();
    let answers = every_operation(&*store).await;
    server.resume();

    assert_bounded(answers, &[ErrorKind::TimedOut]);
    store.set("key", Bytes::from_static(b"2"), Life::Forever).await.unwrap();
}

#[tokio::test]
async fn callers_of_a_server_that_hangs_wait_together_and_not_in_turn() {
    let server = Server::redis().start();
    let store = usual_store_at(&server);
    store.ttl("key").await.unwrap();
    server.pause();

    for _ in 0..3 {
        let start = Instant::now();
        let calls: Vec<_> = (0..64)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.get("key").await.unwrap_err().kind() })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), ErrorKind::TimedOut);
        }
        assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_is_too_slow_costs_no_more_than_the_limit() {
    let server = Server::redis().start();
    let proxy = Proxy::slow(server.port(), Duration::from_secs(1));
    let store = store(&Options::at(&server.url_at(proxy.port())));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_that_is_slow_within_stated_limits_serves() {
    let server = Server::redis().start();
    let proxy = Proxy::slow(server.port(), Duration::from_millis(200));
    let long = Duration::from_secs(5);
    let at = Options::at(&server.url_at(proxy.port()));
    let store = store(&Options { connect_timeout: long, answer_timeout: long, ..at });

    for (operation, _, answer) in every_operation(&*store).await {
        let kind = answer.err().map(|error| error.kind());
        assert_eq!(kind, (operation == "incr").then_some(ErrorKind::NotFound), "{operation}");
    }
}

#[tokio::test]
async fn a_port_that_talks_nonsense_is_reported() {
    let sayings: [&[u8]; 8] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"garbage",
        b"\x00\xff\r\n",
        b"*-7\r\n",
        b"$-99\r\nx\r\n",
        b":12x\r\n",
        b"*3\r\n:1\r\n$5\r\nab\r\ncdef\r\n",
        b"-ERR\r\n-ERR\r\n-ERR\r\n",
    ];
    for saying in sayings {
        let proxy = Proxy::saying(saying);
        let store = store(&Options::at(&format!("redis://127.0.0.1:{}", proxy.port())));

        let answers = every_operation(&*store).await;

        assert_bounded(answers, &[ErrorKind::Unavailable, ErrorKind::TimedOut]);
    }
}

#[tokio::test]
async fn an_answer_of_another_form_is_reported() {
    // Enough for any greeting; what follows answers the first command.
    let proxy = Proxy::saying(b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n");
    let store = store(&Options::at(&format!("redis://127.0.0.1:{}?protocol=resp2", proxy.port())));

    let mut answers = every_operation(&*store).await;

    // For these, "OK" is an answer; that nobody meant it cannot be seen.
    answers.retain(|(operation, ..)| !["set", "set_many", "release"].contains(operation));
    assert_bounded(answers, &[ErrorKind::Unavailable, ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_that_is_loading_is_reported_as_unavailable() {
    // The greeting of the older protocol is two commands, whose refusal means nothing.
    let loading = "-LOADING Redis is loading the dataset in memory\r\n".repeat(2);
    let proxy = Proxy::saying(loading.as_bytes());
    let store = store(&Options::at(&format!("redis://127.0.0.1:{}?protocol=resp2", proxy.port())));

    let error = store.get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("loading"), "{error}");
}

#[tokio::test]
async fn a_replica_is_reported_as_unavailable_for_writes() {
    let (server, nobody) = (Server::redis().start(), Proxy::silent());
    let _: () = server.command(&["REPLICAOF", "127.0.0.1", &nobody.port().to_string()]);
    let store = usual_store_at(&server);

    let written = store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap_err();
    let leased =
        store.acquire("key", Token(1), Duration::from_secs(3), Claim::IfAbsent, None).await.unwrap_err();
    let read = store.get("key").await;

    for error in [written, leased] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("replica"), "{error}");
    }
    assert_eq!(read.unwrap(), None);
}

#[tokio::test]
async fn another_type_under_a_key_is_read_as_garbage_and_can_be_overwritten() {
    let server = Server::redis().start();
    let store = usual_store_at(&server);
    let _: i64 = server.command(&["RPUSH", "list", "item"]);

    let read = store.get("list").await.unwrap().unwrap();
    let counted = store.incr("list", 1).await.unwrap_err();
    store.set("list", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert_eq!(read.bytes, "");
    assert_eq!(counted.kind(), ErrorKind::NotANumber);
    assert_eq!(store.get("list").await.unwrap().unwrap().bytes, "1");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_reported() {
    let server = Server::redis().start();
    let store = store(&Options { database: Some(99), ..Options::at(&server.url()) });

    let error = store.get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("no database of this number"), "{error}");
}

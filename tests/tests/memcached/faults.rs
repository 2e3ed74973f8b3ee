//! Servers that are down, hang, are slow or talk nonsense: every call ends soon, with a kind.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::memcached::Options;
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{BOUND, MemcachedServer, Proxy, assert_bounded, every_operation, foreign_block_on};

use crate::stage::{at_port, limited_store_at, store};

#[tokio::test]
async fn a_refused_connection_is_reported_at_once() {
    let mut server = MemcachedServer::start();
    server.kill();
    let store = limited_store_at(&server);
    let start = Instant::now();

    let answers = every_operation(&*store).await;

    let time = start.elapsed();
    // Half of what waiting for the limit of each would take.
    assert!(time < Duration::from_millis(400), "{} calls took {time:?}", answers.len());
    assert_bounded(answers, &[ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_socket_that_is_not_there_is_reported_at_once() {
    let store = store(&Options::at("memcached://unix:/nowhere/memcached.sock"));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_port_that_never_answers_costs_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    let store = store(&at_port(proxy.port()));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::TimedOut]);
}

#[test]
fn a_port_that_never_answers_costs_a_synchronous_caller_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    let store = store(&at_port(proxy.port()));

    assert_bounded(foreign_block_on(every_operation(&*store)), &[ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_limit_and_serves_again_when_it_goes_on() {
    let server = MemcachedServer::start();
    let store = limited_store_at(&server);
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    server.pause();
    let answers = every_operation(&*store).await;
    server.resume();

    assert_bounded(answers, &[ErrorKind::TimedOut]);
    store.set("key", Bytes::from_static(b"2"), Life::Forever).await.unwrap();
}

#[tokio::test]
async fn callers_of_a_server_that_hangs_wait_together_and_not_in_turn() {
    let server = MemcachedServer::start();
    let store = limited_store_at(&server);
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
async fn a_server_that_hangs_before_a_large_value_costs_no_more_than_the_limit() {
    let server = MemcachedServer::start_with(&["-I", "64m", "-m", "256"]);
    let store = limited_store_at(&server);
    store.ttl("key").await.unwrap();
    // More than the buffers of the two sockets hold, so that the write itself waits.
    let value = Bytes::from(vec![7; 16 << 20]);
    server.pause();
    let start = Instant::now();

    let error = store.set("key", value, Life::Forever).await.unwrap_err();

    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_server_that_is_too_slow_costs_no_more_than_the_limit() {
    let server = MemcachedServer::start();
    let proxy = Proxy::slow(server.port(), Duration::from_secs(1));
    let store = store(&at_port(proxy.port()));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_that_is_slow_within_stated_limits_serves() {
    let server = MemcachedServer::start();
    let proxy = Proxy::slow(server.port(), Duration::from_millis(20));
    let long = Duration::from_secs(5);
    let store = store(&Options { connect_timeout: long, answer_timeout: long, ..at_port(proxy.port()) });

    for (operation, _, answer) in every_operation(&*store).await {
        let kind = answer.err().map(|error| error.kind());
        assert_eq!(kind, (operation == "incr").then_some(ErrorKind::NotFound), "{operation}");
    }
}

#[tokio::test]
async fn a_port_that_talks_nonsense_is_reported() {
    let sayings: [&[u8]; 12] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"garbage",
        b"\x00\xff\r\n",
        b"\n",
        b"VA\r\n",
        b"VA x f1\r\n",
        b"VA 99999999999999999999\r\n",
        b"VA 5 f1\r\nabc\r\nHD\r\n",
        b"HD fx\r\n",
        b"CLIENT_ERROR bad command line format\r\n",
        b"SERVER_ERROR out of everything\r\n",
        &[b'x'; 4096],
    ];
    for saying in sayings {
        let proxy = Proxy::saying(saying);
        let store = store(&at_port(proxy.port()));

        let answers = every_operation(&*store).await;

        assert_bounded(answers, &[ErrorKind::Unavailable, ErrorKind::TimedOut]);
    }
}

#[tokio::test]
async fn a_well_formed_answer_that_fits_nothing_is_reported() {
    // The greeting is answered; nothing else that is asked has this answer.
    let proxy = Proxy::saying(b"MN\r\n");
    let store = store(&at_port(proxy.port()));

    assert_bounded(every_operation(&*store).await, &[ErrorKind::Unavailable, ErrorKind::TimedOut]);
}

#[tokio::test]
async fn a_server_without_meta_commands_is_named_as_too_old() {
    let proxy = Proxy::saying(b"ERROR\r\n");

    let error = store(&at_port(proxy.port())).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("Memcached 1.6 or later"), "{error}");
}

#[tokio::test]
async fn a_server_that_numbers_no_items_is_reported_before_a_lease_could_be_lost() {
    let server = MemcachedServer::start_with(&["-C"]);
    let store = limited_store_at(&server);
    let lease = Duration::from_secs(3);

    let claimed = store.acquire("key", Token(1), lease, Claim::IfAbsent, None).await.unwrap();
    let error = store.fill("key", Token(1), Bytes::from_static(b"1"), Life::Forever).await.unwrap_err();

    assert_eq!(claimed, Acquired::Granted);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("without `-C`"), "{error}");
}

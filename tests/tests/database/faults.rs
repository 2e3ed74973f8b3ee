//! Servers that are down, hang, are slow or talk nonsense: every call ends soon, with a kind.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::database::Options;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, cached};
use cache_tests::{Asked, Proxy, SqlServer, assert_bounded_by, every_operation};

use crate::stage::{Place, foreign_block_on, store};

/// What a busy machine adds to a limit.
const SLACK: Duration = Duration::from_millis(400);

/// The limit of one operation under [`brief`].
const LIMIT: Duration = Duration::from_millis(200);

/// Short limits, so that the tests are.
fn brief(url: &str) -> Options {
    let half = LIMIT / 2;
    Options { connect_timeout: half, answer_timeout: half, ..Options::at(url) }
}

/// Checks that every operation failed in time with one of these kinds.
fn assert_bounded(answers: Vec<Asked>, kinds: &[ErrorKind]) {
    assert_bounded_by(LIMIT + SLACK, answers, kinds);
}

/// The URLs of both kinds of server at one port.
fn urls_at(port: u16) -> [String; 2] {
    [format!("postgres://cache@127.0.0.1:{port}/postgres"), format!("mysql://cache@127.0.0.1:{port}/cache")]
}

#[tokio::test]
async fn a_refused_connection_is_reported_at_once() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for url in urls_at(port) {
        let store = store(&Options::at(&url));
        let start = Instant::now();

        let answers = every_operation(&*store).await;

        let time = start.elapsed();
        assert!(time < Duration::from_millis(500), "{} calls took {time:?}", answers.len());
        assert_bounded(answers, &[ErrorKind::Unavailable]);
    }
}

#[tokio::test]
async fn a_port_that_never_answers_costs_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    for url in urls_at(proxy.port()) {
        assert_bounded(every_operation(&*store(&brief(&url))).await, &[ErrorKind::TimedOut]);
    }
}

#[test]
fn a_port_that_never_answers_costs_a_synchronous_caller_no_more_than_the_limit() {
    let proxy = Proxy::silent();
    for url in urls_at(proxy.port()) {
        let answers = foreign_block_on(every_operation(&*store(&brief(&url))));

        assert_bounded(answers, &[ErrorKind::TimedOut]);
    }
}

#[tokio::test]
async fn a_port_that_talks_nonsense_is_reported() {
    let sayings: [&[u8]; 5] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"garbage",
        b"\x00\xff\r\n",
        b"R\x00\x00\x00\x08\x00\x00\x00\x63",
        b"\x05\x00\x00\x00\xff\x15\x04no",
    ];
    for saying in sayings {
        let proxy = Proxy::saying(saying);
        for url in urls_at(proxy.port()) {
            let answers = every_operation(&*store(&brief(&url))).await;

            assert_bounded(answers, &[ErrorKind::Unavailable, ErrorKind::TimedOut]);
        }
    }
}

#[cached(key = "double:{number}", timeout = 60, ignore(bodies))]
async fn double(bodies: &AtomicU32, number: u32) -> u32 {
    bodies.fetch_add(1, Ordering::SeqCst);
    number * 2
}

/// A server stands still, and goes on.
async fn a_server_that_hangs(server: SqlServer) {
    let place = Place::at(&server.url());
    place.store().await.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();
    let options = Options { table: place.table.clone(), ..brief(&server.url()) };
    let (store, patient) = (store(&options), store(&place.options()));
    let database = place.database().answer_timeout(LIMIT);
    let caches = Caches::builder().add("default", database).build().unwrap();
    caches.get("default").unwrap().has_key("warm").await.unwrap();
    let bodies = AtomicU32::new(0);

    server.pause();
    let answers = every_operation(&*store).await;
    let together = Instant::now();
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.get("key").await.unwrap_err().kind() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), ErrorKind::TimedOut);
    }
    let together = together.elapsed();
    let alone = Instant::now();
    let doubled = caches.scope(double(&bodies, 21)).await;
    let alone = alone.elapsed();
    server.resume();

    assert_bounded(answers, &[ErrorKind::TimedOut]);
    assert!(together < LIMIT + SLACK, "{together:?}: they wait together and not in turn");
    assert_eq!((doubled, bodies.into_inner()), (42, 1));
    assert!(alone < LIMIT + SLACK, "a call waits for its budget: {alone:?}");
    patient.set("key", Bytes::from_static(b"2"), Life::Forever).await.unwrap();
    crate::stage::eventually("the store serves again", async || store.get("key").await.is_ok()).await;
}

#[tokio::test]
async fn a_postgres_that_hangs_costs_no_more_than_the_limit_and_serves_again_when_it_goes_on() {
    a_server_that_hangs(SqlServer::postgres()).await;
}

#[tokio::test]
async fn a_mariadb_that_hangs_costs_no_more_than_the_limit_and_serves_again_when_it_goes_on() {
    a_server_that_hangs(SqlServer::mariadb()).await;
}

/// What comes after a greeting is slow.
#[tokio::test]
async fn a_server_that_is_slow_within_stated_limits_serves() {
    for server in [SqlServer::shared_postgres(), SqlServer::shared_mariadb()] {
        let proxy = Proxy::slow(server.port(), Duration::from_millis(50));
        let place = Place::at(&server.url_at(proxy.port()));
        let store = place.store().await;

        for (operation, _, answer) in every_operation(&*store).await {
            let kind = answer.err().map(|error| error.kind());
            assert_eq!(kind, (operation == "incr").then_some(ErrorKind::NotFound), "{operation}");
        }
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_and_a_wrong_password_are_reported() {
    let (postgres, mariadb) = (SqlServer::shared_postgres().url(), SqlServer::shared_mariadb().url());
    let cases = [
        (format!("{postgres}_absent"), "no database of this name"),
        (format!("{mariadb}_absent"), "no database of this name"),
        (mariadb.replace("p%40ss", "secret"), "refuses this user or password"),
    ];
    for (url, words) in cases {
        let error = store(&Place::at(&url).options()).get("key").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

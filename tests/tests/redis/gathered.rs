//! Lookups of many callers at once, which travel together.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::Server;
use tokio::task::JoinSet;

use crate::stage::{foreign_block_on, patient, store, store_at};

const CALLERS: usize = 600;

fn value(index: usize) -> Bytes {
    Bytes::from(format!("value {index}"))
}

/// Values under every other key.
async fn fill(store: &SharedBackend) {
    for index in (0..CALLERS).step_by(2) {
        store.set(&format!("key {index}"), value(index), Life::Forever).await.unwrap();
    }
}

/// Asks for all keys at once; each caller must find what is its own.
async fn ask_all(store: &SharedBackend) {
    let mut callers = JoinSet::new();
    for index in 0..CALLERS {
        let store = store.clone();
        callers.spawn(async move {
            let found = store.get(&format!("key {index}")).await.unwrap().map(|record| record.bytes);
            assert_eq!(found, (index % 2 == 0).then(|| value(index)));
        });
    }
    callers.join_all().await;
}

#[tokio::test]
async fn everyone_finds_what_is_their_own_on_one_thread() {
    let server = Server::redis().start();
    let store = store_at(&server);
    fill(&store).await;

    ask_all(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_finds_what_is_their_own_on_two_threads() {
    let server = Server::redis().start();
    let store = store_at(&server);
    fill(&store).await;

    for _ in 0..10 {
        ask_all(&store).await;
    }
}

#[tokio::test]
async fn everyone_finds_what_is_their_own_in_the_older_protocol() {
    let server = Server::redis().start();
    let store = store(&patient(Options::at(&format!("{}/0?protocol=resp2", server.url()))));
    fill(&store).await;

    ask_all(&store).await;
}

#[test]
fn threads_find_what_is_their_own() {
    let server = Server::redis().start();
    let store = store_at(&server);
    foreign_block_on(fill(&store));

    std::thread::scope(|scope| {
        for index in 0..32 {
            let store = &store;
            scope.spawn(move || {
                let found = foreign_block_on(store.get(&format!("key {index}"))).unwrap();
                assert_eq!(found.map(|record| record.bytes), (index % 2 == 0).then(|| value(index)));
            });
        }
    });
}

#[tokio::test]
async fn long_values_travel_in_smaller_parts() {
    let server = Server::redis().start();
    let store = store_at(&server);
    let long = Bytes::from(vec![7; 300_000]);
    store.set("long", long.clone(), Life::Forever).await.unwrap();

    for _ in 0..3 {
        let mut callers = JoinSet::new();
        for _ in 0..40 {
            let store = store.clone();
            callers.spawn(async move { store.get("long").await.unwrap().unwrap().bytes });
        }
        assert!(callers.join_all().await.iter().all(|found| *found == long));
    }
}

#[tokio::test]
async fn what_fails_for_one_caller_fails_for_no_other() {
    let server = Server::redis().start();
    let store = store_at(&server);
    fill(&store).await;
    let _: () = server.command(&["ACL", "SETUSER", "default", "resetkeys", "~key*"]);

    let mut callers = JoinSet::new();
    for index in 0..100 {
        let store = store.clone();
        callers.spawn(async move {
            let key = if index % 10 == 0 { "forbidden" } else { "key 2" };
            (key, store.get(key).await)
        });
    }

    for (key, answer) in callers.join_all().await {
        match key {
            "forbidden" => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable),
            _ => assert_eq!(answer.unwrap().unwrap().bytes, value(2)),
        }
    }
}

#[tokio::test]
async fn a_lookup_that_is_never_polled_again_holds_up_nobody() {
    let server = Server::redis().start();
    let store = store_at(&server);
    fill(&store).await;
    let mut context = Context::from_waker(Waker::noop());
    let (mut alone, mut in_line) = (pin!(store.get("key 0")), pin!(store.get("key 2")));
    assert!(matches!(alone.as_mut().poll(&mut context), Poll::Pending));
    assert!(matches!(in_line.as_mut().poll(&mut context), Poll::Pending));

    ask_all(&store).await;
}

#[test]
fn a_runtime_that_ends_takes_only_its_own_callers_along() {
    let server = Server::redis().start();
    let store = store_at(&server);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (ends, stays) = (runtime(), runtime());
    stays.block_on(fill(&store));
    ends.block_on(async {
        for _ in 0..100 {
            let store = store.clone();
            tokio::spawn(async move { store.get("key 0").await });
        }
        tokio::task::yield_now().await;
    });

    drop(ends);

    stays.block_on(ask_all(&store));
}

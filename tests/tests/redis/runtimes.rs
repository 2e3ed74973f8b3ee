//! One connection for every runtime, which ends with it.

use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::base::entry::Life;
use cache_tests::Server;
use tokio::runtime::{Builder, Runtime};

use crate::stage::{eventually, foreign_block_on, store_at};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn use_it(store: &SharedBackend, value: usize) {
    let value = Bytes::from(value.to_string());
    store.set("key", value.clone(), Life::Forever).await.unwrap();
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, value);
}

#[test]
fn connections_of_short_lived_runtimes_end_with_them() {
    let server = Server::redis().start();
    let store = store_at(&server);

    for round in 0..200 {
        let runtime = if round % 10 == 0 { two_threads() } else { current_thread() };
        runtime.block_on(use_it(&store, round));
    }

    eventually("the connections ended", || server.clients() == 0);
}

#[test]
fn runtimes_at_once_have_a_connection_each() {
    let server = Server::redis().start();
    let store = store_at(&server);
    let runtimes: Vec<_> = (0..5).map(|_| current_thread()).collect();

    for (round, runtime) in runtimes.iter().enumerate() {
        runtime.block_on(use_it(&store, round));
        runtime.block_on(use_it(&store, round));
    }

    assert_eq!(server.clients(), 5);
}

#[test]
fn a_runtime_that_ends_with_calls_under_way_harms_no_other() {
    let server = Server::redis().start();
    let store = store_at(&server);

    for round in 0..50 {
        let runtime = two_threads();
        for _ in 0..20 {
            let store = Arc::clone(&store);
            runtime.spawn(async move { while store.get("key").await.is_ok() {} });
        }
        runtime.block_on(use_it(&store, round));
        runtime.shutdown_background();
    }

    current_thread().block_on(use_it(&store, 7));
    eventually("the connections ended", || server.clients() == 0);
}

#[test]
fn a_store_that_is_dropped_ends_its_connections() {
    let server = Server::redis().start();
    let (runtime, other) = (two_threads(), two_threads());
    let store = store_at(&server);
    runtime.block_on(use_it(&store, 1));
    other.block_on(use_it(&store, 2));
    foreign_block_on(use_it(&store, 3));
    assert_eq!(server.clients(), 3);

    drop(store);

    eventually("the connections ended", || server.clients() == 0);
    // The tasks that watched over the runtimes have ended, too.
    eventually("the tasks ended", || runtime.metrics().num_alive_tasks() == 0);
}

#[test]
fn a_closed_store_opens_again_at_the_next_call() {
    let server = Server::redis().start();
    let (runtime, store) = (two_threads(), store_at(&server));
    runtime.block_on(use_it(&store, 1));

    runtime.block_on(store.close()).unwrap();
    eventually("the connection ended", || server.clients() == 0);

    runtime.block_on(use_it(&store, 2));
    assert_eq!(server.clients(), 1);
}

#[test]
fn a_runtime_without_io_or_timers_is_served_by_ours() {
    let server = Server::redis().start();
    let store = store_at(&server);
    let runtimes = [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_current_thread().enable_io().build().unwrap(),
        Builder::new_current_thread().enable_time().build().unwrap(),
    ];

    for (round, runtime) in runtimes.iter().enumerate() {
        runtime.block_on(use_it(&store, round));
    }

    assert_eq!(server.clients(), 1);
}

#[test]
fn a_runtime_that_was_left_alone_serves_the_next_call() {
    let server = Server::redis().start();
    let (runtime, store) = (current_thread(), store_at(&server));
    // The caller leaves before there is a connection, and nobody drives the runtime for longer than
    // connecting may take.
    runtime.block_on(async {
        let mut call = store.get("key");
        let poll = std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
        assert!(poll.await.is_pending());
    });
    thread::sleep(std::time::Duration::from_millis(80));

    runtime.block_on(use_it(&store, 1));
}

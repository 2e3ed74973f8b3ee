//! Lost connections and restarted servers: the next call works.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{MemcachedServer, Proxy, eventually, foreign_block_on};
use tokio::runtime::{Builder, Runtime};

use crate::stage::{at_port, store, store_at};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn set(store: &dyn Backend, key: &str, value: &'static str) {
    store.set(key, Bytes::from_static(value.as_bytes()), Life::Forever).await.unwrap();
}

async fn use_everything(store: &dyn Backend) {
    set(store, "key", "1").await;
    store.incr("key", 1).await.unwrap();
    store.acquire("lease", Token(1), Duration::from_secs(3), Claim::IfAbsent, None).await.unwrap();
    store.release("lease", Token(1)).await.unwrap();
}

/// Every operation, as the first after a restart.
const FIRST: [&str; 8] = ["get", "set", "get_many", "add", "incr", "delete", "acquire", "clear"];

async fn first_call(store: &dyn Backend, operation: &str) {
    let value = Bytes::from_static(b"value");
    match operation {
        "get" => assert_eq!(store.get("key").await.unwrap(), None),
        "set" => store.set("key", value, Life::Forever).await.unwrap(),
        "get_many" => assert_eq!(store.get_many(&["key".to_owned()]).await.unwrap(), vec![None]),
        "add" => assert!(store.add("key", value, Life::Forever).await.unwrap()),
        "incr" => assert_eq!(store.incr("key", 1).await.unwrap_err().kind(), ErrorKind::NotFound),
        "delete" => assert!(!store.delete("key").await.unwrap()),
        "acquire" => {
            let acquired =
                store.acquire("key", Token(2), Duration::from_secs(3), Claim::IfAbsent, None).await;
            assert_eq!(acquired.unwrap(), Acquired::Granted);
        }
        _ => store.clear("").await.unwrap(),
    }
}

#[test]
fn the_first_call_after_a_restart_works_on_a_runtime_that_rested_meanwhile() {
    let mut server = MemcachedServer::start();
    let (runtime, store) = (current_thread(), store_at(&server));

    for operation in FIRST {
        runtime.block_on(use_everything(&*store));
        server.restart();
        runtime.block_on(first_call(&*store, operation));
    }
}

#[test]
fn the_first_call_after_a_restart_works_on_a_runtime_that_runs() {
    let mut server = MemcachedServer::start();
    let (runtime, store) = (Builder::new_multi_thread().enable_all().build().unwrap(), store_at(&server));

    for operation in FIRST {
        runtime.block_on(use_everything(&*store));
        server.restart();
        runtime.block_on(first_call(&*store, operation));
    }
}

#[test]
fn the_first_call_of_a_synchronous_caller_after_a_restart_works() {
    let mut server = MemcachedServer::start();
    let store = store_at(&server);

    for operation in FIRST {
        foreign_block_on(use_everything(&*store));
        server.restart();
        foreign_block_on(first_call(&*store, operation));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_do_not_see_that_connections_end_under_them() {
    let server = MemcachedServer::start();
    let proxy = Proxy::to(server.port());
    let store = store(&at_port(proxy.port()));
    set(&*store, "key", "value").await;

    let callers: Vec<_> = (0..8).map(|_| tokio::spawn(read_on(Arc::clone(&store)))).collect();
    for _ in 0..20 {
        let before = proxy.accepted();
        proxy.hang_up();
        tokio::task::block_in_place(|| eventually("the store connected again", || proxy.accepted() > before));
    }
    drop(store);

    for caller in callers {
        caller.abort();
        if let Err(error) = caller.await {
            assert!(error.is_cancelled(), "{error}");
        }
    }
}

/// Reads until it is aborted. A call whose second connection is cut, too, may fail; no answer may be wrong.
async fn read_on(store: SharedBackend) {
    loop {
        match store.get("key").await {
            Ok(record) => assert_eq!(record.unwrap().bytes, "value"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
}

#[tokio::test]
async fn one_attempt_to_connect_serves_all_who_wait() {
    let server = MemcachedServer::start();
    let proxy = Proxy::to(server.port());
    let store = store(&at_port(proxy.port()));

    let callers: Vec<_> = (0..64)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.get("key").await.unwrap() })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }

    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_server_that_is_killed_under_load_is_used_again_when_it_is_back() {
    let mut server = MemcachedServer::start();
    let store = store_at(&server);
    set(&*store, "key", "value").await;

    server.kill();
    let down = store.get("key").await.unwrap_err();
    server.restart();

    assert_eq!(down.kind(), ErrorKind::Unavailable);
    assert_eq!(store.get("key").await.unwrap(), None);
    set(&*store, "key", "again").await;
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, "again");
}

#[test]
fn connections_of_short_lived_runtimes_end_with_them() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    for _ in 0..100 {
        current_thread().block_on(set(&*store, "key", "value"));
    }

    eventually("the connections ended", || server.clients() == 0);
}

#[test]
fn a_closed_store_opens_again_at_the_next_call() {
    // BE061
    let server = MemcachedServer::start();
    let (runtime, store) = (Builder::new_multi_thread().enable_all().build().unwrap(), store_at(&server));
    runtime.block_on(set(&*store, "key", "value"));
    assert_eq!(server.clients(), 1);

    runtime.block_on(store.close()).unwrap();
    eventually("the connection ended", || server.clients() == 0);

    runtime.block_on(set(&*store, "key", "value"));
    eventually("one connection is open", || server.clients() == 1);
}

#[test]
fn a_runtime_without_io_is_served_by_ours() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    let runtimes = [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_current_thread().enable_time().build().unwrap(),
    ];

    for runtime in &runtimes {
        runtime.block_on(set(&*store, "key", "value"));
    }

    assert_eq!(server.clients(), 1);
}

//! The shared suite, over one server and several, and on every way to reach them.

use std::sync::Arc;

use cache_runtime::backend::SharedBackend;
use cache_runtime::testing::{Time, backend_suite};
use cache_tests::{MemcachedServer, foreign_block_on};

use crate::stage::{store_at, store_over, three};

async fn keeps_every_promise(store: SharedBackend) {
    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[tokio::test]
async fn memcached_keeps_every_promise_in_one_server() {
    let server = MemcachedServer::start();

    keeps_every_promise(store_at(&server)).await;
}

#[tokio::test]
async fn memcached_keeps_every_promise_in_three_servers() {
    let servers = three();

    keeps_every_promise(store_over(&servers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memcached_keeps_every_promise_on_many_threads() {
    let servers = three();

    keeps_every_promise(store_over(&servers)).await;
}

#[tokio::test]
async fn memcached_keeps_every_promise_over_a_unix_socket() {
    let server = MemcachedServer::start_on_a_socket();

    keeps_every_promise(store_at(&server)).await;
}

#[test]
fn memcached_keeps_every_promise_to_synchronous_callers() {
    let servers = three();

    foreign_block_on(keeps_every_promise(store_over(&servers)));
}

//! The shared suite, on every way to reach a server.

use std::sync::Arc;

use cache_runtime::backend::redis::Options;
use cache_runtime::testing::{Time, backend_suite};
use cache_tests::Server;

use crate::stage::{patient, store, store_at};

async fn keeps_every_promise(options: Options) {
    let store = store(&patient(options));

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[tokio::test]
async fn redis_keeps_every_promise_over_tcp() {
    let server = Server::redis().start();

    keeps_every_promise(Options::at(&server.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_every_promise_on_many_threads() {
    let server = Server::redis().start();

    keeps_every_promise(Options::at(&server.url())).await;
}

#[tokio::test]
async fn redis_keeps_every_promise_over_tls() {
    let server = Server::redis().tls().start();
    let options = Options { ca_file: Some(server.authority()), ..Options::at(&server.url()) };

    keeps_every_promise(options).await;
}

#[tokio::test]
async fn redis_keeps_every_promise_over_a_unix_socket() {
    let server = Server::redis().unix().start();

    keeps_every_promise(Options::at(&server.url())).await;
}

#[tokio::test]
async fn redis_keeps_every_promise_to_a_user_in_a_database() {
    let server = Server::redis().acl("alice", "p:a/s@s w%d").start();
    let options = Options { database: Some(3), ..Options::at(&server.url()) };

    keeps_every_promise(options).await;

    let used: String = server.command(&["INFO", "keyspace"]);
    assert!(!used.contains("db0"), "{used}");
}

#[tokio::test]
async fn redis_keeps_every_promise_behind_a_password_over_a_unix_socket() {
    let server = Server::redis().unix().password("p a&s=s").start();

    keeps_every_promise(Options::at(&server.url())).await;
}

#[tokio::test]
async fn redis_keeps_every_promise_in_the_older_protocol() {
    let server = Server::redis().start();
    let url = format!("{}/0?protocol=resp2", server.url());

    keeps_every_promise(Options::at(&url)).await;
}

#[test]
fn redis_keeps_every_promise_to_synchronous_callers() {
    let server = Server::redis().start();
    let store = store_at(&server);

    crate::stage::foreign_block_on(backend_suite(|| Arc::clone(&store), Time::real()));
}

/// On a machine that has it; the README says so.
#[tokio::test]
async fn valkey_keeps_every_promise_where_it_is_installed() {
    let Some(plan) = Server::valkey() else { return };
    let server = plan.start();

    keeps_every_promise(Options::at(&server.url().replacen("redis://", "valkey://", 1))).await;
}

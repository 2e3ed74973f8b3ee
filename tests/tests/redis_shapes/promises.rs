//! The shared suite, over every shape.

use std::sync::Arc;
use std::time::Instant;

use cache_runtime::backend::redis::{Options, Protocol, ReadFrom};
use cache_runtime::testing::{Time, backend_suite};
use cache_tests::{Certificates, Cluster, Folder, Sentinels, Server};

use crate::stage::{PATIENCE, eventually, patient, shared_cluster, store};

async fn keeps_every_promise(options: &Options) {
    let store = store(&patient(options.clone()));

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_six_keeps_every_promise() {
    let cluster = shared_cluster();

    keeps_every_promise(&Options::at(&cluster.url())).await;
}

#[tokio::test]
async fn a_cluster_keeps_every_promise_in_the_older_protocol_on_one_thread() {
    let cluster = shared_cluster();
    let options = Options { protocol: Some(Protocol::Resp2), ..Options::at(&cluster.url()) };

    keeps_every_promise(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_whose_replicas_are_read_keeps_every_promise() {
    let cluster = shared_cluster();
    let options = Options {
        read_from: Some(ReadFrom::Replicas),
        wait_replicas: Some(1),
        ..Options::at(&cluster.url())
    };

    keeps_every_promise(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_over_tls_with_users_keeps_every_promise() {
    let folder = Folder::new();
    let certificates = Certificates::make_in(folder.path());
    let plan = Server::redis()
        .certificates(&certificates)
        .acl("alice", "p:a/s@s w%d")
        .setting("tls-cluster", "yes")
        .setting("tls-replication", "yes");
    let cluster = Cluster::start(&plan, 15_000);
    let options = Options { ca_file: Some(certificates.authority), ..Options::at(&cluster.url()) };

    keeps_every_promise(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_behind_sentinels_keeps_every_promise() {
    let sentinels = Sentinels::start(&Server::redis(), None);

    keeps_every_promise(&Options::at(&sentinels.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_sentinels_have_chosen_anew_keeps_every_promise() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);
    let store = store(&patient(Options::at(&sentinels.url())));
    store.get("key").await.unwrap();

    sentinels.server_mut(0).kill();
    eventually("another is the master", || sentinels.master_but(&[0]).is_some());
    let begun = Instant::now();
    while let Err(error) = store.get("key").await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::task::yield_now().await;
    }

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

/// On a machine that has it; the README says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_valkey_keeps_every_promise_where_it_is_installed() {
    let Some(plan) = Server::valkey() else { return };
    let cluster = Cluster::start(&plan, 15_000);

    keeps_every_promise(&Options::at(&cluster.url().replacen("redis+", "valkey+", 1))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_behind_sentinels_that_ask_for_passwords_keep_every_promise() {
    let sentinels = Sentinels::start(&Server::redis().acl("alice", "p:a/s@s w%d"), Some("secret"));
    let options = Options {
        sentinel_password: Some("secret".to_owned()),
        read_from: Some(ReadFrom::Replicas),
        wait_replicas: Some(2),
        database: Some(3),
        ..Options::at(&sentinels.url())
    };

    keeps_every_promise(&options).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_with_replicas_over_tls_keeps_every_promise() {
    let folder = Folder::new();
    let certificates = Certificates::make_in(folder.path());
    let plan = Server::redis().certificates(&certificates).setting("tls-replication", "yes");
    let (leader, replica) = (plan.clone().start(), plan.start());
    replica.follow(&leader);
    let options = Options {
        replicas: Some(format!("127.0.0.1:{}", replica.port())),
        wait_replicas: Some(1),
        ca_file: Some(certificates.authority),
        ..Options::at(&leader.url())
    };

    keeps_every_promise(&options).await;
}

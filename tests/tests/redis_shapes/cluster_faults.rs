//! A cluster under load whose nodes die, hang, and hand over slots: no wrong value, no panic, no long wait.

use std::time::Duration;

use cache_runtime::backend::redis::{Options, ReadFrom};
use cache_tests::{Cluster, Server};

use crate::load::{Load, report, time_until};
use crate::stage::{eventually, store, store_at};

/// After how long a silent node counts as failed.
const NODE_TIMEOUT_MILLIS: u32 = 1500;

/// The limit of one call, and what a busy machine adds to it.
const BOUND: Duration = Duration::from_millis(150 + 350);

fn cluster() -> Cluster {
    Cluster::start(&Server::redis(), NODE_TIMEOUT_MILLIS)
}

#[test]
fn the_death_of_a_node_costs_its_keys_until_its_replica_takes_over_and_no_other() {
    let mut cluster = cluster();
    let load = Load::start(|| store_at(&cluster.url()), |node, text| cluster.key_on(node, text));
    load.let_it_run();

    cluster.node_mut(0).kill();
    let recovery = time_until("the replica took over", || cluster.leads(3));
    load.recovered();
    let figures = load.end();

    report("cluster: a node that takes writes is killed", &figures, recovery);
    assert_eq!((figures.wrong, figures.panics), (0, 0));
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[test]
fn a_node_that_stands_still_costs_others_nothing_until_it_counts_as_failed() {
    let cluster = Cluster::start(&Server::redis(), 15_000);
    let load = Load::start(|| store_at(&cluster.url()), |node, text| cluster.key_on(node, text));
    load.let_it_run();

    cluster.node(0).pause();
    load.let_it_fail();
    cluster.node(0).resume();
    let recovery = time_until("the node went on", || cluster.leads(0));
    load.recovered();
    let figures = load.end();

    report("cluster: a node stands still, and goes on", &figures, recovery);
    assert_eq!((figures.wrong, figures.panics), (0, 0));
    assert_eq!(figures.failed_of_others, 0, "{figures:?}");
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[test]
fn slots_that_move_under_load_lose_and_confuse_nothing() {
    let cluster = Cluster::start(&Server::redis(), 15_000);
    let load = Load::start(|| store_at(&cluster.url()), |node, text| cluster.key_on(node, text));
    load.let_it_run();

    for key in load.keys_of(0) {
        let slot = cluster.slot(&key);
        cluster.begin_move(slot, 0, 2);
        cluster.move_keys(slot, 0, 2, 100);
        cluster.end_move(slot, 0, 2);
    }
    load.recovered();
    let figures = load.end();

    report("cluster: slots move from node to node", &figures, Duration::ZERO);
    assert_eq!((figures.wrong, figures.panics), (0, 0));
    // Nothing is lost where nobody dies.
    assert_eq!(figures.older, 0, "{figures:?}");
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[test]
fn a_replica_that_stands_still_costs_little_and_its_leader_answers() {
    let cluster = Cluster::start(&Server::redis(), 15_000);
    let options = Options { read_from: Some(ReadFrom::Replicas), ..Options::at(&cluster.url()) };
    let load = Load::start(|| store(&options), |node, text| cluster.key_on(node, text));
    load.let_it_run();

    cluster.node(3).pause();
    load.let_it_run();
    cluster.node(3).resume();
    let figures = load.end();

    report("cluster: a replica that is read stands still", &figures, Duration::ZERO);
    assert_eq!((figures.wrong, figures.panics, figures.failed), (0, 0, 0), "{figures:?}");
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[tokio::test]
async fn a_cluster_none_of_whose_nodes_answers_costs_no_more_than_the_limit() {
    let mut cluster = cluster();
    let store = store_at(&cluster.url());
    store.get("key").await.unwrap();
    for node in 0..6 {
        cluster.node(node).pause();
    }

    let start = std::time::Instant::now();
    let keys: Vec<_> = (0..50).map(|number| format!("key {number}")).collect();
    let one = store.get("key").await;
    let many = store.get_many(&keys).await;
    let waited = start.elapsed();

    assert!(one.unwrap_err().is_temporary());
    assert!(many.unwrap_err().is_temporary());
    assert!(waited < 2 * BOUND, "{waited:?}");
    for node in 0..6 {
        cluster.node(node).resume();
    }
    eventually("the cluster is whole again", || cluster.leads(0));
    for node in 0..6 {
        cluster.node_mut(node).kill();
    }
    let start = std::time::Instant::now();
    assert!(store.get("key").await.unwrap_err().is_temporary());
    assert!(start.elapsed() < BOUND);
}

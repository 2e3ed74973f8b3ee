//! Deletions that wait for replicas, while the server that takes them dies: none that was acknowledged is undone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::entry::Life;
use cache_tests::{Cluster, Sentinels, Server};

use crate::stage::{eventually, store};

/// How many deletions are made before the server dies.
const MANY: usize = 1000;

#[test]
fn a_failover_by_sentinels_undoes_no_invalidation_that_has_waited_for_the_replicas() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);
    let options = Options { wait_replicas: Some(2), ..Options::at(&sentinels.url()) };

    let deleted = deleted_while(&options, "", || {
        sentinels.server_mut(0).kill();
        eventually("another is the master", || sentinels.master_but(&[0]).is_some());
    });

    let master = sentinels.server(sentinels.master_but(&[0]).expect("one was chosen"));
    assert_eq!(how_many_exist(master, &deleted), 0);
}

#[test]
fn a_failover_in_a_cluster_undoes_no_invalidation_that_has_waited_for_the_replica() {
    let mut cluster = Cluster::start(&Server::redis(), 1500);
    let options = Options { wait_replicas: Some(1), ..Options::at(&cluster.url()) };
    let tag = format!("{{{}}}", cluster.key_on(0, "tag"));

    let deleted = deleted_while(&options, &tag, || {
        cluster.node_mut(0).kill();
        eventually("the replica took over", || cluster.leads(3));
    });

    assert_eq!(how_many_exist(cluster.node(3), &deleted), 0);
}

/// The keys whose deletion was acknowledged while a server failed.
fn deleted_while(options: &Options, prefix: &str, fails: impl FnOnce()) -> Vec<String> {
    let (is_over, deleted) = (AtomicBool::new(false), AtomicUsize::new(0));
    let keys = std::thread::scope(|scope| {
        let deleting = scope.spawn(|| delete_all_the_time(&store(options), prefix, &is_over, &deleted));
        let over = Over(&is_over);
        eventually("many are deleted", || deleted.load(Ordering::SeqCst) > MANY);
        fails();
        drop(over);
        deleting.join().expect("the caller does not panic")
    });
    assert!(keys.len() > MANY);
    keys
}

fn how_many_exist(server: &Server, keys: &[String]) -> u64 {
    let count = |keys: &[String]| {
        let words: Vec<&str> = std::iter::once("EXISTS").chain(keys.iter().map(String::as_str)).collect();
        server.command::<u64>(&words)
    };
    keys.chunks(500).map(count).sum()
}

/// Ends the caller also where the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Stores and deletes keys; those whose deletion was acknowledged.
fn delete_all_the_time(
    store: &SharedBackend,
    prefix: &str,
    is_over: &AtomicBool,
    deleted: &AtomicUsize,
) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut keys = Vec::new();
    runtime.block_on(async {
        for number in 0.. {
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            let key = format!("{prefix}key {number}");
            // One that was stored too late may be stored after its deletion.
            let is_there = store.set(&key, Bytes::from_static(b"1"), Life::Forever).await.is_ok();
            if is_there && store.delete(&key).await.is_ok() {
                keys.push(key);
                deleted.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    keys
}

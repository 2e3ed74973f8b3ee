//! Several servers: each keeps its share, and one that is down costs its own keys only.

use std::time::Instant;

use bytes::Bytes;
use cache_runtime::backend::{Backend, SharedBackend};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{BOUND, MemcachedServer, Proxy};

use crate::stage::{options_over, patient_options_over, store, store_over, three};

const KEYS: usize = 300;

fn keys() -> Vec<String> {
    (0..KEYS).map(|index| format!("key:{index}")).collect()
}

fn entries() -> Vec<(String, Bytes)> {
    keys().into_iter().map(|key| (key.clone(), Bytes::from(key))).collect()
}

async fn filled(servers: &[MemcachedServer]) -> SharedBackend {
    let store = store_over(servers);
    store.set_many(&entries(), Life::Forever).await.unwrap();
    store
}

/// How many entries are found; each that is found must be right.
async fn found(store: &dyn Backend) -> usize {
    let records = store.get_many(&keys()).await.unwrap();
    let right = keys().into_iter().zip(records).map(|(key, record)| {
        let bytes = record.map(|record| record.bytes);
        assert!(bytes.as_ref().is_none_or(|bytes| *bytes == key));
        usize::from(bytes.is_some())
    });
    right.sum()
}

#[tokio::test]
async fn every_server_keeps_a_share() {
    let servers = three();

    let store = filled(&servers).await;

    assert_eq!(found(&*store).await, KEYS);
    for server in &servers {
        // One item more is the version of the namespace.
        let items = server.stat("curr_items");
        assert!((50..=150).contains(&items), "{items}");
    }
}

#[tokio::test]
async fn the_order_of_the_servers_does_not_matter() {
    let servers = three();
    filled(&servers).await;
    let mut options = patient_options_over(&servers);
    options.servers.reverse();

    assert_eq!(found(&*store(&options)).await, KEYS);
}

#[tokio::test]
async fn a_server_that_is_down_costs_its_own_keys_only() {
    let mut servers = three();
    let store = filled(&servers).await;
    let share = usize::try_from(servers[1].stat("curr_items")).unwrap() - 1;
    servers[1].kill();

    let left = found(&*store).await;
    let mut failed = 0;
    for key in keys() {
        match store.get(&key).await {
            Ok(record) => assert_eq!(record.unwrap().bytes, key),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable);
                failed += 1;
            }
        }
    }

    assert_eq!((left, failed), (KEYS - share, share));
}

#[tokio::test]
async fn writes_reach_the_servers_that_are_up_and_report_the_one_that_is_down() {
    let mut servers = three();
    let store = filled(&servers).await;
    let left = KEYS + 1 - usize::try_from(servers[1].stat("curr_items")).unwrap();
    servers[1].kill();

    let cleared = store.clear("key:").await.unwrap_err();
    let after_clear = found(&*store).await;
    let set = store.set_many(&entries(), Life::Forever).await.unwrap_err();
    let after_set = found(&*store).await;
    let deleted = store.delete_many(&keys()).await.unwrap_err();
    let after_deletion = found(&*store).await;

    for error in [cleared, set, deleted] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains(&servers[1].address()), "{error}");
    }
    assert_eq!([after_clear, after_set, after_deletion], [0, left, 0]);
}

#[tokio::test]
async fn servers_that_are_all_down_are_an_error() {
    let mut servers = three();
    let store = filled(&servers).await;
    servers.iter_mut().for_each(MemcachedServer::kill);

    let error = store.get_many(&keys()).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn servers_that_hang_are_waited_for_together() {
    let (server, silent) = (MemcachedServer::start(), [Proxy::silent(), Proxy::silent()]);
    let mut options = options_over(std::slice::from_ref(&server));
    options.servers.extend(silent.iter().map(|proxy| format!("127.0.0.1:{}", proxy.port())));
    let store = store(&options);
    let start = Instant::now();

    let found = store.get_many(&keys()).await;

    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    assert_eq!(found.unwrap(), vec![None; KEYS]);
}

#[tokio::test]
async fn a_server_that_is_taken_away_moves_its_own_keys_only() {
    let servers = three();
    filled(&servers).await;
    let share = usize::try_from(servers[2].stat("curr_items")).unwrap() - 1;

    let smaller = store_over(&servers[..2]);

    assert_eq!(found(&*smaller).await, KEYS - share);
}

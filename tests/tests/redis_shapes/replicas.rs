//! A leader with replicas: lookups read from them, and all else, and one's own writes, from the leader.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::redis::Options;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::Server;

use crate::stage::{PATIENCE, eventually, patient, patient_store_at, store};

const LEASE: Duration = Duration::from_secs(3);

fn value() -> Bytes {
    Bytes::from_static(b"value")
}

fn with_replicas(count: usize) -> (Server, Vec<Server>) {
    let plan = Server::redis().setting("repl-diskless-sync-delay", "0");
    let leader = plan.clone().start();
    let replicas: Vec<_> = (0..count).map(|_| plan.clone().start()).collect();
    for replica in &replicas {
        replica.follow(&leader);
    }
    (leader, replicas)
}

fn options(leader: &Server, replicas: &[Server]) -> Options {
    let hosts: Vec<_> = replicas.iter().map(|replica| format!("127.0.0.1:{}", replica.port())).collect();
    Options { replicas: Some(hosts.join(",")), ..Options::at(&leader.url()) }
}

async fn is_there(store: &SharedBackend, key: &str) -> bool {
    store.get(key).await.unwrap().is_some()
}

/// Writes as another process does, and waits until every replica has it.
async fn written_elsewhere(leader: &Server, replicas: &[Server], key: &str) {
    patient_store_at(&leader.url()).set(key, value(), Life::Forever).await.unwrap();
    for replica in replicas {
        eventually("the replica has it", || replica.command::<i64>(&["EXISTS", key]) == 1);
    }
}

#[tokio::test]
async fn lookups_read_from_replicas_in_turn() {
    // BE079
    let (leader, replicas) = with_replicas(2);
    let store = store(&patient(options(&leader, &replicas)));
    written_elsewhere(&leader, &replicas, "key").await;
    leader.forget_counts();

    for _ in 0..10 {
        assert!(is_there(&store, "key").await);
    }
    assert_eq!(store.get_many(&["key".to_owned(), "other".to_owned()]).await.unwrap().len(), 2);

    assert_eq!(leader.calls("get") + leader.calls("mget"), 0);
    assert!(replicas.iter().all(|replica| replica.calls("get") == 5));
}

#[tokio::test]
async fn what_this_process_has_written_is_read_from_the_leader_for_as_long_as_is_said() {
    let (leader, replicas) = with_replicas(1);
    let long = Duration::from_mins(10);
    let options = patient(options(&leader, &replicas));
    let store = store(&Options { leader_after_write: Some(long), ..options });
    // A replica that stands still has nothing of what follows.
    replicas[0].pause();

    store.set("set", value(), Life::Forever).await.unwrap();
    store.add("added", value(), Life::Forever).await.unwrap();
    store.set_many(&[("many".to_owned(), value())], Life::Forever).await.unwrap();
    let granted = store.acquire("filled", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(granted, Acquired::Granted);
    store.fill("filled", Token(1), value(), Life::Forever).await.unwrap();

    let start = Instant::now();
    for key in ["set", "added", "many", "filled"] {
        assert!(is_there(&store, key).await, "{key}");
    }
    assert!(store.delete("set").await.unwrap());
    assert!(!is_there(&store, "set").await);
    store.clear("man").await.unwrap();
    assert!(!is_there(&store, "many").await);
    // Nobody has asked the replica, which would have cost half of the limit.
    assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    replicas[0].resume();
}

#[tokio::test]
async fn a_lease_is_asked_of_the_leader_who_knows_what_replicas_do_not() {
    let (leader, replicas) = with_replicas(1);
    let store = store(&options(&leader, &replicas));
    replicas[0].pause();
    patient_store_at(&leader.url()).set("key", value(), Life::Forever).await.unwrap();

    let claimed = store.acquire("key", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();

    assert!(matches!(claimed, Acquired::Found(_)), "{claimed:?}");
    replicas[0].resume();
}

#[tokio::test]
async fn a_replica_that_fails_is_left_alone_and_the_leader_answers() {
    let (leader, mut replicas) = with_replicas(1);
    let store = store(&options(&leader, &replicas));
    written_elsewhere(&leader, &replicas, "key").await;
    assert!(is_there(&store, "key").await);

    replicas[0].pause();
    let start = Instant::now();
    for _ in 0..100 {
        assert!(is_there(&store, "key").await);
    }
    let waited = start.elapsed();
    replicas[0].resume();
    replicas[0].kill();
    for _ in 0..100 {
        assert!(is_there(&store, "key").await);
    }

    // One question in vain, and perhaps a second after a second.
    assert!(waited < Duration::from_millis(500), "{waited:?}");
}

#[tokio::test]
async fn a_replica_that_has_lost_its_leader_is_not_believed() {
    let (mut leader, replicas) = with_replicas(1);
    written_elsewhere(&leader, &replicas, "key").await;
    leader.kill();
    eventually("the replica notices", || replicas[0].info("master_link_status") == "down");
    let store = store(&options(&leader, &replicas));

    let error = store.get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(replicas[0].calls("get"), 0);
}

#[tokio::test]
async fn an_invalidation_that_waits_for_replicas_is_on_all_of_them_when_it_returns() {
    let (leader, replicas) = with_replicas(2);
    let options = patient(options(&leader, &replicas));
    let store = store(&Options { wait_replicas: Some(2), ..options });
    for round in 0..100 {
        let key = format!("key {round}");
        written_elsewhere(&leader, &replicas, &key).await;

        match round % 3 {
            0 => assert!(store.delete(&key).await.unwrap()),
            1 => assert_eq!(store.delete_many(std::slice::from_ref(&key)).await.unwrap(), 1),
            _ => store.clear(&key).await.unwrap(),
        }

        for replica in &replicas {
            assert_eq!(replica.command::<i64>(&["EXISTS", &key]), 0, "{key}");
        }
    }
}

#[tokio::test]
async fn an_invalidation_that_replicas_do_not_have_in_time_says_so_and_holds_nobody_up() {
    let (leader, replicas) = with_replicas(1);
    let second = Duration::from_secs(1);
    let store =
        store(&Options { wait_replicas: Some(1), answer_timeout: second, ..Options::at(&leader.url()) });
    store.set("key", value(), Life::Forever).await.unwrap();
    replicas[0].pause();

    let start = Instant::now();
    let (removed, read) = tokio::join!(store.delete("key"), async {
        let read = store.get("other").await;
        (read, start.elapsed())
    });
    let waited = start.elapsed();
    replicas[0].resume();

    let error = removed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(error.to_string().contains("0 of 1 replicas"), "{error}");
    assert!(waited < Duration::from_millis(1400), "{waited:?}");
    // The server lets only that connection wait, for three quarters of the limit.
    assert!(read.1 < Duration::from_millis(600), "{:?}", read.1);
    assert_eq!(read.0.unwrap(), None);
    // The leader has carried it out.
    assert_eq!(leader.command::<i64>(&["EXISTS", "key"]), 0);
}

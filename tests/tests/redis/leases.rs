//! The lease protocol from several connections: whatever the order, no value from before an
//! invalidation is seen after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_tests::{Server, old_values_stay_out, runtime};

use crate::stage::store_at;

const LEASE: Duration = Duration::from_secs(3);

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

#[test]
fn no_fill_from_before_an_invalidation_is_seen_after_it() {
    let server = Server::redis().start();

    old_values_stay_out(|| store_at(&server), "k", "key");
}

#[test]
fn no_fill_from_before_an_invalidation_of_a_key_with_a_hash_tag_is_seen_after_it() {
    let server = Server::redis().start();

    old_values_stay_out(|| store_at(&server), "k", "k:{tag}:1");
}

#[test]
fn one_of_many_processes_is_granted() {
    let server = Server::redis().start();

    for round in 0..100_u128 {
        let key = format!("key {round}");
        let granted = AtomicU64::new(0);
        thread::scope(|threads| {
            for thread in 0..4_u128 {
                let (store, key, granted) = (store_at(&server), &key, &granted);
                threads.spawn(move || {
                    let token = Token(round << 64 | thread);
                    let claim = store.acquire(key, token, LEASE, Claim::IfAbsent, None);
                    if runtime().block_on(claim).unwrap() == Acquired::Granted {
                        granted.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(granted.into_inner(), 1);
    }
}

#[tokio::test]
async fn a_lease_stands_in_the_slot_of_its_key() {
    let server = Server::redis().start();
    let store = store_at(&server);

    for (key, lease) in [("site:1:k", "{site:1:k}~l"), ("site:{7}:k", "site:{7}:k~l")] {
        store.acquire(key, Token(0xab), LEASE, Claim::IfAbsent, None).await.unwrap();

        let holder: String = server.command(&["GET", lease]);
        let left: i64 = server.command(&["PTTL", lease]);
        assert_eq!(holder, format!("{:032x}", 0xab));
        assert!((1..=3000).contains(&left), "{left}");
    }
}

#[tokio::test]
async fn an_invalidation_is_one_write_of_plain_deletions() {
    let server = Server::redis().start();
    let store = store_at(&server);
    store.set("key", text(1), Life::Forever).await.unwrap();
    let _: () = server.command(&["CONFIG", "RESETSTAT"]);

    assert!(store.delete("key").await.unwrap());

    let calls: String = server.command(&["INFO", "commandstats"]);
    assert!(calls.contains("cmdstat_del:calls=2"), "{calls}");
    assert!(!calls.contains("eval"), "{calls}");
}

#[tokio::test]
async fn nothing_walks_by_keys_or_flushes() {
    let server = Server::redis().start();
    let store = Arc::clone(&store_at(&server));
    let _: () = server.command(&["SET", "foreign", "stays"]);
    store.set("ours:1", text(1), Life::Forever).await.unwrap();

    store.clear("ours:").await.unwrap();
    store.keys("ours:").await.unwrap();

    let calls: String = server.command(&["INFO", "commandstats"]);
    assert!(calls.contains("cmdstat_scan"), "{calls}");
    for command in ["cmdstat_keys", "cmdstat_flushdb", "cmdstat_flushall"] {
        assert!(!calls.contains(command), "{calls}");
    }
    assert_eq!(server.command::<String>(&["GET", "foreign"]), "stays");
}

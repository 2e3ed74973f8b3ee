//! The lease protocol from several connections: whatever the order, no value from before an
//! invalidation is seen after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use cache_tests::Server;
use tokio::runtime::{Builder, Runtime};

use crate::stage::{foreign_block_on, store_at};

const LEASE: Duration = Duration::from_secs(3);
const ROUNDS: u64 = 1500;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// What is true, and what has been invalidated so far.
#[derive(Default)]
struct World {
    truth: AtomicU64,
    invalidated: AtomicU64,
}

fn old_values_stay_out(key: &'static str) {
    let server = Server::redis().start();
    let world = World::default();

    thread::scope(|threads| {
        for thread in 1..=3_u128 {
            // A store of its own is a process of its own, as far as the server can tell.
            let (store, world) = (store_at(&server), &world);
            threads.spawn(move || runtime().block_on(compute_and_fill(&store, key, thread, world)));
        }
        let (store, world) = (store_at(&server), &world);
        threads.spawn(move || foreign_block_on(compute_and_fill(&store, key, 4, world)));
        runtime().block_on(invalidate(&store_at(&server), key, world));
    });
}

async fn invalidate(store: &SharedBackend, key: &str, world: &World) {
    for next in 1..=ROUNDS {
        world.truth.store(next, Ordering::SeqCst);
        match next % 5 {
            0 => store.clear("k").await.unwrap(),
            1 => drop(store.delete(key).await.unwrap()),
            2 => drop(store.delete_many(&["other".to_owned(), key.to_owned()]).await.unwrap()),
            3 => store.set_many(&[(key.to_owned(), text(next))], Life::Forever).await.unwrap(),
            _ => store.set(key, text(next), Life::Forever).await.unwrap(),
        }
        world.invalidated.store(next, Ordering::SeqCst);
    }
}

async fn compute_and_fill(store: &SharedBackend, key: &str, thread: u128, world: &World) {
    let mut attempt = 0;
    while world.invalidated.load(Ordering::SeqCst) < ROUNDS {
        attempt += 1;
        let token = Token(thread << 64 | attempt);
        let least = world.invalidated.load(Ordering::SeqCst);
        let claim = if attempt % 5 == 0 { Claim::Take } else { Claim::IfAbsent };
        match store.acquire(key, token, LEASE, claim, None).await.unwrap() {
            Acquired::Granted => {
                let value = world.truth.load(Ordering::SeqCst);
                thread::yield_now();
                store.fill(key, token, text(value), Life::Forever).await.unwrap();
            }
            Acquired::Found(record) => {
                let found: u64 = std::str::from_utf8(&record.bytes).unwrap().parse().unwrap();
                assert!(found >= least, "{found} was seen after {least}");
            }
            Acquired::Held(_) => thread::yield_now(),
        }
    }
}

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

#[test]
fn no_fill_from_before_an_invalidation_is_seen_after_it() {
    old_values_stay_out("key");
}

#[test]
fn no_fill_from_before_an_invalidation_of_a_key_with_a_hash_tag_is_seen_after_it() {
    old_values_stay_out("k:{tag}:1");
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

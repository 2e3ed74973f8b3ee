//! The lease protocol from several connections: computations that race with invalidations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use tokio::runtime::{Builder, Runtime};

use crate::foreign_block_on;

const LEASE: Duration = Duration::from_secs(3);
const ROUNDS: u64 = 1500;

/// A runtime of one thread.
///
/// # Panics
///
/// If the operating system gives none.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("the machine has a poller")
}

/// What is true, and what has been invalidated so far.
#[derive(Default)]
struct World {
    truth: AtomicU64,
    invalidated: AtomicU64,
}

/// Four nodes compute and fill a key while a fifth invalidates it in every way; `store` makes the store of
/// a node, and `prefix` is what `clear` is told of the key.
///
/// # Panics
///
/// If a value from before an invalidation is seen after it.
pub fn old_values_stay_out(store: impl Fn() -> SharedBackend, prefix: &str, key: &str) {
    let world = World::default();
    thread::scope(|threads| {
        for thread in 1..=3_u128 {
            // A store of its own is a process of its own, as far as the server can tell.
            let (store, world) = (store(), &world);
            threads.spawn(move || runtime().block_on(compute_and_fill(&store, key, thread, world)));
        }
        let (node, world) = (store(), &world);
        threads.spawn(move || foreign_block_on(compute_and_fill(&node, key, 4, world)));
        runtime().block_on(invalidate(&store(), (prefix, key), world));
    });
}

async fn invalidate(store: &SharedBackend, (prefix, key): (&str, &str), world: &World) {
    for next in 1..=ROUNDS {
        world.truth.store(next, Ordering::SeqCst);
        match next % 5 {
            0 => store.clear(prefix).await.expect("the server answers"),
            1 => drop(store.delete(key).await.expect("the server answers")),
            2 => drop(
                store.delete_many(&["other".to_owned(), key.to_owned()]).await.expect("the server answers"),
            ),
            3 => store
                .set_many(&[(key.to_owned(), text(next))], Life::Forever)
                .await
                .expect("the server answers"),
            _ => store.set(key, text(next), Life::Forever).await.expect("the server answers"),
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
        match store.acquire(key, token, LEASE, claim, None).await.expect("the server answers") {
            Acquired::Granted => {
                let value = world.truth.load(Ordering::SeqCst);
                thread::yield_now();
                store.fill(key, token, text(value), Life::Forever).await.expect("the server answers");
            }
            Acquired::Found(record) => {
                let found: u64 =
                    std::str::from_utf8(&record.bytes).expect("a number").parse().expect("a number");
                assert!(found >= least, "{found} was seen after {least}");
            }
            Acquired::Held(_) => thread::yield_now(),
        }
    }
}

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

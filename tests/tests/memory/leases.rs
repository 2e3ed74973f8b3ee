//! The lease protocol on the bytes of a memory store, from many threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::testing::{FaultyBackend, TestClock};

const LEASE: Duration = Duration::from_secs(3);
const ROUNDS: u64 = 3000;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The source of truth changes, then the key is invalidated; others compute under a lease and fill.
/// Whatever the order, no value older than the last invalidation that has returned may be seen.
#[test]
fn no_fill_from_before_an_invalidation_is_seen_after_it() {
    let store: Arc<dyn Backend> = Arc::new(FaultyBackend::memory(&TestClock::new().clock()).as_shared());
    let (truth, invalidated) = (AtomicU64::new(0), AtomicU64::new(0));

    std::thread::scope(|threads| {
        for thread in 1..=3_u128 {
            let (store, truth, invalidated) = (&store, &truth, &invalidated);
            threads.spawn(move || runtime().block_on(compute_and_fill(store, thread, truth, invalidated)));
        }
        runtime().block_on(async {
            for next in 1..=ROUNDS {
                truth.store(next, Ordering::SeqCst);
                match next % 3 {
                    0 => store.clear("k").await.unwrap(),
                    1 => drop(store.delete("key").await.unwrap()),
                    _ => store.set("key", text(next), Life::Forever).await.unwrap(),
                }
                invalidated.store(next, Ordering::SeqCst);
            }
        });
    });
}

async fn compute_and_fill(
    store: &Arc<dyn Backend>,
    thread: u128,
    truth: &AtomicU64,
    invalidated: &AtomicU64,
) {
    let mut attempt = 0;
    while invalidated.load(Ordering::SeqCst) < ROUNDS {
        attempt += 1;
        let token = Token(thread << 64 | attempt);
        let least = invalidated.load(Ordering::SeqCst);
        let claim = if attempt % 5 == 0 { Claim::Take } else { Claim::IfAbsent };
        match store.acquire("key", token, LEASE, claim, None).await.unwrap() {
            Acquired::Granted => {
                let value = truth.load(Ordering::SeqCst);
                std::thread::yield_now();
                store.fill("key", token, text(value), Life::Forever).await.unwrap();
            }
            Acquired::Found(record) => {
                let found: u64 = std::str::from_utf8(&record.bytes).unwrap().parse().unwrap();
                assert!(found >= least, "{found} was seen after {least}");
            }
            Acquired::Held(_) => std::thread::yield_now(),
        }
    }
}

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

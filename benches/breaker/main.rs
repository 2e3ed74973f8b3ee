//! What a call costs whose store is dead, beyond its body, and fails if that is more than its bound.
//!
//! `cargo bench -p cache-benches --bench breaker`

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cache_runtime::{Cache, Caches};

/// The most that a call may take beyond its body.
const BOUND: Duration = Duration::from_micros(5);

const ROUNDS: usize = 301;
const CALLS: u32 = 1000;
const LIFE: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Nobody listens there.
    let caches = Caches::from_url("redis://127.0.0.1:1").and_then(cache_runtime::CachesBuilder::build);
    let cache = caches.and_then(|caches| caches.get("default")).expect("the URL is valid");
    for _ in 0..10 {
        cache.get_or_set("key", LIFE, body).await;
    }
    assert!(cache.stats().store.is_some_and(|store| store.refused > 0), "the circuit is open by now");

    let each = median_of(&cache).await;
    println!("a call whose store is left alone: {each:?} beyond its body (bound: {BOUND:?})");
    if each <= BOUND { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn body() -> u64 {
    black_box(7)
}

/// The median of many rounds, less what the body alone takes; a round that a probe fell into is an outlier.
async fn median_of(cache: &Cache) -> Duration {
    let mut beyond = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(body().await);
        }
        let bare = start.elapsed();
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(cache.get_or_set("key", LIFE, body).await);
        }
        beyond.push(start.elapsed().saturating_sub(bare) / CALLS);
    }
    beyond.sort_unstable();
    beyond[ROUNDS / 2]
}

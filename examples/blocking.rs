//! Code that is not `async`: cached functions, their companions, and the low-level API, with and without a runtime.
//!
//! Run it by `cargo run --example blocking`.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::{BlockingCache, Timeout, cache, cached};

static BODIES: AtomicU32 = AtomicU32::new(0);
const CALLERS: usize = 8;

/// The number of primes below `limit`.
#[cached(key = "primes:{limit}", timeout = "10m")]
fn primes(limit: usize) -> usize {
    BODIES.fetch_add(1, Ordering::Relaxed);
    let mut composite = vec![false; limit];
    let mut found = 0;
    for number in 2..limit {
        if !composite[number] {
            found += 1;
            (number * number..limit).step_by(number).for_each(|multiple| composite[multiple] = true);
        }
    }
    found
}

fn main() -> cache_runtime::Result<()> {
    one_of_many_threads_computes();
    low_level(&cache("default")?.blocking())?;
    inside_a_runtime()
}

/// Threads that miss at once wait for the one that computes.
fn one_of_many_threads_computes() {
    let together = Barrier::new(CALLERS);
    std::thread::scope(|threads| {
        for _ in 0..CALLERS {
            threads.spawn(|| {
                together.wait();
                assert_eq!(primes(1_000_000), 78_498);
            });
        }
    });

    let bodies = BODIES.load(Ordering::Relaxed);
    println!("{CALLERS} threads asked at once for the primes below a million: {bodies} computed");
    assert_eq!(bodies, 1);
}

/// The same operations as of the async API, waited for.
fn low_level(cache: &BlockingCache) -> cache_runtime::Result<()> {
    assert_eq!(cache.get::<usize>(primes::key(1_000_000))?, Some(78_498));

    cache.set("visits", &1, Timeout::secs(60))?;
    assert_eq!(cache.incr("visits", 41)?, 42);
    assert!(!cache.add("visits", &0, Timeout::Never)?);
    let total = cache.get_or_set("total", Timeout::Default, || 6 * 7);
    println!("visits: {}, total: {total}", cache.get::<i64>("visits")?.unwrap_or_default());
    assert_eq!(total, 42);
    Ok(())
}

/// Synchronous functions may also be called on the threads of a runtime.
fn inside_a_runtime() -> cache_runtime::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs no more");
    runtime.block_on(async {
        assert!(primes::invalidate(1_000_000)?);
        assert_eq!(primes(1_000_000), 78_498);
        assert_eq!(primes::peek(1_000_000)?, Some(78_498));
        println!("inside of a runtime as well: {} computed in all", BODIES.load(Ordering::Relaxed));
        assert_eq!(BODIES.load(Ordering::Relaxed), 2);
        Ok(())
    })
}

//! Tests of cached code: caches of one's own for one test, a clock that the test moves, a store that fails.
//!
//! Run it by `cargo run --example testing`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::testing::{Fault, FaultyBackend, TestClock};
use cache_runtime::{Caches, ErrorKind, cached};

static RUNS: AtomicU32 = AtomicU32::new(0);

#[cached(key = "double:{number}", timeout = "1m")]
async fn double(number: u32) -> u32 {
    tokio::task::yield_now().await; // where a real function asks its database
    RUNS.fetch_add(1, Ordering::Relaxed);
    number * 2
}

#[tokio::main]
async fn main() -> cache_runtime::Result<()> {
    time_moves_by_hand().await?;
    scopes_share_nothing().await?;
    failing_store_fails_nobody().await
}

/// No test waits for a minute to pass.
async fn time_moves_by_hand() -> cache_runtime::Result<()> {
    let clock = TestClock::new();
    let caches = Caches::builder().add("default", Memory::new()).clock(clock.clock()).build()?;

    caches
        .scope(async {
            assert_eq!(runs_of_two_calls().await, 1);
            clock.advance(Duration::from_secs(59));
            assert_eq!(runs_of_two_calls().await, 0);
            clock.advance(Duration::from_secs(1));
            assert_eq!(runs_of_two_calls().await, 1);
        })
        .await;
    println!("after a minute, which took no time, the value is computed again");
    Ok(())
}

/// Tests that run side by side do not see each other's entries.
async fn scopes_share_nothing() -> cache_runtime::Result<()> {
    let (ours, theirs) = (Caches::builder().build()?, Caches::builder().build()?);

    let in_ours = ours.clone().scope(runs_of_two_calls());
    let in_theirs = theirs.scope(runs_of_two_calls());
    assert_eq!((in_ours.await, in_theirs.await), (1, 1));
    assert!(ours.get("default")?.has_key(double::key(21)).await?);
    println!("two scopes computed it once each");
    Ok(())
}

/// The callers of a cached function do not notice that its store is down; who asks the store does.
async fn failing_store_fails_nobody() -> cache_runtime::Result<()> {
    let store = Arc::new(FaultyBackend::memory(&TestClock::new().clock()));
    let caches = Caches::builder().add("default", Custom::new(store.clone())).build()?;

    let down = Fault::Fail(ErrorKind::Unavailable);
    caches
        .clone()
        .scope(async {
            assert_eq!(runs_of_two_calls().await, 1);
            store.inject_all(&down);
            assert_eq!(runs_of_two_calls().await, 2);
            let error = double::peek(21).await.expect_err("the store is down");
            println!("with the store down both calls compute, and `peek` says \"{error}\"");
            store.heal();
            assert_eq!(runs_of_two_calls().await, 0);
        })
        .await;
    assert!(caches.get("default")?.stats().errors > 0);
    Ok(())
}

async fn runs_of_two_calls() -> u32 {
    let before = RUNS.load(Ordering::Relaxed);
    assert_eq!((double(21).await, double(21).await), (42, 42));
    RUNS.load(Ordering::Relaxed) - before
}

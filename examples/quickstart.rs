//! One line above a function, and its results are cached.
//!
//! Run it by `cargo run --example quickstart`.

use cache_runtime::{cache, cached};

/// Computed once for every user, then served from the cache for fifteen minutes.
#[cached(key = "greeting:{user}", timeout = "15m")]
async fn greeting(user: u64) -> String {
    println!("  computing the greeting of user {user}");
    tokio::task::yield_now().await; // where a real function asks its database
    format!("Hello, {user}!")
}

#[tokio::main]
async fn main() -> cache_runtime::Result<()> {
    println!("two calls for user 7:");
    assert_eq!(greeting(7).await, "Hello, 7!"); // runs the body
    assert_eq!(greeting(7).await, "Hello, 7!"); // is served from the cache

    println!("one for user 8, who has another key:");
    assert_eq!(greeting(8).await, "Hello, 8!");

    println!("after an invalidation, user 7 again:");
    assert!(greeting::invalidate(7).await?);
    assert_eq!(greeting::peek(7).await?, None);
    assert_eq!(greeting(7).await, "Hello, 7!"); // runs the body again

    let stats = cache("default")?.stats();
    assert_eq!((stats.hits, stats.computations), (1, 3));
    println!("{} hit, {} computations", stats.hits, stats.computations);
    Ok(())
}

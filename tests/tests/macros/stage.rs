//! What every test here needs: caches of its own, a clock to move, and a count of runs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_runtime::Caches;
use cache_runtime::backend::memory::Memory;
use cache_runtime::testing::TestClock;

/// How often a body ran.
pub(crate) struct Runs(AtomicU32);

impl Runs {
    pub(crate) const fn none() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Counts one run, and returns its number.
    pub(crate) fn count(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn so_far(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `test` with caches that no other test sees.
pub(crate) fn alone<R>(test: impl FnOnce() -> R) -> R {
    fresh().scope_blocking(test)
}

/// Runs `test` with caches that no other test sees.
pub(crate) async fn alone_async<F: Future>(test: F) -> F::Output {
    fresh().scope(test).await
}

/// Runs `test` with caches whose time it moves.
pub(crate) fn in_time<R>(test: impl FnOnce(&dyn Fn(u64)) -> R) -> R {
    let clock = TestClock::new();
    let caches = Caches::builder().clock(clock.clock()).build().expect("the settings are sound");
    caches.scope_blocking(|| test(&|seconds| clock.advance(Duration::from_secs(seconds))))
}

fn fresh() -> Caches {
    Caches::builder().add("other", Memory::new()).build().expect("the settings are sound")
}

//! What the tests of this folder share: caches of their own, and bodies that are counted.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::{self, Memory};
use cache_runtime::testing::{FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches};

/// How long a test waits for what must come from another thread.
const PATIENCE: Duration = Duration::from_secs(20);

/// Caches of one test, by a clock that it moves.
pub(crate) struct Stage {
    pub(crate) clock: TestClock,
    pub(crate) store: Arc<FaultyBackend>,
    pub(crate) caches: Caches,
}

impl Stage {
    /// `default` and `marketing` in memory, and `shared`, which other processes share.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same, and more caches in memory.
    pub(crate) fn with(aliases: &[&str]) -> Self {
        let clock = TestClock::new();
        let inner = memory::Options::default().build(&clock.clock()).unwrap();
        let store = Arc::new(FaultyBackend::over(inner, &clock.clock()).as_shared());
        let mut builder = Caches::builder()
            .clock(clock.clock())
            .add("default", Memory::new())
            .add("marketing", Memory::new())
            .add("shared", Custom::new(Arc::clone(&store) as _));
        for alias in aliases {
            builder = builder.add(*alias, Memory::new());
        }
        Self { clock, store, caches: builder.build().unwrap() }
    }

    pub(crate) fn cache(&self, alias: &str) -> Cache {
        self.caches.get(alias).unwrap()
    }

    /// How many entries a cache in memory holds.
    pub(crate) fn entries(&self, alias: &str) -> u64 {
        self.cache(alias).stats().entries.unwrap()
    }

    /// Runs `work` with these caches.
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        self.caches.clone().scope_blocking(work)
    }

    /// Awaits `work` with these caches.
    pub(crate) async fn run_async<F: Future>(&self, work: F) -> F::Output {
        self.caches.clone().scope(work).await
    }
}

/// Counts how often something is rendered.
#[derive(Default)]
pub(crate) struct Renders(AtomicU64);

impl Renders {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Notes a rendering; how many there were with it.
    pub(crate) fn note(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Asks again and again until it is so: for what another thread does.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

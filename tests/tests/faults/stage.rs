//! Where a test takes place: a cache over a store that fails at the test's word, with a clock that it moves.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::base::event::{CircuitState, StoreState};
use cache_runtime::testing::{Fault, FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches, ErrorKind};

/// A life that outlasts a test.
pub(crate) const LONG: Duration = Duration::from_hours(1);
/// So many failures in a row open the circuit.
pub(crate) const FAILURES: u64 = 5;
/// How long an open circuit lets nobody through.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Stage {
    pub(crate) caches: Caches,
    pub(crate) cache: Cache,
    pub(crate) store: Arc<FaultyBackend>,
    pub(crate) clock: TestClock,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let clock = TestClock::new();
        let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());
        Self::over(&store, &clock)
    }

    /// One more process with this store.
    pub(crate) fn other(&self) -> Self {
        Self::over(&self.store, &self.clock)
    }

    fn over(store: &Arc<FaultyBackend>, clock: &TestClock) -> Self {
        let store = Arc::clone(store);
        let custom = Custom::new(Arc::clone(&store) as Arc<dyn Backend>);
        let caches = Caches::builder().clock(clock.clock()).add("default", custom).build().unwrap();
        let cache = caches.get("default").unwrap();
        Self { caches, cache, store, clock: clock.clone() }
    }

    pub(crate) fn state(&self) -> StoreState {
        self.cache.stats().store.expect("the store says that it is shared")
    }

    pub(crate) fn circuit(&self) -> CircuitState {
        self.state().circuit
    }

    /// Every operation fails from now on.
    pub(crate) fn break_store(&self) {
        self.store.inject_all(&Fault::Fail(ErrorKind::Unavailable));
    }

    /// Makes the store fail until the circuit is open.
    pub(crate) async fn open(&self) {
        self.break_store();
        for _ in 0..FAILURES {
            self.cache.get::<i32>("any").await.unwrap_err();
        }
        assert_eq!(self.circuit(), CircuitState::Open);
    }

    /// Makes the store fail until the circuit is open, whatever the answers are.
    pub(crate) async fn open_quietly(&self) {
        self.break_store();
        for _ in 0..FAILURES {
            // The last of them is answered by a fallback.
            let _ = self.cache.get::<i32>("any").await;
        }
        assert_eq!(self.circuit(), CircuitState::Open);
    }

    /// The store is well again, and the pause is over.
    pub(crate) fn recover(&self) {
        self.store.heal();
        self.clock.advance(PAUSE);
    }
}

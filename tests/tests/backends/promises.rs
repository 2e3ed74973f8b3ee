//! The shared suite on every store that needs no server.

use std::sync::Arc;

use cache_runtime::backend::{Backend, dummy, memory};
use cache_runtime::testing::{FaultyBackend, TestClock, Time, backend_suite};

#[tokio::test]
async fn memory_keeps_every_promise() {
    let clock = TestClock::new();
    let store = memory::Options::default().build(&clock.clock()).unwrap();

    backend_suite(|| Arc::clone(&store), Time::of(&clock)).await;
}

#[tokio::test]
async fn memory_keeps_every_promise_by_the_system_clock() {
    let store = memory::Options::default().build(&cache_runtime::base::clock::Clock::system()).unwrap();

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[tokio::test]
async fn memory_behind_a_shared_face_keeps_every_promise() {
    let clock = TestClock::new();
    let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());

    backend_suite(|| Arc::clone(&store) as Arc<dyn Backend>, Time::of(&clock)).await;
}

#[tokio::test]
async fn dummy_keeps_every_promise() {
    let clock = TestClock::new();

    backend_suite(|| dummy::Options::default().build(&clock.clock()).unwrap(), Time::of(&clock)).await;
}

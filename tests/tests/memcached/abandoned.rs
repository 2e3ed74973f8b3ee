//! Callers that go away at any moment: no later answer is wrong, and nothing stays behind.

use std::time::Duration;

use cache_tests::{MemcachedServer, drop_calls_at_any_moment};
use tokio::time::timeout;

use crate::stage::store_at;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_wrong_after_calls_were_dropped_at_any_moment() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    drop_calls_at_any_moment(&store).await;

    assert_eq!(server.clients(), 1);
}

#[tokio::test]
async fn a_caller_that_leaves_while_connecting_leaves_a_store_that_works() {
    let server = MemcachedServer::start();

    for micros in (0..2000).step_by(50) {
        let store = store_at(&server);
        // Whether it ends in time is chance; both must be harmless.
        let _ = timeout(Duration::from_micros(micros), store.get("key")).await;
        assert_eq!(store.get("key").await.unwrap(), None);
    }
}

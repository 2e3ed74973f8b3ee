//! Callers that go away at any moment: no later answer is wrong, and nothing stays behind.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use cache_tests::Server;
use tokio::time::{sleep, timeout};

use crate::stage::usual_store_at;

const DROPPED: u64 = 2000;

/// Moments that are neither regular nor different from run to run.
struct Moments(u64);

impl Moments {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn own(index: u64) -> (String, Bytes) {
    (format!("key {index}"), Bytes::from(format!("value {index}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_wrong_after_calls_were_dropped_at_any_moment() {
    let server = Server::redis().start();
    let store = usual_store_at(&server);
    let entries: Vec<_> = (0..50).map(own).collect();
    store.set_many(&entries, Life::Forever).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let steady = tokio::spawn(read_steadily(Arc::clone(&store), Arc::clone(&is_over)));

    let mut moments = Moments(7);
    let mut dropped = 0;
    for _ in 0..DROPPED {
        let (key, value) = own(moments.below(50));
        let call = read_or_write(&*store, &key, value, moments.below(5));
        let leaves = sleep(Duration::from_micros(moments.below(120)));
        let (mut call, mut leaves) = (pin!(call), pin!(leaves));
        tokio::select! {
            biased;
            () = &mut leaves => dropped += 1,
            () = &mut call => {}
        }
    }
    is_over.store(true, Ordering::Relaxed);

    let reads = steady.await.unwrap();
    for (key, value) in entries {
        assert_eq!(store.get(&key).await.unwrap().unwrap().bytes, value);
    }
    assert!(reads > 0 && dropped > 0, "{reads} reads, {dropped} dropped calls");
    assert_eq!(server.clients(), 1);
}

/// Whatever is read or written under a key is the key's own value.
async fn read_or_write(store: &dyn Backend, key: &str, value: Bytes, choice: u64) {
    match choice {
        0 => store.set(key, value, Life::Forever).await.unwrap(),
        1 => assert!(!store.add(key, value, Life::Forever).await.unwrap()),
        2 => {
            let found = store.get_many(&[key.to_owned(), "absent".to_owned()]).await.unwrap();
            assert_eq!(found[0].as_ref().unwrap().bytes, value);
            assert_eq!(found[1], None);
        }
        3 => {
            let claimed = store.acquire(key, Token(9), Duration::from_secs(1), Claim::IfAbsent, None).await;
            assert!(matches!(claimed.unwrap(), Acquired::Found(record) if record.bytes == value));
        }
        _ => assert_eq!(store.get(key).await.unwrap().unwrap().bytes, value),
    }
}

async fn read_steadily(store: SharedBackend, is_over: Arc<AtomicBool>) -> u64 {
    let mut reads = 0;
    while !is_over.load(Ordering::Relaxed) {
        let (key, value) = own(reads % 50);
        assert_eq!(store.get(&key).await.unwrap().unwrap().bytes, value);
        reads += 1;
    }
    reads
}

#[tokio::test]
async fn a_caller_that_leaves_while_connecting_leaves_a_store_that_works() {
    let server = Server::redis().start();

    for micros in (0..2000).step_by(50) {
        let store = usual_store_at(&server);
        // Whether it ends in time is chance; both must be harmless.
        let _ = timeout(Duration::from_micros(micros), store.get("key")).await;
        assert_eq!(store.get("key").await.unwrap(), None);
    }
}

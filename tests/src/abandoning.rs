//! Callers that go away at any moment, while others read on: no later answer may be wrong.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use tokio::time::sleep;

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

/// Makes calls and drops most of them half-way; every answer that is read is checked.
///
/// # Panics
///
/// If an answer is wrong, or if no call was dropped.
pub async fn drop_calls_at_any_moment(store: &SharedBackend) {
    let entries: Vec<_> = (0..50).map(own).collect();
    store.set_many(&entries, Life::Forever).await.expect("the server takes entries");
    let is_over = Arc::new(AtomicBool::new(false));
    let steady = tokio::spawn(read_steadily(Arc::clone(store), Arc::clone(&is_over)));

    let mut moments = Moments(7);
    let mut dropped = 0;
    for _ in 0..DROPPED {
        let (key, value) = own(moments.below(50));
        let call = read_or_write(&**store, &key, value, moments.below(5));
        let leaves = sleep(Duration::from_micros(moments.below(120)));
        let (mut call, mut leaves) = (pin!(call), pin!(leaves));
        tokio::select! {
            biased;
            () = &mut leaves => dropped += 1,
            () = &mut call => {}
        }
    }
    is_over.store(true, Ordering::Relaxed);

    let reads = steady.await.expect("no answer was wrong");
    for (key, value) in entries {
        assert_eq!(found(&**store, &key).await, value);
    }
    assert!(reads > 0 && dropped > 0, "{reads} reads, {dropped} dropped calls");
}

async fn found(store: &dyn Backend, key: &str) -> Bytes {
    store.get(key).await.expect("the server answers").expect("the entry is there").bytes
}

/// Whatever is read or written under a key is the key's own value.
async fn read_or_write(store: &dyn Backend, key: &str, value: Bytes, choice: u64) {
    match choice {
        0 => store.set(key, value, Life::Forever).await.expect("the server answers"),
        1 => assert!(!store.add(key, value, Life::Forever).await.expect("the server answers")),
        2 => {
            let found =
                store.get_many(&[key.to_owned(), "absent".to_owned()]).await.expect("the server answers");
            assert_eq!(found[0].as_ref().expect("the entry is there").bytes, value);
            assert_eq!(found[1], None);
        }
        3 => {
            let claimed = store.acquire(key, Token(9), Duration::from_secs(1), Claim::IfAbsent, None).await;
            assert!(
                matches!(claimed.expect("the server answers"), Acquired::Found(record) if record.bytes == value)
            );
        }
        _ => assert_eq!(found(store, key).await, value),
    }
}

async fn read_steadily(store: SharedBackend, is_over: Arc<AtomicBool>) -> u64 {
    let mut reads = 0;
    while !is_over.load(Ordering::Relaxed) {
        let (key, value) = own(reads % 50);
        assert_eq!(found(&*store, &key).await, value);
        reads += 1;
    }
    reads
}

//! Memcached: lookups of our store against the bare client of the same server, in one run.
//!
//! The bare client is `memcache::exp`, with as many pooled connections as there are callers; ours is the
//! backend by itself, with one connection. Both ask for values of 1 kB.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::memcached::Options;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_tests::MemcachedServer;
use memcache::exp::{AsyncMemcache, Ttl};

const KEYS: usize = 1000;
const MANY: usize = 100;
const ROUNDS: usize = 9;
/// Lookups in one turn.
const CALLS: usize = 8192;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("the machine has threads and a poller").block_on(measure());
}

async fn measure() {
    let server = MemcachedServer::start();
    let ours =
        Options::at(&server.url()).build(&Clock::system()).expect("the harness writes URLs that we read");
    let bare = AsyncMemcache::builder().max_idle(256).connect_async([server.address()]).await;
    let bare = Arc::new(bare.expect("the server is up"));
    for index in 0..KEYS {
        let value = vec![7_u8; 1000];
        ours.set(&key(index), value.clone().into(), Life::Forever).await.expect("the server takes it");
        bare.set(bare_key(index), &value[..], Ttl::NEVER).await.expect("the server takes it");
    }
    println!(
        "| lookup of 1 kB | callers | ours / s | bare / s | ours / bare |\n| --- | --- | --- | --- | --- |"
    );
    for callers in [1, 16, 64, 256] {
        let by_us = |turn| get(Arc::clone(&ours), turn);
        let by_bare = |turn| bare_get(Arc::clone(&bare), turn);
        row("get", callers, CALLS, by_us, by_bare).await;
    }
    for callers in [1, 16] {
        let by_us = |turn| get_many(Arc::clone(&ours), turn);
        let by_bare = |turn| bare_get_many(Arc::clone(&bare), turn);
        row("get_many(100)", callers, CALLS / 16, by_us, by_bare).await;
    }
}

/// The lookups of one caller in one turn: where it begins, and how many.
#[derive(Clone, Copy)]
struct Turn {
    start: usize,
    calls: usize,
}

impl Turn {
    fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.calls).map(move |call| (self.start * 617 + call * 31) % KEYS)
    }
}

/// Turns of both, one after the other, in every round; the medians.
async fn row<A, B>(
    what: &str,
    callers: usize,
    calls: usize,
    ours: impl Fn(Turn) -> A,
    bare: impl Fn(Turn) -> B,
) where
    A: Future<Output = ()> + Send + 'static,
    B: Future<Output = ()> + Send + 'static,
{
    let (mut by_us, mut by_bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (us, them) = (rate(callers, calls, &ours).await, rate(callers, calls, &bare).await);
        // The first round makes the connections.
        if round > 0 {
            by_us.push(us);
            by_bare.push(them);
            ratios.push(us / them);
        }
    }
    let (us, them, ratio) = (median(by_us), median(by_bare), median(ratios));
    println!("| {what} | {callers} | {us:.0} | {them:.0} | {ratio:.2} |");
}

/// Lookups per second of one turn.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    calls: usize,
    ask: impl Fn(Turn) -> F,
) -> f64 {
    let each = calls.div_ceil(callers);
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..callers).map(|caller| tokio::spawn(ask(Turn { start: caller, calls: each }))).collect();
    for task in tasks {
        task.await.expect("every value is right");
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    let calls = (each * callers) as f64;
    calls / start.elapsed().as_secs_f64()
}

async fn get(store: SharedBackend, turn: Turn) {
    for index in turn.indices() {
        let record = store.get(&key(index)).await.expect("the server answers");
        assert_eq!(record.expect("the entry is there").bytes.len(), 1000);
    }
}

async fn bare_get(client: Arc<AsyncMemcache>, turn: Turn) {
    for index in turn.indices() {
        let value: Option<Vec<u8>> = client.get(bare_key(index)).await.expect("the server answers");
        assert_eq!(value.expect("the entry is there").len(), 1000);
    }
}

async fn get_many(store: SharedBackend, turn: Turn) {
    for index in turn.indices() {
        let keys: Vec<_> = (index..index + MANY).map(|index| key(index % KEYS)).collect();
        let found = store.get_many(&keys).await.expect("the server answers");
        let lengths = found.iter().flatten().map(|record| Bytes::len(&record.bytes));
        assert_eq!(lengths.sum::<usize>(), 1000 * MANY);
    }
}

async fn bare_get_many(client: Arc<AsyncMemcache>, turn: Turn) {
    for index in turn.indices() {
        let keys = (index..index + MANY).map(|index| bare_key(index % KEYS));
        let found = client.get_many::<Vec<u8>, _>(keys).await.expect("the server answers");
        assert_eq!(found.values().map(Vec::len).sum::<usize>(), 1000 * MANY);
    }
}

fn key(index: usize) -> String {
    format!("bench:1:row:{index}")
}

fn bare_key(index: usize) -> String {
    format!("bare:row:{index}")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

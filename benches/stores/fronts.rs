//! Hits in front of Redis against hits in memory: the same function, the same value, turn by turn.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_benches::pairs::{all_at_once, compare};
use cache_benches::report::median;
use cache_runtime::backend::memory::Memory;
use cache_runtime::backend::tiered::Tiered;
use cache_runtime::{Cache, Caches, cached};
use cache_tests::Server;
use rustix::time::{ClockId, clock_gettime};

use super::stage::{PATIENCE, redis_at, runtime};

const KEYS: u64 = 1024;
/// Calls in one turn: a few milliseconds.
const CALLS: u64 = 64 * KEYS;
/// Calls that ask for each key once.
const CALLS_OF_ALL: usize = 1024;
/// The caches that are compared.
const ALIASES: [&str; 3] = ["memory", "tiers", "kept"];

/// One kind of hit, compared with the same in memory.
pub(crate) struct Front {
    pub(crate) name: &'static str,
    /// Nanoseconds of processor time; medians.
    pub(crate) nanoseconds: f64,
    pub(crate) to_memory: f64,
    /// The most that it may be, if that was set.
    pub(crate) bar: Option<f64>,
}

type Value = Arc<Vec<u8>>;

fn value(id: u64) -> Value {
    Arc::new(vec![id.to_le_bytes()[0]; 1000])
}

#[cached(key = "row:{id}", timeout = 3600, cache = "memory")]
fn in_memory(id: u64) -> Value {
    value(id)
}

#[cached(key = "row:{id}", timeout = 3600, cache = "tiers")]
fn in_tiers(id: u64) -> Value {
    value(id)
}

#[cached(key = "row:{id}", timeout = 3600, cache = "kept")]
fn kept(id: u64) -> Value {
    value(id)
}

/// Measures cached functions and `get`, in front and in memory.
pub(crate) fn measure(rounds: usize) -> Vec<Front> {
    let server = Server::redis().start();
    // A turn takes long enough for the thread that reads the journal to come late on a busy machine.
    let tiers = Tiered::over_store(redis_at(&server.url()).key_prefix("tiers"));
    let tiers = tiers.front_timeout(Duration::from_hours(1)).trust_for(PATIENCE);
    let keeping = redis_at(&server.url()).key_prefix("kept").client_cache(10_000);
    let caches = Caches::builder().add("memory", Memory::new()).add("tiers", tiers).add("kept", keeping);
    caches.install().expect("no cache was used before");
    let runtime = runtime();
    runtime.block_on(fill(&server));
    server.forget_counts();
    let mut fronts = functions(rounds);
    fronts.extend(runtime.block_on(lookups(rounds)));
    assert_eq!(server.calls("pttl"), 0, "every hit was one in front");
    fronts
}

/// Stores every value, and asks until all are in front: then nobody asks the server how long they live.
async fn fill(server: &Server) {
    let begun = Instant::now();
    for cache in ALIASES.map(at) {
        let values: Vec<_> = (0..KEYS).map(|id| (format!("row:{id}"), value(id))).collect();
        let entries = values.iter().map(|(key, value)| (key.as_str(), value));
        cache.set_many(entries, Duration::from_hours(1)).await.expect("the store takes them");
        loop {
            server.forget_counts();
            let cache = cache.clone();
            all_at_once(64, CALLS_OF_ALL, move |call| get(cache.clone(), call)).await;
            if server.calls("pttl") == 0 {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "the front keeps what was read");
        }
    }
}

fn functions(rounds: usize) -> Vec<Front> {
    let times: Vec<_> =
        (0..=5 * rounds).map(|_| [time(&in_memory), time(&in_tiers), time(&kept)]).skip(1).collect();
    let front = |name, place: usize, bar| Front {
        name,
        nanoseconds: median(times.iter().map(|round| round[place]).collect()),
        to_memory: median(times.iter().map(|round| round[place] / round[0]).collect()),
        bar,
    };
    vec![
        front("cached function, memory", 0, None),
        front("cached function, tiers", 1, Some(1.1)),
        front("cached function, client-side caching", 2, Some(1.5)),
    ]
}

/// Nanoseconds for one call, of this thread's own time.
fn time(call: &impl Fn(u64) -> Value) -> f64 {
    let before = clock_gettime(ClockId::ThreadCPUTime);
    for number in 0..CALLS {
        black_box(call(black_box(number % KEYS)));
    }
    let spent = clock_gettime(ClockId::ThreadCPUTime) - before;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, and thousands of calls")]
    let each = (spent.tv_sec * 1_000_000_000 + spent.tv_nsec) as f64 / CALLS as f64;
    each
}

async fn lookups(rounds: usize) -> Vec<Front> {
    let memory = at("memory");
    let mut fronts = Vec::new();
    for (name, alias, bar) in [
        ("`get`, memory", "memory", None),
        ("`get`, tiers", "tiers", Some(1.1)),
        ("`get`, client-side caching", "kept", Some(1.5)),
    ] {
        let (front, memory) = (at(alias), memory.clone());
        let ours = move |call| get(front.clone(), call);
        let compared = compare(rounds, 1, ours, move |call| get(memory.clone(), call)).await;
        let (nanoseconds, to_memory) = (compared.processor, compared.processor_ratio);
        fronts.push(Front { name, nanoseconds, to_memory, bar });
    }
    fronts
}

fn at(alias: &str) -> Cache {
    cache_runtime::cache(alias).expect("it was installed")
}

async fn get(cache: Cache, call: usize) {
    let found: Option<Value> = cache.get(format!("row:{}", call as u64 % KEYS)).await.expect("it answers");
    assert_eq!(found.expect("the entry is there").len(), 1000);
}

//! A hit in front of Redis against a hit in memory: the same function, the same value, turn by turn.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::backend::tiered::Tiered;
use cache_runtime::backend::{SharedBackend, redis};
use cache_runtime::base::clock::Clock;
use cache_runtime::testing::{Call, FaultyBackend};
use cache_runtime::{Caches, cached};
use cache_tests::Server;
use rustix::time::{ClockId, clock_gettime};

const KEYS: u64 = 1024;
/// Calls in one turn: a few milliseconds.
const CALLS: u64 = 64 * KEYS;
/// The front is filled within this time, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

#[cached(key = "row:{id}", timeout = 3600, cache = "memory")]
fn in_memory(id: u64) -> Arc<Vec<u8>> {
    Arc::new(vec![id.to_le_bytes()[0]; 1000])
}

#[cached(key = "row:{id}", timeout = 3600, cache = "tiers")]
fn in_front(id: u64) -> Arc<Vec<u8>> {
    Arc::new(vec![id.to_le_bytes()[0]; 1000])
}

/// Medians over the rounds.
pub(crate) struct Hits {
    memory: f64,
    front: f64,
    ratio: f64,
}

/// Measures both, in turns of the same round.
pub(crate) fn measure(rounds: usize) -> Hits {
    let server = Server::redis().start();
    let defaults = redis::Options::at(&server.url());
    let options = redis::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
    let clock = Clock::system();
    let store = options.build(&clock).expect("the options are sound");
    let store = Arc::new(FaultyBackend::over(store, &clock));
    let counted = Custom::new(Arc::clone(&store) as SharedBackend);
    // A turn takes long enough for the thread that reads the journal to come late on a busy machine.
    let tiers = Tiered::over_store(counted).front_timeout(Duration::from_hours(1)).trust_for(PATIENCE);
    let caches = Caches::builder().add("memory", Memory::new()).add("tiers", tiers);
    caches.install().expect("no cache was used before");
    fill(&store);
    let times: Vec<_> = (0..rounds).map(|_| (time(&in_memory), time(&in_front))).collect();
    Hits {
        memory: median(times.iter().map(|(memory, _)| *memory)),
        front: median(times.iter().map(|(_, front)| *front)),
        ratio: median(times.iter().map(|(memory, front)| front / memory)),
    }
}

/// Calls until every value is in memory, and in front.
fn fill(store: &FaultyBackend) {
    let begun = Instant::now();
    for id in 0..KEYS {
        in_memory(id);
        let is_kept = || {
            let asked = store.calls(Call::Ttl);
            in_front(id);
            store.calls(Call::Ttl) == asked
        };
        while !is_kept() {
            assert!(begun.elapsed() < PATIENCE, "the front keeps what was read");
        }
    }
}

/// Nanoseconds for one call, of this thread's own time.
fn time(call: &impl Fn(u64) -> Arc<Vec<u8>>) -> f64 {
    let before = clock_gettime(ClockId::ThreadCPUTime);
    for number in 0..CALLS {
        black_box(call(black_box(number % KEYS)));
    }
    let spent = clock_gettime(ClockId::ThreadCPUTime) - before;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    let nanoseconds = (spent.tv_sec * 1_000_000_000 + spent.tv_nsec) as f64;
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let calls = CALLS as f64;
    nanoseconds / calls
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

impl Hits {
    pub(crate) fn print(&self) {
        let Self { memory, front, ratio } = self;
        println!("| hit of 1 kB | nanoseconds | to memory |");
        println!("| --- | ---: | ---: |");
        println!("| memory | {memory:.1} | 1.00 |");
        println!("| front of Redis | {front:.1} | {ratio:.2} |");
    }
}

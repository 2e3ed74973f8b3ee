//! What is asked of each store, by us through the low-level API and by hand of its bare client.
//!
//! Both sides write and read the same bytes of a value: what a codec costs is charged to both.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_benches::pairs::{Compared, all_at_once, compare};
use cache_runtime::Cache;

use super::bare::Bare;

/// How many keys hits go to.
pub(crate) const KEYS: usize = 1000;
/// The length of a value.
const LENGTH: usize = 1000;
/// How many keys `get_many` names.
const MANY: usize = 100;
/// Longer than anything here takes.
pub(crate) const LIFE: Duration = Duration::from_hours(1);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// `get` of a key that is there.
    Hit,
    /// `get` of a key that is not there.
    Miss,
    /// `set` of a key that is there.
    Set,
    /// `get_or_set` of a key that is not there, with a body that costs nothing.
    Fill,
    /// `get_many` of a hundred keys that are there.
    Many,
}

/// A task, and how many callers do it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) callers: usize,
}

/// How many callers ask at once for what is there.
pub(crate) const CALLERS: [usize; 4] = [1, 8, 64, 256];
/// The crowd that the bar speaks of.
pub(crate) const CROWD: usize = 64;

const OTHERS: [Work; 4] = [
    Work { task: Task::Miss, callers: CROWD },
    Work { task: Task::Set, callers: CROWD },
    Work { task: Task::Fill, callers: CROWD },
    Work { task: Task::Many, callers: 8 },
];

impl Task {
    /// The task as a person reads it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Set => "`set`",
            Self::Fill => "fill",
            Self::Many => "`get_many(100)`",
        }
    }
}

/// Does everything with one store.
pub(crate) async fn measure<B: Bare>(cache: &Cache, bare: &B, rounds: usize) -> Vec<(Work, Compared)> {
    let (by_us, by_hand) = (cache.clone(), bare.clone());
    all_at_once(CROWD, KEYS, move |index| set(by_us.clone(), hit_key(index))).await;
    all_at_once(CROWD, KEYS, move |index| set_bare(by_hand.clone(), bare_key(index))).await;
    let hits = CALLERS.map(|callers| Work { task: Task::Hit, callers });
    let mut measured = Vec::new();
    for work in hits.into_iter().chain(OTHERS) {
        measured.push((work, side_by_side(work, cache.clone(), bare.clone(), rounds).await));
    }
    measured
}

async fn side_by_side<B: Bare>(work: Work, cache: Cache, bare: B, rounds: usize) -> Compared {
    let Work { task, callers } = work;
    match task {
        Task::Hit => {
            let ours = move |call| hit(cache.clone(), hit_key(scattered(call, KEYS)));
            let by_hand = move |call| hit_bare(bare.clone(), bare_key(scattered(call, KEYS)));
            compare(rounds, callers, ours, by_hand).await
        }
        Task::Miss => {
            let ours = move |call| miss(cache.clone(), format!("absent:{call}"));
            let by_hand = move |call| miss_bare(bare.clone(), format!("bare:absent:{call}"));
            compare(rounds, callers, ours, by_hand).await
        }
        Task::Set => {
            let ours = move |call| set(cache.clone(), hit_key(scattered(call, KEYS)));
            let by_hand = move |call| set_bare(bare.clone(), bare_key(scattered(call, KEYS)));
            compare(rounds, callers, ours, by_hand).await
        }
        Task::Fill => {
            let ours = move |_| fill(cache.clone(), format!("fill:{}", anew()));
            let by_hand = move |_| fill_bare(bare.clone(), format!("bare:fill:{}", anew()));
            compare(rounds, callers, ours, by_hand).await
        }
        Task::Many => {
            let ours = move |call| many(cache.clone(), some(call, hit_key));
            let by_hand = move |call| many_bare(bare.clone(), some(call, bare_key));
            compare(rounds, callers, ours, by_hand).await
        }
    }
}

async fn hit(cache: Cache, key: String) {
    let found: Option<String> = cache.get(key).await.expect("the store answers");
    assert_eq!(found.expect("the entry is there").len(), LENGTH);
}

async fn hit_bare(bare: impl Bare, key: String) {
    assert_eq!(decoded(&bare.get(key).await.expect("the entry is there")).len(), LENGTH);
}

async fn miss(cache: Cache, key: String) {
    assert_eq!(cache.get::<String>(key).await.expect("the store answers"), None);
}

async fn miss_bare(bare: impl Bare, key: String) {
    assert_eq!(bare.get(key).await, None);
}

async fn set(cache: Cache, key: String) {
    cache.set(key, &document(LENGTH), LIFE).await.expect("the store takes it");
}

async fn set_bare(bare: impl Bare, key: String) {
    bare.set(key, encoded(&document(LENGTH))).await;
}

async fn fill(cache: Cache, key: String) {
    assert_eq!(cache.get_or_set(key, LIFE, async || document(LENGTH)).await.len(), LENGTH);
}

/// Without a lease, a flight and a fence: whoever finds nothing computes and stores.
async fn fill_bare(bare: impl Bare, key: String) {
    assert_eq!(bare.get(key.clone()).await, None);
    bare.set(key, encoded(&document(LENGTH))).await;
}

async fn many(cache: Cache, keys: Vec<String>) {
    let found = cache.get_many::<String, _>(keys).await.expect("the store answers");
    assert_eq!(found.values().map(String::len).sum::<usize>(), MANY * LENGTH);
}

async fn many_bare(bare: impl Bare, keys: Vec<String>) {
    let found = bare.get_many(keys).await;
    assert_eq!(found.iter().map(|value| decoded(value).len()).sum::<usize>(), MANY * LENGTH);
}

/// A value of so many letters.
pub(crate) fn document(length: usize) -> String {
    "x".repeat(length)
}

/// The value as both sides store it.
pub(crate) fn encoded(text: &str) -> Vec<u8> {
    bincode::serde::encode_to_vec(text, bincode::config::standard()).expect("texts can be written")
}

/// The value as both sides read it.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    let decoded = bincode::serde::decode_from_slice(bytes, bincode::config::standard());
    decoded.expect("what was written reads back").0
}

/// Goes through `count` numbers in an order that is no sequence.
pub(crate) fn scattered(call: usize, count: usize) -> usize {
    call.wrapping_mul(0x9E37_79B1) % count
}

/// A number that no key has yet.
fn anew() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn some(call: usize, key: fn(usize) -> String) -> Vec<String> {
    let first = scattered(call, KEYS);
    (first..first + MANY).map(|index| key(index % KEYS)).collect()
}

fn hit_key(index: usize) -> String {
    format!("document:{index}")
}

fn bare_key(index: usize) -> String {
    format!("bare:document:{index}")
}

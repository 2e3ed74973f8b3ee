//! Hits in a store that has ever more entries, beside the bare client's hits among a thousand of its own.

use cache_benches::pairs::{Compared, all_at_once, compare};
use cache_runtime::Cache;

use super::bare::Bare;
use super::report::Plan;
use super::work::{CROWD, KEYS, LIFE, decoded, document, encoded, scattered};

/// How many entries there are.
pub(crate) const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// The length of a value: a million are to fit into every store.
const LENGTH: usize = 100;
/// How many entries one `set_many` takes.
const BATCH: usize = 500;
/// How many `set_many` are under way at once.
const WRITERS: usize = 4;

/// Hits among so many entries.
pub(crate) struct Size {
    pub(crate) entries: usize,
    pub(crate) compared: Compared,
}

/// Measures one store at every size.
pub(crate) async fn measure<B: Bare>(cache: &Cache, bare: &B, plan: &Plan) -> Vec<Size> {
    let by_hand = bare.clone();
    all_at_once(CROWD, KEYS, move |index| set_bare(by_hand.clone(), anchor_key(index))).await;
    let mut sizes = Vec::new();
    let mut there = 0;
    for entries in plan.sizes() {
        fill(cache, there, entries).await;
        there = entries;
        let (cache, bare) = (cache.clone(), bare.clone());
        let ours = move |call| hit(cache.clone(), key(scattered(call, entries)));
        let by_hand = move |call| hit_bare(bare.clone(), anchor_key(scattered(call, KEYS)));
        sizes.push(Size { entries, compared: compare(plan.rounds, CROWD, ours, by_hand).await });
    }
    sizes
}

/// Measures memory at every size, beside a cache that stays `small`.
pub(crate) async fn measure_memory(cache: &Cache, small: &Cache, plan: &Plan) -> Vec<Size> {
    fill(small, 0, KEYS).await;
    let mut sizes = Vec::new();
    let mut there = 0;
    for entries in plan.sizes() {
        fill(cache, there, entries).await;
        there = entries;
        let (cache, small) = (cache.clone(), small.clone());
        let ours = move |call| hit(cache.clone(), key(scattered(call, entries)));
        let anchor = move |call| hit(small.clone(), key(scattered(call, KEYS)));
        sizes.push(Size { entries, compared: compare(plan.rounds, CROWD, ours, anchor).await });
    }
    sizes
}

async fn fill(cache: &Cache, first: usize, end: usize) {
    let (cache, batches) = (cache.clone(), (end - first).div_ceil(BATCH));
    let batch = move |batch| {
        let start = first + batch * BATCH;
        set(cache.clone(), start, end.min(start + BATCH))
    };
    all_at_once(WRITERS.min(batches), batches, batch).await;
}

async fn set(cache: Cache, first: usize, end: usize) {
    let value = document(LENGTH);
    let entries = (first..end).map(|index| (key(index), &value));
    cache.set_many(entries, LIFE).await.expect("the store takes entries");
}

async fn set_bare(bare: impl Bare, key: String) {
    bare.set(key, encoded(&document(LENGTH))).await;
}

async fn hit(cache: Cache, key: String) {
    let found: Option<String> = cache.get(key).await.expect("the store answers");
    assert_eq!(found.expect("the entry is there").len(), LENGTH);
}

async fn hit_bare(bare: impl Bare, key: String) {
    assert_eq!(decoded(&bare.get(key).await.expect("the entry is there")).len(), LENGTH);
}

fn key(index: usize) -> String {
    format!("entry:{index}")
}

fn anchor_key(index: usize) -> String {
    format!("anchor:{index}")
}

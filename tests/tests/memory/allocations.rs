//! A lookup in memory allocates nothing.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use cache_runtime::backend::memory::Options;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::{Held, HeldValue, Life, Shared};

#[test]
fn a_lookup_allocates_nothing() {
    let clock = Clock::by_hand();
    let store = Options::default().build(&clock).unwrap();
    let local = store.local().unwrap();
    let space = local.space("site", 1);
    let value: Arc<dyn Shared> = Arc::new("a value".to_owned());
    let expires_at = Life::For(Duration::from_hours(1)).expires_at(clock.now());
    let tags: Option<Arc<[_]>> = Some(Arc::from([local.tag(space, "tag")]));
    for (key, tags) in [("plain", None), ("tagged", tags)] {
        let value = HeldValue::Typed(Arc::clone(&value));
        local.set(space, key.as_bytes(), Held { value, expires_at, tags, weight: 1 });
    }

    let hits = measure(|| {
        for key in ["plain", "tagged"] {
            let held = black_box(local.get(space, key.as_bytes())).unwrap();
            assert!(clock.now() < held.expires_at && held.tags_hold());
        }
    });
    let misses = measure(|| assert!(black_box(local.get(space, b"absent")).is_none()));
    let control = measure(|| drop(black_box(Box::new(1_u64))));

    assert_eq!((hits.count_total, misses.count_total), (0, 0));
    assert_eq!(control.count_total, 1, "allocations are counted");
}

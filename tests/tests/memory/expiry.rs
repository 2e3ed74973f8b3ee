//! When entries in memory expire, and that their memory is given back without a question.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::memory::{Options, REAPED_AT_ONCE, REAPED_EVERY};
use cache_runtime::backend::{Backend, Local};
use cache_runtime::base::entry::{Held, HeldValue, Life};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::TestClock;

const MINUTE: Duration = Duration::from_mins(1);

fn store(clock: &TestClock) -> Arc<dyn Backend> {
    let options = Options { max_entries: Some(1_000_000), ..Options::default() };
    options.build(&clock.clock()).unwrap()
}

fn number(clock: &TestClock, number: i64, life: Duration) -> Held {
    let expires_at = Life::For(life).expires_at(clock.now());
    Held { value: HeldValue::Integer(number), expires_at, tags: None, weight: 1 }
}

fn is_fresh(local: &dyn Local, clock: &TestClock, key: &[u8]) -> bool {
    let held = local.get(local.space("", 1), key);
    held.is_some_and(|held| clock.now() < held.expires_at)
}

#[test]
fn an_entry_is_fresh_up_to_its_last_millisecond() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    local.set(local.space("", 1), b"key", number(&clock, 1, MINUTE));

    clock.advance(MINUTE.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(is_fresh(local, &clock, b"key"));
    clock.advance(Duration::from_millis(1));
    assert!(!is_fresh(local, &clock, b"key"));
}

#[test]
fn values_that_expired_are_freed_without_being_asked_for() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let value = Arc::new("a value".to_owned());
    let held = Held { value: HeldValue::Typed(Arc::clone(&value) as _), ..number(&clock, 0, MINUTE) };
    local.set(local.space("", 1), b"key", held);
    assert_eq!(Arc::strong_count(&value), 2);

    clock.advance(MINUTE);

    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(local.usage().entries, 0);
    assert_eq!(local.usage().expirations, 1);
}

#[test]
fn a_crowd_that_expires_together_is_removed_in_bounded_steps() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let crowd = 2 * REAPED_AT_ONCE + 1;
    for index in 0..crowd {
        local.set(space, &index.to_le_bytes(), number(&clock, 0, MINUTE));
    }

    clock.advance(MINUTE);
    let after_one = local.usage().expirations;
    clock.advance(REAPED_EVERY);
    clock.advance(REAPED_EVERY);

    assert_eq!(after_one, REAPED_AT_ONCE as u64);
    assert_eq!(local.usage().expirations, crowd as u64);
    assert_eq!(local.usage().entries, 0);
}

#[test]
fn a_value_whose_drop_panics_stops_neither_the_clock_nor_the_reaper() {
    struct Explosive;
    impl Drop for Explosive {
        fn drop(&mut self) {
            panic!("a value that panics when it is dropped");
        }
    }
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let held = Held { value: HeldValue::Typed(Arc::new(Explosive)), ..number(&clock, 0, MINUTE) };
    local.set(space, b"explosive", held);
    local.set(space, b"peaceful", number(&clock, 0, MINUTE));

    clock.advance(MINUTE);

    assert_eq!(local.usage().expirations, 2);
}

#[test]
fn a_value_may_use_its_store_when_it_is_dropped() {
    struct Visitor(std::sync::Weak<dyn Backend>);
    impl Drop for Visitor {
        fn drop(&mut self) {
            let Some(store) = self.0.upgrade() else { return };
            let local = store.local().unwrap();
            local.delete(local.space("", 1), b"key");
            local.set(local.space("", 1), b"visited", held_forever(HeldValue::Integer(1)));
        }
    }
    fn held_forever(value: HeldValue) -> Held {
        Held { value, expires_at: Life::Forever.expires_at(TestClock::new().now()), tags: None, weight: 1 }
    }
    let clock = TestClock::new();
    let store = Options { max_entries: Some(2), ..Options::default() }.build(&clock.clock()).unwrap();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let visitor = || HeldValue::Typed(Arc::new(Visitor(Arc::downgrade(&store))));

    // Replaced, deleted, cleared, evicted, expired: each drops a visitor.
    local.set(space, b"key", held_forever(visitor()));
    local.set(space, b"key", held_forever(visitor()));
    assert!(local.get(space, b"visited").is_some());
    local.set(space, b"key", held_forever(visitor()));
    local.delete(space, b"key");
    local.set(space, b"key", held_forever(visitor()));
    local.clear(space);
    for index in 0..100_u32 {
        local.set(space, &index.to_le_bytes(), held_forever(visitor()));
    }
    local.clear(space);
    local.set(space, b"key", Held { value: visitor(), ..number(&clock, 0, MINUTE) });
    clock.advance(MINUTE);

    assert!(local.get(space, b"visited").is_some());
}

#[test]
fn an_entry_set_again_is_not_removed_at_its_old_deadline() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"key", number(&clock, 1, MINUTE));
    local.set(space, b"key", number(&clock, 2, 2 * MINUTE));

    clock.advance(MINUTE);
    assert!(is_fresh(local, &clock, b"key"));
    clock.advance(MINUTE);
    assert_eq!(local.usage().entries, 0);
}

#[test]
fn incr_leaves_the_expiry_unchanged() {
    // BE049
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"counter", number(&clock, 1, MINUTE));
    let before = local.get(space, b"counter").unwrap().expires_at;
    clock.advance(MINUTE / 2);

    assert_eq!(local.incr(space, b"counter", 1).unwrap(), 2);

    assert_eq!(local.get(space, b"counter").unwrap().expires_at, before);
    clock.advance(MINUTE / 2);
    assert_eq!(local.incr(space, b"counter", 1).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn an_expired_entry_is_not_revived_before_the_reaper_comes() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let brief = Duration::from_millis(10);
    for key in [b"added", b"touch", b"count", b"gone!"] {
        local.set(space, key, number(&clock, 1, brief));
    }

    clock.advance(brief);

    assert_eq!(local.usage().entries, 4, "the reaper came already");
    assert!(local.keys(space).is_empty());
    assert!(!local.touch(space, b"touch", Life::Forever));
    assert_eq!(local.incr(space, b"count", 1).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!local.delete(space, b"gone!"));
    assert!(local.add(space, b"added", number(&clock, 2, MINUTE)));
    assert_eq!(local.keys(space), ["added"]);
}

#[test]
fn touch_moves_the_deadline_both_ways() {
    let clock = TestClock::new();
    let store = store(&clock);
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"longer", number(&clock, 1, MINUTE));
    local.set(space, b"shorter", number(&clock, 1, 3 * MINUTE));

    assert!(local.touch(space, b"longer", Life::For(3 * MINUTE)));
    assert!(local.touch(space, b"shorter", Life::For(MINUTE)));
    clock.advance(2 * MINUTE);

    assert_eq!(local.keys(space), ["longer"]);
    assert_eq!(local.usage().entries, 1);
}

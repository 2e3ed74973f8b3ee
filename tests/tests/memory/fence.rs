//! What was computed before an invalidation does not enter memory after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use cache_runtime::backend::memory::Options;
use cache_runtime::backend::{Backend, Filled, Local, Space};
use cache_runtime::base::clock::Moment;
use cache_runtime::base::entry::{Held, HeldValue, Life};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::TestClock;

fn store() -> Arc<dyn Backend> {
    Options::default().build(&TestClock::new().clock()).unwrap()
}

fn number(number: i64) -> Held {
    Held { value: HeldValue::Integer(number), expires_at: Moment::NEVER, tags: None, weight: 1 }
}

fn read(local: &dyn Local, space: Space, key: &[u8]) -> Option<i64> {
    match local.get(space, key).filter(Held::tags_hold)?.value {
        HeldValue::Integer(number) => Some(number),
        _ => None,
    }
}

type Write = fn(&dyn Local, Space);

#[test]
fn a_fill_that_began_before_an_invalidation_is_refused() {
    let writes: [(&str, Write, Option<i64>); 5] = [
        ("delete", |local, space| assert!(!local.delete(space, b"key")), None),
        ("set", |local, space| assert_eq!(local.set(space, b"key", number(2)), Filled::Stored), Some(2)),
        ("add", |local, space| assert!(local.add(space, b"key", number(3))), Some(3)),
        ("clear", |local, space| local.clear(space), None),
        ("supersede", |local, space| local.supersede(space, b"key"), None),
    ];
    for (name, write, expected) in writes {
        let store = store();
        let local = store.local().unwrap();
        let space = local.space("", 1);
        let seen = local.generation(space, b"key");

        write(local, space);
        let filled = local.fill(space, b"key", number(1), seen);

        assert_eq!(filled, Filled::Refused, "after {name}");
        assert_eq!(read(local, space, b"key"), expected, "after {name}");
    }
}

#[test]
fn a_fill_without_an_invalidation_is_stored() {
    let store = store();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"key", number(1));
    let seen = local.generation(space, b"key");

    assert!(local.touch(space, b"key", Life::For(Duration::from_hours(1))));
    assert!(!local.add(space, b"key", number(2)));

    assert_eq!(local.fill(space, b"key", number(3), seen), Filled::Stored);
    assert_eq!(read(local, space, b"key"), Some(3));
}

#[test]
fn superseding_leaves_the_entry() {
    let store = store();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"key", number(1));

    local.supersede(space, b"key");

    assert_eq!(read(local, space, b"key"), Some(1));
}

#[test]
fn a_tag_invalidated_during_a_computation_keeps_its_value_out() {
    let store = store();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let tag = local.tag(space, "user:1");
    let seen = local.generation(space, b"key");

    local.invalidate_tag(space, "user:1");
    let tags = Some(Arc::from([tag]));
    assert_eq!(local.fill(space, b"key", Held { tags, ..number(1) }, seen), Filled::Stored);

    assert_eq!(read(local, space, b"key"), None);
    assert!(local.keys(space).is_empty());
    assert!(!local.touch(space, b"key", Life::Forever));
    assert_eq!(local.incr(space, b"key", 1).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!local.delete(space, b"key"));
    assert!(local.add(space, b"key", number(2)));
}

#[test]
fn spaces_do_not_see_each_other() {
    let store = store();
    let local = store.local().unwrap();
    let (one, two, prefixed) = (local.space("", 1), local.space("", 2), local.space("site", 1));
    assert_eq!(one, local.space("", 1));
    for (space, value) in [(one, 1), (two, 2), (prefixed, 3)] {
        local.set(space, b"key", number(value));
    }

    local.clear(one);

    assert_eq!([one, two, prefixed].map(|space| read(local, space, b"key")), [None, Some(2), Some(3)]);
    assert_eq!(local.keys(two), ["key"]);
}

#[test]
fn stores_of_different_aliases_do_not_see_each_other() {
    // BE046
    let named = |name: &str| {
        let options = Options { location: Some(name.to_owned()), ..Options::default() };
        options.build(&TestClock::new().clock()).unwrap()
    };
    let (one, other) = (named("one"), named("other"));
    let (one, other) = (one.local().unwrap(), other.local().unwrap());

    one.set(one.space("", 1), b"key", number(1));

    assert_eq!(read(other, other.space("", 1), b"key"), None);
}

/// The source of truth changes, then the key is invalidated; a computation reads the truth and
/// fills. Whatever the order, no value older than the last invalidation that has returned may be
/// seen.
#[test]
fn no_value_from_before_an_invalidation_is_seen_after_it() {
    let store = store();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let truth = AtomicI64::new(0);
    let invalidated = AtomicI64::new(0);

    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while invalidated.load(Ordering::SeqCst) < 20_000 {
                    let least = invalidated.load(Ordering::SeqCst);
                    let seen = local.generation(space, b"key");
                    let value = truth.load(Ordering::SeqCst);
                    std::thread::yield_now();
                    local.fill(space, b"key", number(value), seen);
                    let found = read(local, space, b"key");
                    assert!(found.is_none_or(|found| found >= least), "{found:?} was seen after {least}");
                }
            });
        }
        for next in 1..=20_000 {
            truth.store(next, Ordering::SeqCst);
            match next % 3 {
                0 => local.clear(space),
                1 => local.supersede_and_delete(space),
                _ => drop(local.delete(space, b"key")),
            }
            invalidated.store(next, Ordering::SeqCst);
        }
    });
}

trait Twice {
    fn supersede_and_delete(&self, space: Space);
}

impl Twice for &dyn Local {
    fn supersede_and_delete(&self, space: Space) {
        self.supersede(space, b"key");
        self.delete(space, b"key");
    }
}

#[test]
fn an_entry_being_touched_or_counted_does_not_survive_a_clear() {
    let store = store();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let has_ended = AtomicBool::new(false);
    let mut survivals = 0;

    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !has_ended.load(Ordering::SeqCst) {
                local.touch(space, b"key", Life::For(Duration::from_hours(1)));
                let _ = local.incr(space, b"key", 1);
            }
        });
        for _ in 0..2000 {
            local.set(space, b"key", number(1));
            local.clear(space);
            survivals += usize::from(read(local, space, b"key").is_some());
        }
        has_ended.store(true, Ordering::SeqCst);
    });

    assert_eq!(survivals, 0);
}

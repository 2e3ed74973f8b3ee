//! What a memory store holds at most, what it lets go, and what it refuses.

use std::sync::Arc;

use cache_runtime::backend::memory::Options;
use cache_runtime::backend::{Backend, Filled, Local, Space};
use cache_runtime::base::clock::{Clock, Moment};
use cache_runtime::base::entry::{Held, HeldValue};

fn store(options: &Options) -> Arc<dyn Backend> {
    options.build(&Clock::by_hand()).unwrap()
}

fn weighing(weight: u32) -> Held {
    Held { value: HeldValue::Integer(1), expires_at: Moment::NEVER, tags: None, weight }
}

fn set(local: &dyn Local, space: Space, index: u32) -> Filled {
    local.set(space, &index.to_le_bytes(), weighing(1))
}

fn has(local: &dyn Local, space: Space, index: u32) -> bool {
    local.get(space, &index.to_le_bytes()).is_some()
}

#[test]
fn the_number_of_entries_is_bounded() {
    for max_entries in [1, 9, 1000, 10_000] {
        let store = store(&Options { max_entries: Some(max_entries), ..Options::default() });
        let local = store.local().unwrap();
        let space = local.space("", 1);

        for index in 0..30_000 {
            set(local, space, index);
            assert!(local.usage().entries <= max_entries as u64);
        }

        let usage = local.usage();
        assert!(usage.entries > max_entries as u64 * 9 / 10, "{usage:?} of {max_entries}");
        assert_eq!(usage.entries + usage.evictions, 30_000);
    }
}

#[test]
fn a_hundred_thousand_entries_are_the_default_bound() {
    let store = store(&Options::default());
    let local = store.local().unwrap();
    let space = local.space("", 1);

    for index in 0..150_000 {
        set(local, space, index);
    }

    let entries = local.usage().entries;
    assert!((95_000..=100_000).contains(&entries), "{entries}");
}

/// A flood of URLs with large pages.
#[test]
fn two_hundred_and_fifty_six_mebibytes_are_the_default_bound() {
    let store = store(&Options::default());
    let local = store.local().unwrap();
    let space = local.space("", 1);

    for index in 0..10_000_u32 {
        assert_eq!(local.set(space, &index.to_le_bytes(), weighing(2 << 20)), Filled::Stored);
        assert!(local.usage().weight <= 256 << 20, "{:?}", local.usage());
    }

    assert!(local.usage().weight > 200 << 20, "{:?}", local.usage());
}

#[test]
fn a_bound_that_nobody_has_stated_refuses_no_value() {
    let store = store(&Options::default());
    let local = store.local().unwrap();
    let space = local.space("", 1);

    assert_eq!(local.set(space, b"key", weighing(1 << 30)), Filled::Stored);

    assert!(local.get(space, b"key").is_some());
}

#[test]
fn stated_entries_have_a_weight_that_goes_with_them() {
    for (max_entries, bound) in [(2, 256 << 20), (1000, 256 << 20), (200_000, 512 << 20)] {
        let store = store(&Options { max_entries: Some(max_entries), ..Options::default() });
        let local = store.local().unwrap();
        let space = local.space("", 1);

        for index in 0..5000_u32 {
            local.set(space, &index.to_le_bytes(), weighing(1 << 20));
            assert!(local.usage().weight <= bound, "{:?} of {max_entries}", local.usage());
        }
    }
}

#[test]
fn the_weight_never_passes_its_bound() {
    const BOUND: u64 = 10_000_000;
    let store = store(&Options { max_weight: Some(BOUND), ..Options::default() });
    let local = store.local().unwrap();
    let space = local.space("", 1);

    let mut peak = 0;
    for index in 0..20_000_u32 {
        let filled = local.set(space, &index.to_le_bytes(), weighing(10_000));
        assert_eq!(filled, Filled::Stored);
        peak = peak.max(local.usage().weight);
    }

    assert!(peak <= BOUND, "{peak}");
    assert!(local.usage().weight > BOUND * 9 / 10, "{:?}", local.usage());
}

#[test]
fn entries_and_weight_are_bounded_together() {
    let options = Options { max_entries: Some(300), max_weight: Some(1_000_000), ..Options::default() };
    for weight in [1, 1000, 100_000] {
        let store = store(&options);
        let local = store.local().unwrap();
        let space = local.space("", 1);

        for index in 0..1000_u32 {
            local.set(space, &index.to_le_bytes(), weighing(weight));
        }

        let usage = local.usage();
        assert!(usage.entries <= 300 && usage.weight <= 1_000_000, "{usage:?}");
        assert!(usage.entries >= 290 || usage.weight >= 900_000, "{usage:?}");
    }
}

#[test]
fn the_weight_follows_replacement_and_removal() {
    let store = store(&Options { max_weight: Some(100_000), ..Options::default() });
    let local = store.local().unwrap();
    let space = local.space("", 1);

    local.set(space, b"kept", weighing(100));
    local.set(space, b"kept", weighing(300));
    local.set(space, b"deleted", weighing(5000));
    local.delete(space, b"deleted");

    assert_eq!(local.usage().weight, 300);
    local.clear(space);
    assert_eq!(local.usage().weight, 0);
}

#[test]
fn what_was_just_set_is_there_throughout_a_scan() {
    for shards in [1, 4] {
        let store = store(&Options { max_entries: Some(1000), shards: Some(shards), ..Options::default() });
        let local = store.local().unwrap();
        let space = local.space("", 1);

        for index in 0..5000 {
            set(local, space, index);
            assert!(has(local, space, index), "{index} of {shards} shards");
        }
    }
}

#[test]
fn a_value_too_heavy_for_a_shard_is_refused_and_the_older_one_is_gone() {
    let store = store(&Options { max_weight: Some(10_000_000), shards: Some(4), ..Options::default() });
    let local = store.local().unwrap();
    let space = local.space("", 1);
    let share = 2_500_000 * 97 / 100;

    assert_eq!(local.set(space, b"key", weighing(share)), Filled::Stored);
    assert!(local.get(space, b"key").is_some());
    assert_eq!(local.set(space, b"key", weighing(share + 1)), Filled::TooLarge);

    assert!(local.get(space, b"key").is_none());
    assert_eq!(local.usage().weight, 0);
    assert_eq!(local.usage().evictions, 0);
    let seen = local.generation(space, b"key");
    assert_eq!(local.fill(space, b"key", weighing(share + 1), seen), Filled::TooLarge);
    assert!(!local.add(space, b"key", weighing(share + 1)));
}

/// One entry leaves for each that comes, where Django's store culls a third at once.
#[test]
fn entries_that_were_read_outlive_those_that_were_not() {
    // BE051
    let store = store(&Options { max_entries: Some(9), ..Options::default() });
    let local = store.local().unwrap();
    let space = local.space("", 1);
    (0..9).for_each(|index| assert_eq!(set(local, space, index), Filled::Stored));
    (0..6).for_each(|index| assert!(has(local, space, index)));

    (9..12).for_each(|index| assert_eq!(set(local, space, index), Filled::Stored));

    let live: Vec<_> = (0..12).filter(|&index| has(local, space, index)).collect();
    assert_eq!(live, [0, 1, 2, 3, 4, 5, 9, 10, 11]);
}

/// One entry leaves for each that comes, where Django's store culls a third at once.
#[test]
fn entries_that_were_set_again_outlive_those_that_were_not() {
    // BE052
    let store = store(&Options { max_entries: Some(9), ..Options::default() });
    let local = store.local().unwrap();
    let space = local.space("", 1);
    (0..9).chain(3..9).for_each(|index| assert_eq!(set(local, space, index), Filled::Stored));

    (9..12).for_each(|index| assert_eq!(set(local, space, index), Filled::Stored));

    let live: Vec<_> = (0..12).filter(|&index| has(local, space, index)).collect();
    assert_eq!(live, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
}

//! A memory store under many threads: what must hold whatever their order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_runtime::backend::memory::Options;
use cache_runtime::backend::{Backend, Local, Space};
use cache_runtime::base::entry::{Held, HeldValue, Life};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::TestClock;

const THREADS: u64 = 8;

fn number(clock: &TestClock, number: i64, life: Life) -> Held {
    let expires_at = life.expires_at(clock.now());
    Held { value: HeldValue::Integer(number), expires_at, tags: None, weight: 1 }
}

#[test]
fn of_many_concurrent_adds_one_wins() {
    let clock = TestClock::new();
    let store = Options::default().build(&clock.clock()).unwrap();
    let local = store.local().unwrap();
    let space = local.space("", 1);

    for round in 0..50_u32 {
        let key = round.to_le_bytes();
        let barrier = std::sync::Barrier::new(64);
        let winners: usize = std::thread::scope(|threads| {
            let adding: Vec<_> = (0..64)
                .map(|index| {
                    let (barrier, held) = (&barrier, number(&clock, index, Life::Forever));
                    threads.spawn(move || {
                        barrier.wait();
                        local.add(space, &key, held)
                    })
                })
                .collect();
            adding.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });

        assert_eq!(winners, 1);
    }
}

#[test]
fn no_increment_is_lost_beside_touches_and_lookups() {
    let clock = TestClock::new();
    let store = Options::default().build(&clock.clock()).unwrap();
    let local = store.local().unwrap();
    let space = local.space("", 1);
    local.set(space, b"counter", number(&clock, 0, Life::Forever));

    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for _ in 0..2000 {
                    local.incr(space, b"counter", 1).unwrap();
                    assert!(local.touch(space, b"counter", Life::For(Duration::from_hours(1))));
                    assert!(local.get(space, b"counter").is_some());
                }
            });
        }
    });

    assert_eq!(local.incr(space, b"counter", 0).unwrap(), 16_000);
}

/// Every operation at once, on a store that is too small, with a clock that runs: afterwards the
/// books must balance.
#[test]
fn the_books_balance_after_everything_at_once() {
    let clock = TestClock::new();
    let options = Options { max_weight: Some(20_000), max_entries: Some(500), ..Options::default() };
    let store = options.build(&clock.clock()).unwrap();
    let local = store.local().unwrap();
    let spaces = [local.space("", 1), local.space("", 2)];
    let has_ended = AtomicBool::new(false);

    std::thread::scope(|threads| {
        let working: Vec<_> = (0..THREADS)
            .map(|seed| {
                let (clock, store) = (&clock, &store);
                threads.spawn(move || work(seed, store, clock, spaces))
            })
            .collect();
        threads.spawn(|| {
            while !has_ended.load(Ordering::SeqCst) {
                clock.advance(Duration::from_millis(50));
                let usage = local.usage();
                assert!(usage.entries <= 500, "{usage:?}");
            }
        });
        let failed = working.into_iter().filter_map(|thread| thread.join().err()).count();
        has_ended.store(true, Ordering::SeqCst);
        assert_eq!(failed, 0);
    });

    let weights: u64 = spaces.iter().flat_map(|&space| weights(local, space)).sum();
    clock.advance(Duration::from_hours(1));
    clock.advance(Duration::from_hours(1));
    let lasting: BTreeMap<_, _> = spaces.iter().map(|&space| (space.0, local.keys(space).len())).collect();
    let usage = local.usage();
    assert_eq!(usage.entries, lasting.values().sum::<usize>() as u64, "{usage:?}, {lasting:?}");
    assert!(usage.weight <= weights && weights <= 20_000, "{usage:?}, {weights}");
    for space in spaces {
        local.clear(space);
    }
    assert_eq!((local.usage().entries, local.usage().weight), (0, 0));
}

fn weights(local: &dyn Local, space: Space) -> Vec<u64> {
    let held = local.keys(space).into_iter().filter_map(|key| local.get(space, key.as_bytes()));
    held.map(|held| u64::from(held.weight)).collect()
}

/// A worker's own sequence of operations, drawn by a small generator.
fn work(seed: u64, store: &Arc<dyn Backend>, clock: &TestClock, spaces: [Space; 2]) {
    let local = store.local().unwrap();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for _ in 0..20_000 {
        let space = spaces[usize::from(draw(2) == 0)];
        let key = format!("key {}", draw(900)).into_bytes();
        let life =
            if draw(3) == 0 { Life::Forever } else { Life::For(Duration::from_millis(1 + draw(2000))) };
        let weight = u32::try_from(1 + draw(200)).unwrap();
        let held = Held { weight, ..number(clock, 1, life) };
        match draw(100) {
            0..30 => drop(local.set(space, &key, held)),
            30..50 => drop(local.fill(space, &key, held, local.generation(space, &key))),
            50..60 => drop(local.add(space, &key, held)),
            60..70 => drop(local.delete(space, &key)),
            70..80 => drop(local.touch(space, &key, life)),
            80..90 => {
                let kind = local.incr(space, &key, 1).err().map(|error| error.kind());
                assert!(matches!(kind, None | Some(ErrorKind::NotFound)), "{kind:?}");
            }
            90..99 => drop(local.get(space, &key)),
            _ if draw(20) == 0 => local.clear(space),
            _ => assert!(local.keys(space).len() <= 500),
        }
    }
}

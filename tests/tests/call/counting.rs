//! Every lookup is counted as a hit or by the reason of its miss, and every event under its name.

use std::time::Duration;

use cache_runtime::backend::memory::Memory;
use cache_runtime::call::{Function, Intent, Lookup, Shape};
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{Caches, ErrorKind, Statistics, Timeout};

use crate::stage::{ALL, Bodies, KEEPING, Stage, ask, ask_blocking, ask_tagged, function, leaked, now};

/// The misses that were counted, by reason.
fn misses(stats: &Statistics) -> Vec<(&'static str, u64)> {
    stats.misses.iter().filter(|(_, count)| **count > 0).map(|(reason, count)| (*reason, *count)).collect()
}

#[test]
fn a_miss_and_its_hits() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));

        for _ in 0..5 {
            stage.run(ask(function, "key", async { 1 }));
        }

        let stats = stage.stats(alias);
        assert_eq!((stats.hits, stats.fills, stats.computations), (4, 1, 1), "{alias}");
        assert_eq!(misses(&stats), [("absent", 1)], "{alias}");
        assert_eq!((function.hits(), function.computations()), (4, 1), "{alias}");
    }
}

#[test]
fn each_reason_of_a_miss() {
    for alias in KEEPING {
        let stage = Stage::new();
        let function = leaked(Function::new("tests::reasons").cache(alias).timeout(Timeout::secs(1)));
        let call = |value| stage.run(ask_tagged(function, "key", "tag", async move { value }));

        call(1);
        stage.clock.advance(Duration::from_secs(1));
        call(2);
        now(stage.cache(alias).invalidate_tag("tag")).unwrap();
        call(3);
        now(stage.cache(alias).set("key", &"text".to_owned(), Timeout::Never)).unwrap();
        assert_eq!(call(4), 4);

        // Memory removes what has expired by itself, as a server does: what is gone is absent.
        let expected = [("absent", 2), ("invalidated", 1), ("other layout", 1)];
        assert_eq!(misses(&stage.stats(alias)), expected, "{alias}");
    }
}

#[test]
fn an_expired_entry_that_is_still_there_is_counted_as_such() {
    let stage = Stage::new();
    let function = leaked(Function::new("tests::expired").timeout(Timeout::millis(50)));
    stage.run(ask(function, "key", async { 1 }));

    // The reaper comes every tenth of a second.
    stage.clock.advance(Duration::from_millis(99));
    assert_eq!(stage.run(ask(function, "key", async { 2 })), 2);

    assert_eq!(misses(&stage.stats("default")), [("absent", 1), ("expired", 1)]);
}

#[test]
fn a_store_that_cannot_be_asked() {
    let (stage, function) = (Stage::new(), function("shared"));
    stage.store.inject_once(Call::Get, Fault::Fail(ErrorKind::Unavailable));

    stage.run(ask(function, "key", async { 1 }));

    let stats = stage.stats("shared");
    assert_eq!((misses(&stats), stats.errors), (vec![("unreachable", 1)], 1));
}

#[test]
fn a_bypass_and_a_refresh() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));
        let call =
            |intent: Intent| match function.lookup(Shape::plain::<u64>(), intent, |out| out.text("key")) {
                Lookup::Hit(value) => value,
                Lookup::Miss(miss) => miss.compute(|| 1),
            };

        stage.caches.clone().scope_blocking(|| {
            call(Intent::USUAL.when(false));
            call(Intent::USUAL.force_refresh(true));
        });

        let stats = stage.stats(alias);
        assert_eq!((stats.bypasses, stats.refreshes, stats.total_misses()), (1, 1, 0), "{alias}");
        assert_eq!(stats.computations, 1, "{alias}: a bypass is no business of the cache");
    }
}

#[test]
fn a_body_past_the_cache_is_counted_for_its_function() {
    let (stage, function) = (Stage::new(), function("default"));
    let call = |intent: Intent| match function.lookup(Shape::plain::<u64>(), intent, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute(|| 1),
    };

    stage.caches.clone().scope_blocking(|| {
        call(Intent::USUAL.when(false));
        call(Intent::USUAL);
        call(Intent::USUAL);
    });

    assert_eq!((function.computations(), function.hits()), (2, 1));
}

#[test]
fn a_body_without_a_usable_cache_is_counted_for_its_function() {
    let (stage, function) = (Stage::new(), function("nowhere"));

    assert_eq!(stage.caches.clone().scope_blocking(|| ask_blocking(function, "key", || 1)), 1);

    assert_eq!((function.computations(), function.hits()), (1, 0));
}

#[test]
fn a_store_that_keeps_nothing_is_filled_with_nothing() {
    let (stage, function) = (Stage::new(), function("nothing"));

    stage.run(ask(function, "key", async { 1 }));

    let stats = stage.stats("nothing");
    assert_eq!((stats.fills, stats.computations, misses(&stats)), (0, 1, vec![("absent", 1)]));
}

#[test]
fn a_wait_is_counted_once_for_each_caller() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let mut callers: Vec<_> = (0..4).map(|_| stage.start(ask(function, "key", bodies.run(1)))).collect();
        for _ in 0..3 {
            assert!(crate::stage::poll_all(&mut callers).is_empty());
        }

        bodies.finish();
        crate::stage::settle(callers);

        assert_eq!(stage.stats(alias).waits, 3, "{alias}");
    }
}

#[test]
fn a_value_too_large_for_memory_is_returned_and_counted() {
    let caches = Caches::builder().add("default", Memory::new().max_weight(1000).shards(1)).build().unwrap();
    let function = function("default");

    let value = caches.clone().scope_blocking(|| {
        match function.lookup(Shape::plain::<String>(), Intent::USUAL, |out| out.text("key")) {
            Lookup::Hit(value) => value,
            Lookup::Miss(miss) => miss.compute(|| "x".repeat(5000)),
        }
    });

    let stats = caches.get("default").unwrap().stats();
    assert_eq!((value.len(), stats.too_large, stats.fills, stats.errors), (5000, 1, 0, 0));
}

#[test]
fn a_value_that_the_codec_cannot_write_is_returned_and_counted() {
    let (stage, function) = (Stage::new(), function("shared"));
    let untagged = || serde_json::json!({ "any": ["value"] });

    let value = stage.caches.clone().scope_blocking(|| {
        let shape = Shape::plain::<serde_json::Value>();
        match function.lookup(shape, Intent::USUAL, |out| out.text("key")) {
            Lookup::Hit(value) => value,
            Lookup::Miss(miss) => miss.compute(untagged),
        }
    });

    let stats = stage.stats("shared");
    assert_eq!((value, stats.unserializable, stats.fills, stats.errors), (untagged(), 1, 0, 0));
}

#[test]
fn values_of_functions_weigh_what_the_program_says() {
    let caches = Caches::builder()
        .add("default", Memory::new().max_weight(1 << 20).weigher(|rows: &Vec<u64>| rows.len() * 8))
        .build()
        .unwrap();
    let function = function("default");

    caches.clone().scope_blocking(|| {
        match function.lookup(Shape::plain::<Vec<u64>>(), Intent::USUAL, |out| out.text("key")) {
            Lookup::Hit(value) => value,
            Lookup::Miss(miss) => miss.compute(|| vec![0; 1000]),
        }
    });

    assert_eq!(caches.get("default").unwrap().stats().weight, Some(8000));
}

#[test]
fn hits_of_functions_are_counted_for_each_function() {
    let (stage, one, two) = (Stage::new(), function("default"), function("default"));

    stage.caches.clone().scope_blocking(|| {
        for _ in 0..3 {
            ask_blocking(one, "one", || 1);
        }
        ask_blocking(two, "one", || 2);
    });

    assert_eq!((one.hits(), one.computations(), two.hits(), two.computations()), (2, 1, 1, 0));
}

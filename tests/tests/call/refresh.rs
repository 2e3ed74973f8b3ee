//! A refresh computes although an entry exists, and never takes the answer of a body that has begun.

use std::sync::Arc;

use cache_runtime::call::{DEFAULT_WAIT, Function, Intent, Lookup, Shape};
use cache_runtime::{force_refresh, force_refresh_blocking};

use crate::stage::{
    ALL, Bodies, KEEPING, Stage, Steps, ask, ask_blocking, eventually, function, now, poll_all, settle,
};

async fn refresh(function: &'static Function, bodies: &Bodies, value: u64) -> u64 {
    force_refresh(ask(function, "key", bodies.run(value))).await
}

fn read(stage: &Stage, alias: &str) -> Option<u64> {
    now(stage.cache(alias).get("key")).unwrap()
}

/// A refresh whose body has begun and waits.
fn running<'a>(stage: &Stage, function: &'static Function, bodies: &'a Bodies, value: u64) -> Steps<'a, u64> {
    let mut steps = stage.start(refresh(function, bodies, value));
    assert!(steps.poll().is_none());
    assert_eq!(bodies.begun(), 1);
    steps
}

#[test]
fn a_refresh_computes_and_replaces_the_entry() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function(alias));
        assert_eq!(stage.run(ask(function, "key", bodies.run(1))), 1);

        assert_eq!(stage.run(refresh(function, &bodies, 2)), 2);

        assert_eq!(read(&stage, alias), Some(2), "{alias}");
        assert_eq!(stage.stats(alias).refreshes, 1);
    }
}

#[test]
fn a_refresh_does_not_join_an_older_flight_whose_value_stays_out() {
    for alias in KEEPING {
        let (stage, old, new, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let mut older = stage.start(ask(function, "key", old.run(1)));
        assert!(older.poll().is_none());

        let refreshed = stage.start(refresh(function, &new, 2)).now();
        old.finish();

        assert_eq!((refreshed, older.now()), (2, 1));
        assert_eq!(read(&stage, alias), Some(2), "{alias}");
        assert_eq!(stage.stats(alias).refused_fills, 1, "{alias}");
    }
}

#[test]
fn those_who_find_nothing_join_a_refresh() {
    for alias in ALL {
        let (stage, bodies, none, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let running = running(&stage, function, &bodies, 1);
        let mut caller = stage.start(ask(function, "key", none.run(2)));
        assert!(caller.poll().is_none());

        bodies.finish();

        assert_eq!((running.now(), caller.now(), none.begun()), (1, 1, 0), "{alias}");
    }
}

#[test]
fn concurrent_refreshes_are_one_running_and_one_next() {
    for alias in ALL {
        let (stage, first, next, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let running = running(&stage, function, &first, 1);
        let mut later: Vec<_> = (0..20).map(|_| stage.start(refresh(function, &next, 2))).collect();
        assert!(poll_all(&mut later).is_empty());
        assert_eq!(next.begun(), 0, "{alias}: the next waits for the one that runs");

        first.finish();
        assert_eq!(running.now(), 1);
        let (ended, later) = settle(later);
        assert!(ended.is_empty(), "{alias}: nobody takes the answer of a body that had begun");
        next.finish();
        let (values, _) = settle(later);

        assert_eq!((values, next.begun()), (vec![2; 20], 1), "{alias}");
        assert_eq!(stage.flights(alias), 0);
    }
}

#[test]
fn a_next_refresh_that_goes_away_is_replaced() {
    for alias in ALL {
        let (stage, first, next, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let running = running(&stage, function, &first, 1);
        let mut queued = stage.start(refresh(function, &next, 2));
        let mut waits = stage.start(refresh(function, &next, 3));
        assert!(queued.poll().is_none() && waits.poll().is_none());

        drop(queued);
        assert!(waits.poll().is_none());
        first.finish();
        assert_eq!(running.now(), 1);

        assert_eq!((waits.now(), next.begun(), stage.flights(alias)), (3, 1, 0), "{alias}");
    }
}

#[test]
fn a_refresh_that_is_never_polled_again_holds_nobody_up_beyond_the_limit() {
    for alias in ALL {
        let (stage, first, next, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let mut stuck = running(&stage, function, &first, 1);
        let mut later: Vec<_> = (0..5).map(|_| stage.start(refresh(function, &next, 2))).collect();
        assert!(poll_all(&mut later).is_empty());

        stage.clock.advance(DEFAULT_WAIT);
        let (_, later) = settle(later);
        assert_eq!(next.begun(), 1, "{alias}");
        next.finish();
        let (values, _) = settle(later);
        assert_eq!((values, next.begun()), (vec![2; 5], 1), "{alias}");

        first.finish();
        assert_eq!(stuck.poll(), Some(1));
        if alias != "nothing" {
            assert_eq!(read(&stage, alias), Some(2), "{alias}: the older one stays out");
        }
        assert_eq!(stage.flights(alias), 0, "{alias}");
    }
}

#[test]
fn a_queued_refresh_that_is_never_polled_again_is_taken_over() {
    for alias in ALL {
        let (stage, first, next, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
        let running = running(&stage, function, &first, 1);
        let mut stuck = stage.start(refresh(function, &next, 2));
        let mut waits = stage.start(refresh(function, &next, 3));
        assert!(stuck.poll().is_none() && waits.poll().is_none());
        first.finish();
        assert_eq!(running.now(), 1);

        stage.clock.advance(DEFAULT_WAIT);
        assert_eq!((waits.now(), next.begun()), (3, 1), "{alias}");

        assert_eq!((stuck.now(), stage.flights(alias)), (2, 0), "{alias}: it goes on when it is polled");
    }
}

#[test]
fn a_scope_refreshes_every_call_inside_of_it_and_none_behind_it() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function(alias));
        let nested = |value| async move {
            ask(function, "outer", async { value + ask(function, "inner", async { value }).await }).await
        };
        assert_eq!(stage.run(nested(1)), 2);

        assert_eq!(stage.run(force_refresh(nested(10))), 20);

        assert_eq!(stage.run(nested(100)), 20, "{alias}");
        assert_eq!(stage.run(ask(function, "inner", bodies.run(0))), 10, "{alias}");
    }
}

#[test]
fn the_blocking_twin_refreshes_every_call_inside_of_it() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));
        let nested =
            |value| ask_blocking(function, "outer", || value + ask_blocking(function, "inner", || value));

        stage.caches.clone().scope_blocking(|| {
            assert_eq!(nested(1), 2);
            assert_eq!(force_refresh_blocking(|| nested(10)), 20);
            assert_eq!(nested(100), 20, "{alias}");
            assert_eq!(ask_blocking(function, "inner", || 0), 10, "{alias}");
        });
    }
}

#[test]
fn the_refresh_of_a_function_leaves_other_functions_alone() {
    for alias in KEEPING {
        let (stage, outer, inner) = (Stage::new(), function(alias), function(alias));
        let nested = |value| async move {
            ask(outer, "outer", async { value + ask(inner, "inner", async { value }).await }).await
        };
        assert_eq!(stage.run(nested(1)), 2);

        assert_eq!(stage.run(outer.refresh(nested(10))), 11, "{alias}: the inner one is looked up");

        assert_eq!(stage.run(nested(100)), 11, "{alias}");
    }
}

#[test]
fn the_refresh_of_a_function_is_for_one_call_of_it() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));
        let nested =
            |value| ask_blocking(function, "outer", || value + ask_blocking(function, "inner", || value));
        stage.caches.clone().scope_blocking(|| {
            assert_eq!(nested(1), 2);

            assert_eq!(function.refresh_blocking(|| nested(10)), 11, "{alias}");

            assert_eq!(nested(100), 11, "{alias}");
        });
    }
}

/// A call by which the mark of `Function::refresh` is met together with `intent`.
fn ask_with(function: &'static Function, intent: Intent, key: &str, body: impl FnOnce() -> u64) -> u64 {
    match function.lookup(Shape::plain::<u64>(), intent, |out| out.text(key)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute(body),
    }
}

#[test]
fn a_mark_that_a_flag_or_a_bypass_makes_needless_is_not_left_to_the_body() {
    for intent in [Intent::USUAL.force_refresh(true), Intent::USUAL.when(false)] {
        let (stage, function) = (Stage::new(), function("default"));
        let inner = |value| ask_blocking(function, "inner", || value);
        stage.caches.clone().scope_blocking(|| {
            assert_eq!(inner(1), 1);

            let value = function.refresh_blocking(|| ask_with(function, intent, "outer", || 10 + inner(2)));

            assert_eq!(value, 11, "{intent:?}");
        });
    }
}

#[test]
fn a_flag_refreshes_its_call_only() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));
        stage.caches.clone().scope_blocking(|| {
            assert_eq!(ask_blocking(function, "key", || 1), 1);
            assert_eq!(ask_with(function, Intent::USUAL.force_refresh(true), "key", || 2), 2);
            assert_eq!(ask_with(function, Intent::USUAL.force_refresh(false), "key", || 3), 2, "{alias}");
        });
    }
}

#[test]
fn a_refresh_whose_body_panics_or_is_dropped_leaves_the_entry() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function(alias));
        stage.run(ask(function, "key", bodies.run(1)));

        let never = Bodies::new();
        let mut dropped = stage.start(refresh(function, &never, 2));
        assert!(dropped.poll().is_none());
        drop(dropped);

        assert_eq!(read(&stage, alias), Some(1), "{alias}");
        assert_eq!(stage.flights(alias), 0);
    }
}

#[test]
fn refreshing_threads_are_one_running_and_one_next() {
    for alias in ALL {
        let (stage, first, next, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let thread = |bodies: &Arc<Bodies>, value| {
            let (caches, bodies) = (stage.caches.clone(), Arc::clone(bodies));
            let call = move || ask_blocking(function, "key", || bodies.run_blocking(value));
            std::thread::spawn(move || caches.scope_blocking(|| force_refresh_blocking(call)))
        };
        let running = thread(&first, 1);
        eventually("the first runs", || first.begun() == 1);
        let later: Vec<_> = (0..8).map(|_| thread(&next, 2)).collect();
        eventually("the others wait", || stage.stats(alias).waits == 8);

        first.finish();
        next.finish();

        assert_eq!(running.join().unwrap(), 1);
        assert!(later.into_iter().all(|thread| thread.join().unwrap() == 2));
        assert_eq!(next.begun(), 1, "{alias}");
    }
}

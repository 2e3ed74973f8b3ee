//! An invalidation during a computation keeps the old value out, and nobody later joins it.

use std::future::Future;
use std::pin::Pin;

use cache_runtime::backend::memory::Memory;
use cache_runtime::call::{Function, Intent, Lookup, Shape};
use cache_runtime::key::{KeyBuf, tag};
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{Cache, Caches, Timeout};

use crate::stage::{Bodies, KEEPING, STEP, Stage, ask, ask_tagged, function, leaked, now};

type Act = fn(&Cache);

/// What ends a computation of `key`, whose entry carries `tag`; and what is there afterwards.
const ACTS: [(&str, Act, Option<u64>); 6] = [
    ("delete", |cache| assert!(!now(cache.delete("key")).unwrap()), None),
    ("delete_many", |cache| assert_eq!(now(cache.delete_many(["key"])).unwrap(), 0), None),
    ("clear", |cache| now(cache.clear()).unwrap(), None),
    ("tag", |cache| now(cache.invalidate_tag("tag")).unwrap(), None),
    ("set", |cache| now(cache.set("key", &9_u64, Timeout::Never)).unwrap(), Some(9)),
    ("add", |cache| assert!(now(cache.add("key", &9_u64, Timeout::Never)).unwrap()), Some(9)),
];

fn read(stage: &Stage, alias: &str) -> Option<u64> {
    now(stage.cache(alias).get("key")).unwrap()
}

#[test]
fn the_old_value_stays_out_and_is_still_returned() {
    for alias in KEEPING {
        for (act, invalidate, left) in ACTS {
            let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
            let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
            assert!(leader.poll().is_none());

            invalidate(&stage.cache(alias));
            bodies.finish();

            assert_eq!(leader.now(), 1);
            assert_eq!(read(&stage, alias), left, "{alias}, {act}");
            let stats = stage.stats(alias);
            assert_eq!((stats.fills, stats.refused_fills), (0, 1), "{alias}, {act}");
        }
    }
}

#[test]
fn a_caller_after_the_invalidation_does_not_join_the_older_flight() {
    for alias in KEEPING {
        for (act, invalidate, left) in ACTS.into_iter().filter(|(.., left)| left.is_none()) {
            let (stage, old, new, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
            let mut older = stage.start(ask_tagged(function, "key", "tag", old.run(1)));
            assert!(older.poll().is_none());

            invalidate(&stage.cache(alias));
            let value = stage.start(ask_tagged(function, "key", "tag", new.run(2))).now();
            old.finish();

            assert_eq!((value, older.now()), (2, 1), "{alias}, {act}");
            assert_eq!(read(&stage, alias), Some(2), "{alias}, {act}: {left:?}");
        }
    }
}

type Telling = fn(Cache) -> Pin<Box<dyn Future<Output = ()>>>;

/// The same as futures, and what each asks of the store.
const TELLINGS: [(Call, Telling); 5] = [
    (Call::Delete, |cache| Box::pin(async move { assert!(cache.delete("key").await.unwrap()) })),
    (Call::Delete, |cache| Box::pin(async move { cache.invalidate_tag("tag").await.unwrap() })),
    (Call::DeleteMany, |cache| Box::pin(async move { cache.delete_many(["key"]).await.map(drop).unwrap() })),
    (Call::Clear, |cache| Box::pin(async move { cache.clear().await.unwrap() })),
    (Call::Set, |cache| Box::pin(async move { cache.set("key", &9_u64, Timeout::Never).await.unwrap() })),
];

#[test]
fn a_caller_after_the_invalidation_does_not_take_what_a_flight_read_while_the_store_was_told() {
    for (told, invalidate) in TELLINGS {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function("shared"));
        stage.another_process().run(ask_tagged(function, "key", "tag", bodies.run(1)));
        stage.store.inject_once(told, Fault::Hang);
        let mut telling = stage.start(invalidate(stage.cache("shared")));
        assert!(telling.poll().is_none());
        // A flight finds the value and its tag, and has yet to take the answer.
        stage.store.inject_once(Call::GetMany, Fault::Garbage("no entry".into()));
        stage.store.inject_once(Call::Acquire, Fault::DelayAnswer(STEP));
        let mut flight = stage.start(ask_tagged(function, "key", "tag", bodies.run(2)));
        assert!(flight.poll().is_none());
        stage.store.inject_once(Call::GetMany, Fault::DelayAnswer(STEP));
        stage.clock.advance(STEP);
        assert!(flight.poll().is_none());

        stage.store.heal();
        telling.now();
        let value = stage.start(ask_tagged(function, "key", "tag", bodies.run(3))).now();

        let right = if told == Call::Set { 9 } else { 3 };
        assert_eq!((value, flight.end(&stage.clock).0), (right, 1), "{told:?}");
    }
}

#[test]
fn a_refused_value_answers_its_leader_only() {
    for alias in KEEPING {
        for (act, invalidate, left) in ACTS {
            let (stage, old, new, function) = (Stage::new(), Bodies::new(), Bodies::open(), function(alias));
            let mut leader = stage.start(ask_tagged(function, "key", "tag", old.run(1)));
            assert!(leader.poll().is_none());
            let mut waiter = stage.start(ask_tagged(function, "key", "tag", new.run(2)));
            assert!(waiter.poll().is_none());

            invalidate(&stage.cache(alias));
            old.finish();

            assert_eq!(leader.now(), 1);
            assert_eq!(waiter.now(), left.unwrap_or(2), "{alias}, {act}");
        }
    }
}

#[test]
fn a_second_process_that_invalidates_keeps_the_old_value_out() {
    for (act, invalidate, left) in ACTS {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
        let other = stage.another_process();
        let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
        assert!(leader.poll().is_none());

        invalidate(&other.cache("shared"));
        bodies.finish();

        assert_eq!(leader.now(), 1);
        assert_eq!(read(&other, "shared"), left, "{act}");
        assert_eq!(stage.stats("shared").refused_fills, 1, "{act}");
    }
}

#[test]
fn an_invalidation_of_another_key_or_tag_disturbs_nothing() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
        assert!(leader.poll().is_none());

        now(stage.cache(alias).delete("another")).unwrap();
        now(stage.cache(alias).invalidate_tag("another")).unwrap();
        now(stage.cache(alias).with_version(2).delete("another")).unwrap();
        bodies.finish();

        assert_eq!(leader.now(), 1);
        assert_eq!(read(&stage, alias), Some(1), "{alias}");
    }
}

#[test]
fn an_invalidated_tag_makes_every_entry_that_carries_it_a_counted_miss() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function(alias));
        for key in ["a", "b"] {
            stage.run(ask_tagged(function, key, "tag", bodies.run(1)));
        }
        stage.run(ask_tagged(function, "c", "another", bodies.run(1)));

        now(stage.cache(alias).invalidate_tag("tag")).unwrap();
        for (key, expected) in [("a", 2), ("b", 2), ("c", 1)] {
            assert_eq!(stage.run(ask_tagged(function, key, "tag", bodies.run(2))), expected, "{alias} {key}");
        }

        assert_eq!(stage.stats(alias).misses["invalidated"], 2, "{alias}");
    }
}

#[test]
fn the_companions_end_a_computation_too() {
    use cache_runtime::call::Shape;
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let entry = || function.entry(Shape::plain::<u64>(), |out| out.text("key"));
        let mut leader = stage.start(ask(function, "key", bodies.run(1)));
        assert!(leader.poll().is_none());

        assert!(!stage.run(async { entry().invalidate().await }).unwrap());
        bodies.finish();
        assert_eq!(leader.now(), 1);
        assert_eq!(stage.run(async { entry().peek().await }).unwrap(), None, "{alias}");

        stage.run(async { entry().set(&5).await }).unwrap();
        assert_eq!(stage.run(async { entry().peek().await }).unwrap(), Some(5), "{alias}");
        assert!(stage.run(async { entry().invalidate().await }).unwrap());
    }
}

#[test]
fn a_store_without_leases_keeps_no_value_whose_invalidation_came_while_it_was_on_its_way() {
    for (act, invalidate, left) in ACTS.into_iter().filter(|(.., left)| left.is_none()) {
        let (stage, bodies, function) = (Stage::leaseless(), Bodies::open(), function("shared"));
        stage.store.inject_once(Call::Set, Fault::Delay(STEP));
        let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
        assert!(leader.poll().is_none(), "the body has run, and the value is on its way");

        invalidate(&stage.cache("shared"));
        let (value, _) = leader.end(&stage.clock);

        assert_eq!((value, read(&stage, "shared")), (1, left), "{act}");
        let stats = stage.stats("shared");
        assert_eq!((stats.fills, stats.refused_fills), (0, 1), "{act}");
    }
}

#[test]
fn a_store_without_leases_is_filled() {
    let (stage, bodies, function) = (Stage::leaseless(), Bodies::open(), function("shared"));

    let value = stage.start(ask_tagged(function, "key", "tag", bodies.run(1))).now();

    assert_eq!((value, read(&stage, "shared")), (1, Some(1)));
    assert_eq!((stage.store.calls(Call::Acquire), stage.store.calls(Call::Delete)), (0, 0));
}

/// Stores a value that carries a tag.
fn store_tagged(stage: &Stage, function: &'static Function, render: impl FnOnce(&mut KeyBuf)) {
    let call = || match function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.tag(render).compute(|| 1),
    };
    stage.caches.clone().scope_blocking(call);
}

/// Whether the value is there.
fn is_stored(stage: &Stage, function: &'static Function) -> bool {
    let peek = || function.entry(Shape::plain::<u64>(), |out| out.text("key")).blocking().peek();
    stage.caches.clone().scope_blocking(peek).unwrap().is_some()
}

#[test]
fn a_tag_with_a_value_that_is_encoded_is_named_by_that_value() {
    for alias in KEEPING {
        for email in ["bob@example.com", "a b", "50 %", "Zoë", &"long".repeat(100)] {
            let (stage, function) = (Stage::new(), function(alias));
            store_tagged(&stage, function, |out| {
                out.text("user:");
                out.part(email);
            });
            assert!(is_stored(&stage, function));

            now(stage.cache(alias).invalidate_tag(tag("user:").part(email))).unwrap();

            assert!(!is_stored(&stage, function), "{alias}: {email}");
        }
    }
}

#[test]
fn a_tag_longer_than_a_key_is_invalidated_by_its_text() {
    for alias in KEEPING {
        let (stage, function, long) = (Stage::new(), function(alias), "t".repeat(300));
        store_tagged(&stage, function, |out| out.text(&long));

        now(stage.cache(alias).invalidate_tag(&long)).unwrap();

        assert!(!is_stored(&stage, function), "{alias}");
    }
}

#[test]
fn a_tag_reaches_the_entries_of_every_version() {
    for alias in KEEPING {
        let stage = Stage::new();
        let function = leaked(Function::new("tests::second").cache(alias).version(2));
        store_tagged(&stage, function, |out| out.text("tag"));
        assert!(is_stored(&stage, function));

        now(stage.cache(alias).invalidate_tag("tag")).unwrap();

        assert!(!is_stored(&stage, function), "{alias}");
    }
}

#[test]
fn a_tag_of_another_prefix_is_another_tag() {
    let memory = |prefix| Memory::new().location("one store").key_prefix(prefix);
    let caches = Caches::builder().add("default", memory("a")).add("other", memory("b")).build().unwrap();
    let (stage, function) = (Stage { caches, ..Stage::new() }, function("default"));
    store_tagged(&stage, function, |out| out.text("tag"));

    now(stage.cache("other").invalidate_tag("tag")).unwrap();

    assert!(is_stored(&stage, function));
}

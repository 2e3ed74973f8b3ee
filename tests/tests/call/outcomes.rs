//! What is stored of what a function returns, for how long, and in what form.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_runtime::call::{
    Fallible, FallibleKept, Function, Intent, Keep, LocalSame, LocalWhole, Lookup, Optional, Outcome, Plain,
    Same, Shape, Verdict, Whole,
};
use cache_runtime::{ErrorKind, Timeout};
use serde::{Deserialize, Serialize};

use crate::stage::{KEEPING, Stage, ask, function, leaked, now};

/// Calls twice, and says what came back each time.
fn twice<O: Outcome, K: Keep<O::Value>>(
    stage: &Stage,
    function: &'static Function,
    shape: Shape<O, K>,
    verdict: Verdict,
    mut body: impl FnMut() -> O::Return,
) -> (O::Return, O::Return) {
    let mut call = || match function.lookup(shape, Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.judge(|_: &O::Value| verdict).compute(&mut body),
    };
    stage.caches.clone().scope_blocking(|| (call(), call()))
}

/// Counts from one.
fn counter() -> impl Fn() -> u64 {
    let count = AtomicU64::new(0);
    move || count.fetch_add(1, Ordering::Relaxed) + 1
}

#[test]
fn some_is_stored_and_none_is_not() {
    let shape: Shape<Optional<u64>, Whole> = Shape::option();
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        assert_eq!(
            twice(&stage, function(alias), shape, Verdict::USUAL, || Some(next())),
            (Some(1), Some(1))
        );

        let (stage, next) = (Stage::new(), counter());
        let none = || if next() == 1 { None } else { Some(5) };
        assert_eq!(twice(&stage, function(alias), shape, Verdict::USUAL, none), (None, Some(5)), "{alias}");
    }
}

#[test]
fn a_stored_none_is_returned_for_its_own_timeout() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        let shape: Shape<Optional<u64>, Whole> = Shape::option();
        let function = leaked(
            Function::new("tests::none").cache(alias).timeout(Timeout::secs(60)).cache_none(Timeout::secs(5)),
        );
        let mut body = || if next() == 1 { None } else { Some(5) };

        assert_eq!(twice(&stage, function, shape, Verdict::USUAL, &mut body), (None, None), "{alias}");
        stage.clock.advance(Duration::from_secs(5));

        assert_eq!(twice(&stage, function, shape, Verdict::USUAL, &mut body), (Some(5), Some(5)), "{alias}");
    }
}

#[test]
fn ok_is_stored_and_err_is_not() {
    let shape: Shape<Fallible<u64, String>, Whole> = Shape::result();
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        let body = || if next() == 1 { Err("no".to_owned()) } else { Ok(5) };

        let returned = twice(&stage, function(alias), shape, Verdict::USUAL, body);

        assert_eq!(returned, (Err("no".to_owned()), Ok(5)), "{alias}");
    }
}

#[test]
fn a_stored_err_is_returned_for_its_own_timeout() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        let shape: Shape<FallibleKept<u64, String, Whole>, Whole> =
            Shape::result::<u64, String>().errors_kept::<Whole>();
        let function = leaked(
            Function::new("tests::err").cache(alias).timeout(Timeout::secs(60)).cache_err(Timeout::secs(5)),
        );
        let mut body = || if next() == 1 { Err("no".to_owned()) } else { Ok(5) };

        let first = twice(&stage, function, shape, Verdict::USUAL, &mut body);
        assert_eq!(first, (Err("no".to_owned()), Err("no".to_owned())), "{alias}");
        stage.clock.advance(Duration::from_secs(5));

        assert_eq!(twice(&stage, function, shape, Verdict::USUAL, &mut body), (Ok(5), Ok(5)), "{alias}");
    }
}

#[test]
fn unless_keeps_a_value_out() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());

        let verdict = Verdict::USUAL.unless(true);
        let returned = twice(&stage, function(alias), Shape::plain::<u64>(), verdict, next);

        assert_eq!(returned, (1, 2), "{alias}");
        assert_eq!(stage.stats(alias).fills, 0);
    }
}

#[test]
fn the_value_may_state_its_timeout() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        let (function, verdict) = (function(alias), Verdict::USUAL.timeout(Timeout::secs(2)));

        assert_eq!(twice(&stage, function, Shape::plain::<u64>(), verdict, &next), (1, 1), "{alias}");
        stage.clock.advance(Duration::from_millis(1999));
        assert_eq!(twice(&stage, function, Shape::plain::<u64>(), verdict, &next), (1, 1), "{alias}");
        stage.clock.advance(Duration::from_millis(1));

        assert_eq!(twice(&stage, function, Shape::plain::<u64>(), verdict, &next), (2, 2), "{alias}");
    }
}

#[test]
fn a_timeout_of_zero_stores_nothing_and_removes_nothing_of_others() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());

        let verdict = Verdict::USUAL.timeout(Timeout::secs(0));
        let returned = twice(&stage, function(alias), Shape::plain::<u64>(), verdict, next);

        assert_eq!(returned, (1, 2), "{alias}");
        assert_eq!((stage.stats(alias).fills, stage.stats(alias).errors), (0, 0));
    }
}

#[test]
fn an_entry_lives_for_ever_where_the_function_says_so() {
    for alias in KEEPING {
        let (stage, next) = (Stage::new(), counter());
        let function = leaked(Function::new("tests::for_ever").cache(alias).timeout(Timeout::NEVER));
        twice(&stage, function, Shape::plain::<u64>(), Verdict::USUAL, &next);

        stage.clock.advance(Duration::from_hours(24 * 365));

        assert_eq!(twice(&stage, function, Shape::plain::<u64>(), Verdict::USUAL, next), (1, 1), "{alias}");
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Report {
    title: String,
    rows: Vec<(u32, f64)>,
}

fn report() -> Report {
    Report { title: "Umsätze".to_owned(), rows: vec![(1, 1.5), (2, -0.0)] }
}

#[test]
fn an_arc_in_memory_is_the_very_arc_that_was_returned() {
    for local in [false, true] {
        let stage = Stage::new();
        let made = Arc::new(report());
        let body = || Arc::clone(&made);

        let (first, second) = if local {
            let shape: Shape<Plain<Arc<Report>>, LocalSame> = Shape::plain().kept();
            twice(&stage, function("default"), shape, Verdict::USUAL, body)
        } else {
            let shape: Shape<Plain<Arc<Report>>, Same> = Shape::plain().kept();
            twice(&stage, function("default"), shape, Verdict::USUAL, body)
        };

        assert!(Arc::ptr_eq(&first, &made) && Arc::ptr_eq(&second, &made), "local: {local}");
    }
}

#[test]
fn an_arc_comes_back_from_a_shared_store_by_value() {
    let stage = Stage::new();
    let shape: Shape<Plain<Arc<Report>>, Same> = Shape::plain().kept();

    let (_, second) = twice(&stage, function("shared"), shape, Verdict::USUAL, || Arc::new(report()));

    assert_eq!(*second, report());
    assert_eq!(stage.stats("shared").hits, 1);
}

#[test]
fn the_low_level_api_reads_what_a_function_has_stored() {
    for alias in KEEPING {
        let stage = Stage::new();
        let cache = stage.cache(alias);
        let same: Shape<Plain<Arc<Report>>, Same> = Shape::plain().kept();

        twice(&stage, function(alias), Shape::plain::<u64>(), Verdict::USUAL, || 7);
        assert_eq!(now(cache.get::<u64>("key")).unwrap(), Some(7), "{alias}");

        now(cache.delete("key")).unwrap();
        let (made, _) = twice(&stage, function(alias), same, Verdict::USUAL, || Arc::new(report()));
        let read: Arc<Report> = now(cache.get("key")).unwrap().unwrap();
        assert_eq!(*read, report(), "{alias}");
        assert_eq!(Arc::ptr_eq(&read, &made), alias == "default", "{alias}");
        assert_eq!(now(cache.get::<Report>("key")).unwrap(), Some(report()), "{alias}");

        now(cache.delete("key")).unwrap();
        twice(&stage, function(alias), Shape::option::<String>(), Verdict::USUAL, || Some("text".to_owned()));
        assert_eq!(now(cache.get("key")).unwrap(), Some("text".to_owned()), "{alias}");
    }
}

#[test]
fn a_function_reads_what_the_low_level_api_has_stored() {
    for alias in KEEPING {
        let stage = Stage::new();
        let cache = stage.cache(alias);

        now(cache.set("key", &7_u64, Timeout::Never)).unwrap();
        assert_eq!(now(cache.incr("key", 1)).unwrap(), 8);
        let number = twice(&stage, function(alias), Shape::plain::<u64>(), Verdict::USUAL, || 0);
        assert_eq!(number, (8, 8), "{alias}");

        now(cache.set("key", &report(), Timeout::Never)).unwrap();
        let same: Shape<Plain<Arc<Report>>, Same> = Shape::plain().kept();
        let whole: Shape<Plain<Report>, Whole> = Shape::plain();
        let none = || unreachable!("there is an entry");
        assert_eq!(twice(&stage, function(alias), whole, Verdict::USUAL, none).0, report(), "{alias}");
        if alias == "shared" {
            let none = || unreachable!("there is an entry");
            assert_eq!(*twice(&stage, function(alias), same, Verdict::USUAL, none).0, report());
        }
    }
}

#[test]
fn a_value_of_another_type_is_a_miss_and_is_replaced() {
    for alias in KEEPING {
        let stage = Stage::new();
        twice(&stage, function(alias), Shape::plain::<String>(), Verdict::USUAL, || "text".to_owned());

        let number = twice(&stage, function(alias), Shape::plain::<u64>(), Verdict::USUAL, || 7);

        assert_eq!(number, (7, 7), "{alias}");
        assert_eq!(stage.stats(alias).misses["other layout"], 1, "{alias}");
    }
}

#[test]
fn callers_of_one_key_with_different_types_each_get_their_own() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), crate::stage::Bodies::new(), function(alias));
        let mut number = stage.start(ask(function, "key", bodies.run(7)));
        assert!(number.poll().is_none());
        let text = async {
            match function.lookup(Shape::plain::<String>(), Intent::USUAL, |out| out.text("key")) {
                Lookup::Hit(value) => value,
                Lookup::Miss(miss) => miss.compute_async(async { "text".to_owned() }).await,
            }
        };
        let mut text = stage.start(text);
        assert!(text.poll().is_none());

        bodies.finish();

        assert_eq!((number.now(), text.now()), (7, "text".to_owned()), "{alias}");
    }
}

/// A value without serde, which only this process can keep.
#[derive(Debug, Clone, PartialEq)]
struct Handle(usize);

#[test]
fn a_local_function_keeps_what_serde_cannot_write() {
    let (stage, next) = (Stage::new(), counter());
    let function = leaked(Function::new("tests::local").local());
    let shape: Shape<Plain<Handle>, LocalWhole> = Shape::plain::<Handle>().kept();

    let returned =
        twice(&stage, function, shape, Verdict::USUAL, || Handle(usize::try_from(next()).unwrap()));

    assert_eq!(returned, (Handle(1), Handle(1)));
}

#[test]
fn a_local_function_over_a_shared_store_runs_uncached_and_its_companions_say_why() {
    let (stage, next) = (Stage::new(), counter());
    let function = leaked(Function::new("tests::local").cache("shared").local());
    let shape: Shape<Plain<Handle>, LocalWhole> = Shape::plain::<Handle>().kept();

    let returned =
        twice(&stage, function, shape, Verdict::USUAL, || Handle(usize::try_from(next()).unwrap()));
    let peeked = stage.run(async { function.entry(shape, |out| out.text("key")).peek().await });

    assert_eq!(returned, (Handle(1), Handle(2)));
    assert_eq!(peeked.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(stage.store.total_calls(), 0);
}

#[test]
fn companions_store_none_and_err_only_where_the_function_does() {
    for alias in KEEPING {
        let stage = Stage::new();
        let shape = Shape::option::<u64>();
        let plain = function(alias);
        let keeping = leaked(Function::new("tests::none").cache(alias).cache_none(Timeout::Default));

        let refused = stage.run(async { plain.entry(shape, |out| out.text("a")).set_returned(&None).await });
        stage.run(async { keeping.entry(shape, |out| out.text("b")).set_returned(&None).await }).unwrap();
        let peeked = stage.run(async { keeping.entry(shape, |out| out.text("b")).peek_returned().await });

        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported, "{alias}");
        assert_eq!(peeked.unwrap(), Some(None), "{alias}");
    }
}

#[test]
fn a_version_of_the_function_has_entries_of_its_own() {
    for alias in KEEPING {
        let stage = Stage::new();
        let second = leaked(Function::new("tests::second").cache(alias).version(2));
        twice(&stage, function(alias), Shape::plain::<u64>(), Verdict::USUAL, || 1);

        assert_eq!(twice(&stage, second, Shape::plain::<u64>(), Verdict::USUAL, || 2), (2, 2), "{alias}");

        assert_eq!(now(stage.cache(alias).get("key")).unwrap(), Some(1_u64));
        assert_eq!(now(stage.cache(alias).with_version(2).get("key")).unwrap(), Some(2_u64), "{alias}");
    }
}

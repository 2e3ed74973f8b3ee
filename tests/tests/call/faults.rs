//! A store that fails, hangs, lies or panics at any operation: the caller gets its value, in time, and once.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::ErrorKind;
use cache_runtime::call::{Function, Intent, Lookup, STORE_BUDGET, Shape};
use cache_runtime::codec::TAG_LIMIT;
use cache_runtime::testing::{Call, Fault};

use crate::stage::{Bodies, STEP, Stage, ask_tagged, eventually, function, leaked, now};

/// What a store can do wrong, and whether that is a failure of the operation.
fn faults() -> Vec<(Fault, bool)> {
    vec![
        (Fault::Fail(ErrorKind::Unavailable), true),
        (Fault::Fail(ErrorKind::TimedOut), true),
        (Fault::LoseAnswer(ErrorKind::TimedOut), true),
        (Fault::Hang, true),
        (Fault::Delay(Duration::from_secs(1)), true),
        (Fault::Delay(Duration::from_millis(40)), false),
        (Fault::Panic, true),
    ]
}

/// What a cold call of a tagged function asks of the store, in this order: the entry with the records of its
/// tags, the lease, the tags before the body and after it, the fill.
const COLD: [Call; 5] = [Call::GetMany, Call::Acquire, Call::Stamp, Call::Stamp, Call::Fill];

/// How often the store was asked by callers: the heartbeat releases a lease in its own time.
fn asked(stage: &Stage) -> u64 {
    let by_callers = Call::ALL.into_iter().filter(|call| !matches!(call, Call::Release | Call::Extend));
    by_callers.map(|call| stage.store.calls(call)).sum()
}

fn call(stage: &Stage, function: &'static Function, value: u64) -> (u64, Duration) {
    let bodies = Bodies::open();
    let (value, time) =
        stage.start(ask_tagged(function, "key", "tag", async { bodies.run(value).await })).end(&stage.clock);
    assert_eq!(bodies.begun(), 1, "the body runs once");
    (value, time)
}

#[test]
fn a_cold_call_asks_a_healthy_store_in_this_order() {
    let (stage, function) = (Stage::new(), function("shared"));

    assert_eq!(call(&stage, function, 1), (1, Duration::ZERO));

    for operation in COLD {
        let times = COLD.iter().filter(|other| **other == operation).count();
        assert_eq!(stage.store.calls(operation), times as u64, "{operation:?}");
    }
    assert_eq!(asked(&stage), COLD.len() as u64);
}

#[test]
fn a_fault_at_any_operation_costs_a_bounded_time_and_no_further_operation() {
    for (fault, is_failure) in faults() {
        for failing in [Call::GetMany, Call::Acquire, Call::Stamp, Call::Fill] {
            let (stage, function) = (Stage::new(), function("shared"));
            stage.store.inject(failing, fault.clone());

            let (value, time) = call(&stage, function, 1);

            let what = format!("{fault:?} at {failing:?}");
            assert_eq!(value, 1, "{what}");
            assert!(time <= STORE_BUDGET, "{what}: {time:?}");
            let until = COLD.iter().position(|operation| *operation == failing).unwrap() + 1;
            let expected = if is_failure { until } else { COLD.len() };
            assert_eq!(asked(&stage), expected as u64, "{what}");
            assert_eq!(stage.stats("shared").errors, u64::from(is_failure), "{what}: counted once");
        }
    }
}

#[test]
fn a_fault_where_tags_are_read_is_a_miss_and_ends_the_calls_use_of_the_store() {
    for (fault, is_failure) in faults() {
        let (stage, function) = (Stage::new(), function("shared"));
        call(&stage, function, 1);
        let before = asked(&stage);
        stage.store.inject(Call::GetMany, fault.clone());
        let bodies = Bodies::open();

        let call = ask_tagged(function, "key", "tag", async { bodies.run(2).await });
        let (value, time) = stage.start(call).end(&stage.clock);

        assert_eq!(value, if is_failure { 2 } else { 1 }, "{fault:?}");
        assert!(time <= STORE_BUDGET, "{fault:?}: {time:?}");
        assert_eq!(asked(&stage) - before, 1, "{fault:?}");
        let stats = stage.stats("shared");
        assert_eq!((stats.errors, stats.misses["unreachable"]), if is_failure { (1, 1) } else { (0, 0) });
    }
}

#[test]
fn slow_answers_together_cost_no_more_than_the_budget() {
    for millis in [10, 30, 50, 80, 140] {
        let (stage, function) = (Stage::new(), function("shared"));
        stage.store.inject_all(&Fault::Delay(Duration::from_millis(millis)));

        let (value, time) = call(&stage, function, 1);

        assert_eq!(value, 1);
        assert!(time <= STORE_BUDGET + STEP, "{millis} ms each: {time:?}");
    }
}

#[test]
fn a_store_that_is_down_costs_one_operation_for_each_call_until_it_is_left_alone() {
    let (stage, function) = (Stage::new(), function("shared"));
    stage.store.inject_all(&Fault::Fail(ErrorKind::Unavailable));

    for value in 0..10 {
        assert_eq!(call(&stage, function, value), (value, Duration::ZERO));
    }

    assert_eq!(asked(&stage), 5);
    let stats = stage.stats("shared");
    assert_eq!((stats.errors, stats.misses["unreachable"], stats.fills), (10, 10, 0));
}

#[test]
fn callers_of_a_store_that_is_down_still_share_one_body() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    stage.store.inject_all(&Fault::Fail(ErrorKind::Unavailable));
    let mut callers: Vec<_> =
        (0..20).map(|_| stage.start(ask_tagged(function, "key", "tag", bodies.run(1)))).collect();
    assert!(crate::stage::poll_all(&mut callers).is_empty());

    bodies.finish();
    let (values, _) = crate::stage::settle(callers);

    assert_eq!((values, bodies.begun()), (vec![1; 20], 1));
}

#[test]
fn rubbish_is_a_counted_miss_and_is_replaced() {
    let rubbish: [&[u8]; 5] =
        [b"x", b"\x00", b"\xff\xff\xff\xff\xff\xff\xff\xff", &[0; 300], b"9999999999999999999999"];
    for bytes in rubbish {
        let (stage, function) = (Stage::new(), function("shared"));
        let life = cache_runtime::base::entry::Life::Forever;
        now(cache_runtime::backend::Backend::set(
            &*stage.store,
            ":1:key",
            Bytes::copy_from_slice(bytes),
            life,
        ))
        .unwrap();

        assert_eq!(call(&stage, function, 1).0, 1, "{bytes:?}");

        let stats = stage.stats("shared");
        assert_eq!((stats.total_misses(), stats.fills, stats.errors), (1, 1, 0), "{bytes:?}");
        assert_eq!(now(stage.cache("shared").get::<u64>("key")).unwrap(), Some(1), "{bytes:?}");
    }
}

#[test]
fn a_store_that_answers_every_read_with_rubbish_is_asked_a_few_times_only() {
    let (stage, function) = (Stage::new(), function("shared"));
    stage.store.inject_all(&Fault::Garbage(Bytes::from_static(b"\x00 rubbish")));

    assert_eq!(call(&stage, function, 1), (1, Duration::ZERO));

    assert!(asked(&stage) <= 6, "{}", asked(&stage));
    assert_eq!(stage.stats("shared").misses["undecodable"], 1);
}

#[test]
fn a_refresh_of_a_store_that_fails_returns_its_value() {
    for (fault, _) in faults() {
        for failing in [Call::Acquire, Call::Stamp, Call::Fill] {
            let (stage, function) = (Stage::new(), function("shared"));
            stage.store.inject(failing, fault.clone());

            let refreshed = cache_runtime::force_refresh(ask_tagged(function, "key", "tag", async { 3 }));
            let (value, time) = stage.start(refreshed).end(&stage.clock);

            assert_eq!(value, 3, "{fault:?} at {failing:?}");
            assert!(time <= STORE_BUDGET, "{fault:?} at {failing:?}: {time:?}");
        }
    }
}

#[test]
fn companions_say_what_failed_and_count_it() {
    for (fault, is_failure) in faults() {
        for failing in [Call::GetMany, Call::Set, Call::Stamp, Call::Delete] {
            let (stage, function) = (Stage::new(), function("shared"));
            stage.store.inject(failing, fault.clone());
            let entry =
                || function.entry(Shape::plain::<u64>(), |out| out.text("key")).tag(|out| out.text("tag"));

            let failed = match failing {
                Call::GetMany => stage.run(async { entry().peek().await }).is_err(),
                Call::Delete if is_waiting(&fault) => continue,
                Call::Delete => stage.run(async { entry().invalidate().await }).is_err(),
                _ => stage.run(async { entry().set(&1).await }).is_err(),
            };

            assert_eq!(failed, is_failure, "{fault:?} at {failing:?}");
            assert_eq!(stage.stats("shared").errors, u64::from(is_failure), "{fault:?} at {failing:?}");
        }
    }
}

/// The low-level API waits for its store as long as that takes, and passes its panics on.
fn is_waiting(fault: &Fault) -> bool {
    matches!(fault, Fault::Hang | Fault::Delay(_) | Fault::Panic)
}

#[test]
fn a_store_without_leases_or_limits_of_its_own_is_bounded_too() {
    let function = leaked(Function::new("tests::plain").cache("shared"));
    let stage = Stage::new();
    stage.store.inject(Call::GetMany, Fault::Hang);

    let (value, time) = call(&stage, function, 1);

    assert_eq!((value, time), (1, STORE_BUDGET));
}

#[test]
fn slow_answers_of_a_store_with_a_limit_of_its_own_do_not_add_up() {
    for millis in [40, 50, 70, 100, 140] {
        let (stage, function) = (Stage::bounded(), function("shared"));
        stage.store.inject_all(&Fault::Delay(Duration::from_millis(millis)));

        let (value, time) = call(&stage, function, 1);

        assert_eq!(value, 1);
        assert!(time <= STORE_BUDGET + STEP, "{millis} ms each: {time:?}");
        assert_eq!(stage.stats("shared").errors, 1, "{millis} ms each: what was not done is counted");
    }
}

#[test]
fn a_store_that_states_another_limit_is_waited_for_that_long() {
    for (each, limit, stores) in [(400, 2000, true), (40, 50, false)] {
        let limit = Duration::from_millis(limit);
        let (stage, function) =
            (Stage::over(|store| store.as_shared().with_limit(limit)), function("shared"));
        stage.store.inject_all(&Fault::Delay(Duration::from_millis(each)));

        let (value, time) = call(&stage, function, 1);

        assert_eq!((value, stage.stats("shared").fills), (1, u64::from(stores)), "{limit:?}");
        assert!(time <= limit + STEP, "{limit:?}: {time:?}");
    }
}

#[test]
fn an_answer_that_takes_the_whole_budget_is_the_last_and_is_counted() {
    for stage in [Stage::new(), Stage::bounded()] {
        let function = function("shared");
        stage.store.inject(Call::GetMany, Fault::Delay(STORE_BUDGET));

        let (value, time) = call(&stage, function, 1);

        assert_eq!((value, time), (1, STORE_BUDGET));
        assert_eq!((asked(&stage), stage.stats("shared").errors), (1, 1));
    }
}

#[test]
fn a_lease_that_the_slow_store_gave_too_late_is_released() {
    let (stage, function) = (Stage::bounded(), function("shared"));
    stage.store.inject(Call::GetMany, Fault::Delay(STORE_BUDGET / 2));
    stage.store.inject(Call::Acquire, Fault::Delay(STORE_BUDGET / 2));

    call(&stage, function, 1);

    eventually("the lease is free", || stage.lease_is_free("key"));
}

#[test]
fn a_lease_whose_value_the_slow_store_did_not_take_in_time_is_released() {
    for millis in [40, 70] {
        for stage in [Stage::new(), Stage::bounded()] {
            let function = function("shared");
            // But for the release: the clock stands while the background does it, however long that takes.
            for call in Call::ALL.into_iter().filter(|call| *call != Call::Release) {
                stage.store.inject(call, Fault::Delay(Duration::from_millis(millis)));
            }

            let call = ask_tagged(function, "key", "tag", async { 1 });
            assert_eq!(stage.start(call).end(&stage.clock).0, 1);

            eventually("the lease is free", || stage.lease_is_free("key"));
            assert!(stage.clock.now().as_millis() < 3000, "it is not its life that has ended");
        }
    }
}

#[test]
fn a_value_with_too_many_tags_is_returned_and_counted() {
    let (stage, function) = (Stage::new(), function("shared"));
    let tagged = |tags: usize| {
        let lookup = function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text("key"));
        let Lookup::Miss(mut miss) = lookup else { panic!("nothing is stored") };
        for tag in 0..tags {
            miss = miss.tag(|out| out.text(&tag.to_string()));
        }
        miss.compute(|| 1)
    };

    let (too_many, enough) =
        stage.caches.clone().scope_blocking(|| (tagged(TAG_LIMIT + 1), tagged(TAG_LIMIT)));

    let stats = stage.stats("shared");
    assert_eq!((too_many, enough), (1, 1));
    assert_eq!((stats.too_large, stats.errors, stats.fills), (1, 0, 1));
}

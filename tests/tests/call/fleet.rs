//! Several processes that share a store: one computes, the others wait for its value.
//!
//! Each process is a set of caches of its own over one store, so that their flights do not meet.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::call::{DEFAULT_WAIT, Function, LEASE_LIFE};
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{ErrorKind, Timeout, force_refresh};

use crate::leases::pass_seconds;
use crate::stage::{
    Bodies, STEP, Stage, Steps, ask, ask_blocking, ask_tagged, eventually, function, leaked, now, poll_all,
    settle,
};

/// The longest pause of one who waits for another process.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn fleet() -> Vec<Stage> {
    let first = Stage::new();
    let others: Vec<_> = (0..3).map(|_| first.another_process()).collect();
    std::iter::once(first).chain(others).collect()
}

/// Polls until all have ended; the clock moves meanwhile.
fn end_all<T>(stage: &Stage, mut steps: Vec<Steps<'_, T>>) -> (Vec<T>, Duration) {
    let begun = stage.clock.now();
    let mut ended = Vec::new();
    while !steps.is_empty() {
        ended.extend(poll_all(&mut steps));
        assert!(stage.clock.now().since(begun) < Duration::from_mins(2), "they wait without end");
        if !steps.is_empty() {
            stage.clock.advance(STEP);
        }
    }
    (ended, stage.clock.now().since(begun))
}

#[test]
fn four_processes_run_one_body() {
    let (fleet, bodies, function) = (fleet(), Bodies::new(), function("shared"));
    let mut callers: Vec<_> =
        (0..100).map(|index: usize| fleet[index % 4].start(ask(function, "key", bodies.run(7)))).collect();
    assert!(poll_all(&mut callers).is_empty());
    assert_eq!(bodies.begun(), 1);

    bodies.finish();
    let (values, time) = end_all(&fleet[0], callers);

    assert_eq!((values, bodies.begun()), (vec![7; 100], 1));
    assert!(time <= PAUSE + STEP, "{time:?}");
    assert!(fleet[0].lease_is_free("key"));
    assert_eq!(fleet.iter().map(|process| process.stats("shared").fills).sum::<u64>(), 1);
}

#[test]
fn threads_of_four_processes_run_one_body() {
    let (fleet, bodies, function) = (fleet(), Bodies::new(), function("shared"));
    let threads: Vec<_> = (0..40)
        .map(|index: usize| {
            let (caches, bodies) = (fleet[index % 4].caches.clone(), Arc::clone(&bodies));
            let call = move || ask_blocking(function, "key", || bodies.run_blocking(7));
            std::thread::spawn(move || caches.scope_blocking(call))
        })
        .collect();
    let waiting = || fleet.iter().map(|process| process.stats("shared").waits).sum::<u64>();
    eventually("the others wait", || waiting() == 39);

    bodies.finish();
    // Until then the clock stands still: moved faster than threads run, it would end the lease.
    let fills = || fleet.iter().map(|process| process.stats("shared").fills).sum::<u64>();
    eventually("the value is stored", || fills() == 1);
    // Those who wait ask again within PAUSE, and then find it; not so far that they would give up.
    let all_have_it = || threads.iter().all(std::thread::JoinHandle::is_finished);
    for _ in 0..DEFAULT_WAIT.as_secs() * 4 {
        fleet[0].clock.advance(PAUSE);
        (0..1000).take_while(|_| !all_have_it()).for_each(|_| std::thread::yield_now());
    }
    eventually("all have their value", all_have_it);

    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 7));
    assert_eq!(bodies.begun(), 1);
}

#[test]
fn one_takes_over_when_the_holder_dies() {
    let (fleet, dying, bodies, function) = (fleet(), Bodies::new(), Bodies::new(), function("shared"));
    let mut holder = fleet[0].start(ask(function, "key", dying.run(1)));
    assert!(holder.poll().is_none());
    // A process that is killed neither extends nor releases.
    fleet[0].store.inject(Call::Extend, Fault::Fail(ErrorKind::Unavailable));
    fleet[0].store.inject(Call::Release, Fault::Fail(ErrorKind::Unavailable));
    drop(holder);
    eventually("the release was lost", || fleet[0].store.calls(Call::Release) == 1);
    fleet[0].store.heal();
    let mut others: Vec<_> =
        fleet[1..].iter().map(|process| process.start(ask(function, "key", bodies.run(2)))).collect();
    assert!(poll_all(&mut others).is_empty());
    assert_eq!(bodies.begun(), 0);

    let begun = fleet[0].clock.now();
    while bodies.begun() == 0 {
        fleet[0].clock.advance(STEP);
        assert!(poll_all(&mut others).is_empty());
    }
    let waited = fleet[0].clock.now().since(begun);
    bodies.finish();
    let (values, _) = end_all(&fleet[0], others);

    assert!(waited <= LEASE_LIFE + PAUSE, "{waited:?}");
    assert_eq!((values, bodies.begun()), (vec![2; 3], 1));
}

#[test]
fn one_of_those_who_wait_takes_over_from_a_holder_that_is_late() {
    let (fleet, stuck, bodies, function) = (fleet(), Bodies::new(), Bodies::new(), function("shared"));
    let mut holder = fleet[0].start(ask(function, "key", stuck.run(1)));
    assert!(holder.poll().is_none());
    let mut others: Vec<_> =
        fleet[1..].iter().map(|process| process.start(ask(function, "key", bodies.run(2)))).collect();
    assert!(poll_all(&mut others).is_empty());

    // Alive, so its lease is extended; late, so it is taken.
    for _ in 0..DEFAULT_WAIT.as_secs() - 1 {
        pass_seconds(&fleet[0], 1);
        assert!(poll_all(&mut others).is_empty());
        assert_eq!(bodies.begun(), 0);
    }
    let begun = fleet[0].clock.now();
    while bodies.begun() == 0 {
        fleet[0].clock.advance(STEP);
        assert!(poll_all(&mut others).is_empty());
    }
    let waited = fleet[0].clock.now().since(begun);
    bodies.finish();
    let (values, _) = end_all(&fleet[0], others);
    stuck.finish();

    assert!(waited <= Duration::from_secs(1) + PAUSE, "{waited:?}");
    assert_eq!((values, bodies.begun()), (vec![2; 3], 1), "one takes over, and no more");
    assert_eq!(holder.now(), 1);
    assert_eq!(now(fleet[0].cache("shared").get("key")).unwrap(), Some(2_u64), "only the holder fills");
    assert_eq!(fleet[0].stats("shared").refused_fills, 1);
}

#[test]
fn callers_in_the_process_of_one_that_takes_over_wait_for_it() {
    let (fleet, stuck, bodies, function) = (fleet(), Bodies::new(), Bodies::new(), function("shared"));
    let mut holder = fleet[0].start(ask(function, "key", stuck.run(1)));
    assert!(holder.poll().is_none());
    let mut others: Vec<_> = (0..20).map(|_| fleet[1].start(ask(function, "key", bodies.run(2)))).collect();
    assert!(poll_all(&mut others).is_empty());

    for _ in 0..=DEFAULT_WAIT.as_secs() {
        pass_seconds(&fleet[0], 1);
        assert!(poll_all(&mut others).is_empty());
    }
    bodies.finish();
    let (values, _) = end_all(&fleet[0], others);

    assert_eq!((values, bodies.begun()), (vec![2; 20], 1));
}

/// Fills the key, lets `spoil` make its entry useless, and counts the bodies of one call in each process.
fn bodies_after(spoil: impl FnOnce(&Stage)) -> (u64, Vec<u64>) {
    let (fleet, bodies, function) = (fleet(), Bodies::new(), function("shared"));
    fleet[0].run(ask_tagged(function, "key", "tag", async { 1 }));
    spoil(&fleet[0]);
    let mut callers: Vec<_> = fleet
        .iter()
        .map(|process| process.start(ask_tagged(function, "key", "tag", bodies.run(2))))
        .collect();
    assert!(poll_all(&mut callers).is_empty());
    bodies.finish();
    let (values, _) = end_all(&fleet[0], callers);
    (bodies.begun(), values)
}

#[test]
fn an_invalidated_tag_leads_to_one_body_in_the_fleet() {
    let invalidate = |stage: &Stage| now(stage.cache("shared").invalidate_tag("tag")).unwrap();

    assert_eq!(bodies_after(invalidate), (1, vec![2; 4]));
}

#[test]
fn an_unreadable_entry_leads_to_one_body_in_the_fleet() {
    let of_another_type = |stage: &Stage| {
        now(stage.cache("shared").set("key", &"text".to_owned(), Timeout::Never)).unwrap();
    };

    assert_eq!(bodies_after(of_another_type), (1, vec![2; 4]));
}

#[test]
fn a_refresh_takes_the_lease_and_the_older_value_stays_out() {
    let (fleet, old, function) = (fleet(), Bodies::new(), function("shared"));
    let mut older = fleet[0].start(ask(function, "key", old.run(1)));
    assert!(older.poll().is_none());

    let refreshed = fleet[1].start(force_refresh(ask(function, "key", async { 2 }))).now();
    old.finish();

    assert_eq!((refreshed, older.now()), (2, 1));
    assert_eq!(now(fleet[2].cache("shared").get("key")).unwrap(), Some(2_u64));
    assert_eq!(fleet[0].stats("shared").refused_fills, 1);
}

#[test]
fn a_fill_that_outlives_the_records_of_its_tags_is_stored() {
    let (stage, bodies) = (Stage::new(), Bodies::new());
    let function = leaked(Function::new("tests::brief").cache("shared").timeout(Timeout::secs(1)));
    let mut leader = stage.start(ask_tagged(function, "key", "tag", bodies.run(1)));
    assert!(leader.poll().is_none());

    pass_seconds(&stage, 5);
    bodies.finish();

    assert_eq!(leader.now(), 1);
    let stats = stage.stats("shared");
    assert_eq!((stats.fills, stats.refused_fills), (1, 0), "a body may take longer than its value lives");
}

#[test]
fn waiting_for_another_process_does_not_use_up_the_budget() {
    let (fleet, bodies, none, function) = (fleet(), Bodies::new(), Bodies::open(), function("shared"));
    let mut holder = fleet[0].start(ask(function, "key", bodies.run(1)));
    assert!(holder.poll().is_none());
    fleet[0].store.inject(Call::Acquire, Fault::Delay(STEP * 2));
    let mut waiter = fleet[1].start(ask(function, "key", none.run(2)));

    // The waiter gives up after five seconds; until then it has asked twenty times and more.
    for _ in 0..4 {
        let before = fleet[0].store.calls(Call::Extend);
        for _ in 0..100 {
            assert!(waiter.poll().is_none(), "many answers of 20 ms are no failure");
            fleet[0].clock.advance(STEP);
        }
        eventually("the lease is extended", || fleet[0].store.calls(Call::Extend) > before);
    }
    bodies.finish();

    assert_eq!(holder.now(), 1);
    assert_eq!((waiter.end(&fleet[0].clock).0, none.begun()), (1, 0));
    assert_eq!(fleet[1].stats("shared").errors, 0);
}

#[test]
fn settled_flights_leave_nothing_in_any_process() {
    let (fleet, bodies, function) = (fleet(), Bodies::open(), function("shared"));
    let callers: Vec<_> =
        fleet.iter().map(|process| process.start(ask(function, "key", bodies.run(1)))).collect();

    let (values, waiting) = settle(callers);

    assert_eq!((values, waiting.len(), bodies.begun()), (vec![1; 4], 0, 1));
    assert!(fleet.iter().all(|process| process.flights("shared") == 0));
}

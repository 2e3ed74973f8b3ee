//! Invalidations that a store has missed: what they cover is not read, and they reach it when it is well again.

use std::pin::pin;
use std::sync::Arc;

use cache_runtime::backend::Capability;
use cache_runtime::base::event::CircuitState;
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{ErrorKind, Timeout, cached};
use cache_tests::eventually;
use futures_util::{FutureExt, poll};

use crate::stage::{FAILURES, LONG, PAUSE, Stage};

/// The most keys that are kept one by one.
const KEYS: usize = 10_000;

pub(crate) const LOST: Fault = Fault::Fail(ErrorKind::Unavailable);

#[cached(key = "tagged", tags = ["tag"], timeout = 3600)]
pub(crate) async fn tagged() -> i32 {
    7
}

/// The store has not heard that "key" is deleted, and does not answer whoever tells it.
async fn miss_a_deletion_whose_delivery_hangs(stage: &Stage) {
    stage.store.inject_once(Call::Delete, LOST);
    stage.cache.delete("key").await.unwrap_err();
    stage.store.inject_once(Call::DeleteMany, Fault::Hang);
}

#[tokio::test]
async fn a_key_that_could_not_be_deleted_is_not_read() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject(Call::Delete, LOST);
    stage.store.inject(Call::DeleteMany, LOST);

    let error = stage.cache.delete("key").await.unwrap_err();
    // The delivery fails as well, and so does what comes after it.
    let read = stage.cache.get::<i32>("key").await;

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!matches!(read, Ok(Some(_))));
    assert_eq!(stage.state().pending, 1);
    assert_eq!(stage.other().cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_deletion_reaches_the_store_before_the_next_operation() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open().await;
    stage.cache.delete("key").await.unwrap_err();
    stage.recover();

    stage.cache.get::<i32>("another").await.unwrap();

    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
    assert_eq!((stage.state().pending, stage.state().delivered), (0, 1));
}

#[tokio::test]
async fn what_is_set_after_a_recovery_stays() {
    let stage = Stage::new();
    stage.open().await;
    stage.cache.delete("key").await.unwrap_err();
    stage.recover();

    stage.cache.set("key", &2, LONG).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(2));
    assert_eq!(stage.other().cache.get("key").await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_clear_that_was_missed_covers_every_key_until_it_is_delivered() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open().await;
    stage.cache.clear().await.unwrap_err();
    stage.recover();

    let read = stage.cache.get::<i32>("key").await.unwrap();

    assert_eq!(read, None);
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_whose_invalidation_was_missed_is_invalid_for_everyone_afterwards() {
    let stage = Stage::new();
    stage.caches.clone().scope(tagged()).await;
    assert_eq!(stage.cache.get("tagged").await.unwrap(), Some(7));
    stage.open().await;
    stage.cache.invalidate_tag("tag").await.unwrap_err();
    stage.recover();

    assert_eq!(stage.cache.get::<i32>("tagged").await.unwrap(), None);
    assert_eq!(stage.other().cache.get::<i32>("tagged").await.unwrap(), None);
}

#[tokio::test]
async fn a_set_that_fails_takes_the_old_value_away() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Set, LOST);

    stage.cache.set("key", &2, LONG).await.unwrap_err();

    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_set_of_a_tagged_function_that_fails_takes_the_old_value_away() {
    let stage = Stage::new();
    stage.caches.clone().scope(tagged()).await;
    stage.open().await;

    stage.caches.clone().scope(tagged::set(&8)).await.unwrap_err();
    stage.recover();

    assert_eq!(stage.cache.get::<i32>("tagged").await.unwrap(), None);
    assert_eq!(stage.other().cache.get::<i32>("tagged").await.unwrap(), None);
}

#[tokio::test]
async fn a_deletion_whose_caller_goes_away_is_made_up_for() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Delete, Fault::Hang);

    assert!(stage.cache.delete("key").now_or_never().is_none());

    assert_eq!(stage.state().pending, 1);
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn what_another_is_delivering_is_not_read_meanwhile() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    miss_a_deletion_whose_delivery_hangs(&stage).await;
    let mut delivering = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut delivering).is_pending());

    let read = stage.cache.get::<i32>("key").await.unwrap();

    assert_eq!(read, None);
    assert_eq!(stage.other().cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn what_another_delivers_while_the_store_answers_is_not_taken_from_that_answer() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    miss_a_deletion_whose_delivery_hangs(&stage).await;
    let mut delivering = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut delivering).is_pending());
    stage.store.inject_once(Call::GetMany, Fault::DelayAnswer(PAUSE));
    stage.store.inject_once(Call::Keys, Fault::DelayAnswer(PAUSE));
    let mut many = pin!(stage.cache.get_many::<i32, _>(["key"]));
    let mut keys = pin!(stage.cache.keys());
    assert!(poll!(&mut many).is_pending() && poll!(&mut keys).is_pending());

    stage.store.heal();
    delivering.await.unwrap();
    stage.clock.advance(PAUSE);

    assert_eq!(stage.state().pending, 0);
    assert!(many.await.unwrap().is_empty());
    assert!(keys.await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_that_a_clear_covers_is_read_while_another_delivers_it() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Clear, LOST);
    stage.cache.clear().await.unwrap_err();
    stage.store.inject_once(Call::Clear, Fault::Hang);
    let mut delivering = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut delivering).is_pending());

    let read = stage.cache.get::<i32>("key").await.unwrap();

    assert_eq!(read, None);
    assert_eq!(stage.other().cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn what_is_set_while_another_delivers_is_read_at_once() {
    let stage = Stage::new();
    miss_a_deletion_whose_delivery_hangs(&stage).await;
    let mut delivering = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut delivering).is_pending());

    stage.cache.set("key", &2, LONG).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(2));
}

#[tokio::test]
async fn what_is_missed_while_another_delivers_is_not_taken_for_delivered() {
    let stage = Stage::new();
    miss_a_deletion_whose_delivery_hangs(&stage).await;
    let mut delivering = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut delivering).is_pending());

    stage.store.inject_once(Call::Delete, LOST);
    stage.cache.delete("key").await.unwrap_err();
    stage.store.heal();
    delivering.await.unwrap();

    assert_eq!(stage.state().pending, 1);
}

#[tokio::test]
async fn a_computation_for_a_key_that_awaits_its_deletion_is_answered_and_not_stored() {
    let stage = Stage::new();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject(Call::Delete, LOST);
    stage.store.inject(Call::DeleteMany, LOST);
    stage.cache.delete("key").await.unwrap_err();

    let computed = stage.cache.get_or_set("key", LONG, || async { 2 }).await;

    assert_eq!(computed, 2);
    assert_eq!(stage.other().cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn too_many_missed_deletions_become_a_clear() {
    let stage = Stage::new();
    stage.cache.set("bystander", &1, LONG).await.unwrap();
    stage.cache.set(KEYS.to_string(), &1, LONG).await.unwrap();
    stage.open().await;

    stage.cache.delete_many((0..=KEYS).map(|number| number.to_string())).await.unwrap_err();
    let overflowing = stage.state();
    stage.recover();
    let bystander = stage.cache.get::<i32>("bystander").await.unwrap();

    assert_eq!((overflowing.pending, overflowing.overflows), (KEYS as u64 + 1, 1));
    assert_eq!(bystander, None);
    assert_eq!(stage.other().cache.get::<i32>(KEYS.to_string()).await.unwrap(), None);
}

#[tokio::test]
async fn all_of_many_missed_deletions_are_delivered_by_the_calls_that_follow() {
    let stage = Stage::new();
    stage.open().await;
    stage.cache.delete_many((0..2000).map(|number| number.to_string())).await.unwrap_err();
    stage.recover();

    for _ in 0..4 {
        stage.cache.get::<i32>("another").await.unwrap();
    }

    assert_eq!((stage.state().pending, stage.state().delivered), (0, 2000));
}

/// A clear was missed, and takes far longer than a caller waits; one caller has found that out.
async fn miss_a_clear_that_takes_long(stage: &Stage) {
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.store.inject_once(Call::Clear, LOST);
    stage.cache.clear().await.unwrap_err();
    stage.store.inject(Call::Clear, Fault::Delay(10 * PAUSE));
    let mut first = pin!(stage.cache.get::<i32>("another"));
    assert!(poll!(&mut first).is_pending());
    stage.clock.advance(Capability::USUAL_LIMIT);
    first.await.unwrap_err();
}

#[tokio::test]
async fn a_clear_that_takes_longer_than_callers_wait_is_waited_for_by_one_and_delivered() {
    let stage = Stage::new();
    miss_a_clear_that_takes_long(&stage).await;

    for _ in 0..3 * FAILURES {
        assert_eq!(stage.cache.get::<i32>("key").now_or_never().unwrap().unwrap(), None);
    }
    let_time_pass_until(&stage, "it is delivered", || stage.state().pending == 0);

    assert_eq!((stage.state().delivered, stage.circuit()), (1, CircuitState::Closed));
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn what_awaits_its_invalidation_is_no_failure_of_the_store() {
    let stage = Stage::new();
    miss_a_clear_that_takes_long(&stage).await;

    for _ in 0..3 * FAILURES {
        let error = stage.cache.incr("key", 1).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    assert_eq!(stage.circuit(), CircuitState::Closed);
}

#[tokio::test]
async fn a_part_of_a_delivery_that_was_done_is_not_done_again() {
    let stage = Stage::new();
    let versions = [2, 3, 4].map(|version| stage.cache.with_version(version));
    stage.open().await;
    for version in &versions {
        version.clear().await.unwrap_err();
    }
    stage.store.heal();
    stage.store.inject(Call::Clear, Fault::Delay(40 * PAUSE));

    let_time_pass_until(&stage, "all are delivered", || stage.state().pending == 0);

    assert_eq!(stage.state().delivered, 3);
}

/// A stage of a process that has missed an invalidation of `key`, and asks for nothing any more.
async fn idle_stage() -> Stage {
    let stage = Stage::new();
    stage.cache.set("key", &1, Timeout::Never).await.unwrap();
    stage.store.inject_once(Call::Delete, LOST);
    stage.cache.delete("key").await.unwrap_err();
    stage
}

/// Lets the time pass in which an idle process delivers: the thread that does waits when it is given the processor.
fn let_time_pass_until(stage: &Stage, what: &str, is_so: impl Fn() -> bool) {
    eventually(what, || {
        stage.clock.advance(PAUSE);
        is_so()
    });
}

#[tokio::test]
async fn a_process_that_asks_for_nothing_delivers_all_the_same() {
    let stage = idle_stage().await;

    let_time_pass_until(&stage, "it is delivered", || stage.state().pending == 0);

    assert_eq!(stage.state().delivered, 1);
    assert_eq!(stage.other().cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn an_idle_process_delivers_all_of_many() {
    let stage = Stage::new();
    stage.open().await;
    stage.cache.delete_many((0..2000).map(|number| number.to_string())).await.unwrap_err();
    stage.store.heal();

    let_time_pass_until(&stage, "all are delivered", || stage.state().pending == 0);

    assert_eq!((stage.state().delivered, stage.circuit()), (2000, CircuitState::Closed));
}

#[tokio::test]
async fn an_idle_process_tries_again_where_the_store_fails_hangs_or_panics() {
    for fault in [LOST, Fault::Hang, Fault::Panic] {
        let stage = idle_stage().await;
        stage.store.inject(Call::DeleteMany, fault.clone());

        let_time_pass_until(&stage, "it was tried twice", || stage.store.calls(Call::DeleteMany) >= 2);
        let pending = stage.state().pending;
        stage.store.heal();
        let_time_pass_until(&stage, "it is delivered", || stage.state().pending == 0);

        assert_eq!((pending, stage.state().delivered), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_missed_after_a_delivery_is_delivered_too() {
    let stage = idle_stage().await;
    let_time_pass_until(&stage, "it is delivered", || stage.state().pending == 0);

    stage.store.inject_once(Call::Delete, LOST);
    stage.cache.delete("key").await.unwrap_err();
    let_time_pass_until(&stage, "the second is delivered", || stage.state().pending == 0);

    assert_eq!(stage.state().delivered, 2);
}

#[tokio::test]
async fn nothing_delivers_any_more_when_the_cache_is_dropped() {
    let Stage { caches, cache, store, clock } = idle_stage().await;

    drop((caches, cache));

    eventually("nobody holds the store", || Arc::strong_count(&store) == 1);
    clock.advance(10 * PAUSE);
    assert_eq!(store.calls(Call::DeleteMany), 0);
}

//! A cache that answers for another: from the moment its store is left alone, and with nothing of earlier outages.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::backend::{Backend, Capability};
use cache_runtime::testing::{Call, Fault, FaultyBackend, TestClock};
use cache_runtime::{Caches, ErrorKind, force_refresh};
use cache_tests::eventually;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;

use crate::stage::{FAILURES, LONG, PAUSE, Stage};

/// A store that fails at the test's word, and memory to answer for it.
fn stage() -> Stage {
    let clock = TestClock::new();
    let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());
    let custom = Custom::new(Arc::clone(&store) as Arc<dyn Backend>).fallback("local");
    let caches = Caches::builder().clock(clock.clock()).add("default", custom).add("local", Memory::new());
    let caches = caches.build().unwrap();
    let cache = caches.get("default").unwrap();
    Stage { caches, cache, store, clock }
}

/// A store that fails at the test's word, and another that is shared to answer for it.
fn shared_stage() -> (Stage, Arc<FaultyBackend>) {
    let clock = TestClock::new();
    let [store, other] = [0; 2].map(|_| Arc::new(FaultyBackend::memory(&clock.clock()).as_shared()));
    let custom = Custom::new(Arc::clone(&store) as Arc<dyn Backend>).fallback("other");
    let behind = Custom::new(Arc::clone(&other) as Arc<dyn Backend>).key_prefix("other");
    let caches = Caches::builder().clock(clock.clock()).add("default", custom).add("other", behind);
    let caches = caches.build().unwrap();
    let cache = caches.get("default").unwrap();
    (Stage { caches, cache, store, clock }, other)
}

fn refusal(toml: &str) -> String {
    Caches::from_toml(toml).map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn values_are_kept_there_during_an_outage() {
    let stage = stage();
    stage.open_quietly().await;

    stage.cache.set("key", &1, LONG).await.unwrap();
    let first = stage.cache.get_or_set("computed", LONG, || async { 2 }).await;
    let second = stage.cache.get_or_set("computed", LONG, || async { 3 }).await;

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
    assert_eq!((first, second), (2, 2));
    assert!(stage.state().fallbacks > 0);
}

#[tokio::test]
async fn an_invalidation_reaches_it_too() {
    let stage = stage();
    stage.open_quietly().await;
    stage.cache.set("key", &1, LONG).await.unwrap();

    let error = stage.cache.delete("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn what_was_refreshed_there_takes_the_older_value_of_the_store_away() {
    let stage = stage();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open_quietly().await;

    force_refresh(stage.cache.get_or_set("key", LONG, || async { 2 })).await;
    let during = stage.cache.get::<i32>("key").await.unwrap();
    stage.recover();

    assert_eq!(during, Some(2));
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn nothing_of_earlier_outages_is_served_however_many_versions_there_are() {
    let stage = stage();
    let versions: Vec<_> = (1..=300).map(|version| stage.cache.with_version(version)).collect();
    stage.open_quietly().await;
    for version in &versions {
        version.set("key", &1, LONG).await.unwrap();
    }
    stage.recover();
    stage.cache.get::<i32>("key").await.unwrap();

    stage.open_quietly().await;

    for version in &versions {
        assert_eq!(version.get::<i32>("key").await.unwrap(), None);
    }
}

#[tokio::test]
async fn one_failure_is_no_outage_yet() {
    let stage = stage();
    stage.store.inject_once(Call::Get, Fault::Fail(ErrorKind::Unavailable));

    let error = stage.cache.get::<i32>("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(stage.state().fallbacks, 0);
}

#[tokio::test]
async fn nothing_of_an_earlier_outage_is_read() {
    let stage = stage();
    stage.open_quietly().await;
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.recover();
    stage.cache.delete("key").await.unwrap();

    stage.open_quietly().await;

    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
}

#[tokio::test]
async fn the_store_itself_answers_after_the_recovery() {
    let stage = stage();
    stage.cache.set("key", &1, LONG).await.unwrap();
    stage.open_quietly().await;
    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    stage.recover();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

#[test]
fn an_alias_that_does_not_exist_is_an_error() {
    let said = refusal("[caches.a]\nbackend = \"redis\"\nlocation = \"redis://h\"\nfallback = \"defualt\"\n");

    assert!(said.contains("the fallback of `a`: unknown alias `defualt`"), "{said}");
}

#[test]
fn a_circle_is_an_error() {
    let table = |alias: &str, fallback: &str| {
        format!(
            "[caches.{alias}]\nbackend = \"redis\"\nlocation = \"redis://h\"\nfallback = \"{fallback}\"\n"
        )
    };

    for toml in [table("a", "a"), table("a", "b") + &table("b", "a")] {
        assert!(refusal(&toml).contains("leads in a circle"), "{toml}");
    }
}

#[test]
fn a_store_that_cannot_fail_needs_none() {
    let said = refusal("[caches.a]\nbackend = \"memory\"\nfallback = \"default\"\n");

    assert!(said.contains("does not fail"), "{said}");
}

#[test]
fn a_url_can_name_one() {
    let caches = Caches::builder().add("local", Memory::new());

    let caches = caches.add_url("shared", "redis://localhost/1?fallback=local").unwrap().build().unwrap();

    assert!(caches.get("shared").is_ok());
}

#[test]
fn a_fallback_in_a_shared_store_has_keys_of_its_own() {
    let table = |prefix: &str| {
        format!(
            "[caches.a]\nbackend = \"redis\"\nlocation = \"redis://h\"\nfallback = \"b\"\n\
             [caches.b]\nbackend = \"redis\"\nlocation = \"redis://other\"\nkey_prefix = \"{prefix}\"\n"
        )
    };
    let first = |prefix: &str| Caches::from_toml(&table(prefix)).unwrap().build().unwrap().get("a").map(drop);

    let said = first("").unwrap_err().to_string();

    assert!(said.contains("the entries of `b` would be mixed with those of `a`"), "{said}");
    first("b").unwrap();
}

#[test]
fn what_answers_for_two_caches_keeps_their_entries_apart() {
    let table = |alias: &str, prefix: &str| {
        format!(
            "[caches.{alias}]\nbackend = \"redis\"\nlocation = \"redis://{alias}\"\nfallback = \"default\"\n\
             key_prefix = \"{prefix}\"\n"
        )
    };

    let said = refusal(&(table("users", "site") + &table("pages", "site")));

    assert!(said.contains("`default` answers for `pages` and for `users`"), "{said}");
    assert!(Caches::from_toml(&(table("users", "u") + &table("pages", "p"))).is_ok());
}

#[tokio::test]
async fn a_fallback_that_is_slow_to_empty_holds_nobody_up_and_answers_once_it_is_empty() {
    let (stage, other) = shared_stage();
    let slow = 3 * Capability::USUAL_LIMIT;
    other.inject(Call::Clear, Fault::Delay(slow));
    stage.break_store();
    let ask = |value: i32| stage.cache.get_or_set("key", LONG, move || async move { value });

    let mut waits = Vec::new();
    for value in 1..=FAILURES {
        let (begun, mut asked) = (stage.clock.now(), pin!(ask(i32::try_from(value).unwrap())));
        while poll!(&mut asked).is_pending() {
            stage.clock.advance(Duration::from_millis(10));
        }
        waits.push(stage.clock.now().since(begun));
    }
    eventually("the fallback answers", || {
        stage.clock.advance(PAUSE / 100);
        is_empty(&stage)
    });

    assert!(waits.iter().all(|wait| *wait <= Capability::USUAL_LIMIT), "{waits:?}");
    assert_eq!((ask(8).await, ask(9).await), (8, 8));
}

/// Whether the fallback can be asked.
fn is_empty(stage: &Stage) -> bool {
    stage.cache.get::<i32>("another").now_or_never().is_some_and(|found| found.is_ok())
}

#[tokio::test]
async fn a_lease_of_the_store_outlives_an_outage_in_which_another_answers() {
    let stage = stage();
    let (finish, finished) = oneshot::channel::<i32>();
    let mut leader =
        pin!(stage.cache.get_or_set("key", LONG, || async { finished.await.unwrap_or_default() }));
    assert!(poll!(&mut leader).is_pending());
    stage.open_quietly().await;
    let before = stage.state().fallbacks;
    eventually("the heartbeat is refused", || {
        stage.clock.advance(PAUSE / 100);
        stage.state().fallbacks > before
    });
    let asked = stage.store.calls(Call::Extend);

    stage.recover();
    eventually("it beats again", || {
        stage.clock.advance(PAUSE / 100);
        stage.store.calls(Call::Extend) > asked
    });

    finish.send(7).unwrap();
    assert_eq!(leader.await, 7);
}

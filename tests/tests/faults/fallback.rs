//! A cache that answers for another: from the moment its store is left alone, and with nothing of earlier outages.

use std::sync::Arc;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::testing::{Call, Fault, FaultyBackend, TestClock};
use cache_runtime::{Caches, ErrorKind};

use crate::stage::{LONG, Stage};

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

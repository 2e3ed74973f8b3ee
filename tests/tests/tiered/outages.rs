//! The front of a node whose store does not answer: it forgets at once what the store has yet to be told.

use cache_runtime::base::error::ErrorKind;
use cache_runtime::base::event::CircuitState;
use cache_runtime::cached;
use cache_runtime::testing::{Call, Fault};

use crate::stage::{Node, fleet};

const LOST: Fault = Fault::Fail(ErrorKind::Unavailable);

#[cached(key = "tagged", tags = ["tag"], timeout = 3600)]
async fn tagged() -> String {
    std::future::ready("old".to_owned()).await
}

/// The store fails, and its callers have noticed.
async fn cut_off(node: &Node) {
    node.line.inject_all(&LOST);
    for number in 0..5 {
        node.cache.get::<String>(&format!("absent:{number}")).await.unwrap_err();
    }
    assert_eq!(node.cache.stats().store.unwrap().circuit, CircuitState::Open);
}

#[tokio::test]
async fn what_is_in_front_is_served_while_the_store_is_left_alone() {
    let (here, _) = fleet().two_with("key", "value").await;

    cut_off(&here).await;

    assert_eq!(here.get("key").await.as_deref(), Some("value"));
}

#[tokio::test]
async fn a_key_whose_deletion_the_store_has_missed_is_not_served() {
    let (here, _) = fleet().two_with("key", "old").await;
    cut_off(&here).await;

    here.cache.delete("key").await.unwrap_err();

    assert!(!matches!(here.cache.get::<String>("key").await, Ok(Some(_))));
}

#[tokio::test]
async fn a_clear_that_the_store_has_missed_empties_the_front() {
    let (here, _) = fleet().two_with("key", "old").await;
    cut_off(&here).await;

    here.cache.clear().await.unwrap_err();

    assert!(!matches!(here.cache.get::<String>("key").await, Ok(Some(_))));
}

#[tokio::test]
async fn what_carries_a_tag_whose_invalidation_the_store_has_missed_is_not_served() {
    let here = fleet().node().await;
    here.caches.clone().scope(tagged()).await;
    here.caches
        .clone()
        .scope(async { assert_eq!(tagged::peek().await.unwrap().as_deref(), Some("old")) })
        .await;
    cut_off(&here).await;
    here.caches
        .clone()
        .scope(async { assert_eq!(tagged::peek().await.unwrap().as_deref(), Some("old")) })
        .await;

    here.cache.invalidate_tag("tag").await.unwrap_err();

    here.caches.clone().scope(async { assert!(!matches!(tagged::peek().await, Ok(Some(_)))) }).await;
}

#[tokio::test]
async fn a_missed_deletion_reaches_the_fronts_of_others_with_its_delivery() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;
    cut_off(&here).await;
    here.cache.delete("key").await.unwrap_err();
    here.line.heal();
    fleet.clock.advance(std::time::Duration::from_secs(1));

    here.cache.get::<String>("another").await.unwrap();
    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_deletion_of_which_the_others_cannot_be_told_is_an_error_and_made_up_for() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;
    here.line.inject(Call::Incr, LOST);

    let deleted = here.cache.delete("key").await;

    assert_eq!(deleted.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(here.cache.stats().store.unwrap().pending, 1);
    here.line.heal();
    here.cache.get::<String>("another").await.unwrap();
    there.listen().await;
    assert_eq!(there.get("key").await, None);
}

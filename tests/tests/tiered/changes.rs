//! A change on one node reaches the fronts of the others.

use std::time::Duration;

use cache_runtime::backend::{Backend, Front};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::{Call, Fault};

use crate::stage::{FRONT, TRUST, fleet};

#[tokio::test]
async fn a_set_reaches_the_front_of_another_node() {
    let (here, there) = fleet().two_with("key", "old").await;

    here.set("key", "new").await;
    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_set_of_many_reaches_the_front_of_another_node() {
    let (here, there) = fleet().two_with("key", "old").await;

    here.cache.set_many([("other", "new"), ("key", "new")], 60).await.unwrap();
    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_deletion_reaches_the_front_of_another_node() {
    let (here, there) = fleet().two_with("key", "old").await;

    here.cache.delete("key").await.unwrap();
    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_deletion_of_what_the_store_has_lost_reaches_the_front_of_another_node() {
    let (here, there) = fleet().two_with("key", "old").await;
    here.line.delete(":1:key").await.unwrap();

    assert!(!here.cache.delete("key").await.unwrap());
    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_deletion_of_many_reaches_the_front_of_another_node() {
    let (here, there) = fleet().two_with("key", "old").await;

    here.cache.delete_many(["other", "key"]).await.unwrap();
    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn clearing_reaches_the_front_of_another_node_and_spares_other_versions() {
    let (here, there) = fleet().two_with("key", "old").await;
    let other = there.cache.with_version(2);
    other.set("key", "other", 60).await.unwrap();
    other.get::<String>("key").await.unwrap();

    here.cache.clear().await.unwrap();
    there.listen().await;
    let asked = there.asked();

    assert_eq!(other.get::<String>("key").await.unwrap().as_deref(), Some("other"));
    assert_eq!(there.line.calls(Call::Get), asked, "the other version is still in front");
    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_touch_reaches_the_front_of_another_node() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;

    here.cache.touch("key", Duration::from_millis(500)).await.unwrap();
    there.listen().await;
    there.get("key").await;
    fleet.clock.advance(Duration::from_millis(500));

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn ones_own_change_is_seen_at_once() {
    let (here, _) = fleet().two_with("key", "old").await;

    here.set("key", "new").await;

    assert_eq!(here.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn ones_own_message_is_not_applied_again() {
    let (here, _) = fleet().two_with("key", "old").await;
    here.set("key", "new").await;
    here.get("key").await;

    here.listen().await;

    assert!(here.keeps("key").await);
}

#[tokio::test]
async fn a_miss_that_fills_tells_nobody() {
    let (here, there) = fleet().two_with("other", "value").await;
    let told = here.line.calls(Call::Incr);

    here.cache.get_or_set("key", 60, async || "value".to_owned()).await;
    there.listen().await;

    assert_eq!(here.line.calls(Call::Incr), told);
    assert!(there.keeps("other").await);
}

#[tokio::test]
async fn a_change_that_changes_nothing_tells_nobody() {
    let (here, _) = fleet().two_with("key", "value").await;
    let told = here.line.calls(Call::Incr);

    assert!(!here.cache.add("key", "another", 60).await.unwrap());
    assert!(!here.cache.touch("absent", 60).await.unwrap());

    assert_eq!(here.line.calls(Call::Incr), told);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_told_later() {
    let (here, there) = fleet().two_with("key", "old").await;
    here.line.inject_once(Call::Set, Fault::LoseAnswer(ErrorKind::TimedOut));

    here.cache.set("key", "new", 60).await.unwrap_err();
    here.listen().await;
    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
    // A `set` that was not confirmed takes the value away.
    assert_eq!(here.get("key").await, None);
    there.listen().await;
    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_write_that_cannot_be_told_is_an_error_and_told_later() {
    let (here, there) = fleet().two_with("key", "old").await;
    here.line.inject_once(Call::Incr, Fault::Fail(ErrorKind::Unavailable));

    here.cache.set("key", "new", FRONT).await.unwrap_err();
    here.listen().await;
    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_deletion_that_a_full_store_does_and_has_no_room_to_tell_is_heard_of_all_the_same() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;
    let full = Fault::Fail(ErrorKind::TooLarge);
    for line in [&here.line, &there.line] {
        line.inject(Call::Incr, full.clone());
        line.inject(Call::Add, full.clone());
    }

    here.cache.delete("key").await.unwrap();
    there.tier.listen().await.unwrap_err();
    fleet.clock.advance(TRUST);
    assert_eq!(there.get("key").await, None);

    here.line.heal();
    there.line.heal();
    there.listen().await;
    assert_eq!(there.get("key").await, None);
    here.set("key", "new").await;
    there.listen().await;
    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_write_whose_caller_goes_away_is_told_later() {
    let (here, there) = fleet().two_with("key", "old").await;
    here.line.inject(Call::Incr, Fault::Hang);
    let writing = here.cache.set("key", "new", 60);

    assert!(futures_util::FutureExt::now_or_never(writing).is_none());
    here.line.heal();
    here.listen().await;
    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn more_than_can_be_owed_is_told_as_a_change_of_everything() {
    let (here, there) = fleet().two_with("key", "old").await;
    here.line.inject(Call::Incr, Fault::Fail(ErrorKind::Unavailable));
    here.tier.delete(":1:key").await.unwrap_err();
    for number in 0..=cache_runtime::backend::tiered::OWED_AT_MOST {
        here.tier.delete(&format!(":1:other {number}")).await.unwrap_err();
    }

    here.line.heal();
    here.listen().await;
    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

/// The race of a reader with a change: it has read the old value before, and would keep it after.
#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    let (here, there) = fleet().two_with("key", "old").await;
    let tier = &there.tier;
    let space = tier.space(":1:");
    let seen = tier.generation(space, "key", ":1:key").unwrap();
    let (_, _) = tier.fetch(":1:key").await.unwrap().unwrap();
    let held = crate::model::held(1);

    here.cache.delete("key").await.unwrap();
    there.listen().await;
    tier.keep(space, "key", held, seen);

    assert!(tier.glance(space, b"key", there.now()).is_none());
}

/// The same on the node that makes the change.
#[tokio::test]
async fn what_was_read_before_ones_own_change_is_not_kept_after_it() {
    let (here, _) = fleet().two_with("key", "old").await;
    let space = here.tier.space(":1:");
    let seen = here.tier.generation(space, "key", ":1:key").unwrap();
    let held = crate::model::held(1);

    here.cache.delete("key").await.unwrap();
    here.tier.keep(space, "key", held, seen);

    assert!(here.tier.glance(space, b"key", here.now()).is_none());
}

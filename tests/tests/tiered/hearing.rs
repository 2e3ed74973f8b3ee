//! While the others are not heard, the front is trusted for a stated time only; afterwards it verifies.

use std::time::Duration;

use cache_runtime::backend::Backend;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::{Call, Fault};

use crate::stage::{TRUST, fleet};

const UNHEARD: Fault = Fault::Fail(ErrorKind::Unavailable);

#[tokio::test]
async fn a_node_that_has_heard_nothing_keeps_nothing() {
    let fleet = fleet();
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.set("key", "value").await;
    fleet.clock.advance(TRUST);

    there.get("key").await;

    assert!(!there.keeps("key").await);
}

#[tokio::test]
async fn the_front_is_served_for_a_stated_time_while_nothing_is_heard() {
    let fleet = fleet();
    let (_, there) = fleet.two_with("key", "value").await;
    there.line.inject_all(&UNHEARD);

    fleet.clock.advance(TRUST.saturating_sub(Duration::from_millis(1)));
    there.tier.listen().await.unwrap_err();

    assert!(there.keeps("key").await);
}

#[tokio::test]
async fn the_front_is_not_served_for_longer_while_nothing_is_heard() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;
    there.line.inject_all(&UNHEARD);
    here.set("key", "new").await;

    fleet.clock.advance(TRUST);
    there.tier.listen().await.unwrap_err();

    assert_eq!(there.cache.get::<String>("key").await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_did_not_change_meanwhile_is_served_again() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "value").await;
    fleet.clock.advance(TRUST * 2);
    here.set("other", "new").await;

    there.listen().await;

    assert!(there.keeps("key").await);
}

#[tokio::test]
async fn what_changed_meanwhile_is_not_served_again() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "old").await;
    fleet.clock.advance(TRUST * 2);
    here.set("key", "new").await;

    there.listen().await;

    assert_eq!(there.get("key").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_store_that_was_emptied_is_not_trusted_to_hold_what_it_held() {
    let (here, there) = fleet().two_with("key", "old").await;
    for key in here.line.keys("").await.unwrap() {
        here.line.delete(&key).await.unwrap();
    }
    here.set("other", "new").await;

    there.listen().await;

    assert_eq!(there.get("key").await, None);
}

#[tokio::test]
async fn a_gap_makes_the_front_ask_for_everything_again() {
    let (here, there) = fleet().two_with("key", "value").await;
    // Counted, and never written: its writer has died between the two.
    here.line.incr("~tier", 1).await.unwrap();
    here.set("other", "new").await;

    there.listen().await;
    there.listen().await;

    assert!(!there.keeps("key").await);
    assert!(there.keeps("key").await);
}

#[tokio::test]
async fn a_message_that_is_being_written_is_waited_for() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "value").await;
    here.line.inject(Call::Set, Fault::Hang);
    let mut telling = Box::pin(here.cache.delete("other"));
    assert!(futures_util::FutureExt::now_or_never(telling.as_mut()).is_none());

    there.listen().await;
    here.line.heal();
    telling.await.unwrap();
    there.listen().await;

    assert!(there.keeps("key").await);
}

#[tokio::test]
async fn while_a_message_is_waited_for_trust_does_not_go_on() {
    let fleet = fleet();
    let (here, there) = fleet.two_with("key", "value").await;
    here.line.incr("~tier", 1).await.unwrap();
    fleet.clock.advance(TRUST.saturating_sub(Duration::from_millis(1)));

    there.listen().await;
    fleet.clock.advance(Duration::from_millis(1));

    assert!(!there.keeps("key").await);
}

#[tokio::test]
async fn who_is_far_behind_asks_for_everything_again() {
    let (here, there) = fleet().two_with("key", "value").await;
    for _ in 0..=1000 {
        here.set("other", "new").await;
    }

    there.listen().await;

    assert!(!there.keeps("key").await);
}

#[tokio::test]
async fn a_message_of_another_release_makes_the_front_ask_for_everything_again() {
    let (here, there) = fleet().two_with("key", "value").await;
    let place = here.line.incr("~tier", 1).await.unwrap();
    let life = cache_runtime::base::entry::Life::Forever;
    here.line.set(&format!("~tier{place}"), "something new".into(), life).await.unwrap();

    there.listen().await;

    assert!(!there.keeps("key").await);
}

#[tokio::test]
async fn nothing_is_served_after_closing_until_something_is_heard() {
    let (_, there) = fleet().two_with("key", "value").await;

    there.cache.close().await.unwrap();

    assert!(!there.keeps("key").await);
}

//! The time of day: what several processes agree on, even when the clock is set.

use std::time::Duration;

use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::{Life, Ttl};
use cache_runtime::testing::TestClock;
use cache_tests::Folder;

use crate::stage::{patient, value};

const MINUTE: Life = Life::For(Duration::from_mins(1));

/// A store whose clock shows this much more than that of others begins with.
fn store_at(folder: &Folder, time: Duration) -> (SharedBackend, TestClock) {
    let clock = TestClock::new();
    clock.advance(time);
    (patient(folder.path()).build(&clock.clock()).unwrap(), clock)
}

#[tokio::test]
async fn processes_agree_on_when_an_entry_expires() {
    let folder = Folder::new();
    let (one, clock) = store_at(&folder, Duration::ZERO);
    one.set("key", value(), MINUTE).await.unwrap();

    let (two, _) = store_at(&folder, Duration::from_secs(59));
    let (three, _) = store_at(&folder, Duration::from_mins(1));

    assert_eq!(two.ttl("key").await.unwrap(), Some(Ttl::After(Duration::from_secs(1))));
    assert_eq!(three.ttl("key").await.unwrap(), None);
    clock.advance(Duration::from_mins(1));
    assert_eq!(one.get("key").await.unwrap(), None);
}

/// By more than a second, which clocks of one machine do not differ by.
#[tokio::test]
async fn an_entry_from_before_the_clock_was_set_back_is_a_miss() {
    let folder = Folder::new();
    let (before, _) = store_at(&folder, Duration::from_hours(1));
    before.set("key", value(), MINUTE).await.unwrap();

    let (after, _) = store_at(&folder, Duration::ZERO);

    assert_eq!(after.get("key").await.unwrap(), None);
    assert_eq!(after.ttl("key").await.unwrap(), None);
    assert_eq!(after.keys("").await.unwrap(), [""; 0]);
    assert!(after.add("key", value(), MINUTE).await.unwrap());
    assert!(after.get("key").await.unwrap().is_some());
}

/// The stated bound: it lives again for as long as the clock went back, and never past its own end.
#[tokio::test]
async fn an_expired_entry_lives_again_for_no_longer_than_the_clock_went_back() {
    let folder = Folder::new();
    let (before, clock) = store_at(&folder, Duration::ZERO);
    before.set("key", value(), MINUTE).await.unwrap();
    clock.advance(Duration::from_mins(1));
    assert_eq!(before.get("key").await.unwrap(), None);

    let (after, clock) = store_at(&folder, Duration::from_secs(50));

    assert_eq!(after.ttl("key").await.unwrap(), Some(Ttl::After(Duration::from_secs(10))));
    clock.advance(Duration::from_secs(10));
    assert_eq!(after.get("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_lease_from_before_the_clock_was_set_back_holds_up_nobody() {
    let folder = Folder::new();
    let (before, _) = store_at(&folder, Duration::from_hours(1));
    let life = Duration::from_secs(3);
    before.acquire("key", Token(1), life, Claim::IfAbsent, None).await.unwrap();

    let (after, _) = store_at(&folder, Duration::ZERO);
    let claimed = after.acquire("key", Token(2), life, Claim::IfAbsent, None).await.unwrap();

    assert_eq!(claimed, Acquired::Granted);
    assert!(!before.fill("key", Token(1), value(), MINUTE).await.unwrap());
    assert!(after.fill("key", Token(2), value(), MINUTE).await.unwrap());
}

#[tokio::test]
async fn incr_keeps_the_end_of_a_life_to_the_millisecond() {
    let folder = Folder::new();
    let (store, clock) = store_at(&folder, Duration::ZERO);
    store.set("key", bytes::Bytes::from_static(b"1"), MINUTE).await.unwrap();
    clock.advance(Duration::from_millis(12_345));

    store.incr("key", 1).await.unwrap();

    assert_eq!(store.ttl("key").await.unwrap(), Some(Ttl::After(Duration::from_millis(47_655))));
}

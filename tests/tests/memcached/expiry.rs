//! Lives end to the millisecond, though servers count seconds, and whatever the clocks of the nodes say.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Claim, SharedBackend, Token};
use cache_runtime::base::entry::{Life, Ttl};
use cache_runtime::testing::TestClock;
use cache_tests::MemcachedServer;

use crate::stage::{patient_options_over, store_at};

fn value() -> Bytes {
    Bytes::from_static(b"1")
}

/// A node whose clock is months from that of every other.
fn node_with_another_clock(server: &MemcachedServer) -> SharedBackend {
    patient_options_over(std::slice::from_ref(server)).build(&TestClock::new().clock()).unwrap()
}

/// How long an entry of this life is there, with the time that storing it takes.
async fn lasts(writer: &dyn Backend, reader: &dyn Backend, life: Duration) -> Duration {
    let start = Instant::now();
    writer.set("key", value(), Life::For(life)).await.unwrap();
    while reader.get("key").await.unwrap().is_some() {
        assert!(start.elapsed() < Duration::from_secs(20), "the entry does not expire");
    }
    start.elapsed()
}

#[tokio::test]
async fn a_life_ends_to_the_millisecond() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    for millis in [1, 20, 250, 1100] {
        let life = Duration::from_millis(millis);
        let lasted = lasts(&*store, &*store, life).await;

        let latest = life + Duration::from_millis(500); // of which a busy machine needs the most
        assert!(lasted <= latest && lasted + Duration::from_millis(5) >= life, "{life:?}: {lasted:?}");
    }
}

#[tokio::test]
async fn a_life_is_never_off_by_more_than_three_seconds_whatever_the_clocks_say() {
    let server = MemcachedServer::start();
    let (store, other) = (store_at(&server), node_with_another_clock(&server));
    let life = Duration::from_secs(4);

    for (writer, reader) in [(&store, &other), (&other, &store)] {
        let lasted = lasts(&**writer, &**reader, life).await;

        assert!(lasted.abs_diff(life) <= Duration::from_millis(3100), "{lasted:?}");
    }
}

#[tokio::test]
async fn a_long_life_is_seen_by_a_node_with_another_clock() {
    let server = MemcachedServer::start();
    let (store, other) = (store_at(&server), node_with_another_clock(&server));
    let hour = Duration::from_hours(1);

    store.set("key", value(), Life::For(hour)).await.unwrap();

    let Some(Ttl::After(left)) = other.ttl("key").await.unwrap() else { panic!("it is there, and ends") };
    assert!(left.abs_diff(hour) <= Duration::from_secs(4), "{left:?}");
    assert!(other.get("key").await.unwrap().is_some());
}

#[tokio::test]
async fn a_lease_is_respected_by_a_node_with_another_clock() {
    let server = MemcachedServer::start();
    let (store, other) = (store_at(&server), node_with_another_clock(&server));
    let minute = Duration::from_mins(1);

    store.acquire("key", Token(1), minute, Claim::IfAbsent, None).await.unwrap();

    let claimed = other.acquire("key", Token(2), minute, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(claimed, Acquired::Held(Token(1)));
    assert!(store.fill("key", Token(1), value(), Life::Forever).await.unwrap());
}

#[tokio::test]
async fn a_life_of_more_than_thirty_days_is_kept_as_a_date() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    let life = Duration::from_hours(24 * 400);

    store.set("key", value(), Life::For(life)).await.unwrap();

    let Some(Ttl::After(left)) = store.ttl("key").await.unwrap() else { panic!("it is there, and ends") };
    assert!(left <= life && life < left + Duration::from_mins(1), "{left:?}");
    assert!(store.get("key").await.unwrap().is_some());
}

#[tokio::test]
async fn a_life_past_the_last_date_of_the_protocol_is_taken_for_ever() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    store.set("key", value(), Life::For(Duration::from_hours(24 * 365 * 50))).await.unwrap();

    assert_eq!(store.ttl("key").await.unwrap(), Some(Ttl::Never));
}

#[tokio::test]
async fn be058_a_life_without_end_persists() {
    let server = MemcachedServer::start();
    let store = store_at(&server);

    store.set("key", value(), Life::For(Duration::from_secs(10))).await.unwrap();
    store.set("key", value(), Life::Forever).await.unwrap();

    assert_eq!(store.ttl("key").await.unwrap(), Some(Ttl::Never));
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, value());
}

#[tokio::test]
async fn counting_keeps_the_end_of_a_life_to_the_millisecond() {
    let server = MemcachedServer::start();
    let store = store_at(&server);
    store.set("key", Bytes::from_static(b"-50"), Life::For(Duration::from_mins(1))).await.unwrap();

    for _ in 0..100 {
        store.incr("key", 1).await.unwrap();
    }

    let Some(Ttl::After(left)) = store.ttl("key").await.unwrap() else { panic!("it is there, and ends") };
    assert!(left < Duration::from_mins(1) && left > Duration::from_secs(40), "{left:?}");
    assert_eq!(store.get("key").await.unwrap().unwrap().bytes, "50");
}

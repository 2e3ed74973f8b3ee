//! Whose clock counts: the database's.

use std::time::Duration;

use cache_runtime::base::entry::Ttl;
use cache_runtime::testing::TestClock;
use cache_runtime::{Cache, Caches, Timeout};

use crate::stage::{Place, on_every_engine};

on_every_engine!(a_node_whose_clock_is_an_hour_off_sees_what_others_see);

async fn a_node_whose_clock_is_an_hour_off_sees_what_others_see(place: Place) {
    place.store().await;
    let (slow, fast) = (TestClock::new(), TestClock::new());
    fast.advance(Duration::from_hours(1));
    let (slow, fast) = (node(&place, &slow), node(&place, &fast));

    slow.set("key", &1, Timeout::secs(60)).await.unwrap();
    fast.set("brief", &2, Timeout::millis(1)).await.unwrap();

    assert_eq!(fast.get("key").await.unwrap(), Some(1));
    let Some(Ttl::After(left)) = fast.ttl("key").await.unwrap() else { panic!("the entry has an end") };
    assert!(left <= Duration::from_mins(1) && left > Duration::from_secs(30), "{left:?}");
    crate::stage::eventually("what was brief is gone for all", async || {
        slow.get::<i32>("brief").await.unwrap().is_none() && fast.get::<i32>("brief").await.unwrap().is_none()
    })
    .await;
}

fn node(place: &Place, clock: &TestClock) -> Cache {
    let caches = Caches::builder().clock(clock.clock()).add("default", place.database());
    caches.build().unwrap().get("default").unwrap()
}

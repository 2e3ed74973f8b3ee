//! What keeps the table small, without anybody asking for it.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::testing::TestClock;

use crate::stage::{Place, eventually, on_every_engine, store};

on_every_engine!(
    expired_rows_leave_without_being_asked_for,
    the_bound_is_kept,
    what_expires_first_leaves_first,
    what_was_just_stored_is_there,
);

fn value() -> Bytes {
    Bytes::from_static(b"value")
}

async fn expired_rows_leave_without_being_asked_for(place: Place) {
    place.store().await;
    let clock = TestClock::new();
    let store = place.options().build(&clock.clock()).unwrap();
    let brief: Vec<_> = (0..700).map(|index| (format!("brief {index}"), value())).collect();
    store.set_many(&brief, Life::For(Duration::from_millis(1))).await.unwrap();
    store.set("lasting", value(), Life::Forever).await.unwrap();
    let hour = Duration::from_hours(1);
    let granted = store.acquire("leased", Token(1), hour, Claim::IfAbsent, None).await.unwrap();
    assert_eq!(granted, Acquired::Granted);

    eventually("the rows have left", async || {
        clock.advance(Duration::from_secs(30));
        place.rows().await == 2
    })
    .await;

    assert!(store.get("lasting").await.unwrap().is_some());
    assert!(store.fill("leased", Token(1), value(), Life::Forever).await.unwrap(), "a live lease stays");
}

async fn the_bound_is_kept(place: Place) {
    place.store().await;
    let mut options = place.options();
    options.max_entries = 600;
    let store = store(&options);

    for batch in 0..30 {
        let entries: Vec<_> = (0..100).map(|index| (format!("{batch}:{index}"), value())).collect();
        store.set_many(&entries, Life::Forever).await.unwrap();
    }

    eventually("no more than the bound and some per cent", async || {
        store.set("one more", value(), Life::Forever).await.unwrap();
        place.rows().await <= 700
    })
    .await;
    assert!(place.rows().await >= 400, "{}", place.rows().await);
}

async fn what_expires_first_leaves_first(place: Place) {
    place.store().await;
    let mut options = place.options();
    options.max_entries = 9;
    let store = store(&options);
    for index in 0..9 {
        let life = if index < 5 { Duration::from_mins(1) } else { Duration::from_hours(1) };
        store.set(&format!("k{index}"), value(), Life::For(life)).await.unwrap();
    }

    for index in 0..4 {
        store.set(&format!("new {index}"), value(), Life::For(Duration::from_hours(2))).await.unwrap();
    }

    eventually("the bound is kept", async || place.rows().await <= 9).await;
    for key in ["k5", "k6", "k7", "k8", "new 0", "new 3"] {
        assert!(store.get(key).await.unwrap().is_some(), "{key}");
    }
}

/// After each answer the bound is looked at, which is not to take what was stored meanwhile.
async fn what_was_just_stored_is_there(place: Place) {
    place.store().await;
    let mut options = place.options();
    options.max_entries = 1;
    let store = store(&options);

    for round in 0..100 {
        store.set("lasting", value(), Life::Forever).await.unwrap();
        let brief = format!("brief {round}");
        store.set(&brief, value(), Life::For(Duration::from_mins(1))).await.unwrap();

        assert!(store.get(&brief).await.unwrap().is_some(), "{brief}");
    }
}

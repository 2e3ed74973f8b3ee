//! When entries end, and what lengthens their lives.

use std::time::Duration;

use cache_runtime::{Timeout, Ttl};

use crate::stage::{LONG, SHORT, Stage, on_every_store};

const THIRTY_DAYS_AND_A_SECOND: Timeout = Timeout::secs(60 * 60 * 24 * 30 + 1);

on_every_store!(
    an_expired_entry_is_gone,
    an_expired_entry_makes_room_for_add,
    a_touched_entry_outlives_its_first_timeout,
    a_touched_entry_ends_at_its_new_timeout,
    touch_without_a_timeout_gives_the_default_of_the_cache,
    touching_a_missing_key_is_false,
    touch_revives_nothing,
    entries_set_together_expire_together,
    a_timeout_beyond_thirty_days_is_no_date,
    without_a_timeout_an_entry_stays,
    the_default_timeout_is_recorded,
);

async fn an_expired_entry_is_gone(stage: Stage) {
    // LL032 LL034
    stage.cache.set("key", &1, SHORT).await.unwrap();

    stage.pass(SHORT).await;

    assert_eq!(stage.cache.get::<i32>("key").await.unwrap(), None);
    assert!(!stage.cache.has_key("key").await.unwrap());
    assert_eq!(stage.cache.ttl("key").await.unwrap(), None);
}

async fn an_expired_entry_makes_room_for_add(stage: Stage) {
    // LL033
    stage.cache.set("key", &"value".to_owned(), SHORT).await.unwrap();

    stage.pass(SHORT).await;

    assert!(stage.cache.add("key", &"newvalue".to_owned(), LONG).await.unwrap());
    assert_eq!(stage.cache.get("key").await.unwrap(), Some("newvalue".to_owned()));
}

async fn a_touched_entry_outlives_its_first_timeout(stage: Stage) {
    // LL035
    stage.cache.set("key", &1, SHORT).await.unwrap();

    assert!(stage.cache.touch("key", LONG).await.unwrap());
    stage.pass(SHORT).await;

    assert!(stage.cache.has_key("key").await.unwrap());
}

async fn a_touched_entry_ends_at_its_new_timeout(stage: Stage) {
    // LL036
    stage.cache.set("key", &1, LONG).await.unwrap();

    stage.cache.touch("key", SHORT).await.unwrap();
    stage.pass(SHORT).await;

    assert!(!stage.cache.has_key("key").await.unwrap());
}

async fn touch_without_a_timeout_gives_the_default_of_the_cache(stage: Stage) {
    // LL037
    stage.cache.set("key", &1, SHORT).await.unwrap();

    assert!(stage.cache.touch("key", Timeout::Default).await.unwrap());
    stage.pass(SHORT).await;

    let Some(Ttl::After(left)) = stage.cache.ttl("key").await.unwrap() else {
        panic!("it is alive and mortal")
    };
    assert!(left > Duration::from_secs(200) && left <= Duration::from_mins(5), "{left:?}");
}

async fn touching_a_missing_key_is_false(stage: Stage) {
    // LL038
    assert!(!stage.cache.touch("key", LONG).await.unwrap());
    assert!(!stage.cache.has_key("key").await.unwrap());
}

async fn touch_revives_nothing(stage: Stage) {
    stage.cache.set("key", &1, SHORT).await.unwrap();
    stage.pass(SHORT).await;

    assert!(!stage.cache.touch("key", LONG).await.unwrap());
    assert!(!stage.cache.has_key("key").await.unwrap());
}

async fn entries_set_together_expire_together(stage: Stage) {
    // LL047
    stage.cache.set_many([("key1", &1), ("key2", &2)], SHORT).await.unwrap();

    stage.pass(SHORT).await;

    assert!(stage.cache.get_many::<i32, _>(["key1", "key2"]).await.unwrap().is_empty());
}

async fn a_timeout_beyond_thirty_days_is_no_date(stage: Stage) {
    // LL052 LL054
    stage.cache.set("key", &1, THIRTY_DAYS_AND_A_SECOND).await.unwrap();
    stage.cache.set_many([("key1", &1), ("key2", &2)], THIRTY_DAYS_AND_A_SECOND).await.unwrap();

    assert_eq!(stage.cache.get_many::<i32, _>(["key", "key1", "key2"]).await.unwrap().len(), 3);
}

async fn without_a_timeout_an_entry_stays(stage: Stage) {
    // LL055 LL057
    stage.cache.set("key", &1, Timeout::NEVER).await.unwrap();
    stage.cache.set_many([("key1", &1), ("key2", &2)], Timeout::NEVER).await.unwrap();

    assert_eq!(stage.cache.get_many::<i32, _>(["key", "key1", "key2"]).await.unwrap().len(), 3);
    assert_eq!(stage.cache.ttl("key1").await.unwrap(), Some(Ttl::Never));
}

async fn the_default_timeout_is_recorded(stage: Stage) {
    // LL113 LL114 LL116
    stage.cache.set("key", &1, Timeout::Default).await.unwrap();

    let Some(Ttl::After(left)) = stage.cache.ttl("key").await.unwrap() else { panic!("it is mortal") };
    assert!(left > Duration::from_secs(290) && left <= Duration::from_mins(5), "{left:?}");
}

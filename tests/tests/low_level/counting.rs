//! Integers that are counted in the store, and entries that are moved between versions.

use cache_runtime::{ErrorKind, Ttl};

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    incr_adds_to_what_is_stored,
    decr_takes_from_what_is_stored,
    counting_a_missing_key_fails_and_creates_nothing,
    counting_what_is_no_integer_fails_and_changes_nothing,
    a_sum_beyond_64_bits_fails_and_changes_nothing,
    counting_keeps_the_life,
    every_integer_type_reads_the_sum,
    counting_stays_in_its_version,
    incr_version_moves_an_entry_up,
    decr_version_moves_an_entry_down,
    moving_a_missing_key_fails,
    moving_keeps_the_life,
    moving_by_nothing_leaves_the_entry,
    there_is_no_version_below_zero,
);

async fn incr_adds_to_what_is_stored(stage: Stage) {
    // LL020 LL021 LL022
    stage.cache.set("answer", &41, LONG).await.unwrap();

    assert_eq!(stage.cache.incr("answer", 1).await.unwrap(), 42);
    assert_eq!(stage.cache.get("answer").await.unwrap(), Some(42));
    assert_eq!(stage.cache.incr("answer", 10).await.unwrap(), 52);
    assert_eq!(stage.cache.get("answer").await.unwrap(), Some(52));
    assert_eq!(stage.cache.incr("answer", -10).await.unwrap(), 42);
}

async fn decr_takes_from_what_is_stored(stage: Stage) {
    // LL026 LL027
    stage.cache.set("answer", &43, LONG).await.unwrap();

    assert_eq!(stage.cache.decr("answer", 1).await.unwrap(), 42);
    assert_eq!(stage.cache.get("answer").await.unwrap(), Some(42));
    assert_eq!(stage.cache.decr("answer", 10).await.unwrap(), 32);
    assert_eq!(stage.cache.get("answer").await.unwrap(), Some(32));
    assert_eq!(stage.cache.decr("answer", -10).await.unwrap(), 42);
}

async fn counting_a_missing_key_fails_and_creates_nothing(stage: Stage) {
    // LL023 LL028
    assert_eq!(stage.cache.incr("key", 1).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(stage.cache.decr("key", 1).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!stage.cache.has_key("key").await.unwrap());
    assert_eq!(stage.cache.stats().errors, 0);
}

async fn counting_what_is_no_integer_fails_and_changes_nothing(stage: Stage) {
    stage.cache.set("key", &"41".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.cache.incr("key", 1).await.unwrap_err().kind(), ErrorKind::NotANumber);
    assert_eq!(stage.cache.get("key").await.unwrap(), Some("41".to_owned()));
}

async fn a_sum_beyond_64_bits_fails_and_changes_nothing(stage: Stage) {
    stage.cache.set("key", &i64::MAX, LONG).await.unwrap();

    assert_eq!(stage.cache.incr("key", 1).await.unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(stage.cache.decr("key", i64::MIN).await.unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(stage.cache.get("key").await.unwrap(), Some(i64::MAX));
}

async fn counting_keeps_the_life(stage: Stage) {
    // BE049
    stage.cache.set("key", &1, LONG).await.unwrap();

    stage.cache.incr("key", 1).await.unwrap();

    let Some(Ttl::After(left)) = stage.cache.ttl("key").await.unwrap() else { panic!("it is mortal") };
    assert!(left <= LONG && left > LONG / 2, "{left:?}");
}

async fn every_integer_type_reads_the_sum(stage: Stage) {
    stage.cache.set("key", &200_u8, LONG).await.unwrap();

    stage.cache.incr("key", 100).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(300_u64));
    assert_eq!(stage.cache.get::<u8>("key").await.unwrap(), None);
}

async fn counting_stays_in_its_version(stage: Stage) {
    // LL086 LL089
    stage.cache.set("key", &37, LONG).await.unwrap();
    stage.get("v2").set("key", &42, LONG).await.unwrap();

    assert_eq!(stage.cache.incr("key", 1).await.unwrap(), 38);
    assert_eq!(stage.cache.decr("key", 1).await.unwrap(), 37);
    assert_eq!(stage.get("v2").get("key").await.unwrap(), Some(42));
    assert_eq!(stage.get("v2").with_version(1).incr("key", 1).await.unwrap(), 38);
    assert_eq!(stage.get("v2").with_version(1).decr("key", 1).await.unwrap(), 37);
}

async fn incr_version_moves_an_entry_up(stage: Stage) {
    // LL094
    stage.get("v2").set("answer", &42, LONG).await.unwrap();

    assert_eq!(stage.cache.with_version(2).incr_version("answer", 1).await.unwrap(), 3);
    assert_eq!(stage.cache.get::<i32>("answer").await.unwrap(), None);
    assert_eq!(stage.cache.with_version(2).get::<i32>("answer").await.unwrap(), None);
    assert_eq!(stage.cache.with_version(3).get("answer").await.unwrap(), Some(42));
}

async fn decr_version_moves_an_entry_down(stage: Stage) {
    // LL098
    stage.get("v2").set("answer", &"text".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.get("v2").decr_version("answer", 1).await.unwrap(), 1);
    assert_eq!(stage.cache.get("answer").await.unwrap(), Some("text".to_owned()));
    assert_eq!(stage.get("v2").get::<String>("answer").await.unwrap(), None);
}

async fn moving_a_missing_key_fails(stage: Stage) {
    // LL096 LL100
    let up = stage.cache.incr_version("key", 1).await.unwrap_err();
    let down = stage.get("v2").decr_version("key", 1).await.unwrap_err();

    assert_eq!((up.kind(), down.kind()), (ErrorKind::NotFound, ErrorKind::NotFound));
}

async fn moving_keeps_the_life(stage: Stage) {
    stage.cache.set("key", &1, LONG).await.unwrap();

    stage.cache.incr_version("key", 1).await.unwrap();

    let Some(Ttl::After(left)) = stage.get("v2").ttl("key").await.unwrap() else { panic!("it is mortal") };
    assert!(left <= LONG && left > LONG / 2, "{left:?}");
}

async fn moving_by_nothing_leaves_the_entry(stage: Stage) {
    stage.cache.set("key", &1, LONG).await.unwrap();

    assert_eq!(stage.cache.incr_version("key", 0).await.unwrap(), 1);
    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

async fn there_is_no_version_below_zero(stage: Stage) {
    stage.cache.set("key", &1, LONG).await.unwrap();

    for by in [2, i64::MIN, i64::MAX] {
        assert_eq!(stage.cache.decr_version("key", by).await.unwrap_err().kind(), ErrorKind::Overflow);
    }
    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

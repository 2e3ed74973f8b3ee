//! Rows that this crate did not write, and values that are not whole.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::base::entry::{Life, Ttl};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Timeout};

use crate::stage::{Place, on_every_engine};

on_every_engine!(
    a_key_that_is_no_text_is_not_listed_and_not_cleared,
    a_value_that_is_torn_is_a_miss_and_is_replaced,
    keys_are_compared_as_bytes,
    a_plain_integer_is_text_in_the_table,
    a_life_without_end_is_told_from_a_long_one,
);

/// A row of such a key and value, that lasts.
fn row(place: &Place, key: &str, value: &str) -> String {
    let bytes = |hexadecimal: &str| {
        if place.url.starts_with("postgres") {
            format!("'\\x{hexadecimal}'::bytea")
        } else {
            format!("x'{hexadecimal}'")
        }
    };
    let (key, value, none) = (bytes(key), bytes(value), bytes(""));
    format!(
        "INSERT INTO {{table}} (entry_key, place, value, expires_at, lease, lease_until) \
         VALUES ({key}, 0, {value}, 4000000000000, {none}, 0)"
    )
}

async fn a_key_that_is_no_text_is_not_listed_and_not_cleared(place: Place) {
    let store = place.store().await;
    place.execute(&row(&place, "ff00fe", "31")).await;
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert_eq!(store.keys("").await.unwrap(), ["key"]);
    store.clear("").await.unwrap();

    assert_eq!(place.rows().await, 1);
}

async fn a_value_that_is_torn_is_a_miss_and_is_replaced(place: Place) {
    place.store().await;
    let caches = Caches::builder().add("default", place.database().key_prefix("p")).build().unwrap();
    let cache = caches.get("default").unwrap();
    cache.set("key", &"a value of some length".to_owned(), Timeout::Never).await.unwrap();
    let cut = if place.url.starts_with("postgres") {
        "substring(value from 1 for 9)"
    } else {
        "substr(value, 1, 9)"
    };
    place.execute(&format!("UPDATE {{table}} SET value = {cut}")).await;

    let found: Option<String> = cache.get("key").await.unwrap();
    let computed = cache.get_or_set("key", Timeout::Never, || async { "new".to_owned() }).await;

    assert_eq!((found, computed.as_str()), (None, "new"));
    assert_eq!(cache.get("key").await.unwrap(), Some("new".to_owned()));
}

async fn keys_are_compared_as_bytes(place: Place) {
    let store = place.store().await;
    let keys = ["key", "KEY", "key ", "k\u{e9}y", "ke\u{301}y", "stra\u{df}e", "strasse", "key\0"];
    for key in keys {
        store.set(key, Bytes::copy_from_slice(key.as_bytes()), Life::Forever).await.unwrap();
    }

    for key in keys {
        assert_eq!(store.get(key).await.unwrap().unwrap().bytes, key.as_bytes());
    }
    assert_eq!(store.keys("").await.unwrap().len(), keys.len());
}

async fn a_plain_integer_is_text_in_the_table(place: Place) {
    let store = place.store().await;
    place.execute(&row(&place, "6b", "3431")).await;
    place.execute(&row(&place, "6c", "303431")).await;

    assert_eq!(store.incr("k", 1).await.unwrap(), 42);
    let padded = store.incr("l", 1).await.unwrap_err();

    assert_eq!(padded.kind(), ErrorKind::NotANumber);
    assert_eq!(store.get("k").await.unwrap().unwrap().bytes, "42");
}

async fn a_life_without_end_is_told_from_a_long_one(place: Place) {
    let store = place.store().await;
    let century = Duration::from_hours(24 * 365 * 100);
    store.set("long", Bytes::from_static(b"1"), Life::For(century)).await.unwrap();
    store.set("longest", Bytes::from_static(b"1"), Life::For(Duration::MAX)).await.unwrap();
    store.set("endless", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert!(matches!(store.ttl("long").await.unwrap(), Some(Ttl::After(left)) if left <= century));
    assert!(matches!(store.ttl("longest").await.unwrap(), Some(Ttl::After(_))));
    assert_eq!(store.ttl("endless").await.unwrap(), Some(Ttl::Never));
}

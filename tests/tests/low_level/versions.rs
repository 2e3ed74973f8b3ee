//! Versions: entries of one key that do not see each other.

use std::collections::HashMap;

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    a_value_is_seen_in_its_version,
    an_alias_sees_its_own_version,
    a_version_is_written_through_any_alias,
    add_is_apart_in_each_version,
    has_key_is_apart_in_each_version,
    delete_is_apart_in_each_version,
    set_many_is_apart_in_each_version,
);

async fn a_value_is_seen_in_its_version(stage: Stage) {
    // LL073
    stage.cache.set("key", &"value".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some("value".to_owned()));
    assert_eq!(stage.cache.with_version(1).get("key").await.unwrap(), Some("value".to_owned()));
    assert_eq!(stage.cache.with_version(2).get::<String>("key").await.unwrap(), None);
}

async fn an_alias_sees_its_own_version(stage: Stage) {
    // LL074
    stage.cache.set("key", &"value".to_owned(), LONG).await.unwrap();

    let v2 = stage.get("v2");
    assert_eq!(v2.get::<String>("key").await.unwrap(), None);
    assert_eq!(v2.with_version(1).get("key").await.unwrap(), Some("value".to_owned()));
    assert_eq!(v2.with_version(2).get::<String>("key").await.unwrap(), None);
}

async fn a_version_is_written_through_any_alias(stage: Stage) {
    // LL075
    stage.cache.with_version(2).set("key", &"value".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.cache.get::<String>("key").await.unwrap(), None);
    assert_eq!(stage.get("v2").get("key").await.unwrap(), Some("value".to_owned()));
}

async fn add_is_apart_in_each_version(stage: Stage) {
    // LL078
    assert!(stage.cache.with_version(2).add("key", &42, LONG).await.unwrap());
    assert!(!stage.cache.with_version(2).add("key", &37, LONG).await.unwrap());
    assert!(stage.cache.add("key", &37, LONG).await.unwrap());

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(37));
    assert_eq!(stage.get("v2").get("key").await.unwrap(), Some(42));
}

async fn has_key_is_apart_in_each_version(stage: Stage) {
    // LL080 LL081
    stage.cache.set("key", &1, LONG).await.unwrap();

    assert!(stage.cache.has_key("key").await.unwrap());
    assert!(stage.cache.with_version(1).has_key("key").await.unwrap());
    assert!(!stage.cache.with_version(2).has_key("key").await.unwrap());
    assert!(!stage.get("v2").has_key("key").await.unwrap());
    assert!(stage.get("v2").with_version(1).has_key("key").await.unwrap());
}

async fn delete_is_apart_in_each_version(stage: Stage) {
    // LL082 LL083 LL085
    let (one, two) = (stage.cache.clone(), stage.get("v2"));
    for (deleting, kept) in
        [(one.clone(), two.clone()), (one.with_version(2), one.clone()), (two.with_version(1), two.clone())]
    {
        one.set("key", &1, LONG).await.unwrap();
        two.set("key", &2, LONG).await.unwrap();

        assert!(deleting.delete("key").await.unwrap());

        assert!(!deleting.has_key("key").await.unwrap());
        assert!(kept.has_key("key").await.unwrap());
    }
}

async fn set_many_is_apart_in_each_version(stage: Stage) {
    // LL090 LL091
    let two_keys = || [("key1", &1), ("key2", &2)];
    let both: HashMap<String, i32> = two_keys().map(|(key, value)| (key.to_owned(), *value)).into();

    stage.cache.set_many(two_keys(), LONG).await.unwrap();
    assert_eq!(stage.cache.with_version(1).get_many(["key1", "key2"]).await.unwrap(), both);
    assert!(stage.cache.with_version(2).get_many::<i32, _>(["key1", "key2"]).await.unwrap().is_empty());

    stage.cache.clear().await.unwrap();
    stage.cache.with_version(2).set_many(two_keys(), LONG).await.unwrap();
    assert!(stage.cache.get_many::<i32, _>(["key1", "key2"]).await.unwrap().is_empty());
    assert_eq!(stage.get("v2").get_many(["key1", "key2"]).await.unwrap(), both);
}

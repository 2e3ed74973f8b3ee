//! What `set`, `set_many`, `add`, `delete`, `delete_many`, `clear` and `close` do.

use cache_runtime::Timeout;

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    add_stores_where_nothing_is,
    add_leaves_what_is_there,
    add_without_a_life_tells_and_keeps_nothing,
    delete_removes_one_key,
    deleting_a_missing_key_is_false,
    set_many_stores_all,
    delete_many_removes_the_keys_it_names,
    clear_removes_everything_of_the_cache,
    clear_leaves_other_prefixes_and_versions,
    closing_succeeds_and_ends_nothing,
    a_zero_timeout_keeps_nothing,
    a_zero_timeout_removes_what_was_there,
    a_fraction_of_a_second_is_a_timeout,
);

async fn add_stores_where_nothing_is(stage: Stage) {
    // LL003
    assert!(stage.cache.add("key", &"value".to_owned(), LONG).await.unwrap());

    assert_eq!(stage.cache.get("key").await.unwrap(), Some("value".to_owned()));
}

async fn add_leaves_what_is_there(stage: Stage) {
    // LL004
    stage.cache.set("key", &"value".to_owned(), LONG).await.unwrap();

    assert!(!stage.cache.add("key", &"newvalue".to_owned(), LONG).await.unwrap());
    assert_eq!(stage.cache.get("key").await.unwrap(), Some("value".to_owned()));
}

async fn add_without_a_life_tells_and_keeps_nothing(stage: Stage) {
    stage.cache.set("there", &1, LONG).await.unwrap();

    assert!(stage.cache.add("absent", &2, 0).await.unwrap());
    assert!(!stage.cache.add("there", &2, 0).await.unwrap());
    assert_eq!(stage.cache.get::<i32>("absent").await.unwrap(), None);
    assert_eq!(stage.cache.get("there").await.unwrap(), Some(1));
}

async fn delete_removes_one_key(stage: Stage) {
    // LL013
    stage.cache.set_many([("key1", &1), ("key2", &2)], LONG).await.unwrap();

    assert!(stage.cache.delete("key1").await.unwrap());
    assert_eq!(stage.cache.get::<i32>("key1").await.unwrap(), None);
    assert_eq!(stage.cache.get("key2").await.unwrap(), Some(2));
}

async fn deleting_a_missing_key_is_false(stage: Stage) {
    // LL014
    assert!(!stage.cache.delete("key").await.unwrap());
}

async fn set_many_stores_all(stage: Stage) {
    // LL045 LL046: nothing failed, so there is no error.
    stage.cache.set_many([("key1", &"a".to_owned()), ("key2", &"b".to_owned())], LONG).await.unwrap();

    assert_eq!(stage.cache.get("key1").await.unwrap(), Some("a".to_owned()));
    assert_eq!(stage.cache.get("key2").await.unwrap(), Some("b".to_owned()));
}

async fn delete_many_removes_the_keys_it_names(stage: Stage) {
    // LL049
    stage.cache.set_many([("key1", &1), ("key2", &2), ("key3", &3)], LONG).await.unwrap();

    assert_eq!(stage.cache.delete_many(["key1", "key2", "absent"]).await.unwrap(), 2);
    let left = stage.cache.get_many::<i32, _>(["key1", "key2", "key3"]).await.unwrap();
    assert_eq!(left.into_keys().collect::<Vec<_>>(), ["key3"]);
}

async fn clear_removes_everything_of_the_cache(stage: Stage) {
    // LL051
    stage.cache.set_many([("key1", &1), ("key2", &2)], LONG).await.unwrap();

    stage.cache.clear().await.unwrap();

    assert!(stage.cache.get_many::<i32, _>(["key1", "key2"]).await.unwrap().is_empty());
}

async fn clear_leaves_other_prefixes_and_versions(stage: Stage) {
    for alias in ["default", "prefixed", "v2"] {
        stage.get(alias).set("key", &alias.to_owned(), LONG).await.unwrap();
    }

    stage.cache.clear().await.unwrap();

    assert!(!stage.cache.has_key("key").await.unwrap());
    assert!(stage.get("prefixed").has_key("key").await.unwrap());
    assert!(stage.get("v2").has_key("key").await.unwrap());
}

async fn closing_succeeds_and_ends_nothing(stage: Stage) {
    // LL030
    stage.cache.set("key", &1, LONG).await.unwrap();

    stage.cache.close().await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

async fn a_zero_timeout_keeps_nothing(stage: Stage) {
    // LL059 LL061
    stage.cache.set("key", &1, Timeout::secs(0)).await.unwrap();
    stage.cache.set_many([("key1", &1), ("key2", &2)], Timeout::secs(0)).await.unwrap();

    assert!(stage.cache.get_many::<i32, _>(["key", "key1", "key2"]).await.unwrap().is_empty());
}

async fn a_zero_timeout_removes_what_was_there(stage: Stage) {
    stage.cache.set_many([("key1", &1), ("key2", &2), ("key3", &3)], LONG).await.unwrap();

    stage.cache.set("key1", &4, 0).await.unwrap();
    stage.cache.set_many([("key2", &5)], 0).await.unwrap();
    assert!(stage.cache.touch("key3", 0).await.unwrap());

    assert!(stage.cache.get_many::<i32, _>(["key1", "key2", "key3"]).await.unwrap().is_empty());
}

async fn a_fraction_of_a_second_is_a_timeout(stage: Stage) {
    // LL063
    stage.cache.set("key", &1, Timeout::millis(100_200)).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some(1));
}

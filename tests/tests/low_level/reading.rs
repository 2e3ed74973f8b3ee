//! What `get`, `get_many`, `has_key`, `ttl` and `keys` find.

use std::collections::{BTreeSet, HashMap};

use cache_runtime::{ErrorKind, Timeout, Ttl};

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    a_value_that_was_set_is_there,
    a_missing_key_is_none,
    a_default_stands_in_for_a_missing_key,
    get_many_gives_the_keys_asked_for,
    get_many_leaves_out_what_is_missing,
    has_key_tells_what_is_there,
    another_prefix_does_not_see_the_key,
    a_long_key_with_spaces_works,
    ttl_tells_what_is_left,
    keys_are_listed_as_they_were_given,
    hits_and_misses_are_counted,
    a_value_of_another_type_is_a_miss,
);

async fn a_value_that_was_set_is_there(stage: Stage) {
    // LL001
    stage.cache.set("key", &"value".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.cache.get("key").await.unwrap(), Some("value".to_owned()));
}

async fn a_missing_key_is_none(stage: Stage) {
    // LL007
    assert_eq!(stage.cache.get::<String>("key").await.unwrap(), None);
}

async fn a_default_stands_in_for_a_missing_key(stage: Stage) {
    // LL008
    let found = stage.cache.get("key").await.unwrap().unwrap_or_else(|| "bang!".to_owned());

    assert_eq!(found, "bang!");
}

async fn get_many_gives_the_keys_asked_for(stage: Stage) {
    // LL009
    stage.cache.set_many([("a", &1), ("b", &2), ("c", &3), ("d", &4)], LONG).await.unwrap();

    let found: HashMap<String, i32> = stage.cache.get_many(["a", "c", "d"]).await.unwrap();

    assert_eq!(found, [("a", 1), ("c", 3), ("d", 4)].map(|(key, value)| (key.to_owned(), value)).into());
}

async fn get_many_leaves_out_what_is_missing(stage: Stage) {
    // LL010
    stage.cache.set_many([("a", &1), ("b", &2)], LONG).await.unwrap();

    let found: HashMap<String, i32> = stage.cache.get_many(["a", "b", "e"]).await.unwrap();

    assert_eq!(found, [("a", 1), ("b", 2)].map(|(key, value)| (key.to_owned(), value)).into());
}

async fn has_key_tells_what_is_there(stage: Stage) {
    // LL015 LL016 LL018
    stage.cache.set("mortal", &1, LONG).await.unwrap();
    stage.cache.set("immortal", &1, Timeout::Never).await.unwrap();

    assert!(stage.cache.has_key("mortal").await.unwrap());
    assert!(stage.cache.has_key("immortal").await.unwrap());
    assert!(!stage.cache.has_key("absent").await.unwrap());
}

async fn another_prefix_does_not_see_the_key(stage: Stage) {
    // LL005
    stage.cache.set("key", &1, LONG).await.unwrap();

    assert!(!stage.get("prefixed").has_key("key").await.unwrap());
}

async fn a_long_key_with_spaces_works(stage: Stage) {
    // LL118
    let key = "some words ".repeat(30);
    stage.cache.set(&key, &"value".to_owned(), LONG).await.unwrap();

    assert_eq!(stage.cache.get(&key).await.unwrap(), Some("value".to_owned()));
    assert_eq!(stage.cache.get::<String>(format!("{key}!")).await.unwrap(), None);
}

async fn ttl_tells_what_is_left(stage: Stage) {
    stage.cache.set("mortal", &1, LONG).await.unwrap();
    stage.cache.set("immortal", &1, Timeout::Never).await.unwrap();

    let Some(Ttl::After(left)) = stage.cache.ttl("mortal").await.unwrap() else { panic!("it is mortal") };
    assert!(left <= LONG && left > LONG / 2, "{left:?}");
    assert_eq!(stage.cache.ttl("immortal").await.unwrap(), Some(Ttl::Never));
    assert_eq!(stage.cache.ttl("absent").await.unwrap(), None);
}

async fn keys_are_listed_as_they_were_given(stage: Stage) {
    stage.cache.set_many([("a", &1), ("b:c d", &2)], LONG).await.unwrap();
    stage.get("prefixed").set("prefixed", &3, LONG).await.unwrap();
    stage.get("v2").set("version two", &4, LONG).await.unwrap();

    let keys = stage.cache.keys().await;

    if stage.lists_keys() {
        let keys: BTreeSet<_> = keys.unwrap().into_iter().collect();
        assert_eq!(keys, BTreeSet::from(["a".to_owned(), "b:c d".to_owned()]));
    } else {
        assert_eq!(keys.unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

async fn hits_and_misses_are_counted(stage: Stage) {
    stage.cache.set("there", &1, LONG).await.unwrap();

    stage.cache.get::<i32>("there").await.unwrap();
    stage.cache.get::<i32>("absent").await.unwrap();
    stage.cache.get_many::<i32, _>(["there", "absent", "gone"]).await.unwrap();

    let stats = stage.cache.stats();
    assert_eq!((stats.hits, stats.misses["absent"], stats.total_misses()), (2, 3, 3));
}

async fn a_value_of_another_type_is_a_miss(stage: Stage) {
    stage.cache.set("key", &vec!["text".to_owned()], LONG).await.unwrap();

    assert_eq!(stage.cache.get::<u64>("key").await.unwrap(), None);
    assert_eq!(stage.cache.get::<Vec<u64>>("key").await.unwrap(), None);
    assert_eq!(stage.cache.stats().misses["other layout"], 2);
}

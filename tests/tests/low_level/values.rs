//! Values of every kind come back as they were.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use cache_runtime::backend::redis::Redis;
use cache_runtime::{Cache, Cacheable, Caches, ErrorKind};
use cache_tests::Server;
use serde::{Deserialize, Serialize, Serializer};

use crate::stage::{LONG, Stage, on_every_store};

on_every_store!(
    every_kind_of_value_comes_back,
    text_that_is_not_ascii_comes_back,
    borrowed_text_and_slices_come_back_as_their_owners,
    bytes_come_back,
    a_stored_none_differs_from_a_miss,
    integers_beyond_64_bits_with_a_sign_come_back,
);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Report {
    region: String,
    sums: Vec<(u16, f64)>,
}

async fn comes_back<T: Cacheable + PartialEq + Debug>(cache: &Cache, value: T) {
    cache.set("key", &value, LONG).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some(value.clone()));

    cache.set_many([("many", &value)], LONG).await.unwrap();
    assert_eq!(cache.get("many").await.unwrap(), Some(value));
}

async fn every_kind_of_value_comes_back(stage: Stage) {
    // LL031
    let cache = &stage.cache;

    comes_back(cache, "this is a string".to_owned()).await;
    comes_back(cache, 42_i32).await;
    comes_back(cache, true).await;
    comes_back(cache, vec![1, 2, 3, 4]).await;
    comes_back(cache, (1, "two".to_owned(), '3')).await;
    comes_back(cache, BTreeMap::from([("A".to_owned(), 1), ("B".to_owned(), 2)])).await;
    comes_back(cache, Report { region: "emea".to_owned(), sums: vec![(2026, 0.5)] }).await;
    comes_back(cache, Arc::new("shared".to_owned())).await;
    comes_back(cache, Ok::<i32, String>(1)).await;
    comes_back(cache, ()).await;
}

async fn borrowed_text_and_slices_come_back_as_their_owners(stage: Stage) {
    let cache = &stage.cache;

    cache.set("text", "borrowed", LONG).await.unwrap();
    cache.set_many([("many", "borrowed too")], LONG).await.unwrap();
    cache.add("slice", &[1_u8, 2, 3][..], LONG).await.unwrap();

    assert_eq!(cache.get("text").await.unwrap(), Some("borrowed".to_owned()));
    assert_eq!(cache.get("many").await.unwrap(), Some("borrowed too".to_owned()));
    assert_eq!(cache.get("slice").await.unwrap(), Some(vec![1_u8, 2, 3]));
}

async fn text_that_is_not_ascii_comes_back(stage: Stage) {
    // LL039 LL041
    let stuff = [
        ("ascii", "ascii_value".to_owned()),
        ("unicode_ascii", "Iñtërnâtiônàlizætiøn1".to_owned()),
        ("Iñtërnâtiônàlizætiøn", "Iñtërnâtiônàlizætiøn2".to_owned()),
    ];

    for (key, value) in &stuff {
        stage.cache.set(*key, value, LONG).await.unwrap();
        assert_eq!(stage.cache.get(*key).await.unwrap().as_ref(), Some(value));
    }
    stage.cache.clear().await.unwrap();
    stage.cache.set_many(stuff.iter().map(|(key, value)| (*key, value)), LONG).await.unwrap();

    for (key, value) in &stuff {
        assert_eq!(stage.cache.get(*key).await.unwrap().as_ref(), Some(value));
    }
}

async fn bytes_come_back(stage: Stage) {
    // LL042 LL044
    let compressed = b"x\x9c\xf3\xc9/\xccM\xcc\xad\x00\xff\x00\xfe\x0d\x0a".to_vec();

    comes_back(&stage.cache, compressed).await;
    comes_back(&stage.cache, b"42".to_vec()).await;
}

async fn a_stored_none_differs_from_a_miss(stage: Stage) {
    stage.cache.set("key", &None::<u32>, LONG).await.unwrap();

    assert_eq!(stage.cache.get::<Option<u32>>("key").await.unwrap(), Some(None));
    assert_eq!(stage.cache.get::<Option<u32>>("absent").await.unwrap(), None);
}

async fn integers_beyond_64_bits_with_a_sign_come_back(stage: Stage) {
    comes_back(&stage.cache, u64::MAX).await;
    comes_back(&stage.cache, i128::MIN).await;
    comes_back(&stage.cache, i64::MIN).await;
}

#[derive(Debug, Clone, Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not to be written"))
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_written_is_an_error() {
    // LL104
    let stage = Stage::shared();

    let error = stage.cache.set("key", &Unwritable, LONG).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert!(error.to_string().contains("not to be written"), "{error}");
    assert_eq!(stage.cache.stats().unserializable, 1);
}

#[tokio::test]
async fn a_server_keeps_integers_as_its_own_incr_knows_them() {
    // BE081
    let server = Server::redis().start();
    let redis = Redis::url(&server.url()).unwrap().key_prefix("site");
    let caches = Caches::builder().add("default", redis).build().unwrap();

    caches.get("default").unwrap().set("answer", &41_u8, LONG).await.unwrap();

    assert_eq!(server.command::<i64>(&["INCR", "site:1:answer"]), 42);
    assert_eq!(caches.get("default").unwrap().get("answer").await.unwrap(), Some(42));
}

#[tokio::test]
async fn memory_keeps_a_value_that_cannot_be_written() {
    let stage = Stage::memory();

    stage.cache.set("key", &Unwritable, LONG).await.unwrap();

    assert!(stage.cache.get::<Unwritable>("key").await.unwrap().is_some());
}

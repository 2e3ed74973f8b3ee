//! Values that are larger than the database takes.

use bytes::Bytes;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;

use crate::stage::{Place, on_every_engine};

on_every_engine!(a_value_of_megabytes_is_kept);

async fn a_value_of_megabytes_is_kept(place: Place) {
    let store = place.store().await;
    let large = Bytes::from(vec![0xa5; 8 << 20]);

    store.set("key", large.clone(), Life::Forever).await.unwrap();
    store.set_many(&[("other".to_owned(), large.clone())], Life::Forever).await.unwrap();

    assert!(store.get("key").await.unwrap().unwrap().bytes == large);
    assert!(store.get("other").await.unwrap().unwrap().bytes == large);
}

#[tokio::test]
async fn a_value_beyond_what_mariadb_takes_is_too_large_and_its_predecessor_is_gone() {
    let place = Place::mariadb();
    let store = place.store().await;
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    let error = store.set("key", vec![1; 17 << 20].into(), Life::Forever).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert_eq!(store.get("key").await.unwrap(), None);
}

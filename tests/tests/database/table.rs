//! The table: created when asked, by a function or a setting, and missed with words that help.

use bytes::Bytes;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::SqlServer;

use crate::stage::{Place, foreign_block_on, on_every_engine, store};

on_every_engine!(
    a_missing_table_is_an_error_that_says_what_to_call,
    be039_a_table_that_is_there_is_left_alone,
    be041_the_table_of_a_stated_name_is_made_and_reported,
    a_missing_table_is_made_where_the_setting_asks_for_it,
    many_may_make_the_table_at_once,
    what_is_printed_makes_the_table,
);

async fn a_missing_table_is_an_error_that_says_what_to_call(place: Place) {
    // The file is there, the table is not.
    Place { table: "another".to_owned(), ..Place::at(&place.url) }.store().await;

    let error = store(&place.options()).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().contains("Database::create_table()"), "{error}");
    assert!(error.to_string().contains(&place.table), "{error}");
}

async fn be039_a_table_that_is_there_is_left_alone(place: Place) {
    let store = place.store().await;
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    let again = place.database().create_table().await.unwrap();

    assert!(!again.is_new);
    assert!(again.to_string().contains("already there"), "{again}");
    assert!(store.get("key").await.unwrap().is_some());
}

async fn be041_the_table_of_a_stated_name_is_made_and_reported(place: Place) {
    let made = place.database().create_table().await.unwrap();

    assert!(made.is_new);
    assert_eq!(made.to_string(), format!("table `{}`: created", place.table));
    assert_eq!(place.rows().await, 0);
}

async fn a_missing_table_is_made_where_the_setting_asks_for_it(place: Place) {
    let mut options = place.options();
    options.create_table = true;
    let store = store(&options);

    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    assert_eq!(place.rows().await, 1);
}

async fn many_may_make_the_table_at_once(place: Place) {
    let makers: Vec<_> = (0..8)
        .map(|_| {
            let database = place.database();
            tokio::spawn(async move { database.create_table().await.unwrap().is_new })
        })
        .collect();
    let mut made = 0;
    for maker in makers {
        made += u32::from(maker.await.unwrap());
    }

    assert_eq!(made, 1);
}

async fn what_is_printed_makes_the_table(place: Place) {
    Place { table: "another".to_owned(), ..Place::at(&place.url) }.store().await;
    let printed = place.database().create_table_sql().unwrap();

    place.execute(&printed).await;

    store(&place.options()).set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();
    assert!(!place.database().create_table().await.unwrap().is_new);
}

#[test]
fn be040_the_statement_is_printed_and_nothing_runs() {
    let place = Place::sqlite();

    let printed = place.database().create_table_sql().unwrap();

    assert!(printed.starts_with(&format!("CREATE TABLE \"{}\" (", place.table)), "{printed}");
    assert_eq!(printed.matches(";\n").count(), 3, "{printed}");
    assert!(!place.folder.file("cache.db").exists());
}

#[tokio::test]
async fn be045_the_table_of_one_database_is_made_in_no_other() {
    let (file, server) = (Place::sqlite(), Place::postgres());

    server.database().create_table().await.unwrap();

    assert!(!file.folder.file("cache.db").exists());
    assert_eq!(server.rows().await, 0);
}

#[tokio::test]
async fn a_table_may_stand_in_a_schema() {
    let mut place = Place::at(&SqlServer::shared_postgres().url());
    place.execute("CREATE SCHEMA IF NOT EXISTS site").await;
    place.table = "site.cache entries".to_owned();

    let store = place.store().await;
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();

    place.table = "cache entries".to_owned();
    assert_eq!(place.number("SELECT COUNT(*) FROM site.{table}").await, 1);
}

#[test]
fn synchronous_code_can_make_the_table() {
    let place = Place::sqlite();

    assert!(place.database().create_table_blocking().unwrap().is_new);

    assert_eq!(foreign_block_on(store(&place.options()).get("key")).unwrap(), None);
}

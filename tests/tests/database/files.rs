//! Files of SQLite that cannot be used as they should: missing, broken, read-only, full, or held by another.

use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::database::{Database, Options, UserPool};
use cache_runtime::backend::{Acquired, Claim, Token};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Severity};
use sqlx::Connection;
use sqlx::sqlite::SqlitePoolOptions;

use crate::stage::{Place, store};

fn value() -> Bytes {
    Bytes::from_static(b"value")
}

#[tokio::test]
async fn a_missing_file_is_reported_and_not_made() {
    let place = Place::sqlite();

    let error = store(&place.options()).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("create_table"), "{error}");
    assert!(!place.folder.file("cache.db").exists());
}

#[tokio::test]
async fn a_file_of_something_else_is_reported() {
    let place = Place::sqlite();
    fs::write(place.folder.file("cache.db"), "no database ".repeat(1000)).unwrap();

    let error = store(&place.options()).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("no sound SQLite database"), "{error}");
}

#[tokio::test]
async fn a_read_only_file_is_read_and_reports_writes() {
    let mut place = Place::sqlite();
    place.store().await.set("key", value(), Life::Forever).await.unwrap();
    place.url = format!("{}?mode=ro", place.url);
    let store = store(&place.options());

    let read = store.get("key").await.unwrap();
    let written = store.set("key", value(), Life::Forever).await.unwrap_err();

    assert_eq!(read.unwrap().bytes, value());
    assert_eq!(written.kind(), ErrorKind::Unavailable);
    assert!(written.to_string().contains("takes no writes"), "{written}");
}

#[tokio::test]
async fn a_check_finds_a_read_only_file() {
    let mut place = Place::sqlite();
    place.store().await;
    place.url = format!("{}?mode=ro", place.url);
    let caches = Caches::builder().add("default", place.database()).build().unwrap();

    let mut found = caches.check();

    found.retain(|finding| finding.severity == Severity::Error);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].text.starts_with("its store takes no writes: "), "{found:?}");
}

#[tokio::test]
async fn a_full_file_reports_writes_as_too_large_and_takes_invalidations() {
    let place = Place::sqlite();
    place.store().await;
    let limited = SqlitePoolOptions::new().max_connections(1).after_connect(|connection, _| {
        Box::pin(
            async move { sqlx::raw_sql("PRAGMA max_page_count = 40").execute(connection).await.map(drop) },
        )
    });
    let pool = limited.connect(&place.url).await.unwrap();
    let mut options = place.options();
    options.pool = Some(UserPool::new(pool.into()));
    let store = options.build(&Clock::system()).unwrap();
    let large = Bytes::from(vec![1; 200_000]);
    for key in ["old", "other", "leased"] {
        store.set(key, value(), Life::Forever).await.unwrap();
    }
    let lease = Duration::from_mins(1);
    assert_eq!(store.acquire("leased", Token(1), lease, Claim::Take, None).await.unwrap(), Acquired::Granted);

    let faults = [
        store.set("old", large.clone(), Life::Forever).await.unwrap_err(),
        store.add("new", large.clone(), Life::Forever).await.unwrap_err(),
        store.fill("leased", Token(1), large, Life::Forever).await.unwrap_err(),
    ];

    for error in faults {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    }
    // What would have been replaced is gone, and so is the lease.
    assert_eq!(store.get("old").await.unwrap(), None);
    assert!(!store.fill("leased", Token(1), value(), Life::Forever).await.unwrap());
    assert!(store.delete("other").await.unwrap());
}

#[tokio::test]
async fn a_file_that_another_holds_costs_no_more_than_the_limit() {
    let place = Place::sqlite();
    place.store().await;
    let store = store(&Options { table: place.table.clone(), ..Options::at(&place.url) });
    store.get("key").await.unwrap();
    let mut other = sqlx::SqliteConnection::connect(&place.url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

    let start = Instant::now();
    let held = store.set("key", value(), Life::Forever).await.unwrap_err();
    let time = start.elapsed();
    let read = store.get("key").await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();

    assert_eq!(held.kind(), ErrorKind::TimedOut);
    assert!(held.to_string().contains("another writes"), "{held}");
    assert!(time < Duration::from_millis(600), "{time:?}");
    assert_eq!(read, None);
    store.set("key", value(), Life::Forever).await.unwrap();
}

#[test]
fn a_database_in_memory_is_refused() {
    for url in ["sqlite://:memory:", "sqlite://file?mode=memory"] {
        let error = Database::url(url).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains("backend = \"memory\""), "{error}");
    }
}

//! What is set up reaches the database, and what contradicts itself is an error.

use std::time::Duration;

use cache_runtime::backend::database::{Database, Options};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Timeout};

use crate::stage::{Place, on_every_engine};

on_every_engine!(a_cache_can_be_described_by_a_file_and_by_a_url);

async fn a_cache_can_be_described_by_a_file_and_by_a_url(place: Place) {
    let (location, table) = (&place.url, &place.table);
    let limits = "connect_timeout = \"20s\"\nanswer_timeout = 20";
    let file = format!(
        "[caches.default]\nbackend = \"database\"\nlocation = \"{location}\"\ntable = \"{table}\"\n\
         create_table = true\nmax_entries = 1000\nmax_connections = 2\n{limits}"
    );
    let by_file = Caches::from_toml(&file).unwrap().build().unwrap().get("default").unwrap();
    // A cold place, and one that another has made.
    let missing = by_file.set("key", &1, Timeout::Never).await;
    missing.unwrap();

    let table = table.replace(' ', "+");
    let url = format!("{location}?table={table}&connect_timeout=20s&answer_timeout=20s&timeout=1h");
    let by_url = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap();

    assert_eq!(by_url.get("key").await.unwrap(), Some(1));
}

#[test]
fn what_is_unknown_or_contradicts_itself_is_an_error_at_load() {
    let at = |location: &str, more: &str| {
        format!("[caches.a]\nbackend = \"database\"\nlocation = \"{location}\"\n{more}")
    };
    let cases = [
        ("[caches.a]\nbackend = \"database\"".to_owned(), "`location` is missing"),
        (at("redis://host", ""), "sqlite://, postgres:// or mysql://"),
        (at("postgres://host", "tabel = \"t\""), "did you mean `table`?"),
        (at("postgres://host", "table = \"a\\\"; DROP TABLE b\""), "the name of a table"),
        (at("sqlite://file", "username = \"me\""), "no `username`"),
        (at("sqlite://file", "password = \"secret\""), "no `password`"),
        (at("postgres://host", "create_table = \"perhaps\""), "`create_table` takes true or false"),
        (at("postgres://host", "max_connections = 4294967296"), "32-bit"),
        (at("postgres://host:port", ""), "no URL of this database"),
    ];
    for (file, words) in cases {
        let error = Caches::from_toml(&file).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings, "{file}");
        assert!(error.to_string().contains(words), "{file}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_limit_of_nothing_is_an_error_that_names_it() {
    let at = || Options::at("postgres://host");
    let cases = [
        (Options { connect_timeout: Duration::ZERO, ..at() }, "connect_timeout"),
        (Options { answer_timeout: Duration::from_micros(999), ..at() }, "answer_timeout"),
        (Options { max_entries: 0, ..at() }, "max_entries"),
        (Options { max_connections: 0, ..at() }, "max_connections"),
    ];
    for (options, name) in cases {
        let error = options.build(&Clock::system()).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn every_form_of_a_url_is_taken() {
    for url in [
        "sqlite://relative/file.db",
        "sqlite:///absolute/file.db",
        "postgres://host/site",
        "postgresql://user:p%40ss@[::1]:5433/site",
        "mysql://user:password@host:3307/site",
        "mariadb://host/site",
    ] {
        assert!(Database::url(url).is_ok(), "{url}");
    }
}

#[test]
fn no_secret_is_shown() {
    let database = Database::url("postgres://alice:hidden@host/site?password=hidden").unwrap();
    let database = database.username("alice").password("hidden");

    let shown = format!("{database:?}");

    assert!(!shown.contains("hidden") && !shown.contains("alice"), "{shown}");
    assert!(shown.contains("host/site"), "{shown}");
}

#[tokio::test]
async fn a_long_key_is_refused_before_it_is_sent() {
    let store = Place::sqlite().store().await;

    let error =
        store.add(&"k".repeat(513), "1".into(), cache_runtime::base::entry::Life::Forever).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

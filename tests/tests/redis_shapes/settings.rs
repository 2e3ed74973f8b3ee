//! Every shape is one line of the settings.

use std::time::Duration;

use cache_runtime::backend::redis::{Options, ReadFrom, Redis};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Timeout};

use crate::stage::{shared_cluster, store};

#[test]
fn every_shape_is_read_from_a_url() {
    for url in [
        "redis+cluster://a,b:7001,[::1]:7002",
        "rediss+cluster://user:p%40ss@a,b",
        "redis+sentinel://:password@a,b:7,c/mymaster/3",
        "rediss+sentinel://a/mymaster",
        "valkey+cluster://a",
        "valkeys+sentinel://a/mymaster",
    ] {
        assert!(Redis::url(url).is_ok(), "{url}");
        assert!(Caches::from_url(url).unwrap().build().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_cluster_is_one_line_with_its_settings_in_the_query() {
    let cluster = shared_cluster();
    let url = format!("{}?read_from=replicas&leader_after_write=2s&wait_replicas=1", cluster.url());
    let cache = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap();

    cache.set("line", &1_u64, Timeout::secs(60)).await.unwrap();

    assert_eq!(cache.get::<u64>("line").await.unwrap(), Some(1));
    assert!(cache.delete("line").await.unwrap());
}

#[test]
fn a_table_of_the_settings_file_may_hold_all_of_them() {
    let file = r#"
        [caches.default]
        backend = "redis"
        location = "redis+sentinel://a,b/mymaster"
        username = "alice"
        password = "right"
        database = 3
        read_from = "replicas"
        leader_after_write = "3s"
        wait_replicas = 2
        sentinel_username = "watcher"
        sentinel_password = "secret"
    "#;

    assert!(Caches::from_toml(file).unwrap().build().is_ok());
}

#[test]
fn what_code_states_is_held_to_the_same_rules() {
    let at = Options::at;
    let cases = [
        (Options { replicas: Some("a".to_owned()), ..at("redis+cluster://h") }, "single server"),
        (Options { read_from: Some(ReadFrom::Replicas), ..at("redis://h") }, "needs `replicas`"),
        (Options { replicas: Some("a,,b".to_owned()), ..at("redis://h") }, "`replicas` takes hosts"),
        (Options { wait_replicas: Some(0), ..at("redis://h") }, "at least one"),
        (Options { sentinel_password: Some("x".to_owned()), ..at("redis://h") }, "redis+sentinel"),
        (Options { database: Some(1), ..at("redis+cluster://h") }, "no databases"),
        (at("redis+cluster://h/1"), "no databases"),
        (at("redis+sentinel://h"), "name of the master"),
    ];
    for (options, words) in cases {
        let error = options.build(&Clock::system()).err().unwrap_or_else(|| panic!("{options:?}"));

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn secrets_of_sentinels_are_not_shown() {
    let setup = Redis::url("redis+sentinel://user:hunter2@a,b/mymaster").unwrap();

    let shown = format!("{:?}", setup.sentinel_username("mallory").sentinel_password("hunter3"));

    assert!(!shown.contains("hunter") && !shown.contains("mallory") && !shown.contains("user:"), "{shown}");
    assert!(shown.contains("a,b/mymaster"), "{shown}");
}

#[test]
fn a_store_says_how_long_a_call_waits_for_it_whatever_its_shape() {
    let (connect_timeout, answer_timeout) = (Duration::from_secs(1), Duration::from_secs(2));
    let urls = ["redis://h", "redis+cluster://h", "redis+sentinel://h/name"];
    for url in urls {
        let options = Options { connect_timeout, answer_timeout, ..Options::at(url) };
        let reading = Options { replicas: (url == "redis://h").then(|| "a".to_owned()), ..options.clone() };
        let reading = Options { read_from: Some(ReadFrom::Replicas), wait_replicas: Some(1), ..reading };

        for options in [options, reading] {
            assert_eq!(store(&options).capability().limit, connect_timeout + answer_timeout, "{url}");
        }
    }
}

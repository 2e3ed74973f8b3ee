//! The header that says what this cache did.

use std::time::Duration;

use cache_runtime::page::cache_status::{CacheStatus, Forward};
use http::StatusCode;

use crate::given::headers;

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn a_hit_says_how_long_it_stays_fresh() {
    // HT093
    assert_eq!(CacheStatus::hit("site").ttl(MINUTE).value(), "site; hit; ttl=60");
}

#[test]
fn a_stale_hit_says_since_when() {
    // HT093
    assert_eq!(CacheStatus::hit("site").stale_since(MINUTE).value(), "site; hit; ttl=-60");
}

#[test]
fn neither_a_hit_nor_a_miss_is_said_by_a_name_alone() {
    assert_eq!(CacheStatus::by_itself("site").value(), "site");
    assert_eq!(CacheStatus::by_itself("site").detail("alone").value(), "site; detail=alone");
}

#[test]
fn a_miss_says_why() {
    // HT093
    for (why, word) in [
        (Forward::Bypass, "bypass"),
        (Forward::Method, "method"),
        (Forward::UriMiss, "uri-miss"),
        (Forward::VaryMiss, "vary-miss"),
        (Forward::Miss, "miss"),
        (Forward::Request, "request"),
        (Forward::Stale, "stale"),
        (Forward::Partial, "partial"),
    ] {
        assert_eq!(CacheStatus::forwarded("site", why).value(), format!("site; fwd={word}").as_str());
    }
}

#[test]
fn a_miss_says_what_came_of_it() {
    let status = CacheStatus::forwarded("site", Forward::Stale)
        .forward_status(StatusCode::NOT_MODIFIED)
        .stored()
        .collapsed()
        .ttl(MINUTE)
        .detail("renewed");

    assert_eq!(status.value(), "site; fwd=stale; fwd-status=304; stored; collapsed; ttl=60; detail=renewed");
}

#[test]
fn a_hit_says_nothing_of_the_handler() {
    let status = CacheStatus::hit("site").stored().collapsed().forward_status(StatusCode::OK);

    assert_eq!(status.value(), "site; hit");
}

#[test]
fn it_stands_behind_what_other_caches_wrote() {
    let mut lines = headers([("cache-status", "origin; hit")]);

    CacheStatus::hit("site").append_to(&mut lines);

    let lines: Vec<_> = lines.get_all("cache-status").iter().collect();
    assert_eq!(lines, ["origin; hit", "site; hit"]);
}

#[test]
fn a_name_that_is_no_token_is_a_string() {
    for (name, written) in [
        ("example.com:8080", "example.com:8080"),
        ("*", "*"),
        ("my site", "\"my site\""),
        ("2nd", "\"2nd\""),
        ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("", "\"\""),
        ("caf\u{e9}\r\n", "\"caf\""),
    ] {
        assert_eq!(CacheStatus::hit(name).value(), format!("{written}; hit").as_str());
    }
}

#[test]
fn a_time_without_end_is_still_an_integer() {
    assert_eq!(CacheStatus::hit("site").ttl(Duration::MAX).value(), "site; hit; ttl=999999999999999");
}

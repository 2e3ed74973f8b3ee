//! How `Cache-Control` is read.

use std::time::Duration;

use cache_runtime::page::control::{CacheControl, MOST_SECONDS};
use http::{HeaderMap, HeaderValue};

use crate::given::headers;

fn control(line: &str) -> CacheControl {
    CacheControl::of(&headers([("cache-control", line)]))
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn words_are_recognised_in_any_letter_case() {
    // HT024
    let read = control("No-Store, PRIVATE, nO-cAcHe, Public, Must-Revalidate, PROXY-revalidate, Max-Age=7");

    assert!(read.forbids_storing() && read.is_private() && read.must_ask() && read.is_public());
    assert!(read.must_revalidate() && read.proxy_revalidate());
    assert_eq!(read.max_age(), Some(seconds(7)));
}

#[test]
fn several_lines_are_one_list() {
    // HT025
    let read = CacheControl::of(&headers([("cache-control", "max-age=60"), ("cache-control", "private")]));

    assert!(read.is_private());
    assert_eq!(read.max_age(), Some(seconds(60)));
}

#[test]
fn words_inside_a_quoted_string_are_no_directives() {
    // HT026
    for line in
        ["ext=\"a, private, b\", max-age=5", "ext=\"a\\\", private\", max-age=5", "ext=\"\\\\\", max-age=5"]
    {
        let read = control(line);

        assert!(!read.is_private(), "{line}");
        assert!(!read.forbids_storing(), "{line}");
        assert_eq!(read.max_age(), Some(seconds(5)), "{line}");
    }
}

#[test]
fn a_quoted_string_ends_where_it_is_closed() {
    assert!(control("ext=\"a\\\\\", private").is_private());
    assert!(control("ext=\"a\", private, ext=\"b\"").is_private());
}

#[test]
fn a_stray_quotation_mark_forbids_storing() {
    for line in ["ext=\"a, max-age=60", "ext\"a, max-age=60", "\"", "ext=\"a\"b, max-age=60", "ext=\"a\\\""] {
        assert!(control(line).forbids_storing(), "{line}");
    }
}

#[test]
fn a_qualified_word_counts_as_the_bare_word() {
    // HT023
    for line in ["private=\"set-cookie\"", "private=set-cookie", "private=\"a, b\""] {
        assert!(control(line).is_private(), "{line}");
    }
    assert!(control("no-cache=\"x\"").must_ask());
}

#[test]
fn permission_takes_no_value() {
    assert!(!control("public=\"x\"").is_public());
}

#[test]
fn padding_makes_no_difference() {
    let read = control("\t , ,no-store ,\t max-age=300 \t,");

    assert!(read.forbids_storing());
    assert_eq!(read.max_age(), Some(seconds(300)));
}

#[test]
fn a_number_that_is_none_is_zero() {
    // HT051
    for value in ["=-1", "=1.5", "=abc", "=", "", "=0x10", "=60s", "= 60", "=+60", "=6 0", "=\"\""] {
        assert_eq!(control(&format!("max-age{value}")).max_age(), Some(seconds(0)), "max-age{value}");
    }
}

#[test]
fn a_number_that_is_contradicted_is_zero() {
    // HT051
    assert_eq!(control("max-age=60, max-age=30").max_age(), Some(seconds(0)));
    assert_eq!(control("max-age=60, max-age=60").max_age(), Some(seconds(60)));
    assert_eq!(control("max-age=60, max-age=30, max-age=60").max_age(), Some(seconds(0)));
}

#[test]
fn a_number_may_be_quoted() {
    assert_eq!(control("max-age=\"60\"").max_age(), Some(seconds(60)));
}

#[test]
fn a_large_number_is_clamped() {
    // HT052
    for digits in ["2147483649", "4294967296", "18446744073709551616", "99999999999999999999999999"] {
        assert_eq!(
            control(&format!("s-maxage={digits}")).s_maxage(),
            Some(seconds(MOST_SECONDS)),
            "{digits}"
        );
    }
    assert_eq!(control("max-age=2147483647").max_age(), Some(seconds(2_147_483_647)));
}

#[test]
fn unknown_directives_say_nothing() {
    let unknown = control("no-stores, xprivate, private-ish, max-ages=5, no_store, pre-check=9");

    assert_eq!(unknown, CacheControl::default());
}

#[test]
fn each_number_has_its_own_place() {
    let read = control(
        "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4, min-fresh=5, max-stale=6",
    );

    let numbers = [
        read.max_age(),
        read.s_maxage(),
        read.stale_while_revalidate(),
        read.stale_if_error(),
        read.min_fresh(),
        read.max_stale(),
    ];
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6].map(|number| Some(seconds(number))));
}

#[test]
fn each_word_has_its_own_place() {
    let read = control("must-understand, no-transform, immutable, only-if-cached");

    assert!(read.must_understand() && read.forbids_transforming());
    assert!(read.is_immutable() && read.only_if_cached());
    assert!(!read.forbids_storing() && !read.must_ask() && !read.is_private() && !read.is_public());
}

#[test]
fn max_stale_without_a_number_means_at_any_time() {
    assert_eq!(control("max-stale").max_stale(), Some(seconds(MOST_SECONDS)));
}

#[test]
fn pragma_counts_where_a_request_has_no_cache_control() {
    let old = CacheControl::of_request(&headers([("pragma", "x, No-Cache")]));
    let new = CacheControl::of_request(&headers([("pragma", "no-cache"), ("cache-control", "max-age=5")]));
    let response = CacheControl::of(&headers([("pragma", "no-cache")]));

    assert!(old.must_ask());
    assert!(!new.must_ask() && !response.must_ask());
}

#[test]
fn bytes_outside_of_ascii_hide_nothing() {
    let mut lines = HeaderMap::new();
    lines.insert("cache-control", HeaderValue::from_bytes(b"\xff\xfe=\xe9, no-store, max-age=\xff").unwrap());

    let read = CacheControl::of(&lines);

    assert!(read.forbids_storing());
    assert_eq!(read.max_age(), Some(seconds(0)));
}

#[test]
fn reading_allocates_nothing() {
    let (empty, full) = (HeaderMap::new(), headers([("cache-control", "public, max-age=60, ext=\"a, b\"")]));

    let counted = allocation_counter::measure(|| {
        assert_eq!(CacheControl::of(&empty), CacheControl::default());
        assert!(CacheControl::of(&full).is_public());
    });

    assert_eq!(counted.count_total, 0);
}

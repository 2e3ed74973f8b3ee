//! Preconditions: when a page is answered by 304 or 412.

use cache_runtime::page::condition::{
    Validators, Verdict, entity_tag, has_preconditions, judge, not_modified_headers,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::given::{date, headers, now};

const TAG: &str = "\"abc\"";

/// A page with an entity tag that was last modified now.
fn page() -> Validators {
    let modified = date(0);
    Validators::of(&headers([("etag", TAG), ("last-modified", &modified)]))
}

fn tagged(tag: &str) -> Validators {
    Validators::of(&headers([("etag", tag)]))
}

fn dated() -> Validators {
    Validators::new(None, Some(now()))
}

fn get<const N: usize>(page: &Validators, lines: [(&str, &str); N]) -> Verdict {
    judge(&Method::GET, &headers(lines), page)
}

fn put<const N: usize>(page: &Validators, lines: [(&str, &str); N]) -> Verdict {
    judge(&Method::PUT, &headers(lines), page)
}

#[test]
fn hd050_without_conditions_the_request_goes_on() {
    assert_eq!(get(&page(), []), Verdict::Proceed);
    assert!(!has_preconditions(&HeaderMap::new()));
}

#[test]
fn hd051_a_date_that_is_not_older_is_answered_by_304() {
    assert_eq!(get(&page(), [("if-modified-since", &date(0))]), Verdict::NotModified);
    assert_eq!(get(&page(), [("if-modified-since", &date(60))]), Verdict::NotModified);
}

#[test]
fn hd054_an_older_date_goes_on() {
    assert_eq!(get(&page(), [("if-modified-since", &date(-1))]), Verdict::Proceed);
}

#[test]
fn hd055_unmodified_since_a_date_that_is_not_older_goes_on() {
    assert_eq!(get(&page(), [("if-unmodified-since", &date(0))]), Verdict::Proceed);
    assert_eq!(get(&page(), [("if-unmodified-since", &date(60))]), Verdict::Proceed);
}

#[test]
fn hd056_what_is_no_date_is_ignored() {
    for line in ["", "soon", "0", "Sun, 06 Nov 1994 08:49:37 UTC", "Mon, 06 Nov 1994 08:49:37 GMT"] {
        assert_eq!(get(&page(), [("if-unmodified-since", line)]), Verdict::Proceed, "{line}");
        assert_eq!(get(&page(), [("if-modified-since", line)]), Verdict::Proceed, "{line}");
    }
}

#[test]
fn hd057_unmodified_since_an_older_date_has_failed() {
    assert_eq!(get(&page(), [("if-unmodified-since", &date(-1))]), Verdict::Failed);
    assert_eq!(put(&page(), [("if-unmodified-since", &date(-1))]), Verdict::Failed);
}

#[test]
fn hd058_an_equal_tag_is_answered_by_304_or_412() {
    assert_eq!(get(&page(), [("if-none-match", TAG)]), Verdict::NotModified);
    assert_eq!(put(&page(), [("if-none-match", TAG)]), Verdict::Failed);
}

#[test]
fn hd059_another_tag_goes_on() {
    assert_eq!(get(&page(), [("if-none-match", "\"other\"")]), Verdict::Proceed);
}

#[test]
fn hd060_one_equal_tag_of_a_list_is_enough() {
    assert_eq!(get(&page(), [("if-none-match", "\"abc\", \"other\"")]), Verdict::NotModified);
    assert_eq!(get(&page(), [("if-none-match", "\"other\" ,\t\"abc\"")]), Verdict::NotModified);
    assert_eq!(get(&page(), [("if-none-match", "\"x\""), ("if-none-match", TAG)]), Verdict::NotModified);
}

#[test]
fn hd062_weak_tags_are_equal_where_nothing_matches() {
    assert_eq!(get(&page(), [("if-none-match", "W/\"abc\"")]), Verdict::NotModified);
    assert_eq!(get(&tagged("W/\"abc\""), [("if-none-match", TAG)]), Verdict::NotModified);
}

#[test]
fn hd063_any_tag_is_that_of_a_page_that_exists() {
    assert_eq!(get(&page(), [("if-none-match", "*")]), Verdict::NotModified);
    assert_eq!(put(&page(), [("if-none-match", " * ")]), Verdict::Failed);
    assert_eq!(put(&Validators::new(None, None), [("if-none-match", "*")]), Verdict::Proceed);
}

#[test]
fn hd065_the_tag_must_match_where_it_is_asked_for() {
    assert_eq!(put(&page(), [("if-match", TAG)]), Verdict::Proceed);
    assert_eq!(put(&page(), [("if-match", "\"other\"")]), Verdict::Failed);
    assert_eq!(put(&Validators::new(None, None), [("if-match", TAG)]), Verdict::Failed);
}

#[test]
fn weak_tags_match_nothing() {
    assert_eq!(put(&page(), [("if-match", "W/\"abc\"")]), Verdict::Failed);
    assert_eq!(put(&tagged("W/\"abc\""), [("if-match", "W/\"abc\"")]), Verdict::Failed);
}

#[test]
fn hd067_any_tag_matches_a_page_that_exists() {
    assert_eq!(get(&page(), [("if-match", "*")]), Verdict::Proceed);
    assert_eq!(put(&Validators::new(None, None), [("if-match", "*")]), Verdict::Failed);
}

#[test]
fn hd069_the_tag_decides_before_the_date() {
    let lines = [("if-none-match", TAG), ("if-modified-since", &*date(-1))];

    assert_eq!(get(&page(), lines), Verdict::NotModified);
}

#[test]
fn ht071_another_tag_decides_before_an_equal_date() {
    let lines = [("if-none-match", "\"other\""), ("if-modified-since", &*date(0))];

    assert_eq!(get(&page(), lines), Verdict::Proceed);
}

#[test]
fn hd071_a_matching_tag_decides_before_the_date() {
    let lines = [("if-match", TAG), ("if-unmodified-since", &*date(-1))];

    assert_eq!(get(&page(), lines), Verdict::Proceed);
}

#[test]
fn a_matching_tag_does_not_decide_what_comes_after_it() {
    // RFC 9110 §13.2.2, steps 1 and 3
    let lines = [("if-match", TAG), ("if-none-match", TAG)];

    assert_eq!(get(&page(), lines), Verdict::NotModified);
    assert_eq!(put(&page(), lines), Verdict::Failed);
}

#[test]
fn hd073_a_date_says_nothing_of_a_page_without() {
    assert_eq!(get(&tagged(TAG), [("if-modified-since", &date(0))]), Verdict::Proceed);
    assert_eq!(get(&tagged(TAG), [("if-unmodified-since", &date(-1))]), Verdict::Proceed);
}

#[test]
fn hd076_a_head_request_is_answered_as_a_get() {
    let asked = headers([("if-modified-since", &date(0))]);

    assert_eq!(judge(&Method::HEAD, &asked, &page()), Verdict::NotModified);
}

#[test]
fn a_date_does_not_stop_a_request_that_changes_something() {
    assert_eq!(put(&page(), [("if-modified-since", &date(0))]), Verdict::Proceed);
}

#[test]
fn a_date_that_is_given_twice_is_ignored() {
    let date = date(0);

    assert_eq!(get(&page(), [("if-modified-since", &date), ("if-modified-since", &date)]), Verdict::Proceed);
}

#[test]
fn a_date_is_read_in_three_forms() {
    for form in
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    {
        assert_eq!(get(&dated(), [("if-modified-since", form)]), Verdict::NotModified, "{form}");
    }
}

#[test]
fn a_part_of_a_second_makes_no_page_newer() {
    let page = Validators::new(None, Some(now() + std::time::Duration::from_millis(700)));

    assert_eq!(get(&page, [("if-modified-since", &date(0))]), Verdict::NotModified);
}

#[test]
fn hd077_a_tag_without_marks_is_quoted() {
    assert_eq!(entity_tag("abc").unwrap(), TAG);
    assert_eq!(entity_tag(TAG).unwrap(), TAG);
    assert_eq!(entity_tag("W/\"abc\"").unwrap(), "W/\"abc\"");
}

#[test]
fn what_no_tag_can_say_is_none() {
    for text in ["a\"b", "a b", "a\r\nb", "\"a\", \"b\"", "\"a"] {
        assert_eq!(entity_tag(text), None, "{text}");
    }
}

#[test]
fn hd082_a_condition_that_does_not_hold_goes_on() {
    assert_eq!(get(&tagged(TAG), [("if-none-match", "\"other\"")]), Verdict::Proceed);
    assert_eq!(get(&dated(), [("if-modified-since", &date(-1))]), Verdict::Proceed);
}

#[test]
fn a_tag_may_contain_commas() {
    let page = tagged("\"a, b\"");

    assert_eq!(get(&page, [("if-none-match", "\"x\", \"a, b\"")]), Verdict::NotModified);
    assert_eq!(get(&page, [("if-none-match", "\"a\", \"b\"")]), Verdict::Proceed);
}

#[test]
fn what_is_no_tag_matches_nothing() {
    for line in
        ["abc", "'abc'", "\"abc", "abc\"", "\"abc\"x", "w/\"abc\"", "\"abc\" \"abc\"", "\"x\", abc", ""]
    {
        assert_eq!(get(&page(), [("if-none-match", line)]), Verdict::Proceed, "{line}");
    }
    assert_eq!(get(&page(), [("if-none-match", "rubbish, \"abc\"")]), Verdict::NotModified);
}

#[test]
fn ht070_a_stored_page_is_answered_by_304() {
    for line in [TAG, "W/\"abc\"", "\"x\", \"abc\"", "*"] {
        assert_eq!(get(&page(), [("if-none-match", line)]), Verdict::NotModified, "{line}");
    }
    assert!(has_preconditions(&headers([("if-none-match", TAG)])));
}

#[test]
fn ht075_preconditions_of_a_stored_page_fail() {
    assert_eq!(get(&page(), [("if-match", "\"other\"")]), Verdict::Failed);
    assert_eq!(get(&page(), [("if-unmodified-since", &date(-1))]), Verdict::Failed);
}

#[test]
fn mw060_a_304_keeps_what_its_client_needs() {
    let kept = [
        ("cache-control", "max-age=5"),
        ("content-location", "/here"),
        ("date", "now"),
        ("etag", TAG),
        ("expires", "later"),
        ("last-modified", "before"),
        ("vary", "Cookie"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ];
    let mut full = headers(kept);
    full.insert("content-language", HeaderValue::from_static("en"));
    full.insert("content-length", HeaderValue::from_static("5"));
    full.insert("content-type", HeaderValue::from_static("text/html"));

    assert_eq!(not_modified_headers(&full), headers(kept));
}

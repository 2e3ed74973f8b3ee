//! One range of a body, and when it is cut.

use cache_runtime::page::range::Selection;
use http::{HeaderMap, Method};

use crate::given::{date, headers};

/// What a range asks of a hundred bytes.
fn of_hundred(range: &str) -> Selection {
    of(range, 100)
}

fn of(range: &str, length: u64) -> Selection {
    Selection::of(&Method::GET, &headers([("range", range)]), &HeaderMap::new(), length)
}

fn part(first: u64, last: u64) -> Selection {
    Selection::Part { first, last }
}

#[test]
fn one_range_is_cut() {
    // HT018
    assert_eq!(of_hundred("bytes=0-9"), part(0, 9));
    assert_eq!(of_hundred("bytes=99-99"), part(99, 99));
    assert_eq!(of_hundred("Bytes= 5-5 ,"), part(5, 5));
}

#[test]
fn an_open_range_goes_to_the_end() {
    assert_eq!(of_hundred("bytes=90-"), part(90, 99));
    assert_eq!(of_hundred("bytes=90-1000"), part(90, 99));
    assert_eq!(of_hundred("bytes=90-99999999999999999999999"), part(90, 99));
}

#[test]
fn a_suffix_is_cut_from_the_end() {
    assert_eq!(of_hundred("bytes=-10"), part(90, 99));
    assert_eq!(of_hundred("bytes=-1000"), part(0, 99));
}

#[test]
fn bytes_that_are_not_there_cannot_be_sent() {
    assert_eq!(of_hundred("bytes=100-"), Selection::Unsatisfiable);
    assert_eq!(of_hundred("bytes=200-300"), Selection::Unsatisfiable);
    assert_eq!(of_hundred("bytes=-0"), Selection::Unsatisfiable);
    assert_eq!(of("bytes=0-", 0), Selection::Unsatisfiable);
}

#[test]
fn what_is_no_range_asks_for_the_whole() {
    for range in
        ["bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-0", "bytes=1", "bytes=1-2-3", "bytes=--5"]
    {
        assert_eq!(of_hundred(range), Selection::Whole, "{range}");
    }
    assert_eq!(of_hundred("lines=0-5"), Selection::Whole);
    assert_eq!(of("bytes=-5", 0), Selection::Whole);
}

#[test]
fn several_ranges_ask_for_the_whole() {
    let two_lines = headers([("range", "bytes=0-5"), ("range", "bytes=0-5")]);

    assert_eq!(of_hundred("bytes=0-5,10-15"), Selection::Whole);
    assert_eq!(Selection::of(&Method::GET, &two_lines, &HeaderMap::new(), 100), Selection::Whole);
}

#[test]
fn only_a_get_has_a_range() {
    let asked = headers([("range", "bytes=0-5")]);

    assert_eq!(Selection::of(&Method::HEAD, &asked, &HeaderMap::new(), 100), Selection::Whole);
}

#[test]
fn a_range_of_another_representation_asks_for_the_whole() {
    // HT075
    let page = headers([("etag", "\"a\"")]);
    let cut = |line| {
        let asked = headers([("range", "bytes=0-5"), ("if-range", line)]);
        Selection::of(&Method::GET, &asked, &page, 100)
    };

    assert_eq!(cut("\"a\""), part(0, 5));
    for line in ["\"b\"", "W/\"a\"", "a", "\"b\", \"a\"", "\"a\", \"b\"", "*", ""] {
        assert_eq!(cut(line), Selection::Whole, "{line}");
    }
}

#[test]
fn a_weak_tag_is_no_proof_of_equal_bytes() {
    let asked = headers([("range", "bytes=0-5"), ("if-range", "W/\"a\"")]);

    let selection = Selection::of(&Method::GET, &asked, &headers([("etag", "W/\"a\"")]), 100);

    assert_eq!(selection, Selection::Whole);
}

#[test]
fn a_date_is_a_proof_if_it_is_the_same_and_older_than_the_answer() {
    // HT075
    let cut = |line: &str, made: &str| {
        let asked = headers([("range", "bytes=0-5"), ("if-range", line)]);
        let page = headers([("last-modified", &date(0)), ("date", made)]);
        Selection::of(&Method::GET, &asked, &page, 100)
    };

    assert_eq!(cut(&date(0), &date(1)), part(0, 5));
    assert_eq!(cut(&date(0), &date(0)), Selection::Whole);
    assert_eq!(cut(&date(1), &date(9)), Selection::Whole);
    assert_eq!(cut(&date(-1), &date(9)), Selection::Whole);
}

#[test]
fn the_content_range_names_the_bytes_and_the_length() {
    assert_eq!(part(0, 9).content_range(100).unwrap(), "bytes 0-9/100");
    assert_eq!(Selection::Unsatisfiable.content_range(100).unwrap(), "bytes */100");
    assert_eq!(Selection::Whole.content_range(100), None);
}

//! `Vary`: how names are added to it, and found in it.

use cache_runtime::page::headers::{has_vary, patch_vary, varies_on_everything};
use http::HeaderMap;

use crate::given::headers;

/// `Vary` after names were added to what was there.
fn varied(found: Option<&str>, names: &[&str]) -> String {
    let mut lines = found.map_or_else(HeaderMap::new, |found| headers([("vary", found)]));
    patch_vary(&mut lines, names);
    assert_eq!(lines.get_all("vary").iter().count(), 1, "one line");
    lines["vary"].to_str().unwrap().to_owned()
}

#[test]
fn hd001_a_name_is_added_where_there_is_none() {
    assert_eq!(varied(None, &["Accept-Encoding"]), "Accept-Encoding");
}

#[test]
fn hd002_names_compare_without_letter_case() {
    assert_eq!(varied(Some("Accept-Encoding"), &["accept-encoding"]), "Accept-Encoding");
    assert_eq!(varied(Some("Accept-Encoding"), &["ACCEPT-ENCODING"]), "Accept-Encoding");
}

#[test]
fn hd003_a_new_name_stands_last() {
    assert_eq!(varied(Some("Cookie"), &["Accept-Encoding"]), "Cookie, Accept-Encoding");
}

#[test]
fn hd004_names_that_are_there_are_not_added() {
    let found = Some("Cookie, Accept-Encoding");

    assert_eq!(varied(found, &["Accept-Encoding", "cookie"]), "Cookie, Accept-Encoding");
}

#[test]
fn hd006_spaces_round_the_comma_make_no_difference() {
    let found = Some("Cookie     ,     Accept-Encoding");

    assert_eq!(varied(found, &["Accept-Encoding", "cookie"]), "Cookie, Accept-Encoding");
}

#[test]
fn hd007_everything_swallows_all_names() {
    for (found, names) in [
        (Some("*"), &["Accept-Language", "Cookie"][..]),
        (Some("Cookie, *"), &["Accept-Language"]),
        (Some("Cookie"), &["Accept-Language", "*"]),
        (None, &["*"]),
    ] {
        assert_eq!(varied(found, names), "*", "{found:?} {names:?}");
    }
}

#[test]
fn names_of_several_lines_become_one_line() {
    let mut lines = headers([("vary", "Cookie"), ("vary", "accept")]);

    patch_vary(&mut lines, &["Accept", "Origin"]);

    assert_eq!(lines.get_all("vary").iter().collect::<Vec<_>>(), ["Cookie, accept, Origin"]);
}

#[test]
fn what_is_no_name_is_not_added() {
    assert_eq!(varied(Some("Cookie"), &["a b", "", "x\r\ny: z", "Origin"]), "Cookie, Origin");
}

#[test]
fn no_names_leave_no_vary() {
    let mut lines = HeaderMap::new();

    patch_vary(&mut lines, &[]);

    assert!(lines.is_empty());
}

#[test]
fn hd031_everything_is_recognised() {
    assert!(varies_on_everything(&headers([("vary", "*")])));
}

#[test]
fn hd032_everything_is_recognised_in_a_list() {
    for line in ["Cookie, *", "Cookie,*", "Cookie , *"] {
        assert!(varies_on_everything(&headers([("vary", line)])), "{line}");
    }
    assert!(varies_on_everything(&headers([("vary", "Cookie"), ("vary", "\t*")])));
}

#[test]
fn hd034_everything_is_not_every_name() {
    assert!(!varies_on_everything(&headers([("vary", "Cookie")])));
    assert!(!has_vary(&headers([("vary", "*")]), "Cookie"));
}

#[test]
fn hd035_a_name_is_found_without_letter_case() {
    assert!(has_vary(&headers([("vary", "cookie")]), "Cookie"));
    assert!(has_vary(&headers([("vary", "Cookie")]), "cookie"));
    assert!(!has_vary(&headers([("vary", "Cookies")]), "cookie"));
}

#[test]
fn hd045_names_keep_their_order_and_spelling() {
    assert_eq!(varied(None, &["aCCept-EncodiNg", "cOOkie"]), "aCCept-EncodiNg, cOOkie");
}

#[test]
fn hd047_a_page_varies_on_cookies() {
    assert_eq!(varied(None, &["Cookie"]), "Cookie");
}

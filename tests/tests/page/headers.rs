//! The helpers that change the headers of a response.

use std::time::Duration;

use cache_runtime::page::headers::{
    Directives, etag_of, http_date, max_age, never_cache, patch_cache_control, patch_response_headers,
    weaken_etag,
};
use http::HeaderMap;

use crate::given::{date, headers, now};

/// `Cache-Control` after directives were merged into what was there.
fn merged(found: &str, directives: &Directives) -> String {
    let mut lines = headers([("cache-control", found)]);
    patch_cache_control(&mut lines, directives);
    assert_eq!(lines.get_all("cache-control").iter().count(), 1, "one line");
    lines["cache-control"].to_str().unwrap().to_owned()
}

fn control(line: &str) -> HeaderMap {
    headers([("cache-control", line)])
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn hd013_padding_before_the_maximal_age_makes_no_difference() {
    assert_eq!(max_age(&control(" max-age=300")), Some(300));
    assert_eq!(max_age(&control("\tmax-age=300")), Some(300));
}

#[test]
fn hd014_the_maximal_age_stands_anywhere_in_the_list() {
    assert_eq!(max_age(&control("no-cache, max-age=600")), Some(600));
}

#[test]
fn hd015_padding_behind_the_maximal_age_makes_no_difference() {
    assert_eq!(max_age(&control("max-age=300 ")), Some(300));
}

#[test]
fn without_a_maximal_age_there_is_none() {
    assert_eq!(max_age(&HeaderMap::new()), None);
    assert_eq!(max_age(&control("no-cache")), None);
}

#[test]
fn hd016_a_directive_is_set_where_there_is_none() {
    let mut none = HeaderMap::new();

    patch_cache_control(&mut none, &Directives::new().private());

    assert_eq!(none["cache-control"], "private");
    assert_eq!(merged("", &Directives::new().private()), "private");
}

#[test]
fn hd017_a_field_is_named_by_no_cache() {
    assert_eq!(merged("", &Directives::new().no_cache_for("Set-Cookie")), "no-cache=Set-Cookie");
}

#[test]
fn hd018_a_directive_is_known_by_its_written_name_too() {
    assert_eq!(merged("", &Directives::new().custom("no-cache", "Set-Cookie")), "no-cache=Set-Cookie");
}

#[test]
fn hd021_fields_accumulate() {
    let both = merged("no-cache=Set-Cookie", &Directives::new().no_cache_for("Link"));

    assert_eq!(both, "no-cache=Set-Cookie, no-cache=Link");
}

#[test]
fn hd022_a_third_field_joins_two() {
    let all = merged("no-cache=Set-Cookie, no-cache=Link", &Directives::new().no_cache_for("Expires"));

    assert_eq!(all, "no-cache=Set-Cookie, no-cache=Link, no-cache=Expires");
}

#[test]
fn fields_of_private_accumulate_and_the_bare_word_outdoes_them() {
    assert_eq!(merged("private=A", &Directives::new().private_for("B")), "private=A, private=B");
    assert_eq!(merged("private=A, max-age=5", &Directives::new().private()), "private, max-age=5");
    assert_eq!(merged("private", &Directives::new().private_for("B")), "private");
    assert_eq!(merged("", &Directives::new().no_cache().no_cache_for("B")), "no-cache");
    assert_eq!(merged("no-cache=B", &Directives::new().no_cache_for("B")), "no-cache=B");
}

#[test]
fn hd023_private_twice_is_private() {
    assert_eq!(merged("private", &Directives::new().private()), "private");
}

#[test]
fn hd024_public_displaces_private() {
    assert_eq!(merged("private", &Directives::new().public()), "public");
    assert_eq!(merged("private=A, private=B", &Directives::new().public()), "public");
}

#[test]
fn hd025_public_twice_is_public() {
    assert_eq!(merged("public", &Directives::new().public()), "public");
}

#[test]
fn hd026_private_displaces_public() {
    assert_eq!(merged("public", &Directives::new().private()), "private");
}

#[test]
fn hd027_what_is_not_displaced_stays_in_its_order() {
    let line = merged("must-revalidate,max-age=60,private", &Directives::new().public());

    assert_eq!(line, "must-revalidate, max-age=60, public");
}

#[test]
fn hd029_a_directive_is_added_to_others() {
    let line = merged("must-revalidate,max-age=60", &Directives::new().public());

    assert_eq!(line, "must-revalidate, max-age=60, public");
}

#[test]
fn of_two_maximal_ages_the_smaller_stays() {
    assert_eq!(merged("max-age=60", &Directives::new().max_age(secs(30))), "max-age=30");
    assert_eq!(merged("max-age=30, public", &Directives::new().max_age(secs(60))), "max-age=30, public");
    assert_eq!(merged("max-age=x", &Directives::new().max_age(secs(60))), "max-age=0");
    assert_eq!(merged("max-age=60, max-age=9", &Directives::new().max_age(secs(60))), "max-age=0");
}

#[test]
fn other_numbers_take_the_new_value() {
    let line = merged("s-maxage=10, public", &Directives::new().s_maxage(secs(60)).stale_if_error(secs(5)));

    assert_eq!(line, "s-maxage=60, public, stale-if-error=5");
}

#[test]
fn what_cannot_be_read_becomes_no_store() {
    assert_eq!(
        merged("public, a=\"x, max-age=5", &Directives::new().max_age(secs(9))),
        "public, no-store, max-age=9"
    );
}

#[test]
fn quoted_strings_are_kept_whole() {
    assert_eq!(merged("Note=\"a, B\"", &Directives::new().public()), "note=\"a, B\", public");
    assert_eq!(merged("", &Directives::new().custom("note", "a \"b\", c\\")), "note=\"a \\\"b\\\", c\\\\\"");
    assert_eq!(merged("", &Directives::new().no_cache_for("A, B")), "no-cache=\"A, B\"");
}

#[test]
#[should_panic(expected = "the name of a directive is a token")]
fn a_custom_name_is_a_token() {
    drop(Directives::new().custom("a b", "c"));
}

#[test]
#[should_panic(expected = "contains control characters")]
fn a_custom_value_is_printable() {
    drop(Directives::new().custom("a", "b\r\nset-cookie: c"));
}

#[test]
fn hd037_no_directives_leave_the_header_empty() {
    let mut lines = HeaderMap::new();

    patch_cache_control(&mut lines, &Directives::new());

    assert_eq!(lines["cache-control"], "");
}

#[test]
fn hd038_all_directives_are_present() {
    let directives = Directives::new().max_age(secs(123)).private().public().custom("custom", "456");

    assert_eq!(merged("", &directives), "max-age=123, private, public, custom=456");
}

#[test]
fn hd041_a_page_that_is_never_kept_says_so() {
    let mut lines = HeaderMap::new();

    never_cache(&mut lines, now());

    assert_eq!(lines["expires"], date(0).as_str());
    assert_eq!(lines["cache-control"], "max-age=0, no-cache, no-store, must-revalidate, private");
}

#[test]
fn a_page_that_is_never_kept_says_nothing_else() {
    let expires = date(600);
    let mut lines = headers([("cache-control", "public, max-age=600"), ("expires", &expires)]);

    never_cache(&mut lines, now());

    assert_eq!(lines["expires"], date(0).as_str());
    assert_eq!(lines["cache-control"], "max-age=0, no-cache, no-store, must-revalidate, private");
}

#[test]
fn ht055_a_lifetime_is_said_to_clients() {
    let mut lines = HeaderMap::new();

    patch_response_headers(&mut lines, secs(60), now());

    assert_eq!(lines["cache-control"], "max-age=60");
    assert_eq!(lines["expires"], date(60).as_str());
}

#[test]
fn ht055_a_shorter_lifetime_is_kept() {
    let expires = date(20);
    let mut lines = headers([("cache-control", "max-age=30"), ("expires", &expires)]);

    patch_response_headers(&mut lines, secs(60), now());

    assert_eq!(lines["cache-control"], "max-age=30");
    assert_eq!(lines["expires"], date(20).as_str());
}

#[test]
fn ht055_a_longer_lifetime_is_lowered() {
    let expires = date(900);
    let mut lines = headers([("cache-control", "public, max-age=900"), ("expires", &expires)]);

    patch_response_headers(&mut lines, secs(60), now());

    assert_eq!(lines["cache-control"], "public, max-age=60");
    assert_eq!(lines["expires"], date(60).as_str());
}

#[test]
fn an_expiry_that_is_no_date_is_kept() {
    let mut lines = headers([("expires", "0")]);

    patch_response_headers(&mut lines, secs(60), now());

    assert_eq!(lines["expires"], "0");
}

#[test]
fn a_timeout_without_end_is_clamped() {
    let mut lines = HeaderMap::new();

    patch_response_headers(&mut lines, Duration::MAX, now());

    assert_eq!(lines["cache-control"], "max-age=2147483648");
    assert_eq!(lines["expires"], date(2_147_483_648).as_str());
}

#[test]
fn a_date_stays_within_the_years_that_a_header_can_say() {
    let far = now() + secs(400_000_000_000);

    assert_eq!(http_date(far), "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!(http_date(std::time::UNIX_EPOCH - secs(5)), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[test]
fn ht072_equal_bodies_have_equal_strong_tags() {
    let tag = etag_of(b"hello");

    assert_eq!(tag, etag_of(b"hello"));
    assert_ne!(tag, etag_of(b"hello!"));
    let text = tag.to_str().unwrap();
    assert!(text.len() == 34 && text.starts_with('"') && text.ends_with('"'), "{text}");
}

#[test]
fn a_strong_tag_of_an_encoded_page_becomes_weak() {
    for (encoding, tag, sent) in
        [(Some("gzip"), "\"a\"", "\"a\""), (Some("gzip"), "W/\"a\"", "\"a\""), (None, "\"a\"", "\"a\"")]
    {
        let mut lines = headers([("etag", tag)]);
        if let Some(encoding) = encoding {
            lines.insert("content-encoding", encoding.parse().unwrap());
        }

        weaken_etag(&mut lines);

        let is_weak = encoding.is_some();
        assert_eq!(lines["etag"], if is_weak { format!("W/{sent}") } else { sent.to_owned() });
    }
}

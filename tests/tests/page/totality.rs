//! Whatever bytes a header holds, reading it fails nowhere, and what is written can be read again.

use std::time::{Duration, UNIX_EPOCH};

use cache_runtime::page::cache_status::CacheStatus;
use cache_runtime::page::condition::{Validators, entity_tag, judge, not_modified_headers};
use cache_runtime::page::control::{CacheControl, MOST_SECONDS};
use cache_runtime::page::headers::{
    Directives, has_vary, max_age, never_cache, patch_cache_control, patch_response_headers, patch_vary,
    varies_on_everything,
};
use cache_runtime::page::lifetime::Lifetime;
use cache_runtime::page::range::Selection;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;

/// The headers that are read anywhere.
const NAMES: [&str; 14] = [
    "cache-control",
    "vary",
    "expires",
    "date",
    "age",
    "etag",
    "last-modified",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
    "pragma",
];

/// What a hostile value is made of: pieces that mean something, and any bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "max-age",
        "s-maxage",
        "private",
        "no-cache",
        "no-store",
        "public",
        "=",
        "\"",
        "\\",
        ",",
        ", ",
        " ",
        "\t",
        "-1",
        "0",
        "60",
        "2147483649",
        "99999999999999999999",
        "*",
        "W/",
        "\"abc\"",
        "bytes",
        "-",
        "5-9",
        "Cookie",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ];
    prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>().prop_filter("no header holds it", |byte| *byte == b'\t' || (*byte >= 32 && *byte != 127)), 0..6),
    ]
}

fn value() -> impl Strategy<Value = HeaderValue> {
    vec(piece(), 0..8)
        .prop_map(|pieces| HeaderValue::from_bytes(&pieces.concat()).expect("the bytes are allowed"))
}

fn hostile() -> impl Strategy<Value = HeaderMap> {
    vec((proptest::sample::select(NAMES.to_vec()), value()), 0..10).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers
    })
}

fn control() -> impl Strategy<Value = HeaderMap> {
    vec(value(), 1..4).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for value in lines {
            headers.append("cache-control", value);
        }
        headers
    })
}

proptest! {
    #[test]
    fn a_response_is_always_read(headers in hostile(), status in 100_u16..999, seconds in any::<u32>()) {
        let now = UNIX_EPOCH + Duration::from_secs(seconds.into());
        let lifetime = Lifetime::of(StatusCode::from_u16(status).unwrap(), &headers, now);

        prop_assert!(lifetime.total() <= Duration::from_secs(MOST_SECONDS));
        prop_assert!(lifetime.fresh() <= lifetime.total());
        prop_assert!(lifetime.may_go_stale() || lifetime.stale_if_error().is_zero());
        prop_assert!(max_age(&headers).unwrap_or(0) <= MOST_SECONDS);
        prop_assert!(not_modified_headers(&headers).len() <= headers.len());
    }

    #[test]
    fn a_request_is_always_judged(asked in hostile(), page in hostile(), length in any::<u64>()) {
        judge(&Method::GET, &asked, &Validators::of(&page));
        judge(&Method::PUT, &asked, &Validators::of(&page));
        let _ = CacheControl::of_request(&asked);
        if let Selection::Part { first, last } = Selection::of(&Method::GET, &asked, &page, length) {
            prop_assert!(first <= last && last < length);
        }
    }

    #[test]
    fn no_word_is_forgiven_by_merging(headers in control(), seconds in any::<u32>()) {
        let before = CacheControl::of(&headers);
        let mut merged = headers;
        patch_cache_control(&mut merged, &Directives::new().max_age(Duration::from_secs(seconds.into())));
        let after = CacheControl::of(&merged);

        prop_assert!(!before.forbids_storing() || after.forbids_storing());
        prop_assert!(!before.is_private() || after.is_private());
        prop_assert!(!before.must_ask() || after.must_ask());
        prop_assert!(before.is_public() || !after.is_public());
        prop_assert!(after.max_age() <= Some(Duration::from_secs(seconds.into())));
        prop_assert!(before.max_age().is_none_or(|before| after.max_age() <= Some(before)));
    }

    #[test]
    fn merging_twice_is_merging_once(headers in control()) {
        let directives = Directives::new().public().no_cache_for("Link").max_age(Duration::from_mins(1));
        let mut once = headers;
        patch_cache_control(&mut once, &directives);
        let mut twice = once.clone();
        patch_cache_control(&mut twice, &directives);

        prop_assert_eq!(once, twice);
    }

    #[test]
    fn a_page_that_is_never_kept_is_never_fresh(headers in hostile()) {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let mut dressed = headers;
        never_cache(&mut dressed, now);
        let control = CacheControl::of(&dressed);

        prop_assert!(control.forbids_storing() && control.is_private() && control.must_ask());
        prop_assert!(!control.is_public());
        prop_assert_eq!(Lifetime::of(StatusCode::OK, &dressed, now).fresh(), Duration::ZERO);
    }

    #[test]
    fn a_lifetime_that_is_said_is_no_longer_than_it_was(headers in hostile(), seconds in any::<u64>()) {
        let (now, timeout) = (UNIX_EPOCH + Duration::from_secs(1_000_000_000), Duration::from_secs(seconds));
        let before = max_age(&headers);
        let mut dressed = headers;
        patch_response_headers(&mut dressed, timeout, now);

        let after = max_age(&dressed).expect("it was said");
        prop_assert!(after <= seconds && before.is_none_or(|before| after <= before));
    }

    #[test]
    fn every_name_that_is_added_is_found(headers in hostile(), names in vec("[A-Za-z-]{1,12}", 0..4)) {
        let was_everything = varies_on_everything(&headers);
        let mut dressed = headers.clone();
        patch_vary(&mut dressed, &names.iter().map(String::as_str).collect::<Vec<_>>());

        prop_assert_eq!(varies_on_everything(&dressed), was_everything);
        prop_assert!(was_everything || names.iter().all(|name| has_vary(&dressed, name)));
    }

    #[test]
    fn a_tag_that_can_be_said_matches_itself(text in ".*") {
        if let Some(tag) = entity_tag(&text) {
            let mut asked = HeaderMap::new();
            asked.insert("if-match", tag.clone());
            let page = Validators::new(Some(tag.clone()), None);
            let is_weak = tag.as_bytes().starts_with(b"W/");

            prop_assert_eq!(
                judge(&Method::GET, &asked, &page) == cache_runtime::page::condition::Verdict::Proceed,
                !is_weak
            );
        }
    }

    #[test]
    fn any_name_of_a_cache_can_be_said(name in ".*", detail in ".*") {
        let value = CacheStatus::hit(&name).detail(&detail).value();

        prop_assert!(value.to_str().is_ok());
    }
}

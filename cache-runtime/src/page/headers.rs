//! Helpers that change the headers of a response, for handlers and for whoever writes a layer.

use std::time::{Duration, SystemTime};

use http::header::{CONTENT_ENCODING, ETAG, EXPIRES, VARY};
use http::{HeaderMap, HeaderValue};
use xxhash_rust::xxh3::xxh3_128;

use super::control::{CacheControl, MOST_SECONDS};
pub use super::directives::{Directives, patch_cache_control};
use super::{date, list};

/// Adds names to `Vary`, which becomes one line.
///
/// Names that are there keep their order and spelling; letter case makes no difference. `*`, there or added, swallows
/// all others. What is not the name of a header is left out.
///
/// ```
/// use cache_runtime::page::headers::patch_vary;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("vary", http::HeaderValue::from_static("Cookie"));
///
/// patch_vary(&mut headers, &["Accept-Language", "cookie"]);
///
/// assert_eq!(headers["vary"], "Cookie, Accept-Language");
/// ```
pub fn patch_vary(headers: &mut HeaderMap, names: &[&str]) {
    let is_name = |name: &&&str| **name == "*" || http::HeaderName::from_bytes(name.as_bytes()).is_ok();
    let added = names.iter().filter(is_name).map(|name| name.as_bytes());
    let mut all: Vec<&[u8]> = Vec::new();
    for name in list::elements(headers, VARY).chain(added) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            all.push(name);
        }
    }
    if all.contains(&&b"*"[..]) {
        headers.insert(VARY, HeaderValue::from_static("*"));
    } else if !all.is_empty() {
        let line = list::line(all.join(&b", "[..]));
        headers.insert(VARY, line);
    }
}

/// Whether `Vary` names a header. `*` names none: ask [`varies_on_everything`].
pub fn has_vary(headers: &HeaderMap, name: &str) -> bool {
    names_in_vary(headers).any(|named| named.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether `*` is among the names in `Vary`, so that no request is like another.
pub fn varies_on_everything(headers: &HeaderMap) -> bool {
    names_in_vary(headers).any(|name| name == b"*")
}

/// The names in all lines of `Vary`, as they are written; also what is no name of a header.
pub fn names_in_vary(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    list::elements(headers, VARY)
}

/// The `max-age` of a response, in seconds; one that is no number, or contradicts another, is zero.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// headers.insert("cache-control", http::HeaderValue::from_static("no-cache, max-age=600"));
///
/// assert_eq!(cache_runtime::page::headers::max_age(&headers), Some(600));
/// ```
pub fn max_age(headers: &HeaderMap) -> Option<u64> {
    CacheControl::of(headers).max_age().map(|age| age.as_secs())
}

/// Says to every cache that this response is not to be kept: `Cache-Control: max-age=0, no-cache, no-store,
/// must-revalidate, private`, and `Expires`, which is now.
pub fn never_cache(headers: &mut HeaderMap, now: SystemTime) {
    patch_response_headers(headers, Duration::ZERO, now);
    patch_cache_control(headers, &Directives::new().no_cache().no_store().must_revalidate().private());
}

/// Says how long this response is fresh, by `max-age` and `Expires`; what is there is kept, or lowered.
///
/// `Expires` agrees with `max-age`; one that is no date means "expired", and is kept.
pub fn patch_response_headers(headers: &mut HeaderMap, timeout: Duration, now: SystemTime) {
    let timeout = timeout.min(Duration::from_secs(MOST_SECONDS));
    let age = CacheControl::of(headers).max_age().map_or(timeout, |age| age.min(timeout));
    let expires = now.checked_add(Duration::from_secs(age.as_secs())).unwrap_or(now);
    let is_earlier = |found: &HeaderValue| date::read(found).is_none_or(|found| found <= expires);
    if !headers.get(EXPIRES).is_some_and(is_earlier) {
        headers.insert(EXPIRES, date::written(expires));
    }
    patch_cache_control(headers, &Directives::new().max_age(age));
}

/// A strong `ETag` of a body: equal bodies have equal tags.
pub fn etag_of(body: &[u8]) -> HeaderValue {
    list::line(format!("\"{:032x}\"", xxh3_128(body)))
}

/// Makes a strong `ETag` weak if the response has a `Content-Encoding`.
///
/// A strong tag stands for one sequence of bytes, so the encoded page and the plain one may not share it (RFC 9110 §8.8.3.3):
/// a client would join ranges of both. A weak one they may share, and `If-None-Match` is content with it.
pub fn weaken_etag(headers: &mut HeaderMap) {
    if !headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    if let Some(tag) = headers.get_mut(ETAG)
        && tag.as_bytes().starts_with(b"\"")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
}

/// A time as headers say it, in whole seconds and within the years 1970 to 9999.
pub fn http_date(time: SystemTime) -> HeaderValue {
    date::written(time)
}

//! The query of a URL as far as it counts for the key of a page.

use std::borrow::Cow;

#[cfg(feature = "tower")]
use http::Uri;

use super::choice::{Query, names_match};
use super::policy::Policy;
use super::request::PageRequest;

/// The query as far as it counts, in the order that counts.
pub(super) fn of<'a>(policy: &Policy, request: &'a PageRequest) -> Option<Cow<'a, str>> {
    in_key(policy, request.query()?)
}

/// A query as far as it counts, in the order that counts; `None` if no parameter of it does.
pub(super) fn in_key<'a>(policy: &Policy, query: &'a str) -> Option<Cow<'a, str>> {
    let counted = counted(policy, query)?;
    Some(if policy.sorts_query { Cow::Owned(sorted(&counted)) } else { counted })
}

/// The parameters by their names. Values of one name, however it is written, keep their order, which handlers can see.
fn sorted(query: &str) -> String {
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_by_cached_key(|pair| name_of(pair));
    pairs.join("&")
}

/// The part of a query that counts, in the order in which it was sent; `None` if no parameter of it does.
pub(crate) fn counted<'a>(policy: &Policy, query: &'a str) -> Option<Cow<'a, str>> {
    if policy.query == Query::All {
        return Some(Cow::Borrowed(query));
    }
    let counts = |pair: &&str| {
        let name = name_of(pair);
        match &policy.query {
            Query::All => true,
            Query::Only(names) => names.contains(&name),
            Query::Except(names) => !names_match(names, &name),
        }
    };
    let pairs: Vec<_> = query.split('&').filter(counts).collect();
    (!pairs.is_empty()).then(|| Cow::Owned(pairs.join("&")))
}

/// The name of a parameter as handlers read it: forms write `+` for a space.
fn name_of(pair: &str) -> String {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    decoded(&name.replace('+', " "))
}

/// Text without its percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = escaped(&bytes[at..]);
        out.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The byte that is written in hexadecimal at the beginning of these, after a percent sign.
pub(super) fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// The URL without the parameters that do not count, if it has any of them.
#[cfg(feature = "tower")]
pub(crate) fn without_uncounted(policy: &Policy, uri: &Uri) -> Option<Uri> {
    let counted = counted(policy, uri.query()?);
    (counted.as_deref() != uri.query()).then(|| with_query(uri, counted.as_deref()))
}

/// The URL with another query.
#[cfg(feature = "tower")]
pub(crate) fn with_query(uri: &Uri, query: Option<&str>) -> Uri {
    let path = uri.path();
    let path_and_query = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path_and_query.parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

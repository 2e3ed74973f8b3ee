//! `Cache-Status` (RFC 9211): what this cache did with a request, for people who look.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::list;

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why a request went past the cache to the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forward {
    /// The cache is not meant for this request.
    Bypass,
    /// The method is one that the cache does not answer.
    Method,
    /// Nothing is stored for this URL.
    UriMiss,
    /// Something is stored for this URL, but not for these headers.
    VaryMiss,
    /// Nothing is stored, and the cache cannot tell more.
    Miss,
    /// The request asks for a fresh answer.
    Request,
    /// What is stored is stale.
    Stale,
    /// What is stored is a part of what is asked for.
    Partial,
}

impl Forward {
    /// The word of RFC 9211 §2.2.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Miss => "miss",
            Self::Request => "request",
            Self::Stale => "stale",
            Self::Partial => "partial",
        }
    }
}

/// What one cache did: it had the answer, or sent the request on.
///
/// ```
/// # use std::time::Duration;
/// use cache_runtime::page::cache_status::{CacheStatus, Forward};
///
/// let hit = CacheStatus::hit("site").ttl(Duration::from_secs(42));
/// let miss = CacheStatus::forwarded("site", Forward::UriMiss).stored();
///
/// assert_eq!(hit.to_string(), "site; hit; ttl=42");
/// assert_eq!(miss.to_string(), "site; fwd=uri-miss; stored");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says nothing until it is appended to a response"]
pub struct CacheStatus<'a> {
    cache: &'a str,
    is_hit: bool,
    forward: Option<Forward>,
    forward_status: Option<StatusCode>,
    ttl: Option<i64>,
    stored: bool,
    collapsed: bool,
    detail: Option<&'a str>,
}

impl<'a> CacheStatus<'a> {
    /// The cache of this name had the answer.
    pub const fn hit(cache: &'a str) -> Self {
        Self {
            cache,
            is_hit: true,
            forward: None,
            forward_status: None,
            ttl: None,
            stored: false,
            collapsed: false,
            detail: None,
        }
    }

    /// The cache of this name sent the request on, and why.
    pub const fn forwarded(cache: &'a str, why: Forward) -> Self {
        Self { is_hit: false, forward: Some(why), ..Self::hit(cache) }
    }

    /// The cache of this name had no answer and sent nothing on: it answered by itself, as with 504 where only what is stored
    /// is asked for.
    pub const fn by_itself(cache: &'a str) -> Self {
        Self { is_hit: false, ..Self::hit(cache) }
    }

    /// The status that the handler answered with, where it is not the one that is sent. Only where it was asked.
    pub const fn forward_status(mut self, status: StatusCode) -> Self {
        self.forward_status = Some(status);
        self
    }

    /// How long the answer stays fresh.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(seconds(ttl));
        self
    }

    /// How long ago the answer became stale.
    pub fn stale_since(mut self, time: Duration) -> Self {
        self.ttl = Some(-seconds(time));
        self
    }

    /// The answer was stored. Only where the handler was asked.
    pub const fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// The handler was asked once for this request and others. Only where it was asked.
    pub const fn collapsed(mut self) -> Self {
        self.collapsed = true;
        self
    }

    /// More, in the words of this cache; what is not plain ASCII is left out.
    pub const fn detail(mut self, detail: &'a str) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The value of the header.
    pub fn value(&self) -> HeaderValue {
        let mut digits = itoa::Buffer::new();
        list::line(match self {
            // Most are plain hits.
            Self { is_hit: true, ttl: Some(ttl), detail: None, .. } => {
                [&*name(self.cache), "; hit; ttl=", digits.format(*ttl)].concat()
            }
            _ => self.pieces(&mut digits).concat(),
        })
    }

    /// Adds it behind what the caches before this one wrote.
    pub fn append_to(&self, headers: &mut HeaderMap) {
        headers.append(CACHE_STATUS, self.value());
    }

    /// The text in pieces, of which those that say nothing are empty: put together, they have the length that is needed.
    fn pieces<'b>(&'b self, digits: &'b mut itoa::Buffer) -> [Cow<'b, str>; 11] {
        let hit = if self.is_hit { "; hit" } else { "" };
        let forward = self.forward.map_or([hit, ""], |why| ["; fwd=", why.as_str()]);
        let status = self.forward_status.as_ref().filter(|_| self.forward.is_some());
        let status = status.map_or(["", ""], |status| ["; fwd-status=", status.as_str()]);
        let said = |is_so: bool, text| if is_so && self.forward.is_some() { text } else { "" };
        let ttl = self.ttl.map_or(["", ""], |ttl| ["; ttl=", digits.format(ttl)]);
        let detail = self.detail.map_or("", |_| "; detail=");
        [
            name(self.cache),
            forward[0].into(),
            forward[1].into(),
            status[0].into(),
            status[1].into(),
            said(self.stored, "; stored").into(),
            said(self.collapsed, "; collapsed").into(),
            ttl[0].into(),
            ttl[1].into(),
            detail.into(),
            self.detail.map_or(Cow::Borrowed(""), name),
        ]
    }
}

impl fmt::Display for CacheStatus<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces(&mut itoa::Buffer::new()).iter().try_for_each(|piece| out.write_str(piece))
    }
}

/// Whether the cache of this name is among those that have said what they did.
pub(super) fn names(headers: &HeaderMap, cache: &str) -> bool {
    let cache = name(cache);
    list::quoted_elements(headers, CACHE_STATUS)
        .filter_map(|member| member.strip_prefix(cache.as_bytes()))
        .any(|rest| rest.is_empty() || list::trim(rest).starts_with(b";"))
}

/// The largest integer of a structured field (RFC 9651 §3.3.1) is beyond any time that a cache keeps.
fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX).min(999_999_999_999_999)
}

/// A token of a structured field if it is one (RFC 9651 §3.3.4), else a string (§3.3.3).
fn name(text: &str) -> Cow<'_, str> {
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '*');
    if begins && text.bytes().all(|byte| IS_OF_TOKEN[usize::from(byte)]) {
        return text.into();
    }
    let mut quoted = String::from('"');
    for letter in text.chars().filter(|letter| matches!(letter, ' '..='~')) {
        quoted.push_str(if matches!(letter, '"' | '\\') { "\\" } else { "" });
        quoted.push(letter);
    }
    quoted.push('"');
    quoted.into()
}

/// Which bytes a token may have. A table, since every hit asks for each byte of the name of its cache.
static IS_OF_TOKEN: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0_u8);
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let (marks, mut at) = (b"!#$%&'*+-.^_`|~:/", 0);
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

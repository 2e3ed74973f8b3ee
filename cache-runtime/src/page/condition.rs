//! Preconditions of a request (RFC 9110 §13): go on, answer 304, or answer 412.

use std::time::SystemTime;

use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderName, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED, SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::date;
use super::list::trim;

/// What the preconditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The request is answered as if it had none.
    Proceed,
    /// 304: the client has what it would get.
    NotModified,
    /// 412: what the client expects is not so.
    Failed,
}

/// What tells one representation from the next: its entity tag, and when it was last modified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<SystemTime>,
    exists: bool,
}

impl Validators {
    /// Of a representation that may not exist: it does if there is either of the two.
    pub fn new(etag: Option<HeaderValue>, last_modified: Option<SystemTime>) -> Self {
        let exists = etag.is_some() || last_modified.is_some();
        Self { etag, last_modified: last_modified.map(date::whole), exists }
    }

    /// Of the response with these headers; what is no date counts as absent.
    pub fn of(headers: &HeaderMap) -> Self {
        let last_modified = headers.get(LAST_MODIFIED).and_then(date::read);
        Self { etag: headers.get(ETAG).cloned(), last_modified, exists: true }
    }

    /// Adds both to the headers of a response, unless it has its own.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.entry(ETAG).or_insert_with(|| etag.clone());
        }
        if let Some(last_modified) = self.last_modified {
            headers.entry(LAST_MODIFIED).or_insert_with(|| date::written(last_modified));
        }
    }

    /// When it was last modified, to the second.
    pub(super) fn last_modified(&self) -> Option<SystemTime> {
        self.last_modified
    }

    fn tag(&self) -> Option<EntityTag<'_>> {
        EntityTags(self.etag.as_ref()?.as_bytes()).next()
    }

    /// Whether a list of entity tags names this representation; `*` names every one that exists.
    fn are_among<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a HeaderValue>,
        equal: impl Fn(EntityTag<'_>, EntityTag<'_>) -> bool,
    ) -> bool {
        let own = self.tag();
        lines.into_iter().any(|line| {
            let is_any = trim(line.as_bytes()) == b"*" && self.exists;
            is_any || own.is_some_and(|own| EntityTags(line.as_bytes()).any(|tag| equal(own, tag)))
        })
    }

    /// Whether this one entity tag names the representation, byte for byte and not weakly.
    pub(super) fn is_strongly(&self, line: &HeaderValue) -> bool {
        let mut tags = EntityTags(line.as_bytes());
        let named = tags.next();
        self.tag().zip(named).is_some_and(|(own, named)| are_strongly_equal(own, named))
            && tags.next().is_none()
    }
}

/// Weighs the preconditions of a request, in the order of RFC 9110 §13.2.2.
///
/// They count only where the request without them is answered with 2xx: ask for nothing else.
///
/// ```
/// use cache_runtime::page::condition::{Validators, Verdict, judge};
///
/// let mut asked = http::HeaderMap::new();
/// asked.insert("if-none-match", http::HeaderValue::from_static("\"a\", W/\"b\""));
/// let page = Validators::new(Some(http::HeaderValue::from_static("\"b\"")), None);
///
/// assert_eq!(judge(&http::Method::GET, &asked, &page), Verdict::NotModified);
/// assert_eq!(judge(&http::Method::PUT, &asked, &page), Verdict::Failed);
/// ```
pub fn judge(method: &Method, asked: &HeaderMap, page: &Validators) -> Verdict {
    let is_read = method == Method::GET || method == Method::HEAD;
    let no_match = if is_read { Verdict::NotModified } else { Verdict::Failed };
    if asked.contains_key(IF_MATCH) {
        if !page.are_among(asked.get_all(IF_MATCH), are_strongly_equal) {
            return Verdict::Failed;
        }
    } else if modified_since(asked, &IF_UNMODIFIED_SINCE, page) == Some(true) {
        return Verdict::Failed;
    }
    if asked.contains_key(IF_NONE_MATCH) {
        if page.are_among(asked.get_all(IF_NONE_MATCH), are_weakly_equal) {
            return no_match;
        }
    } else if is_read && modified_since(asked, &IF_MODIFIED_SINCE, page) == Some(false) {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Whether a request has a precondition at all, so that one without need not be looked at further.
pub fn has_preconditions(asked: &HeaderMap) -> bool {
    [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE]
        .iter()
        .any(|name| asked.contains_key(name))
}

/// Whether the page is newer than the date of a header; nothing if either is unknown, no date, or given twice.
fn modified_since(asked: &HeaderMap, name: &HeaderName, page: &Validators) -> Option<bool> {
    let mut lines = asked.get_all(name).iter();
    let date = lines.next().and_then(date::read).filter(|_| lines.next().is_none())?;
    Some(page.last_modified? > date)
}

/// The headers of a 304 in place of a response with these (RFC 9110 §15.4.5), and its cookies.
pub fn not_modified_headers(headers: &HeaderMap) -> HeaderMap {
    const KEPT: [HeaderName; 8] =
        [CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, LAST_MODIFIED, SET_COOKIE, VARY];
    let mut kept = HeaderMap::with_capacity(KEPT.len());
    for name in KEPT {
        for line in headers.get_all(&name) {
            kept.append(name.clone(), line.clone());
        }
    }
    kept
}

/// What the preconditions of a `GET` request put in the place of a page that was made: a status and its headers, without a
/// body; nothing if the page goes out.
pub fn instead(asked: &HeaderMap, status: StatusCode, page: &HeaderMap) -> Option<(StatusCode, HeaderMap)> {
    if !status.is_success() {
        return None;
    }
    match judge(&Method::GET, asked, &Validators::of(page)) {
        Verdict::Proceed => None,
        Verdict::NotModified => Some((StatusCode::NOT_MODIFIED, not_modified_headers(page))),
        Verdict::Failed => {
            let empty = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(0))]);
            Some((StatusCode::PRECONDITION_FAILED, empty))
        }
    }
}

/// A text as an entity tag: one that is none yet is quoted; nothing if it cannot be (spaces, quotation marks).
pub fn entity_tag(text: &str) -> Option<HeaderValue> {
    let is_tag = |text: &str| EntityTags(text.as_bytes()).next().is_some_and(|tag| tag.is_all_of(text));
    let tag = if is_tag(text) { text.to_owned() } else { format!("\"{text}\"") };
    is_tag(&tag).then(|| HeaderValue::try_from(tag).ok()).flatten()
}

/// One entity tag (RFC 9110 §8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntityTag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl EntityTag<'_> {
    /// Whether it is the whole text, and all of it can be seen.
    fn is_all_of(self, text: &str) -> bool {
        let length = self.opaque.len() + if self.is_weak { 4 } else { 2 };
        length == text.len() && self.opaque.iter().all(|byte| *byte > b' ' && *byte != 0x7f)
    }
}

/// RFC 9110 §8.8.3.2.
fn are_weakly_equal(one: EntityTag<'_>, other: EntityTag<'_>) -> bool {
    one.opaque == other.opaque
}

/// RFC 9110 §8.8.3.2.
fn are_strongly_equal(one: EntityTag<'_>, other: EntityTag<'_>) -> bool {
    !one.is_weak && !other.is_weak && one.opaque == other.opaque
}

/// The entity tags of one line; what is none is passed over up to the next comma.
struct EntityTags<'a>(&'a [u8]);

impl<'a> Iterator for EntityTags<'a> {
    type Item = EntityTag<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            let (tag, behind) = first_tag(trim(self.0));
            let comma = behind.iter().position(|byte| *byte == b',');
            self.0 = comma.map_or(&[][..], |at| &behind[at + 1..]);
            let is_alone = trim(&behind[..comma.unwrap_or(behind.len())]).is_empty();
            if let Some(tag) = tag.filter(|_| is_alone) {
                return Some(tag);
            }
        }
        None
    }
}

/// The tag at the beginning, if there is one, and what stands behind it.
fn first_tag(line: &[u8]) -> (Option<EntityTag<'_>>, &[u8]) {
    let (is_weak, rest) = line.strip_prefix(b"W/").map_or((false, line), |rest| (true, rest));
    let inside = rest.strip_prefix(b"\"").unwrap_or_default();
    match inside.iter().position(|byte| *byte == b'"') {
        Some(end) => (Some(EntityTag { is_weak, opaque: &inside[..end] }), &inside[end + 1..]),
        None => (None, line),
    }
}

//! One byte range of a whole body (RFC 9110 §14).

use std::time::{Duration, SystemTime};

use http::header::{DATE, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, Method};

use super::condition::Validators;
use super::{date, list};

/// What of a body a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// All of it.
    Whole,
    /// The bytes from the first to the last, both included: 206.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte, which exists.
        last: u64,
    },
    /// Bytes that the body does not have: 416.
    Unsatisfiable,
}

impl Selection {
    /// What a request asks of a body of `length` bytes that has these headers.
    ///
    /// One range of bytes is cut, of `GET` only. Several ranges, other units and what cannot be read ask for the whole,
    /// as does an `If-Range` that does not name this very representation: by a strong entity tag, or by a `Last-Modified` at
    /// least a second older than its `Date`.
    ///
    /// ```
    /// use cache_runtime::page::range::Selection;
    ///
    /// let mut asked = http::HeaderMap::new();
    /// asked.insert("range", http::HeaderValue::from_static("bytes=-10"));
    ///
    /// let selection = Selection::of(&http::Method::GET, &asked, &http::HeaderMap::new(), 100);
    ///
    /// assert_eq!(selection, Selection::Part { first: 90, last: 99 });
    /// assert_eq!(selection.content_range(100).unwrap(), "bytes 90-99/100");
    /// ```
    pub fn of(method: &Method, asked: &HeaderMap, page: &HeaderMap, length: u64) -> Self {
        let Some(range) = asked.get(RANGE).filter(|_| method == Method::GET) else { return Self::Whole };
        let is_one_line = asked.get_all(RANGE).iter().count() == 1;
        if !is_one_line || !is_same(asked, page) {
            return Self::Whole;
        }
        cut(range.as_bytes(), length).unwrap_or(Self::Whole)
    }

    /// The `Content-Range` that goes with it, of a body of `length` bytes; none with the whole.
    pub fn content_range(self, length: u64) -> Option<HeaderValue> {
        let text = match self {
            Self::Whole => return None,
            Self::Part { first, last } => format!("bytes {first}-{last}/{length}"),
            Self::Unsatisfiable => format!("bytes */{length}"),
        };
        Some(list::line(text))
    }
}

/// Whether `If-Range`, if it is there, names this very representation (RFC 9110 §13.1.5).
fn is_same(asked: &HeaderMap, page: &HeaderMap) -> bool {
    let mut lines = asked.get_all(IF_RANGE).iter();
    let Some(line) = lines.next() else { return true };
    let validators = Validators::of(page);
    let is_that_date = |date| validators.last_modified() == Some(date) && is_strong(date, page);
    lines.next().is_none() && (validators.is_strongly(line) || date::read(line).is_some_and(is_that_date))
}

/// Whether two changes within the same second can be ruled out (RFC 9110 §8.8.2.2).
fn is_strong(last_modified: SystemTime, page: &HeaderMap) -> bool {
    let made = page.get(DATE).and_then(date::read);
    let between = made.and_then(|made| made.duration_since(last_modified).ok());
    between.is_some_and(|between| between >= Duration::from_secs(1))
}

/// The one range of a header; nothing if there are several, or it is none.
fn cut(range: &[u8], length: u64) -> Option<Selection> {
    let at = range.iter().position(|byte| *byte == b'=')?;
    let (unit, ranges) = (&range[..at], &range[at + 1..]);
    let mut ranges = ranges.split(|byte| *byte == b',').map(list::trim).filter(|range| !range.is_empty());
    let one = ranges.next().filter(|_| unit.eq_ignore_ascii_case(b"bytes") && ranges.next().is_none())?;
    let dash = one.iter().position(|byte| *byte == b'-')?;
    match (&one[..dash], &one[dash + 1..]) {
        (b"", suffix) => Some(last_bytes(list::number(suffix)?, length)),
        (first, b"") => Some(bytes(list::number(first)?, u64::MAX, length)),
        (first, last) => {
            let (first, last) = (list::number(first)?, list::number(last)?);
            (first <= last).then(|| bytes(first, last, length))
        }
    }
}

fn bytes(first: u64, last: u64, length: u64) -> Selection {
    if first >= length {
        return Selection::Unsatisfiable;
    }
    Selection::Part { first, last: last.min(length - 1) }
}

fn last_bytes(count: u64, length: u64) -> Selection {
    match (count, length) {
        (0, _) => Selection::Unsatisfiable,
        // Any suffix of nothing is nothing, which `Content-Range` cannot say.
        (_, 0) => Selection::Whole,
        _ => bytes(length.saturating_sub(count), u64::MAX, length),
    }
}

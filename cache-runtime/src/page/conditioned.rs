//! What a handler returned under a condition: its own answer, or that of the preconditions.

use std::time::SystemTime;

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::condition::{Validators, Verdict, entity_tag, judge};

/// What of a request a condition is weighed by: its method, and its preconditions.
///
/// The attribute `condition` puts it before the arguments of a handler, where the web framework fills it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    method: Method,
    headers: HeaderMap,
}

impl Asked {
    /// Of a request with this method and these headers.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let mut kept = HeaderMap::new();
        for name in [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE] {
            for line in headers.get_all(&name) {
                kept.append(name.clone(), line.clone());
            }
        }
        Self { method: method.clone(), headers: kept }
    }

    /// Weighs its preconditions against the validators of the page.
    pub fn weigh(self, page: Validators) -> Weighed {
        let verdict = judge(&self.method, &self.headers, &page);
        let is_read = matches!(self.method, Method::GET | Method::HEAD);
        Weighed { verdict, is_read, page }
    }
}

/// Preconditions that have been weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Weighed {
    verdict: Verdict,
    is_read: bool,
    page: Validators,
}

impl Weighed {
    /// Whether they answer the request, so that the handler need not run.
    pub fn is_answer(&self) -> bool {
        self.verdict != Verdict::Proceed
    }

    /// Their answer.
    pub fn answer<T>(self) -> Conditioned<T> {
        Conditioned { returned: None, weighed: self }
    }

    /// The answer of the handler.
    pub fn pass<T>(self, returned: T) -> Conditioned<T> {
        Conditioned { returned: Some(returned), weighed: self }
    }
}

/// What a handler under a condition returned, or the answer without it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Conditioned<T> {
    returned: Option<T>,
    weighed: Weighed,
}

impl<T> Conditioned<T> {
    /// What the handler returned, if it ran.
    pub fn returned(self) -> Option<T> {
        self.returned
    }

    /// What the handler returned, if it ran, and what marks the response.
    pub fn into_parts(self) -> (Option<T>, Weighed) {
        (self.returned, self.weighed)
    }
}

impl Weighed {
    /// The status of the answer without the handler.
    pub fn status(&self) -> StatusCode {
        match self.verdict {
            Verdict::Proceed => StatusCode::OK,
            Verdict::NotModified => StatusCode::NOT_MODIFIED,
            Verdict::Failed => StatusCode::PRECONDITION_FAILED,
        }
    }

    /// Adds the validators to what a client may keep.
    pub fn mark(&self, status: StatusCode, headers: &mut HeaderMap) {
        let is_page = self.is_read && (status.is_success() || status == StatusCode::NOT_MODIFIED);
        if is_page {
            self.page.add_to(headers);
        }
    }
}

/// What stands for the entity tag of a page.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no entity tag",
    label = "neither text nor an `Option` of text",
    note = "make it a `String`, such as `value.to_string()`"
)]
pub trait Tag {
    /// The tag, with its quotation marks; nothing if there is no page, or the text can be no tag.
    fn tag(self) -> Option<HeaderValue>;
}

impl Tag for &str {
    fn tag(self) -> Option<HeaderValue> {
        entity_tag(self)
    }
}

impl Tag for String {
    fn tag(self) -> Option<HeaderValue> {
        entity_tag(&self)
    }
}

impl Tag for &String {
    fn tag(self) -> Option<HeaderValue> {
        entity_tag(self)
    }
}

impl Tag for HeaderValue {
    fn tag(self) -> Option<HeaderValue> {
        Some(self)
    }
}

impl<T: Tag> Tag for Option<T> {
    fn tag(self) -> Option<HeaderValue> {
        self?.tag()
    }
}

/// What stands for the time at which a page was last modified.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the time at which a page was last modified",
    label = "neither a `SystemTime` nor an `Option` of one"
)]
pub trait Modified {
    /// The time; nothing if there is no page.
    fn modified(self) -> Option<SystemTime>;
}

impl Modified for SystemTime {
    fn modified(self) -> Option<SystemTime> {
        Some(self)
    }
}

impl Modified for &SystemTime {
    fn modified(self) -> Option<SystemTime> {
        Some(*self)
    }
}

impl<T: Modified> Modified for Option<T> {
    fn modified(self) -> Option<SystemTime> {
        self?.modified()
    }
}

/// The validators of a page: the tag and the time, each if it is known.
pub fn validators(tag: impl Tag, modified: impl Modified) -> Validators {
    Validators::new(tag.tag(), modified.modified())
}

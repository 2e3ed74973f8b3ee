//! How long a response is fresh in a cache that many share, and how long it may be used after that.

use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE, EXPIRES};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::control::{CacheControl, MOST_SECONDS};
use super::{date, list};

/// The lifetime of a response by its own headers (RFC 9111 §4.2, RFC 5861), without guessing.
///
/// `s-maxage` counts before `max-age`, and `max-age` before `Expires`. What cannot be read counts as stale, and
/// `no-cache` as a lifetime of zero. A response that is no complete answer (1xx, 206, 304) has no lifetime of its own, and
/// neither has one that `must-understand` forbids, because nobody knows what its status means.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// use cache_runtime::page::lifetime::Lifetime;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("cache-control", http::HeaderValue::from_static("max-age=60, stale-if-error=600"));
/// headers.insert("age", http::HeaderValue::from_static("20"));
///
/// let lifetime = Lifetime::of(http::StatusCode::OK, &headers, SystemTime::now());
///
/// assert!(lifetime.is_explicit());
/// assert_eq!(lifetime.fresh(), Duration::from_secs(40));
/// assert_eq!(lifetime.stale_if_error(), Duration::from_secs(600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Lifetime {
    stated: Option<Duration>,
    age: Duration,
    may_go_stale: bool,
    stale_while_revalidate: Duration,
    stale_if_error: Duration,
}

impl Lifetime {
    /// The lifetime of a response that arrived just now.
    pub fn of(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        let control = CacheControl::of(headers);
        let may_go_stale = !forbids_stale(control);
        let stale = |window: Option<Duration>| window.filter(|_| may_go_stale).unwrap_or_default();
        Self {
            stated: stated(control, headers, now).filter(|_| is_complete(status, control)),
            age: age(headers, now),
            may_go_stale,
            stale_while_revalidate: stale(control.stale_while_revalidate()),
            stale_if_error: stale(control.stale_if_error()),
        }
    }

    /// Whether the response states a lifetime, be it zero.
    pub fn is_explicit(self) -> bool {
        self.stated.is_some()
    }

    /// How long it is fresh from now on; zero if it is stale already, or states no lifetime.
    pub fn fresh(self) -> Duration {
        self.total().saturating_sub(self.age)
    }

    /// How long it is fresh from when it was made.
    pub fn total(self) -> Duration {
        self.stated.unwrap_or_default()
    }

    /// How old it was when it arrived: by its `Age`, or by its `Date` if that says more.
    pub fn age(self) -> Duration {
        self.age
    }

    /// Whether it may be used stale at all: not with `must-revalidate`, `proxy-revalidate`, `s-maxage` or `no-cache`.
    pub fn may_go_stale(self) -> bool {
        self.may_go_stale
    }

    /// How long after its freshness it may be sent while it is made anew.
    pub fn stale_while_revalidate(self) -> Duration {
        self.stale_while_revalidate
    }

    /// How long after its freshness it may be sent instead of an error.
    pub fn stale_if_error(self) -> Duration {
        self.stale_if_error
    }
}

/// RFC 9111 §4.2.4.
fn forbids_stale(control: CacheControl) -> bool {
    control.must_revalidate()
        || control.proxy_revalidate()
        || control.s_maxage().is_some()
        || control.must_ask()
}

fn is_complete(status: StatusCode, control: CacheControl) -> bool {
    let is_part = matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED);
    let is_understood = !control.must_understand() || status.canonical_reason().is_some();
    !status.is_informational() && !is_part && is_understood
}

/// RFC 9111 §4.2.1; the last choice there, a guess, is left out.
fn stated(control: CacheControl, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let by_control = control.s_maxage().or(control.max_age());
    let stated = by_control.or_else(|| by_expires(headers, now));
    stated.map(|lifetime| if control.must_ask() { Duration::ZERO } else { lifetime })
}

fn by_expires(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut lines = headers.get_all(EXPIRES).iter();
    let first = lines.next()?;
    let is_contradicted = lines.any(|line| line != first);
    let expires = date::read(first).filter(|_| !is_contradicted);
    let made = headers.get(DATE).and_then(date::read).unwrap_or_else(|| date::whole(now));
    let lifetime = expires.and_then(|expires| expires.duration_since(made).ok()).unwrap_or_default();
    Some(lifetime.min(Duration::from_secs(MOST_SECONDS)))
}

/// RFC 9111 §4.2.3; the first of several values counts, and one that is no number says nothing.
fn age(headers: &HeaderMap, now: SystemTime) -> Duration {
    let said = list::elements(headers, AGE).next().and_then(list::number);
    let said = Duration::from_secs(said.unwrap_or_default().min(MOST_SECONDS));
    said.max(apparent_age(headers.get(DATE), now))
}

fn apparent_age(made: Option<&HeaderValue>, now: SystemTime) -> Duration {
    let since = |made| date::whole(now).duration_since(made).ok();
    made.and_then(date::read).and_then(since).unwrap_or_default()
}

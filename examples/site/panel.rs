//! What the foot of a page says of its serving: told by headers, so that it is true of a cached page as well.

use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{AGE, CONTENT_SECURITY_POLICY, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const CACHE_STATUS: &str = "cache-status";

/// What a page may load and where its forms may lead: to this site, and nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Says in `Server-Timing`, which scripts can read, what this answer cost, how old it is, and what the cache did.
///
/// It stands outside of the cache. The page itself, which may be an old one, says what it cost to make.
pub(crate) async fn report(request: Request, next: Next) -> Response {
    let watch = Instant::now();
    let mut response = next.run(request).await;
    let spent = watch.elapsed().as_secs_f64() * 1000.0;
    let said = said(response.headers());
    let age = response.headers().get(AGE).and_then(|age| age.to_str().ok()).unwrap_or("0");
    let told = format!(
        "now;dur={spent:.3}, age;desc={age}, outcome;desc={}, status;desc=\"{}\"",
        Outcome::of(&said).word(),
        said.replace('\\', "\\\\").replace('"', "\\\"")
    );
    if let Ok(told) = HeaderValue::try_from(told) {
        response.headers_mut().insert(SERVER_TIMING, told);
    }
    response
}

/// Lets a page load nothing from elsewhere.
pub(crate) async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What the innermost cache says that had a part in the answer: it wrote first.
fn said(headers: &HeaderMap) -> String {
    let first = headers.get(CACHE_STATUS).and_then(|line| line.to_str().ok()).unwrap_or_default();
    first.split(',').next().unwrap_or_default().to_owned()
}

/// What the cache did, as the foot of a page puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The page was there.
    Hit,
    /// It was made now, and is kept.
    Stored,
    /// It was made now, for another visitor who came at the same time.
    Shared,
    /// The cache was not asked.
    Passed,
    /// It was made for this visitor, and is not kept.
    Made,
}

impl Outcome {
    /// Reads a member of `Cache-Status` (RFC 9211).
    fn of(said: &str) -> Self {
        let mut words = said.split(';').skip(1).map(str::trim);
        let has = |word| words.clone().any(|said| said == word);
        if has("hit") {
            Self::Hit
        } else if has("collapsed") {
            Self::Shared
        } else if has("stored") {
            Self::Stored
        } else if words.any(|said| said == "fwd=bypass" || said == "fwd=method") {
            Self::Passed
        } else {
            Self::Made
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stored => "stored",
            Self::Shared => "shared",
            Self::Passed => "passed",
            Self::Made => "made",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_is_read_from_the_word_of_the_cache() {
        for (said, outcome) in [
            ("site; hit; ttl=42", Outcome::Hit),
            ("site; fwd=uri-miss; stored; ttl=600", Outcome::Stored),
            ("site; fwd=uri-miss; collapsed; ttl=600", Outcome::Shared),
            ("site; fwd=bypass", Outcome::Passed),
            ("site; fwd=uri-miss", Outcome::Made),
            ("", Outcome::Made),
        ] {
            assert_eq!(Outcome::of(said), outcome, "{said}");
        }
    }
}

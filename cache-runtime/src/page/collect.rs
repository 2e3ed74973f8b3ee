//! From what a handler answered to a page that may be stored, or the answer as it is.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    AGE, CONNECTION, CONTENT_LENGTH, DATE, ETAG, HeaderName, LAST_MODIFIED, TRANSFER_ENCODING, UPGRADE,
};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::choice::Rule;
use super::control::CacheControl;
use super::dress::Dressed;
use super::handler::{Body, KnowsMore, Reading};
use super::headers::{etag_of, http_date, names_in_vary, patch_response_headers, patch_vary};
use super::laid::Laid;
use super::lifetime::Lifetime;
use super::refusal::Refusal;
use super::rules;
use super::stored::{FOREVER, Outgoing, Page, Stale};
use super::visit::Visit;
use crate::base::entry::{Life, Timeout};
use crate::cache::Cache;

/// How long a page that is no longer fresh stays to be confirmed by the handler.
const TO_CONFIRM: Duration = Duration::from_hours(1);

/// What a browser is told of a page that is kept for ever.
const LONGEST_TOLD: Duration = Duration::from_hours(365 * 24);

/// A page for many, and the request headers it varies on besides those that its policy names.
pub(super) struct Collected {
    pub(super) page: Page,
    pub(super) names: Vec<String>,
}

/// How long a page lasts.
#[derive(Debug, Clone, Copy)]
struct Times {
    fresh: Duration,
    age: Duration,
    stale: Stale,
}

/// Makes a page of a response, if it may be one; else the response is as it was, but for what is told to clients.
///
/// A body is read only where its size is known and within the limit, or the policy says so.
pub(super) async fn collect<B: Body>(
    visit: &Visit,
    cache: &Cache,
    response: Response<B>,
) -> Result<Collected, Response<B>> {
    let now = cache.core().clock.wall();
    let (mut parts, body) = response.into_parts();
    if parts.extensions.get::<Dressed>().is_some() {
        return Err(Response::from_parts(parts, body));
    }
    name_what_varies(visit, &mut parts.headers);
    if parts.extensions.get::<KnowsMore>().is_some() {
        return Err(refused(parts, body, Refusal::Query));
    }
    if rules::forbids_storing(&visit.request) {
        return Err(refused(parts, body, Refusal::Request));
    }
    let times = match judged(visit, cache, &parts, now) {
        Ok(times) => times,
        Err(refusal) => {
            tell_of_unmodified(visit, cache, &mut parts, now);
            return Err(refused(parts, body, refusal));
        }
    };
    match read(visit, body).await {
        // Cut off: it goes to its client as it is, who has been told more.
        Ok(bytes) if !is_all(visit, &parts.headers, &bytes) => {
            Err(refused(parts, B::whole(bytes), Refusal::Body))
        }
        Ok(bytes) => Ok(finish(visit, parts, bytes, times, now)),
        Err((body, refusal)) => Err(refused(parts, body, refusal)),
    }
}

/// The answer as it is, with the reason why it is not stored; a 304 is no answer that could be.
fn refused<B>(mut parts: Parts, body: B, refusal: Refusal) -> Response<B> {
    if parts.status != StatusCode::NOT_MODIFIED {
        parts.extensions.insert(refusal);
    }
    Response::from_parts(parts, body)
}

fn judged(visit: &Visit, cache: &Cache, parts: &Parts, now: SystemTime) -> Result<Times, Refusal> {
    rules::keeps(visit, parts.status, &parts.headers)?;
    let said = Lifetime::of(parts.status, &parts.headers, now);
    times(visit, cache, parts, said).ok_or_else(|| rules::lacks_lifetime(visit, parts.status, said))
}

/// Names in `Vary` what the policy says that its pages depend on, and credentials.
///
/// RFC 9111 §3.5: whoever shares this response without being told that it may, must have the same credentials.
pub(super) fn name_what_varies(visit: &Visit, headers: &mut HeaderMap) {
    let declared: Vec<_> = visit.policy.vary.iter().map(HeaderName::as_str).collect();
    if !declared.is_empty() {
        patch_vary(headers, &declared);
    }
    let is_shared = rules::shares_with_credentials(CacheControl::of(headers));
    if rules::has_credentials(&visit.request) && !is_shared && !rules::is_for_all(visit) {
        patch_vary(headers, &["Authorization"]);
    }
}

/// Whether a body is as long as its headers say; to `HEAD` they say how long that of `GET` is.
fn is_all(visit: &Visit, headers: &HeaderMap, body: &Bytes) -> bool {
    let said = headers.get(CONTENT_LENGTH).and_then(|said| said.to_str().ok()?.trim().parse().ok());
    *visit.request.method() == Method::HEAD || said.is_none_or(|said: u64| said == body.len() as u64)
}

async fn read<B: Body>(visit: &Visit, body: B) -> Result<Bytes, (B, Refusal)> {
    let (limit, size) = (visit.policy.max_body, body.size());
    match size {
        None if !visit.policy.collects => return Err((body, Refusal::Stream)),
        Some(size) if size > limit as u64 => return Err((body, Refusal::TooLarge)),
        _ => {}
    }
    match body.read(limit).await {
        Reading::Whole(bytes) => Ok(bytes),
        Reading::Passed(body) if size.is_some() => Err((body, Refusal::Body)),
        Reading::Passed(body) => Err((body, Refusal::TooLarge)),
    }
}

fn times(visit: &Visit, cache: &Cache, parts: &Parts, said: Lifetime) -> Option<Times> {
    let own = own_lifetime(visit, cache, parts.status);
    let (fresh, age) = match visit.policy.lifetime {
        Rule::Here(_) if rules::is_listed(visit, parts.status) => (own?, Duration::ZERO),
        // A policy that keeps nothing keeps no answer for what that says of itself either.
        Rule::Here(timeout) if of_timeout(cache, timeout).is_none() => return None,
        Rule::Default(_) if own.is_some() && !said.is_explicit() => (own?, Duration::ZERO),
        _ if said.is_explicit() => (said.fresh(), said.age()),
        _ => return None,
    };
    let stale = stale(visit, said, &parts.headers);
    (!fresh.is_zero()).then_some(Times { fresh, age, stale })
}

/// What the policy gives a page of this status.
fn own_lifetime(visit: &Visit, cache: &Cache, status: StatusCode) -> Option<Duration> {
    let (Rule::Here(timeout) | Rule::Default(timeout)) = visit.policy.lifetime else { return None };
    if !rules::is_listed(visit, status) {
        return None;
    }
    let of_errors = visit.policy.error_timeout.filter(|_| status.is_client_error());
    of_timeout(cache, of_errors.unwrap_or(timeout))
}

/// A timeout as a duration; `None` if it says that nothing is kept.
pub(super) fn of_timeout(cache: &Cache, timeout: Timeout) -> Option<Duration> {
    match timeout.life(cache.core().common.timeout)? {
        Life::Forever => Some(FOREVER),
        Life::For(time) => Some(time),
    }
}

fn stale(visit: &Visit, said: Lifetime, headers: &HeaderMap) -> Stale {
    if !said.may_go_stale() {
        return Stale::default();
    }
    let or =
        |said: Duration, ours: Option<Duration>| if said.is_zero() { ours.unwrap_or_default() } else { said };
    let can_confirm = visit.policy.lifetime == Rule::Explicit
        && (headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED));
    Stale {
        while_revalidate: or(said.stale_while_revalidate(), visit.policy.while_revalidate),
        if_error: or(said.stale_if_error(), visit.policy.if_error),
        to_confirm: if can_confirm { TO_CONFIRM } else { Duration::ZERO },
    }
}

/// A 304 is no page for others, but tells its client what the page would have.
fn tell_of_unmodified(visit: &Visit, cache: &Cache, parts: &mut Parts, now: SystemTime) {
    if parts.status == StatusCode::NOT_MODIFIED
        && let Some(fresh) = own_lifetime(visit, cache, StatusCode::OK)
    {
        let client = visit.policy.client.map(|client| of_timeout(cache, client).unwrap_or_default());
        tell(&mut parts.headers, client.unwrap_or(fresh), now);
    }
}

/// Says how long a page is fresh; the last word of it is what each visit is told anew.
fn tell(headers: &mut HeaderMap, fresh: Duration, now: SystemTime) {
    patch_response_headers(headers, fresh.min(LONGEST_TOLD), now);
}

fn finish(visit: &Visit, parts: Parts, body: Bytes, times: Times, now: SystemTime) -> Collected {
    let Parts { status, mut headers, .. } = parts;
    strip(&mut headers);
    let names = names(visit, &headers);
    if !headers.contains_key(DATE) {
        headers.insert(DATE, http_date(now));
    }
    if visit.policy.lifetime != Rule::Explicit {
        tell(&mut headers, times.fresh, now);
    }
    if !body.is_empty() && !headers.contains_key(ETAG) {
        headers.insert(ETAG, etag_of(&body));
    }
    let Times { fresh, age, stale } = times;
    let page = Page {
        status,
        headers,
        body,
        made: now,
        age,
        fresh,
        stale,
        variant: 0,
        outgoing: Outgoing::default(),
        laid_at: visit.policy.laid.as_ref().map(Laid::at),
    };
    Collected { page, names }
}

/// Takes away what is for one connection only (RFC 9111 §3.1), and what is told anew each time.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE, AGE] {
        headers.remove(name);
    }
    for name in
        ["keep-alive", "te", "trailer", "proxy-connection", "proxy-authenticate", "proxy-authentication-info"]
    {
        headers.remove(name);
    }
}

/// The names in `Vary` that the key does not hold already, in lower case and in order.
fn names(visit: &Visit, headers: &HeaderMap) -> Vec<String> {
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    let is_open = |name: &String| visit.policy.vary.iter().all(|declared| declared.as_str() != name);
    let mut names: Vec<_> = names_in_vary(headers).map(lower).filter(is_open).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The page after the handler has confirmed it by a 304 with these headers (RFC 9111 §4.3.4); for this visitor
/// alone, if the headers say so, or speak of another page.
pub(super) fn confirmed<B: Body>(
    visit: &Visit,
    cache: &Cache,
    old: &Page,
    said: &HeaderMap,
) -> Result<Collected, Response<B>> {
    let now = cache.core().clock.wall();
    let (mut parts, ()) = Response::new(()).into_parts();
    (parts.status, parts.headers) = (old.status, old.headers.clone());
    if is_another(old, said) {
        return Err(Response::from_parts(parts, B::whole(old.body.clone())));
    }
    update(&mut parts.headers, said, now);
    match judged(visit, cache, &parts, now) {
        Ok(times) => Ok(finish(visit, parts, old.body.clone(), times, now)),
        Err(refusal) => Err(refused(parts, B::whole(old.body.clone()), refusal)),
    }
}

/// Whether a 304 names another page than the one that it was asked about.
fn is_another(old: &Page, said: &HeaderMap) -> bool {
    let opaque = |tag: &HeaderValue| tag.as_bytes().strip_prefix(b"W/").unwrap_or(tag.as_bytes()).to_vec();
    let (ours, theirs) = (old.headers.get(ETAG).map(opaque), said.get(ETAG).map(opaque));
    theirs.is_some_and(|theirs| ours.is_some_and(|ours| ours != theirs))
}

fn update(headers: &mut HeaderMap, said: &HeaderMap, now: SystemTime) {
    let age = said.get(AGE).cloned();
    let mut said = said.clone();
    strip(&mut said);
    said.remove(CONTENT_LENGTH);
    if !said.contains_key(DATE) {
        said.insert(DATE, http_date(now));
    }
    for name in said.keys() {
        headers.remove(name);
    }
    for (name, value) in &said {
        headers.append(name.clone(), value.clone());
    }
    // Where the word comes from a cache further inside, it is as old as that says.
    if let Some(age) = age {
        headers.insert(AGE, age);
    }
}

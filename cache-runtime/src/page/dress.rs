//! How a page goes out: whole, a part of it, or the word that the client's copy still holds.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, ETAG, EXPIRES, LAST_MODIFIED, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::cache_status::{self, CACHE_STATUS, CacheStatus, Forward};
use super::collect;
use super::condition::{self, Validators, Verdict};
use super::directives::{Directives, patch_cache_control};
use super::downstream::Downstream;
use super::found::{Came, Found, Why};
use super::handler::Body;
use super::headers::http_date;
use super::list;
use super::range::Selection;
use super::refusal::Refusal;
use super::rules::Pass;
use super::stored::{Page, told};
use super::visit::Visit;
use crate::cache::Cache;

/// Marks a response that a cache of ours has seen: one further outside leaves it alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dressed;

/// Marks the response of a visit, if it may be read.
fn mark<B>(visit: &Visit, response: &mut Response<B>) {
    if !visit.is_outermost {
        response.extensions_mut().insert(Dressed);
    }
}

/// The response of a hit.
pub(super) fn hit<B: Body>(visit: &Visit, cache: &Cache, page: &Page, now: SystemTime) -> Response<B> {
    let mut response = served(visit, cache, page, Came::Hit, now);
    mark(visit, &mut response);
    response
}

/// The response for what was found.
pub(super) fn found<B: Body>(visit: &Visit, cache: &Cache, found: Found<B>) -> Response<B> {
    let mut response = match found {
        Found::Page(page, came) => served(visit, cache, &page, came, cache.core().clock.wall()),
        Found::Own(response) => judged(visit, of_its_own(visit, response)),
        Found::Nothing => nothing(visit),
    };
    mark(visit, &mut response);
    response
}

/// The response of a handler that the cache had no part in.
pub(super) fn passed<B>(visit: &Visit, mut response: Response<B>, pass: Pass) -> Response<B> {
    collect::name_what_varies(visit, response.headers_mut());
    tell_downstream(visit, &mut response);
    let why = if pass == Pass::Method { Forward::Method } else { Forward::Bypass };
    tell_unstored(visit, &mut response, why, pass.refusal());
    mark(visit, &mut response);
    response
}

fn of_its_own<B>(visit: &Visit, mut response: Response<B>) -> Response<B> {
    tell_downstream(visit, &mut response);
    let refusal = response.extensions_mut().remove::<Refusal>();
    tell_unstored(visit, &mut response, Forward::UriMiss, refusal);
    response
}

/// Says of an answer of the handler's own which visitors it may not be for.
fn tell_downstream<B>(visit: &Visit, response: &mut Response<B>) {
    let downstream = Downstream::of(&visit.policy);
    if is_dressed(response) {
        downstream.name_cookies_outside(response.headers_mut());
    } else {
        downstream.tell(response.headers_mut());
    }
}

fn is_dressed<B>(response: &Response<B>) -> bool {
    response.extensions().get::<Dressed>().is_some()
}

/// Says of an answer that it is not stored, and why.
fn tell_unstored<B>(visit: &Visit, response: &mut Response<B>, why: Forward, refusal: Option<Refusal>) {
    if !has_told(visit, response) {
        tell(visit, response.headers_mut(), |name| detailed(CacheStatus::forwarded(name, why), refusal));
    }
    log_refusal(visit, refusal);
}

/// Whether a cache of ours further inside, of the same name, has said what there is to say: a list of caches
/// (RFC 9211 §2) in which one is named twice tells nothing more.
fn has_told<B>(visit: &Visit, response: &Response<B>) -> bool {
    let name = visit.policy.status_name.as_deref();
    is_dressed(response) && name.is_some_and(|name| cache_status::names(response.headers(), name))
}

fn detailed(status: CacheStatus<'_>, refusal: Option<Refusal>) -> CacheStatus<'_> {
    refusal.map_or(status, |refusal| status.detail(refusal.as_str()))
}

fn log_refusal(visit: &Visit, refusal: Option<Refusal>) {
    if let Some(refusal) = refusal {
        let reason = refusal.as_str();
        // Neither URL nor key, as below.
        tracing::debug!(page = visit.handler, alias = visit.policy.alias, reason, "an answer is not stored");
    }
}

/// The handler may have been asked without the visitor's preconditions: they are weighed here.
fn judged<B: Body>(visit: &Visit, response: Response<B>) -> Response<B> {
    let asked = visit.request.headers();
    let has_validators = [ETAG, LAST_MODIFIED].iter().any(|name| response.headers().contains_key(name));
    if response.status() != StatusCode::OK || !has_validators || !condition::has_preconditions(asked) {
        return response;
    }
    match condition::judge(visit.request.method(), asked, &Validators::of(response.headers())) {
        Verdict::Proceed => response,
        Verdict::NotModified => not_modified(response.headers()),
        Verdict::Failed => failed(response.headers()),
    }
}

fn failed<B: Body>(headers: &HeaderMap) -> Response<B> {
    response(StatusCode::PRECONDITION_FAILED, kept(headers, &[ETAG, SET_COOKIE]), Bytes::new())
}

fn nothing<B: Body>(visit: &Visit) -> Response<B> {
    let mut response = Response::new(B::whole(Bytes::new()));
    *response.status_mut() = StatusCode::GATEWAY_TIMEOUT;
    tell(visit, response.headers_mut(), CacheStatus::by_itself);
    response
}

/// A page as this visitor gets it.
fn served<B: Body>(visit: &Visit, cache: &Cache, page: &Page, came: Came, now: SystemTime) -> Response<B> {
    // Neither URL nor key: both may hold what is a visitor's own.
    tracing::trace!(page = visit.handler, alias = visit.policy.alias, ?came, "a page goes out");
    let since_made = page.since_made(now);
    let mut headers = outgoing(visit, page, came);
    if let Some(age) = told(&mut headers, &AGE) {
        *age = list::number_line((since_made + page.age).as_secs());
    }
    tell_client(visit, cache, page, came, &mut headers, now);
    let refusal = refusal(visit, came);
    tell(visit, &mut headers, |name| detailed(status(name, page, came, since_made), refusal));
    log_refusal(visit, refusal);
    let asked = visit.request.headers();
    let verdict = if visit.request.brings.conditions && page.status == StatusCode::OK {
        condition::judge(visit.request.method(), asked, &Validators::of(&page.headers))
    } else {
        Verdict::Proceed
    };
    match verdict {
        Verdict::Proceed => whole_or_part(visit, page, headers),
        Verdict::NotModified => not_modified(&headers),
        Verdict::Failed => failed(&headers),
    }
}

/// Its headers, to which is added what every visit is told anew.
fn outgoing(visit: &Visit, page: &Page, came: Came) -> HeaderMap {
    let downstream = Downstream::of(&visit.policy);
    if !is_made(came) {
        return page.outgoing(downstream);
    }
    let mut headers = page.headers.clone();
    downstream.tell(&mut headers);
    headers
}

fn whole_or_part<B: Body>(visit: &Visit, page: &Page, mut headers: HeaderMap) -> Response<B> {
    let (method, length) = (visit.request.method(), page.body.len() as u64);
    if *method == Method::HEAD {
        if !headers.contains_key(CONTENT_LENGTH) && length > 0 {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        return without_body(page.status, headers);
    }
    let selection = if visit.request.brings.conditions && page.status == StatusCode::OK {
        Selection::of(method, visit.request.headers(), &page.headers, length)
    } else {
        Selection::Whole
    };
    if selection != Selection::Whole {
        headers.remove(CONTENT_LENGTH);
    }
    if let Some(range) = selection.content_range(length) {
        headers.insert(CONTENT_RANGE, range);
    }
    match selection {
        Selection::Whole => response(page.status, headers, page.body.clone()),
        Selection::Part { first, last } => {
            let at = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
            response(StatusCode::PARTIAL_CONTENT, headers, page.body.slice(at(first)..=at(last)))
        }
        // A cache further outside must not take this for the page.
        Selection::Unsatisfiable => {
            response(StatusCode::RANGE_NOT_SATISFIABLE, kept(&headers, &[CONTENT_RANGE]), Bytes::new())
        }
    }
}

fn not_modified<B: Body>(headers: &HeaderMap) -> Response<B> {
    let mut kept = condition::not_modified_headers(headers);
    for name in ["age", "cache-status"] {
        for line in headers.get_all(name) {
            kept.append(name, line.clone());
        }
    }
    without_body(StatusCode::NOT_MODIFIED, kept)
}

/// A response that says nothing about the length of a body, but by its headers.
fn without_body<B: Body>(status: StatusCode, headers: HeaderMap) -> Response<B> {
    let mut response = response(status, headers, Bytes::new());
    *response.body_mut() = B::none();
    response
}

fn kept(headers: &HeaderMap, names: &[http::HeaderName]) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in names {
        for line in headers.get_all(name) {
            kept.append(name.clone(), line.clone());
        }
    }
    for line in headers.get_all("cache-status") {
        kept.append("cache-status", line.clone());
    }
    kept
}

fn response<B: Body>(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<B> {
    let mut response = Response::new(B::whole(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Tells browsers the time that is meant for them, from now on: `max-age` counts from when the page was made.
fn tell_client(
    visit: &Visit,
    cache: &Cache,
    page: &Page,
    came: Came,
    headers: &mut HeaderMap,
    now: SystemTime,
) {
    let Some(client) = visit.policy.client else { return };
    let client = collect::of_timeout(cache, client).unwrap_or_default().min(Duration::from_hours(365 * 24));
    let age = if is_made(came) { Duration::ZERO } else { page.age(now) };
    let told = Directives::new().max_age(Duration::from_secs(age.as_secs()) + client);
    replace_max_age(headers, &told);
    headers.insert(EXPIRES, http_date(now + client));
}

/// Of two `max-age` the smaller one counts: the stored one has to go first.
fn replace_max_age(headers: &mut HeaderMap, told: &Directives) {
    let kept = |part: &&str| !part.trim_start().to_ascii_lowercase().starts_with("max-age");
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let line = lines.flat_map(|line| line.split(',')).filter(kept).collect::<Vec<_>>().join(",");
    match HeaderValue::try_from(line.trim()) {
        Ok(line) if !line.is_empty() => headers.insert(CACHE_CONTROL, line),
        _ => headers.remove(CACHE_CONTROL),
    };
    patch_cache_control(headers, told);
}

/// Why a page that was made is not stored, where it could have been that of others.
fn refusal(visit: &Visit, came: Came) -> Option<Refusal> {
    (visit.is_for_one && matches!(came, Came::MadeForOne(_))).then_some(Refusal::Query)
}

fn is_made(came: Came) -> bool {
    matches!(came, Came::Made(_) | Came::MadeForOne(_))
}

fn status<'a>(name: &'a str, page: &Page, came: Came, since_made: Duration) -> CacheStatus<'a> {
    // Whole seconds, as `Age` says them: the two are what the lifetime was.
    let since_made = Duration::from_secs(since_made.as_secs());
    let ttl = |status: CacheStatus<'a>| match page.fresh.checked_sub(since_made) {
        Some(left) => status.ttl(left),
        None => status.stale_since(since_made.saturating_sub(page.fresh)),
    };
    match came {
        Came::Hit | Came::Stale => ttl(CacheStatus::hit(name)),
        Came::Collapsed => ttl(CacheStatus::forwarded(name, Forward::UriMiss).collapsed()),
        Came::Made(why) => ttl(CacheStatus::forwarded(name, forward(why)).stored()),
        Came::MadeForOne(why) => CacheStatus::forwarded(name, forward(why)),
        Came::InsteadOfError(status) => {
            ttl(CacheStatus::forwarded(name, Forward::Stale).forward_status(status))
        }
    }
}

fn forward(why: Why) -> Forward {
    match why {
        Why::NoPage => Forward::UriMiss,
        Why::NoVariant => Forward::VaryMiss,
        Why::Stale => Forward::Stale,
        Why::Asked => Forward::Request,
    }
}

/// Says in `Cache-Status` what the cache did, unless the policy hides it.
fn tell<'a>(visit: &'a Visit, headers: &mut HeaderMap, status: impl FnOnce(&'a str) -> CacheStatus<'a>) {
    let to_fill_in = told(headers, &CACHE_STATUS).filter(|line| line.is_empty());
    match (&visit.policy.status_name, to_fill_in) {
        (Some(name), Some(line)) => *line = status(name).value(),
        (Some(name), None) => status(name).append_to(headers),
        (None, Some(_)) => drop(headers.remove(CACHE_STATUS)),
        (None, None) => {}
    }
}

//! What may be asked of the cache, and what may be stored in it (RFC 9111 §3, with Django's choices).

use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method, StatusCode};

use super::choice::{Rule, Visitors, names_match};
use super::control::CacheControl;
use super::headers::{has_vary, varies_on_everything};
use super::lifetime::Lifetime;
use super::refusal::Refusal;
use super::request::PageRequest;
use super::visit::Visit;
use super::{query, wire};

/// Why a request passes the cache by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Its method is neither `GET` nor `HEAD`.
    Method,
    /// It brings a body, or wants another protocol.
    Kind,
    /// It may be one visitor's own.
    Visitor,
    /// The policy or the handler says so.
    Asked,
    /// It names more than one host, or none that is one: whom it is for is in doubt.
    Host,
    /// The cache cannot be used.
    Unusable,
}

impl Pass {
    /// What those who make a site can do something about.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Visitor => Some(Refusal::Visitor),
            Self::Host => Some(Refusal::Host),
            Self::Unusable => Some(Refusal::Unusable),
            Self::Method | Self::Kind | Self::Asked => None,
        }
    }
}

/// Whether the answer may be one for many.
pub(super) fn admits(visit: &Visit) -> Result<(), Pass> {
    let (policy, request) = (&visit.policy, &visit.request);
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Pass::Method);
    }
    let brings_body = request.brings.body && has_body(request.headers());
    let upgrades = request.brings.body && request.headers().contains_key(UPGRADE);
    if visit.intent.brings_body || brings_body || upgrades {
        return Err(Pass::Kind);
    }
    if request.is_doubtful() {
        return Err(Pass::Host);
    }
    if visit.intent.bypasses || policy.bypass.as_ref().is_some_and(|bypass| bypass(request)) {
        return Err(Pass::Asked);
    }
    if request.brings.credentials && is_own(visit) { Err(Pass::Visitor) } else { Ok(()) }
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).map(http::HeaderValue::as_bytes);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0")
}

/// Whether the request may be one visitor's own, as far as the policy tells.
fn is_own(visit: &Visit) -> bool {
    let (policy, request) = (&visit.policy, &visit.request);
    let stranger = |name| policy.vary.contains(&name);
    let brings = |name| request.headers().contains_key(&name) && !stranger(name);
    match &policy.visitors {
        Visitors::Typed | Visitors::All => false,
        Visitors::Without { harmless } => {
            brings(AUTHORIZATION)
                || brings(COOKIE) && !cookies_are(request, |name| names_match(harmless, name))
        }
        Visitors::WithoutSession(names) => {
            brings(AUTHORIZATION) || brings(COOKIE) && !cookies_are(request, |name| !names_match(names, name))
        }
    }
}

/// Whether each cookie is so, by its name as it is sent and as frameworks decode it; a cookie that is no text, or
/// has no name, is not.
fn cookies_are(request: &PageRequest, is_so: impl Fn(&str) -> bool) -> bool {
    let mut lines = request.headers().get_all(COOKIE).iter();
    lines.all(|line| {
        let Ok(line) = line.to_str() else { return false };
        let mut pairs = line.split(';').map(str::trim).filter(|pair| !pair.is_empty());
        pairs.all(|pair| {
            let name = pair.split_once('=').map(|(name, _)| name.trim_end());
            name.is_some_and(|name| is_so(name) && (!name.contains('%') || is_so(&query::decoded(name))))
        })
    })
}

/// Whether a request of an unsafe method has changed what is at its URL (RFC 9111 §4.4).
pub(super) fn has_changed(visit: &Visit, status: StatusCode) -> bool {
    visit.policy.invalidates
        && !visit.request.method().is_safe()
        && (status.is_success() || status.is_redirection())
}

/// Whether the client itself forbids to store the answer (RFC 9111 §5.2.1.5).
pub(super) fn forbids_storing(request: &PageRequest) -> bool {
    CacheControl::of_request(request.headers()).forbids_storing()
}

/// Lets a response pass that may be stored for others, without a look at its lifetime; of several reasons against it, the
/// first one counts.
pub(super) fn keeps(visit: &Visit, status: StatusCode, headers: &HeaderMap) -> Result<(), Refusal> {
    let control = CacheControl::of(headers);
    let refuses = refuses_one_request(status) && !is_listed(visit, status);
    let reasons = [
        (is_partial(status, headers), Refusal::Partial),
        (!is_of_a_page(status) || refuses, Refusal::Status),
        (control.forbids_storing(), Refusal::NoStore),
        (control.is_private(), Refusal::Private),
        (control.must_ask(), Refusal::NoCache),
        (forbids_storing(&visit.request), Refusal::Request),
        (!admits_cookies(visit, headers), Refusal::SetCookie),
        (!admits_credentials(visit, headers, control), Refusal::Authorization),
        (varies_on_everything(headers), Refusal::VaryOnAll),
        (has_nonce(headers), Refusal::Nonce),
        (headers.len() > MOST_HEADERS, Refusal::Headers),
    ];
    let first = reasons.into_iter().find_map(|(applies, refusal)| applies.then_some(refusal));
    first.map_or(Ok(()), Err)
}

/// Most headers of a page as its handler sends it: `Date`, `Expires`, `Cache-Control` and `ETag` may be added.
const MOST_HEADERS: usize = wire::MAX_HEADERS - 4;

/// Whether a response of this status can be a page: a whole answer, and no failure.
pub(super) fn is_of_a_page(status: StatusCode) -> bool {
    status >= StatusCode::OK
        && !matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED)
        && status.as_u16() < 500
}

/// Whether this status refuses a request for what no key holds: credentials, its length, its expectations, how
/// many came before it. RFC 9111 §3 lets such an answer be stored if it states a lifetime; one visitor would
/// take the page away from all the others.
fn refuses_one_request(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 407 | 408 | 412 | 413 | 416 | 417 | 421 | 425 | 426 | 428 | 429 | 431)
}

/// Whether this status says nothing about what the next visitor of the URL would be answered.
pub(super) fn is_about_one_request(status: StatusCode) -> bool {
    let is_about_the_url = matches!(status.as_u16(), 404 | 405 | 410 | 451);
    matches!(status.as_u16(), 206 | 304) || status.is_client_error() && !is_about_the_url
}

fn is_partial(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::PARTIAL_CONTENT || headers.contains_key(CONTENT_RANGE)
}

/// A nonce in the policy of scripts is good for one response (CSP §7.2): its page is nobody else's.
fn has_nonce(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(CONTENT_SECURITY_POLICY).iter();
    lines.into_iter().any(|line| line.as_bytes().windows(7).any(|part| part.eq_ignore_ascii_case(b"'nonce-")))
}

fn admits_cookies(visit: &Visit, headers: &HeaderMap) -> bool {
    !headers.contains_key(SET_COOKIE) || (visit.policy.keeps_cookies && !has_vary(headers, "cookie"))
}

/// RFC 9111 §3.5: what was made for credentials is shared only if it says that it may be, or where they are
/// in the key.
fn admits_credentials(visit: &Visit, headers: &HeaderMap, control: CacheControl) -> bool {
    !has_credentials(&visit.request)
        || is_for_all(visit)
        || visit.policy.vary.contains(&AUTHORIZATION)
        || has_vary(headers, "authorization")
        || shares_with_credentials(control)
}

/// Whether the response says itself that credentials do not matter.
pub(super) fn shares_with_credentials(control: CacheControl) -> bool {
    control.is_public() || control.s_maxage().is_some() || control.must_revalidate()
}

/// Whether the policy says that every visitor may have these pages.
pub(super) fn is_for_all(visit: &Visit) -> bool {
    visit.policy.visitors == Visitors::All
}

/// Whether the request brings credentials; an empty line is none.
pub(super) fn has_credentials(request: &PageRequest) -> bool {
    request.headers().get(AUTHORIZATION).is_some_and(|value| !value.is_empty())
}

/// Whether this status is stored with the timeout of the policy.
pub(super) fn is_listed(visit: &Visit, status: StatusCode) -> bool {
    visit.policy.lifetime != Rule::Explicit && visit.policy.statuses.contains(&status)
}

/// Why a response has no lifetime: what it says has passed, or it says nothing, and the policy has one for other statuses,
/// or for none.
pub(super) fn lacks_lifetime(visit: &Visit, status: StatusCode, said: Lifetime) -> Refusal {
    let is_of_others = visit.policy.lifetime != Rule::Explicit && !visit.policy.statuses.contains(&status);
    if is_of_others && !said.is_explicit() { Refusal::Status } else { Refusal::Lifetime }
}

//! Requests and responses of actix, in the words of the `http` crate and back.
//!
//! actix speaks version 0.2 of that crate, the path of a page version 1. Both have the same grammar of names and
//! values, so nothing is lost on the way.

use actix_web::body::BoxBody;
use actix_web::http::header::{self as old, HeaderMap as OldHeaders};
use actix_web::http::uri::Authority as OldAuthority;
use actix_web::test::TestRequest;
use actix_web::{HttpRequest, HttpResponse};
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Extensions, Method, Response, StatusCode, Uri};

use super::body::PageBody;
use crate::page::PageRequest;

/// A request as it came in; nothing if its URL is none for the path of a page, which lets it pass then.
///
/// The scheme is the URL's own, or that of the connection; what `X-Forwarded-*` says counts only where a policy
/// trusts it.
pub(super) fn request(asked: &HttpRequest) -> Option<PageRequest> {
    let method = Method::from_bytes(asked.method().as_str().as_bytes()).ok()?;
    let request = PageRequest::new(method, &url(asked.uri())?, headers(asked.headers()));
    // A middleware may have changed the URL and not the router's copy, which `web::Path` reads.
    let routed = asked.match_info().get_ref().uri();
    let request = if routed == asked.uri() { request } else { request.rewritten_to(&url(routed)?) };
    if asked.uri().scheme().is_some() || !asked.app_config().secure() {
        return Some(request);
    }
    // The default port of a scheme is part of no host: the text is read again under this one.
    let own = asked.uri().authority().map(OldAuthority::as_str);
    let named = || asked.headers().get(old::HOST).and_then(|host| host.to_str().ok());
    let host = own.or_else(named).unwrap_or_default().to_owned();
    Some(request.outside("https", &host))
}

/// A request like this one, with this query, and with those of its headers that are to be seen; nothing is in its
/// extensions.
pub(super) fn stand_in(
    asked: &PageRequest,
    query: Option<&str>,
    is_seen: impl Fn(&HeaderName) -> bool,
) -> HttpRequest {
    let path = query.map_or_else(|| asked.path().to_owned(), |query| format!("{}?{query}", asked.path()));
    let mut request = TestRequest::with_uri(&path);
    if let Ok(method) = asked.method().as_str().parse() {
        request = request.method(method);
    }
    for (name, value) in asked.headers().iter().filter(|(name, _)| is_seen(name)) {
        if let Some(line) = line(name, value) {
            request = request.append_header(line);
        }
    }
    request.to_http_request()
}

fn url(url: &actix_web::http::Uri) -> Option<Uri> {
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut parts = http::uri::Parts::default();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    if let Some((scheme, authority)) = url.scheme_str().zip(url.authority()) {
        parts.scheme = Some(Scheme::try_from(scheme).ok()?);
        parts.authority = Some(Authority::try_from(authority.as_str()).ok()?);
    }
    Uri::from_parts(parts).ok()
}

/// The same headers, the lines of each in their order.
pub(super) fn headers(lines: &OldHeaders) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(lines.len());
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            // More lines than a map can hold do not come through a server.
            let _ = headers.try_append(name, value);
        }
    }
    headers
}

/// The same headers for actix.
fn put_headers(headers: &HeaderMap, into: &mut OldHeaders) {
    for (name, value) in headers {
        if let Some((name, value)) = line(name, value) {
            into.append(name, value);
        }
    }
}

/// Changes headers of actix in the words of the newer crate.
pub(super) fn change_headers(lines: &mut OldHeaders, change: impl FnOnce(&mut HeaderMap)) {
    let mut changed = headers(lines);
    change(&mut changed);
    lines.clear();
    put_headers(&changed, lines);
}

/// A response without a body; that of a 304 says no length, which would be the length of the page
/// (RFC 9110 §8.6).
pub(super) fn empty(status: StatusCode) -> HttpResponse {
    let code = actix_web::http::StatusCode::from_u16(status.as_u16()).unwrap_or_default();
    let response = HttpResponse::new(code);
    if status == StatusCode::NOT_MODIFIED {
        response.set_body(BoxBody::new(actix_web::body::None::new()))
    } else {
        response
    }
}

/// One line for actix.
fn line(name: &HeaderName, value: &HeaderValue) -> Option<(old::HeaderName, old::HeaderValue)> {
    let name = old::HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
    let value = old::HeaderValue::from_bytes(value.as_bytes()).ok()?;
    Some((name, value))
}

/// What the path of a page has noted on a response, for a cache further outside.
struct Noted(Extensions);

/// A response for the path of a page.
pub(super) fn response(response: HttpResponse) -> Response<PageBody> {
    let (mut head, body) = response.into_parts();
    let lines = std::mem::take(head.headers_mut());
    let noted = head.extensions_mut().remove::<Noted>();
    let status = StatusCode::from_u16(head.status().as_u16());
    let mut response = Response::new(PageBody::of_handler(head, body));
    // actix refuses every status that the newer crate refuses.
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers(&lines);
    *response.extensions_mut() = noted.map(|Noted(noted)| noted).unwrap_or_default();
    response
}

/// A response for actix: with the head that the handler gave it, but for status and headers.
pub(super) fn answer(method: &actix_web::http::Method, response: Response<PageBody>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let announced = (method == actix_web::http::Method::HEAD).then(|| length(&parts.headers)).flatten();
    let (head, body) = body.into_parts(announced);
    let mut head = head.unwrap_or_else(|| HttpResponse::new(actix_web::http::StatusCode::OK).drop_body());
    if let Ok(status) = actix_web::http::StatusCode::from_u16(parts.status.as_u16()) {
        *head.status_mut() = status;
    }
    let lines = head.headers_mut();
    lines.clear();
    put_headers(&parts.headers, lines);
    if !parts.extensions.is_empty() {
        head.extensions_mut().insert(Noted(parts.extensions));
    }
    head.set_body(body)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

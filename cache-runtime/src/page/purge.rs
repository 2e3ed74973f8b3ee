//! `PURGE` requests: whoever knows the secret drops the pages of a URL.

use bytes::Bytes;
use hmac_sha256::Hash;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::handler::Body;
use super::invalidate;
use super::visit::Visit;

/// A secret that is compared without telling how much of it was right, and shown to nobody.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// # Panics
    ///
    /// If it is shorter than 16 bytes: it could be guessed.
    pub(crate) fn new(secret: &str) -> Self {
        assert!(secret.len() >= 16, "a secret has at least 16 bytes; this one has {}", secret.len());
        Self(Hash::hash(secret.as_bytes()))
    }

    /// Whether these headers bring it, as `Authorization: Bearer …`.
    pub(crate) fn is_brought(&self, headers: &HeaderMap) -> bool {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else { return false };
        let Some((scheme, secret)) = line.to_str().ok().and_then(|line| line.split_once(' ')) else {
            return false;
        };
        // Equal digests mean equal secrets, and the time it takes to compare them tells nothing of either.
        scheme.eq_ignore_ascii_case("bearer") && Hash::hash(secret.trim().as_bytes()) == self.0
    }
}

/// Whether this visit is a purge that the policy answers.
pub(super) fn is_due(visit: &Visit) -> bool {
    visit.policy.purge.is_some() && visit.request.method().as_str() == "PURGE"
}

/// Drops the pages of the visit's URL, on every host: 204; or 401 for a stranger, 400 for what is no URL of one page, 503
/// where the store is away.
pub(super) async fn answer<B: Body>(visit: &Visit) -> Response<B> {
    let secret = visit.policy.purge.as_ref().expect("it is due only where there is one");
    if !secret.is_brought(visit.request.headers()) {
        let mut response = empty(StatusCode::UNAUTHORIZED);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    let path = visit.request.path();
    if invalidate::is_starred(path) {
        let mut response = Response::new(B::whole(invalidate::starred(path).into()));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let dropped = match visit.cache() {
        Ok(cache) => invalidate::invalidate_asked(&visit.policy, &cache, &visit.request).await.is_ok(),
        Err(_) => false,
    };
    empty(if dropped { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE })
}

fn empty<B: Body>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::whole(Bytes::new()));
    *response.status_mut() = status;
    response
}

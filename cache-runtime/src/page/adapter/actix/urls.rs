//! The URLs of a request: its own, and the router's copy, which extractors can read as well.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;

use super::counted::with_query;
use crate::page::{Policy, query};

/// Both URLs of a request.
pub(super) struct Urls {
    own: Uri,
    router: Uri,
}

impl Urls {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        Self { own: request.uri().clone(), router: request.match_info().get_ref().uri().clone() }
    }

    /// The same without the parameters of the query that do not count for the key; `None` if all of them do.
    pub(super) fn counted(&self, policy: &Policy) -> Option<Self> {
        let (own, router) = (counted(policy, &self.own), counted(policy, &self.router));
        if own.is_none() && router.is_none() {
            return None;
        }
        let or = |counted: Option<Uri>, uri: &Uri| counted.unwrap_or_else(|| uri.clone());
        Some(Self { own: or(own, &self.own), router: or(router, &self.router) })
    }

    /// Gives them to a request that can be changed, and has them but for their queries.
    pub(super) fn put(self, request: &mut ServiceRequest) {
        request.match_info_mut().get_mut().update(&self.router);
        request.head_mut().uri = self.own;
    }
}

fn counted(policy: &Policy, uri: &Uri) -> Option<Uri> {
    let counted = query::counted(policy, uri.query()?);
    (counted.as_deref() != uri.query()).then(|| with_query(uri, counted.as_deref()))
}

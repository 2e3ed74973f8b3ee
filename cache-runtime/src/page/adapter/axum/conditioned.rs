//! Conditions as extractors and responses.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::page::conditioned::{Asked, Conditioned};

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

impl<T: IntoResponse> IntoResponse for Conditioned<T> {
    fn into_response(self) -> Response {
        let (returned, weighed) = self.into_parts();
        let mut response =
            returned.map_or_else(|| weighed.status().into_response(), IntoResponse::into_response);
        let status = response.status();
        weighed.mark(status, response.headers_mut());
        response
    }
}

//! Dressed values as responses.

use axum::response::{IntoResponse, Response};

use crate::page::dressing::{Dressed, Dressing};

impl<T: IntoResponse, D: Dressing> IntoResponse for Dressed<T, D> {
    fn into_response(self) -> Response {
        let (returned, dressing) = self.into_parts();
        let mut response = returned.into_response();
        dressing.dress(response.headers_mut());
        response
    }
}

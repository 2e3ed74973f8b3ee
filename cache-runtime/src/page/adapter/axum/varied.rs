//! The extractors of axum's companion crate that a page may vary on: typed headers, and cookies.
//!
//! Signed and private jars are not among them: what they hold is one visitor's own, and belongs into the key.

use axum_extra::TypedHeader;
use axum_extra::extract::CookieJar;
use axum_extra::headers::Header;
use axum_extra::typed_header::TypedHeaderRejection;
use http::header::{COOKIE, HeaderName};

use crate::page::{VariedInput, VariedRejection};

impl<H: Header> VariedInput for TypedHeader<H> {
    fn is_covered(names: &[HeaderName]) -> bool {
        names.contains(H::name())
    }

    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

// It tells of that header.
impl<H: Header> VariedRejection<TypedHeader<H>> for TypedHeaderRejection {}

impl VariedInput for CookieJar {
    fn is_covered(names: &[HeaderName]) -> bool {
        names.contains(&COOKIE)
    }

    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

//! The extractors of actix that are the same for all visitors of a URL, and those that a page may vary on.
//!
//! Never `HttpRequest`, `ReqData`, `Form`, `ConnectionInfo`, `PeerAddr`, sessions, or the body of a request.

use actix_web::error::{ParseError, PathError, QueryPayloadError};
use actix_web::http::header::Header;
use actix_web::http::{Method, Uri};
use actix_web::{Either, Error, web};
use http::header::HeaderName;

use crate::page::{SharedInput, VariedInput, VariedRejection};

impl<T: ?Sized> SharedInput for web::Data<T> {}
impl<T> SharedInput for web::ThinData<T> {}
impl<T> SharedInput for web::Path<T> {}
impl<T> SharedInput for web::Query<T> {}
impl SharedInput for Method {}
impl SharedInput for Uri {}
// The error of an extractor may be any that the program has: these tell of the URL, or of how the program is set up.
impl<T: ?Sized> SharedInput for Result<web::Data<T>, Error> {}
impl<T> SharedInput for Result<web::ThinData<T>, Error> {}
impl<T> SharedInput for Result<web::Path<T>, Error> {}
impl<T> SharedInput for Result<web::Query<T>, Error> {}
impl SharedInput for PathError {}
impl SharedInput for QueryPayloadError {}
impl<L: SharedInput, R: SharedInput> SharedInput for Either<L, R> {}

impl<H: Header> VariedInput for web::Header<H> {
    fn is_covered(names: &[HeaderName]) -> bool {
        names.iter().any(|name| name.as_str() == H::name().as_str())
    }

    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

// The error of an extractor may be any that the program has: these tell of the URL, of how the program is set up, and of the
// header.
impl<T: ?Sized> VariedRejection<web::Data<T>> for Error {}
impl<T> VariedRejection<web::ThinData<T>> for Error {}
impl<T> VariedRejection<web::Path<T>> for Error {}
impl<T> VariedRejection<web::Query<T>> for Error {}
impl<H: Header> VariedRejection<web::Header<H>> for Error {}
impl<H: Header> VariedRejection<web::Header<H>> for ParseError {}

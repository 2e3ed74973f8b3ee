//! Extractors that cannot read parameters of the query that the key of the page lacks.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::{Error, FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use crate::page::{CachedPage, query};

/// What an extractor gives, as it comes.
pub type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, <T as FromRequest>::Error>>>>;

/// An extractor that can do without the parameters of the query that do not count for the key of a page.
///
/// One that does not look at the query at all implements it with an empty body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may read parameters of the query that the key of this page lacks",
    label = "reads the request itself",
    note = "take the parameters by `web::Query`, or name the argument in `ignore(..)` if it does not change the page",
    note = "an extractor of your own that does not look at the query says so by \
            `impl cache_runtime::actix::CountedInput for … {{}}`"
)]
pub trait CountedInput: FromRequest + 'static {
    /// Extracts it as if the URL had this query; `None` stands for a URL without one.
    fn with_query(request: &HttpRequest, payload: &mut Payload, query: Option<&str>) -> Extracting<Self> {
        let _ = query;
        boxed::<Self>(Self::from_request(request, payload))
    }
}

fn boxed<T: FromRequest + 'static>(future: T::Future) -> Extracting<T> {
    Box::pin(future)
}

/// An extractor of the cached handler `P` that sees only the parameters of the query that count for its key.
#[derive(Debug, Clone, Copy)]
pub struct Counted<P, T: CountedInput>(T, PhantomData<fn() -> P>);

impl<P, T: CountedInput> Counted<P, T> {
    /// The extractor's value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<P, T: CountedInput> std::ops::Deref for Counted<P, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<P: CachedPage + 'static, T: CountedInput> FromRequest for Counted<P, T> {
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, T::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let asked = request.uri().query();
        let counted: Option<Cow<'_, str>> = asked.and_then(|query| query::counted(P::page().policy(), query));
        let extracting = if counted.as_deref() == asked {
            boxed::<T>(T::from_request(request, payload))
        } else {
            T::with_query(request, payload, counted.as_deref())
        };
        Box::pin(async move { extracting.await.map(|value| Self(value, PhantomData)) })
    }
}

impl<T: DeserializeOwned + 'static> CountedInput for web::Query<T> {
    fn with_query(request: &HttpRequest, payload: &mut Payload, query: Option<&str>) -> Extracting<Self> {
        match Self::from_query(query.unwrap_or_default()) {
            Ok(value) => Box::pin(std::future::ready(Ok(value))),
            Err(fault) => {
                // The error is the application's own where it has set a handler for it and the whole query fails.
                let whole = Self::from_request(request, payload);
                Box::pin(async move { Err(whole.await.err().unwrap_or_else(|| as_error(fault))) })
            }
        }
    }
}

fn as_error(fault: QueryPayloadError) -> Error {
    fault.into()
}

impl CountedInput for Uri {
    fn with_query(request: &HttpRequest, _: &mut Payload, query: Option<&str>) -> Extracting<Self> {
        Box::pin(std::future::ready(Ok(with_query(request.uri(), query))))
    }
}

/// The URL with another query.
pub(super) fn with_query(uri: &Uri, query: Option<&str>) -> Uri {
    let path = uri.path();
    let path_and_query = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(path_and_query).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| Uri::default())
}

impl<T: CountedInput> CountedInput for Option<T> {
    fn with_query(request: &HttpRequest, payload: &mut Payload, query: Option<&str>) -> Extracting<Self> {
        let extracting = T::with_query(request, payload, query);
        Box::pin(async move { Ok(extracting.await.ok()) })
    }
}

impl<T, E> CountedInput for Result<T, E>
where
    T: CountedInput,
    T::Error: Into<E>,
    E: 'static,
{
    fn with_query(request: &HttpRequest, payload: &mut Payload, query: Option<&str>) -> Extracting<Self> {
        let extracting = T::with_query(request, payload, query);
        Box::pin(async move { Ok(extracting.await.map_err(Into::into)) })
    }
}

impl<T: DeserializeOwned + 'static> CountedInput for web::Path<T> {}
impl<T: ?Sized + 'static> CountedInput for web::Data<T> {}
impl<T: Clone + 'static> CountedInput for web::ThinData<T> {}
impl<T: actix_web::http::header::Header + 'static> CountedInput for web::Header<T> {}
impl CountedInput for actix_web::http::Method {}

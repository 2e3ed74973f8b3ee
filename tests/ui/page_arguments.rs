//! Arguments of cached handlers that visitors do not share.

use std::convert::Infallible;

use axum::extract::{ConnectInfo, Extension, Form, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Version};
use axum::{Json, body::Bytes};
use axum_extra::TypedHeader;
use axum_extra::extract::cookie::CookieJar;
use axum_extra::headers::UserAgent;
use cache_runtime::{SharedInput, cache_page};

#[derive(Clone)]
struct User {
    id: u64,
}

/// A session, by an extractor of one's own.
struct Session {
    user: User,
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { user: User { id: 7 } })
    }
}

#[cache_page(60)]
async fn session(session: Session) -> String {
    session.user.id.to_string()
}

#[cache_page(60)]
async fn cookies(jar: CookieJar) -> String {
    jar.iter().count().to_string()
}

#[cache_page(60)]
async fn headers(headers: HeaderMap) -> String {
    headers.len().to_string()
}

#[cache_page(60)]
async fn extension(Extension(user): Extension<User>) -> String {
    user.id.to_string()
}

#[cache_page(60)]
async fn address(ConnectInfo(address): ConnectInfo<std::net::SocketAddr>) -> String {
    address.to_string()
}

#[cache_page(60)]
async fn agent(agent: Option<TypedHeader<UserAgent>>) -> String {
    format!("{agent:?}")
}

#[cache_page(60)]
async fn form(State(()): State<()>, form: Form<String>) -> String {
    form.0
}

#[cache_page(60)]
async fn json(Json(number): Json<u32>) -> String {
    number.to_string()
}

#[cache_page(60)]
async fn body(body: Bytes) -> Bytes {
    body
}

#[cache_page(60)]
async fn request(request: Request) -> String {
    request.uri().to_string()
}

#[cache_page(60, vary = ["accept-language"])]
async fn not_covered(session: Session, headers: HeaderMap) -> String {
    format!("{} {}", session.user.id, headers.len())
}

#[cache_page(60, vary = ["accept-language"])]
async fn not_covered_inside(session: Option<Session>, user: Result<Extension<User>, ()>) -> String {
    format!("{} {}", session.is_some(), user.is_ok())
}

#[cache_page(60, key = "{id}")]
async fn half(User { id }: User, Session { user }: Session) -> String {
    format!("{} {}", id, user.id)
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { id: 7 })
    }
}

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(None)
    }
}

#[derive(SharedInput)]
struct Mixed {
    state: State<u8>,
    session: Session,
}

#[cache_page(60)]
async fn version(version: Version) -> String {
    format!("{version:?}")
}

fn main() {}

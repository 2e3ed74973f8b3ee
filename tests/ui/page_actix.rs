//! Arguments of cached handlers of actix that visitors do not share, and what else cannot be there.

use std::future::{Ready, ready};

use actix_web::dev::{ConnectionInfo, Payload, PeerAddr};
use actix_web::http::header::AcceptLanguage;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, web};
use cache_runtime::SharedInput;
use cache_runtime::actix::cache_page;

#[derive(Clone)]
struct User {
    id: u64,
}

/// A session, by an extractor of one's own.
struct Session {
    user: User,
}

impl FromRequest for Session {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { user: User { id: 7 } }))
    }
}

#[cache_page(60)]
async fn session(session: Session) -> String {
    session.user.id.to_string()
}

#[cache_page(60)]
async fn request(request: HttpRequest) -> String {
    request.uri().to_string()
}

#[cache_page(60)]
async fn extension(user: web::ReqData<User>) -> String {
    user.id.to_string()
}

#[cache_page(60)]
async fn connection(connection: ConnectionInfo) -> String {
    connection.host().to_owned()
}

#[cache_page(60)]
async fn address(address: Option<PeerAddr>) -> String {
    address.is_some().to_string()
}

#[cache_page(60)]
async fn language(language: web::Header<AcceptLanguage>) -> String {
    language.to_string()
}

#[cache_page(60)]
async fn form(form: web::Form<String>) -> String {
    form.into_inner()
}

#[cache_page(60)]
async fn json(number: web::Json<u32>) -> String {
    number.to_string()
}

#[cache_page(60, vary = ["accept-language"])]
async fn not_covered(session: Session) -> String {
    session.user.id.to_string()
}

#[cache_page(60, query = ["q"], ignore(request))]
async fn reads_the_query(request: HttpRequest, shop: Shop) -> HttpResponse {
    drop(request);
    HttpResponse::Ok().body(**shop.name)
}

/// It is shared, and nobody has said that it does not look at the query.
#[derive(SharedInput)]
struct Shop {
    name: web::Data<&'static str>,
}

impl FromRequest for Shop {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { name: web::Data::new("shop") }))
    }
}

#[derive(SharedInput)]
struct Mixed {
    state: web::Data<u8>,
    session: Session,
}

fn main() {}

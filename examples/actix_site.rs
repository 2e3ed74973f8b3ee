//! A site on actix-web, in small: a page by an attribute, one by middleware, one of each visitor, and an edit that drops pages.
//!
//! Run it by `cargo run --features actix --example actix_site`: a server is started and visited, and what each visit
//! got is told. With `PORT=8080` before it, the server stays.

use std::future::{Ready, ready};
use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::dev::Payload;
use actix_web::{
    App, Error, FromRequest, HttpRequest, HttpResponse, HttpServer, Responder, error, get, post, web,
};
use cache_examples::Db;
use cache_runtime::actix::{CachePage, CacheSite, cache_page};
use rusqlite::Connection;
use serde::Deserialize;

/// The questions that were put to the database.
static QUESTIONS: AtomicU32 = AtomicU32::new(0);

/// Says nothing of caching: the site keeps it.
#[get("/")]
async fn home(db: web::Data<Db>) -> actix_web::Result<impl Responder> {
    let question = "SELECT name FROM city WHERE country <> ? ORDER BY population DESC LIMIT 3";
    Ok(ask(&db, question, String::new()).await?.join("\n"))
}

/// A country and its largest cities, for a quarter of an hour. Links of campaigns lead to the same page.
#[cache_page(60 * 15, ignore_query = ["utm_*"])]
#[get("/country/{iso}")]
async fn country(iso: web::Path<String>, db: web::Data<Db>) -> actix_web::Result<impl Responder> {
    let question =
        "SELECT name || ': ' || population FROM city WHERE country = ? ORDER BY population DESC LIMIT 3";
    let cities = ask(&db, question, iso.into_inner()).await?;
    if cities.is_empty() { Err(error::ErrorNotFound("no such country")) } else { Ok(cities.join("\n")) }
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

/// The cities whose names begin so; its route is wrapped in middleware.
async fn search(search: web::Query<Search>, db: web::Data<Db>) -> actix_web::Result<impl Responder> {
    let question = "SELECT name || ' (' || country || ')' FROM city WHERE name LIKE ? || '%' ORDER BY name";
    Ok(ask(&db, question, search.into_inner().q).await?.join("\n"))
}

/// A visitor, as a cookie says; a real site looks a session up.
struct User {
    country: String,
}

impl FromRequest for User {
    type Error = Error;
    type Future = Ready<actix_web::Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lines = request.headers().get_all("cookie").filter_map(|line| line.to_str().ok());
        let iso = lines.flat_map(|line| line.split("; ")).find_map(|pair| pair.strip_prefix("country="));
        let user = iso.map(|iso| Self { country: iso.to_owned() });
        ready(user.ok_or_else(|| error::ErrorUnauthorized("sign in first")))
    }
}

/// Without the key it would not compile: visitors of one URL differ in who they are.
#[cache_page("1m", key = "{user.country}")]
#[get("/me")]
async fn me(user: User, db: web::Data<Db>) -> actix_web::Result<impl Responder> {
    let capital = ask(&db, "SELECT capital FROM country WHERE iso = ?", user.country).await?;
    Ok(format!("Your capital is {}", capital.concat()))
}

#[derive(Deserialize)]
struct Edit {
    name: String,
    population: u32,
}

/// Says how many people live in a city; the page of its country is made anew, and so is the site's home.
#[post("/country/{iso}")]
async fn edit(
    iso: web::Path<String>,
    edit: web::Query<Edit>,
    db: web::Data<Db>,
) -> actix_web::Result<HttpResponse> {
    let (within, Edit { name, population }) = (iso.clone(), edit.into_inner());
    let change = "UPDATE city SET population = ? WHERE country = ? AND name = ?";
    let changed = db.ask_async(move |connection| connection.execute(change, (population, within, name)));
    changed.await.map_err(error::ErrorInternalServerError)?;
    country::invalidate(&format!("/country/{iso}")).await.map_err(error::ErrorServiceUnavailable)?;
    cache_runtime::page::invalidate("/").await.map_err(error::ErrorServiceUnavailable)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The rows of one question, in one column.
async fn ask(db: &Db, question: &'static str, parameter: String) -> actix_web::Result<Vec<String>> {
    QUESTIONS.fetch_add(1, Ordering::Relaxed);
    let rows = move |connection: &Connection| {
        let mut statement = connection.prepare(question)?;
        statement.query_map([parameter], |row| row.get(0))?.collect()
    };
    db.ask_async(rows).await.map_err(error::ErrorInternalServerError)
}

#[actix_web::main]
async fn main() -> Result<()> {
    let db = web::Data::new(Db::load().expect("the data fits the schema"));
    let app = move || {
        App::new()
            .wrap(CacheSite::seconds(600).session_cookies(["country"]).status_name("site"))
            .app_data(db.clone())
            .service(home)
            .service(country)
            .service(edit)
            .service(me)
            .service(web::resource("/search").wrap(CachePage::seconds(60).query(["q"])).to(search))
    };
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok());
    let server = HttpServer::new(app).workers(2).bind(("127.0.0.1", port.unwrap_or(0)))?;
    let address = server.addrs()[0];
    println!("http://{address}/country/FR");
    let server = server.run();
    if port.is_some() {
        return server.await;
    }
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    web::block(move || walk(address)).await.map_err(std::io::Error::other)??;
    handle.stop(true).await;
    serving.await.map_err(std::io::Error::other)?
}

/// A visit: method, path, the visitor's country, and what its `Cache-Status` says.
type Visit = (&'static str, &'static str, Option<&'static str>, &'static str);

/// Visits the site, on a thread that may block.
fn walk(address: SocketAddr) -> Result<()> {
    const BEFORE: [Visit; 12] = [
        ("GET", "/", None, "site; fwd=uri-miss; stored"),
        ("GET", "/", None, "site; hit"),
        ("GET", "/country/FR", None, "cache-runtime; fwd=uri-miss; stored"),
        ("GET", "/country/FR", None, "cache-runtime; hit"),
        ("GET", "/country/FR?utm_source=letter", None, "cache-runtime; hit"),
        ("GET", "/country/XX", None, "cache-runtime; fwd=uri-miss"),
        ("GET", "/search?q=Port", None, "cache-runtime; fwd=uri-miss; stored"),
        ("GET", "/search?q=Port&page=2", None, "cache-runtime; hit"),
        ("GET", "/me", Some("FR"), "cache-runtime; fwd=uri-miss; stored"),
        ("GET", "/me", Some("JP"), "cache-runtime; fwd=uri-miss; stored"),
        ("GET", "/me", Some("FR"), "cache-runtime; hit"),
        ("GET", "/me", None, "site; fwd=uri-miss"),
    ];
    const AFTER: [Visit; 3] = [
        ("GET", "/country/FR", None, "cache-runtime; fwd=uri-miss; stored"),
        ("GET", "/", None, "site; fwd=uri-miss; stored"),
        ("GET", "/search?q=Port", None, "cache-runtime; hit"),
    ];
    BEFORE.into_iter().try_for_each(|visit| visited(address, visit).map(drop))?;
    visited(address, ("POST", "/country/FR?name=Paris&population=99000000", None, "site; fwd=method"))?;
    let page = visited(address, AFTER[0])?;
    assert!(page.contains("Paris: 99000000"), "{page}");
    AFTER[1..].iter().try_for_each(|visit| visited(address, *visit).map(drop))?;
    let visits = BEFORE.len() + 1 + AFTER.len();
    println!("{visits} visits, {} questions", QUESTIONS.load(Ordering::Relaxed));
    Ok(())
}

/// One request; tells what the cache did, and returns the whole response.
fn visited(address: SocketAddr, (method, path, cookie, expected): Visit) -> Result<String> {
    let mut connection = TcpStream::connect(address)?;
    write!(connection, "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n")?;
    write!(connection, "{}\r\n", cookie.map(|iso| format!("cookie: country={iso}\r\n")).unwrap_or_default())?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    let status = response.lines().next().unwrap_or_default().trim_start_matches("HTTP/1.1 ");
    let said = response.lines().find_map(|line| line.strip_prefix("cache-status: ")).unwrap_or("-");
    println!("{method:<4} {path:<44} {status:<16} {said}");
    assert!(said.starts_with(expected), "{method} {path}: {expected}");
    Ok(response)
}

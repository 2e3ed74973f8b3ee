//! The pages: what is compressed where, what goes out stale, and what operators may do.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use cache_examples::Db;
use cache_runtime::cache_page;
use cache_runtime::page::{CachePage, CacheSite, admin};
use rusqlite::{Row, params};
use tower_http::compression::CompressionLayer;

use crate::SECRET;

/// What stands further down stands further outside: a request meets the last layer first.
///
/// The outer compression is outside of the cache: one entry, as the handler gave it, serves all clients, and is
/// compressed for each of them. The inner one, of `/packed/`, is inside: each encoding is stored, and compressed once;
/// since a body that is compressed on its way has no known size, the cache must collect it. The outer one leaves
/// alone what is compressed already.
pub(crate) fn site(db: Db) -> Router {
    let packed = get(list).layer::<_, Infallible>(CompressionLayer::new());
    let packed = packed.layer(CachePage::seconds(3600).collect_streams());
    let pages = Router::new()
        .route("/largest", get(largest))
        .route("/list/{iso}", get(list))
        .route("/packed/{iso}", packed)
        .layer(CacheSite::seconds(600).status_name("site").purge(SECRET))
        .layer(CompressionLayer::new())
        .with_state(db);
    pages.nest("/admin/cache", admin(SECRET))
}

type Answer = Result<([(axum::http::HeaderName, &'static str); 1], String), Failure>;

/// When it is older than a minute, it goes out as it is, and is made anew behind the visitor's back.
#[cache_page("1m", stale_while_revalidate = "10m")]
pub(crate) async fn largest(State(db): State<Db>) -> Answer {
    lines(&db, None).await
}

/// Every city of a country, as text that is worth compressing. It says nothing of caching: the site keeps it.
async fn list(State(db): State<Db>, Path(iso): Path<String>) -> Answer {
    lines(&db, Some(iso)).await
}

/// The cities of a country, or the largest of all.
async fn lines(db: &Db, iso: Option<String>) -> Answer {
    const CITIES: &str =
        "SELECT name, population FROM city WHERE country = ?1 OR (?1 IS NULL AND population > 9000000)
        ORDER BY population DESC";
    let line = |row: &Row<'_>| Ok(format!("{},{}\n", row.get::<_, String>(0)?, row.get::<_, u32>(1)?));
    let lines: Vec<String> = db
        .ask_async(move |connection| connection.prepare(CITIES)?.query_map(params![iso], line)?.collect())
        .await?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], lines.concat()))
}

/// The database failed; the log says why.
pub(crate) struct Failure;

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        eprintln!("pages: {error}");
        Self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

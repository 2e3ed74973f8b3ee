//! What caches on the way to a visitor are told of pages that are not for everyone.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::routing::get as on_get;
use cache_runtime::page::CachePage;
use cache_runtime::{cache_control, cache_page};
use http::request::Parts;

use crate::stage::{Stage, ask, send};

/// Who is asking, by a header: a stranger is refused.
struct User(String);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let name = parts.headers.get("x-user").and_then(|name| name.to_str().ok());
        name.map(|name| Self(name.to_owned())).ok_or(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(60, key = "{name}")]
async fn keyed(User(name): User) -> String {
    name
}

#[cache_page(60)]
async fn guarded(_: User) -> &'static str {
    "for members"
}

#[cache_page(60, ignore(user))]
async fn ignoring(user: User) -> &'static str {
    drop(user);
    "for members"
}

#[cache_page(60, key = "{name}")]
#[cache_control(public)]
async fn published(User(name): User) -> String {
    name
}

#[cache_page(60)]
async fn for_all() -> &'static str {
    "for all"
}

fn app() -> Router {
    let by_header = CachePage::seconds(60).key(|request| format!("{:?}", request.headers().get("x-user")));
    let layered = on_get(async || "one's own").layer(by_header);
    Router::new()
        .route("/keyed", on_get(keyed))
        .route("/guarded", on_get(guarded))
        .route("/ignoring", on_get(ignoring))
        .route("/published", on_get(published))
        .route("/for_all", on_get(for_all))
        .route("/layered", layered)
}

#[tokio::test]
async fn pages_that_a_key_or_a_guard_keeps_from_others_are_private_to_browsers() {
    let (stage, app) = (Stage::new(), app());
    stage
        .run(async {
            for uri in ["/keyed", "/guarded", "/ignoring", "/layered"] {
                for is_hit in [false, true] {
                    let answer = send(&app, ask("GET", uri, &[("x-user", "alice")])).await;

                    assert_eq!(answer.is_hit(), is_hit, "{uri}");
                    assert_eq!(answer.header("cache-control"), "max-age=60, private", "{uri}");
                }
            }
        })
        .await;
}

#[tokio::test]
async fn pages_for_all_and_those_that_say_so_may_be_shared_on_the_way() {
    let (stage, app) = (Stage::new(), app());
    stage
        .run(async {
            for (uri, told) in [("/for_all", "max-age=60"), ("/published", "public, max-age=60")] {
                for is_hit in [false, true] {
                    let answer = send(&app, ask("GET", uri, &[("x-user", "alice")])).await;

                    assert_eq!(answer.is_hit(), is_hit, "{uri}");
                    assert_eq!(answer.header("cache-control"), told, "{uri}");
                }
            }
        })
        .await;
}

//! What caches on the way to a visitor are told of pages that are not for everyone: by `private`, by `Vary`.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::routing::get as on_get;
use cache_runtime::page::{CachePage, CacheSite, Policy};
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

/// The names in the `Vary` lines of an answer, and whether it is a hit.
async fn varied(app: &Router, headers: &[(&str, &str)]) -> (String, bool) {
    let answer = send(app, ask("GET", "/page", headers)).await;
    (answer.header("vary").to_ascii_lowercase(), answer.is_hit())
}

#[tokio::test]
async fn pages_that_cookies_set_apart_say_so_whoever_gets_them() {
    const SIGNED: [(&str, &str); 1] = [("cookie", "session=1")];
    const DARK: [(&str, &str); 1] = [("cookie", "theme=dark")];
    let varying = [CachePage::seconds(60).vary_on_cookie(), CachePage::seconds(60).vary(["Cookie"])];
    for layer in varying {
        let app = Router::new().route("/page", on_get(async || "page")).layer(layer);
        Stage::new()
            .run(async {
                for (headers, is_hit) in [(SIGNED, false), (SIGNED, true), (DARK, false)] {
                    assert_eq!(varied(&app, &headers).await, ("cookie".to_owned(), is_hit));
                }
            })
            .await;
    }

    let site = CacheSite::seconds(60).session_cookies(["session"]);
    let app = Router::new().route("/page", on_get(async || "page")).layer(site);
    Stage::new()
        .run(async {
            for (headers, is_hit) in [
                (&[][..], false),
                (&[], true),
                (&DARK, true), // a harmless cookie makes no page of its own
                (&SIGNED, false),
            ] {
                assert_eq!(varied(&app, headers).await, ("cookie".to_owned(), is_hit), "{headers:?}");
            }
        })
        .await;
}

/// The layer passes by what a cookie may change, and a cache on the way has no list of the harmless ones.
#[tokio::test]
async fn pages_that_an_undeclared_cookie_passes_by_say_that_they_vary_on_cookies() {
    const PUBLIC: &str = "public, max-age=60";
    for (layer, control, said) in [
        (CachePage::seconds(60), "", "cookie"),
        (CachePage::seconds(60).ignore_cookies(["_ga*"]), "max-age=60", "cookie"),
        (CachePage::seconds(60), PUBLIC, ""),
        (CachePage::seconds(60), "s-maxage=60", ""),
        (CachePage::seconds(60).ignore_cookies(["*"]), "", ""),
        (CachePage::seconds(60).public(), "", ""),
        (CachePage::explicit(), "max-age=60", ""),
        (CachePage::seconds(60).session_cookies(["session"]), PUBLIC, "cookie"),
    ] {
        let app = Router::new().route("/page", on_get(async move || ([("cache-control", control)], "page")));
        let app = app.layer(layer);
        Stage::new()
            .run(async {
                for (headers, is_hit) in [(&[][..], false), (&[], true)] {
                    assert_eq!(varied(&app, headers).await, (said.to_owned(), is_hit), "{control}");
                }
                assert_eq!(varied(&app, &[("cookie", "session=1")]).await.0, said, "{control}");
            })
            .await;
    }
}

/// What its types have let into the cache is the same with any cookie.
#[tokio::test]
async fn a_site_names_no_cookies_for_a_page_inside_that_depends_on_none() {
    for (path, said) in [("/for_all", ""), ("/page", "cookie")] {
        let app = Router::new().route("/for_all", on_get(for_all)).route("/page", on_get(async || "page"));
        let app = app.layer(CacheSite::seconds(60));
        Stage::new()
            .run(async {
                for headers in [&[][..], &[], &[("cookie", "session=1")]] {
                    let answer = send(&app, ask("GET", path, headers)).await;
                    assert_eq!(answer.header("vary").to_ascii_lowercase(), said, "{path} {headers:?}");
                }
            })
            .await;
    }
}

/// They share the page, but not what each has caches on the way told.
#[tokio::test]
async fn two_layers_that_share_a_page_tell_each_their_own_of_it() {
    let by = |layer: CachePage| Router::new().route("/page", on_get(async || "page")).layer(layer);
    let apps = [
        (by(CachePage::seconds(60).public()), "", "max-age=60"),
        (by(CachePage::seconds(60).session_cookies(["session"])), "Cookie", "max-age=60"),
        (
            by(CachePage::policy(Policy::seconds(60).public().private_to_browsers())),
            "",
            "max-age=60, private",
        ),
    ];
    for first in 0..apps.len() {
        Stage::new()
            .run(async {
                for visit in 0..2 * apps.len() {
                    let (app, vary, control) = &apps[(first + visit) % apps.len()];
                    let answer = send(app, ask("GET", "/page", &[])).await;
                    assert_eq!(answer.is_hit(), visit > 0);
                    assert_eq!((answer.header("vary"), answer.header("cache-control")), (*vary, *control));
                }
            })
            .await;
    }
}

fn stream() -> impl futures_util::Stream<Item = Result<&'static str, std::convert::Infallible>> {
    futures_util::stream::iter([Ok("o"), Ok("k")])
}

/// What is not stored may be shared on the way as little: the page that is too large, that a request forbids to store, or
/// that no cache is there for.
#[tokio::test]
async fn every_answer_that_is_not_for_everyone_is_private() {
    let large = on_get(async || ([("cache-control", "max-age=60")], "a body beyond the bound"));
    let shared = on_get(async || ([("cache-control", "public, max-age=60")], "a body beyond the bound"));
    let streamed =
        on_get(async || ([("cache-control", "max-age=60")], axum::body::Body::from_stream(stream())));
    let layer = |alias: &str| {
        CachePage::policy(Policy::seconds(60).key(|_| "key".to_owned()).max_body(4).cache(alias))
    };
    let app = Router::new()
        .route("/page", large.clone())
        .route("/shared", shared)
        .route("/stream", streamed)
        .layer(layer("default"));
    let lost = Router::new().route("/page", large).layer(layer("unknown"));

    Stage::new()
        .run(async {
            for (app, request, control) in [
                (&app, ask("GET", "/page", &[]), "max-age=60, private"),
                (&app, ask("GET", "/page", &[("cache-control", "no-store")]), "max-age=60, private"),
                (&app, ask("GET", "/stream", &[]), "max-age=60, private"),
                (&app, ask("POST", "/page", &[]), "private"),
                (&app, ask("GET", "/shared", &[]), "public, max-age=60"),
                (&lost, ask("GET", "/page", &[]), "max-age=60, private"),
            ] {
                assert_eq!(send(app, request).await.header("cache-control"), control);
            }
        })
        .await;
}

/// What is not stored goes out with it as well, and so does the word that a copy still holds.
#[tokio::test]
async fn every_answer_of_a_layer_that_knows_sessions_varies_on_cookies() {
    let page = on_get(async |headers: http::HeaderMap| {
        let control = if headers.contains_key("x-own") { "private" } else { "max-age=60" };
        ([("cache-control", control), ("vary", "accept")], "page")
    });
    let layer = CacheSite::seconds(60).session_cookies(["session"]);
    let app = Router::new().route("/page", page.clone()).route("/own", page).layer(layer);

    Stage::new()
        .run(async {
            let own = send(&app, ask("GET", "/own", &[("x-own", "yes")])).await;
            assert_eq!(own.header("vary"), "accept, Cookie");
            let forbidden = send(&app, ask("GET", "/own", &[("cache-control", "no-store")])).await;
            assert_eq!(forbidden.header("vary"), "accept, Cookie");
            let first = send(&app, ask("GET", "/page", &[])).await;
            assert_eq!(first.header("vary"), "accept, Cookie");
            let again = [("if-none-match", first.header("etag")), ("cookie", "theme=dark")];
            let unmodified = send(&app, ask("GET", "/page", &again)).await;
            assert_eq!((unmodified.status, unmodified.is_hit()), (StatusCode::NOT_MODIFIED, true));
            assert_eq!(unmodified.header("vary"), "accept, Cookie");
        })
        .await;
}

/// A handler that says so itself has a page for each visitor.
#[tokio::test]
async fn a_page_that_varies_on_cookies_itself_has_variants_beside_session_cookies() {
    let page = on_get(async || ([("vary", "Cookie")], "page"));
    let layer = CachePage::seconds(60).session_cookies(["session"]);
    let app = Router::new().route("/page", page).layer(layer);

    Stage::new()
        .run(async {
            for (theme, is_hit) in [("theme=dark", false), ("theme=light", false), ("theme=dark", true)] {
                assert_eq!(varied(&app, &[("cookie", theme)]).await, ("cookie".to_owned(), is_hit));
            }
        })
        .await;
}

mod actix {
    use cache_runtime::actix::CachePage;

    use super::*;
    use crate::actix_stage::{Script, behind};

    #[actix_web::test]
    async fn pages_that_cookies_set_apart_say_so_whoever_gets_them() {
        let script = Script::new(&[]);
        let site = behind!(CachePage::seconds(60).session_cookies(["session"]), script);

        Stage::new()
            .run(async {
                for (cookie, is_hit) in [("a=1", false), ("a=2", true), ("session=1", false)] {
                    let answer = site.get_with("/page", &[("cookie", cookie)]).await;
                    assert_eq!((answer.header("vary"), answer.is_hit()), ("Cookie", is_hit), "{cookie}");
                }
            })
            .await;
    }
}

//! A cached page inside of a cached site, both in one cache: each keeps its own, and shows nothing of the other's.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::routing::get as on_get;
use cache_runtime::cache_page;
use cache_runtime::page::{CachePage, CacheSite};
use http::StatusCode;
use http::request::Parts;

use crate::stage::{Runs, Stage, ask, get, send};

/// Whoever has a cookie.
struct Member;

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.headers.contains_key("cookie").then_some(Self).ok_or(StatusCode::FORBIDDEN)
    }
}

/// One page for all members.
#[cache_page(5)]
async fn for_members(State(runs): State<Runs>, _: Member) -> String {
    format!("run {}", runs.next())
}

#[cache_page(5, stale_while_revalidate = "1m")]
async fn for_all(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

async fn plain(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

fn site(runs: &Runs) -> Router {
    Router::new()
        .route("/members", on_get(for_members))
        .route("/all", on_get(for_all))
        .route("/layered", on_get(plain).layer(CachePage::seconds(5)))
        .layer(CacheSite::seconds(600).status_name("site"))
        .with_state(runs.clone())
}

#[tokio::test]
async fn a_page_inside_of_a_site_is_kept_as_it_says_itself() {
    for path in ["/all", "/layered"] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let site = site(&runs);

        stage
            .run(async {
                for _ in 0..3 {
                    assert_eq!(get(&site, path).await.text(), "run 1", "{path}");
                }
                let hit = get(&site, path).await;
                assert_eq!(hit.header("cache-status"), "cache-runtime; hit; ttl=5", "{path}");
            })
            .await;
    }
}

#[tokio::test]
async fn a_page_inside_of_a_site_goes_out_stale_as_it_says_itself() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs);

    stage
        .run(async {
            get(&site, "/all").await;
            stage.pass_secs(10);
            let answer = get(&site, "/all").await;
            assert_eq!(
                (answer.text(), answer.header("cache-status")),
                ("run 1", "cache-runtime; hit; ttl=-5")
            );
        })
        .await;
}

/// The member passes the site's cache by, and the page's own keeps what they get.
#[tokio::test]
async fn a_site_shows_strangers_no_page_that_a_handler_keeps_for_members() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs);

    stage
        .run(async {
            let member = || send(&site, ask("GET", "/members", &[("cookie", "member=7")]));
            assert_eq!(member().await.text(), "run 1");
            assert!(member().await.is_hit());

            assert_eq!(get(&site, "/members").await.status, StatusCode::FORBIDDEN);
        })
        .await;
}

/// A name that is no token is a string, in which a comma divides nothing.
#[tokio::test]
async fn a_name_with_a_comma_is_one_name() {
    let layer = || CachePage::seconds(5).status_name("one, two");
    let page = on_get(async || "page").layer(layer());
    let site = Router::new().route("/page", page).layer(CacheSite::seconds(600).status_name("one, two"));

    Stage::new()
        .run(async {
            let made = get(&site, "/page").await;
            assert_eq!(made.header("cache-status"), "\"one, two\"; fwd=uri-miss; stored; ttl=5");
            assert_eq!(made.headers.get_all("cache-status").iter().count(), 1);
        })
        .await;
}

/// The members of `Cache-Status` are caches, each by a name of its own (RFC 9211 §2).
#[tokio::test]
async fn a_site_of_one_name_with_a_page_inside_leaves_the_word_to_it() {
    for (name, others) in [("cache-runtime", ""), ("site", "site; fwd=uri-miss")] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let site = Router::new()
            .route("/members", on_get(for_members))
            .route("/all", on_get(for_all))
            .route("/layered", on_get(plain).layer(CachePage::seconds(5)))
            .layer(CacheSite::seconds(600).status_name(name))
            .with_state(runs.clone());

        stage
            .run(async {
                for path in ["/all", "/layered"] {
                    get(&site, path).await;
                    let hit = get(&site, path).await;
                    let lines: Vec<_> = hit.headers.get_all("cache-status").iter().collect();
                    let said = ["cache-runtime; hit; ttl=5", others];
                    assert_eq!(lines, said[..if others.is_empty() { 1 } else { 2 }], "{path}");
                }
                let by = send(&site, ask("GET", "/members", &[("cookie", "member=7")])).await;
                let said = by.headers.get_all("cache-status").iter().count();
                assert_eq!(said, if others.is_empty() { 1 } else { 2 });
            })
            .await;
    }
}

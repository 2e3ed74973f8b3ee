//! Who may drop pages from outside, and how.

use axum::Router;
use axum::routing::any;
use cache_runtime::page::{self, CachePage};
use http::StatusCode;

use crate::stage::{Runs, Stage, ask, get, send};

const SECRET: &str = "a secret of sixteen bytes or more";
const BEARER: &str = "Bearer a secret of sixteen bytes or more";

fn pages(layer: CachePage, runs: &Runs) -> Router {
    let runs = runs.clone();
    let handler = move || {
        let run = runs.next();
        async move { format!("run {run}") }
    };
    Router::new().route("/page", any(handler)).layer(layer)
}

/// HT092: without a secret, `PURGE` is a method like any other.
#[tokio::test]
async fn no_client_can_drop_a_page_unless_the_policy_says_so() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = pages(CachePage::seconds(60).keep_on_unsafe_methods(), &runs);

    stage
        .run(async {
            get(&app, "/page").await;
            for headers in
                [&[("authorization", BEARER)][..], &[("x-purge", "1")], &[("cache-control", "no-cache")]]
            {
                send(&app, ask("PURGE", "/page", headers)).await;
            }
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn whoever_knows_the_secret_purges_a_url() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = pages(CachePage::seconds(60).purge(SECRET), &runs);

    stage
        .run(async {
            get(&app, "/page?q=1").await;
            get(&app, "/page?q=2").await;
            let bearer =
                |value: &'static str| send(&app, ask("PURGE", "/page?q=1", &[("authorization", value)]));

            for wrong in ["Bearer wrong", "Bearer", "Basic x", ""] {
                assert_eq!(bearer(wrong).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
            }
            assert!(get(&app, "/page?q=1").await.is_hit());
            assert_eq!(bearer(BEARER).await.status, StatusCode::NO_CONTENT);
            assert!(!get(&app, "/page?q=1").await.is_hit());
            assert!(get(&app, "/page?q=2").await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn the_admin_router_drops_and_lists() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = pages(CachePage::seconds(60).tags(["shop"]), &runs).nest("/admin", page::admin(SECRET));
    let order = |query: &'static str| send(&app, ask("POST", query, &[("authorization", BEARER)]));

    stage
        .run(async {
            for query in ["url=/page", "url=%2Fpage", "prefix=/", "tag=shop"] {
                get(&app, "/page").await;
                let order = order(Box::leak(format!("/admin/invalidate?{query}").into_boxed_str())).await;
                assert_eq!(order.status, StatusCode::NO_CONTENT, "{query}");
                assert!(!get(&app, "/page").await.is_hit(), "{query}");
            }
            for nonsense in ["/admin/invalidate", "/admin/invalidate?all=1", "/admin/invalidate?prefix=shop"]
            {
                assert_eq!(order(nonsense).await.status, StatusCode::BAD_REQUEST, "{nonsense}");
            }
            assert_eq!(get(&app, "/admin").await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(
                send(&app, ask("GET", "/admin", &[("authorization", BEARER)])).await.status,
                StatusCode::OK
            );
        })
        .await;
}

#[test]
#[should_panic(expected = "at least 16 bytes")]
fn a_secret_that_could_be_guessed_is_refused() {
    let _ = CachePage::seconds(60).purge("guess");
}

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

#[tokio::test]
async fn the_admin_router_drops_and_lists() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = pages(CachePage::seconds(60).tags(["shop"]), &runs).nest("/admin", page::admin(SECRET));
    let order = |query: &'static str| send(&app, ask("POST", query, &[("authorization", BEARER)]));

    stage
        .run(async {
            for query in ["url=/page", "url=%2Fpage", "path=/page", "prefix=/", "tag=shop"] {
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

//! Whether a page is said to be stored, where only the list of what it varies on is.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get as on_get;
use cache_runtime::page::{CachePage, CacheSite, Policy};
use http::StatusCode;

use crate::service::answer;
use crate::stage::{Runs, Stage, ask, get, send};

const FORWARDED: &str = "cache-runtime; fwd=uri-miss";

/// The store takes the list, and refuses the page, which is heavier than a share of it.
#[tokio::test]
async fn a_page_that_is_refused_under_its_list_is_not_said_to_be_stored() {
    let stage = Stage::weighing(64 << 10);
    let handler = async || answer(StatusCode::OK, &[("vary", "accept-language")], "x".repeat(100 << 10));
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    let answer = stage.run(get(&app, "/page")).await;

    assert_eq!((stage.stats().entries, answer.header("cache-status")), (Some(1), FORWARDED));
}

#[tokio::test]
async fn a_page_that_begins_a_list_is_said_to_be_stored() {
    let handler = async || answer(StatusCode::OK, &[("vary", "accept-language")], "page".to_owned());
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    let answer = Stage::new().run(get(&app, "/page")).await;

    assert_eq!(answer.header("cache-status"), "cache-runtime; fwd=uri-miss; stored; ttl=60");
}

/// Under the older list nobody would find it, under the new one it is not there yet.
#[tokio::test]
async fn a_page_that_outgrows_its_list_is_not_said_to_be_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let handler = async move |headers: HeaderMap| {
        let is_first = runs.next() == 1;
        let names = if is_first { "accept-language" } else { "accept-language, x-theme" };
        let page = headers.get("accept-language").map(|language| language.to_str().unwrap().to_owned());
        answer(StatusCode::OK, &[("vary", names)], page.unwrap_or_default())
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));
    let french = || ask("GET", "/page", &[("accept-language", "fr")]);

    stage
        .run(async {
            get(&app, "/page").await;

            let outgrown = send(&app, french()).await;
            assert_eq!(outgrown.header("cache-status"), "cache-runtime; fwd=vary-miss");
            let stored = send(&app, french()).await;
            assert_eq!(stored.header("cache-status"), "cache-runtime; fwd=vary-miss; stored; ttl=60");
            assert!(send(&app, french()).await.is_hit());
        })
        .await;
}

/// Whatever they say, under a layer of a route; under that of a site, those that say nothing. Errors may have a timeout of
/// their own.
#[tokio::test]
async fn a_timeout_of_zero_keeps_no_page() {
    let told = async || answer(StatusCode::OK, &[("cache-control", "max-age=60")], "page".to_owned());
    let untold = async || answer(StatusCode::OK, &[], "page".to_owned());
    let missing = async || answer(StatusCode::NOT_FOUND, &[("cache-control", "max-age=60")], String::new());
    let pages = || {
        let told = Router::new().route("/told", on_get(told)).route("/missing", on_get(missing));
        told.route("/untold", on_get(untold))
    };
    let (route, site) = (pages().layer(CachePage::seconds(0)), pages().layer(CacheSite::seconds(0)));
    let errors = Policy::seconds(0).statuses([200, 404]).error_timeout(30);
    let errors = pages().layer(CachePage::policy(errors));
    let hits = async |app: &Router, path: &str| {
        get(app, path).await;
        get(app, path).await.is_hit()
    };

    Stage::new()
        .run(async {
            for path in ["/told", "/untold", "/missing"] {
                assert!(!hits(&route, path).await, "{path}");
            }
            assert!(hits(&site, "/told").await && !hits(&site, "/untold").await);
        })
        .await;
    Stage::new()
        .run(async {
            assert!(hits(&errors, "/missing").await && !hits(&errors, "/told").await);
        })
        .await;
}

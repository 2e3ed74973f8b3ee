//! Pages that are no longer fresh.

use std::time::Duration;

use axum::Router;
use axum::routing::get as on_get;
use cache_runtime::page::CachePage;
use http::{HeaderMap, StatusCode};

use crate::service::{answer, app};
use crate::stage::{Runs, Stage, get};

/// HT076: exactly one refresh runs behind the visitors' backs.
#[tokio::test]
async fn a_stale_page_goes_out_while_it_is_made_anew() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let window = Duration::from_secs(30);
    let app = app(CachePage::seconds(60).stale_while_revalidate(window), &runs, &[]);

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(70);
            for _ in 0..5 {
                let answer = get(&app, "/page").await;
                assert_eq!(answer.text(), "/page run 1");
                assert_eq!(answer.header("cache-status"), "cache-runtime; hit; ttl=-10");
            }
            while !get(&app, "/page").await.header("cache-status").contains("ttl=60") {
                tokio::task::yield_now().await;
            }
            assert_eq!(get(&app, "/page").await.text(), "/page run 2");
        })
        .await;
    assert_eq!(runs.count(), 2);
}

/// HT077, HT079.
#[tokio::test]
async fn a_stale_page_goes_out_where_the_handler_fails() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        let run = counted.next();
        async move {
            assert!(run != 2, "as a handler may");
            let status = if run == 1 { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
            answer(status, &[("cache-control", "stale-if-error=60")], format!("run {run}"))
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(70);
            for _ in ["a panic", "a status"] {
                let answer = get(&app, "/page").await;
                assert_eq!((answer.status.as_u16(), answer.text()), (200, "run 1"));
                assert!(answer.header("cache-status").contains("fwd=stale; fwd-status=50"));
            }
            stage.pass_secs(60);
            assert_eq!(get(&app, "/page").await.status, 502);
        })
        .await;
}

/// HT074.
#[tokio::test]
async fn a_stale_page_is_confirmed_by_the_handler() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move |headers: HeaderMap| {
        let run = counted.next();
        let is_same = headers.get("if-none-match").is_some_and(|tags| tags == "\"v1\"");
        let status = if is_same { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let body = if is_same { String::new() } else { format!("run {run}") };
        async move { answer(status, &[("etag", "\"v1\""), ("cache-control", "max-age=60")], body) }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::explicit());

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(70);
            let confirmed = get(&app, "/page").await;
            let fresh = get(&app, "/page").await;

            assert_eq!((confirmed.status.as_u16(), confirmed.text()), (200, "run 1"));
            assert_eq!((fresh.text(), fresh.is_hit()), ("run 1", true));
        })
        .await;
    assert_eq!(runs.count(), 2);
}

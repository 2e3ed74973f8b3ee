//! Many visitors at once: one run of the handler, and nobody who hangs.

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use cache_runtime::page::CachePage;
use http::HeaderMap;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

use crate::stage::{Runs, Stage, get};

/// A handler that ends when the gate opens.
fn gated(runs: &Runs, gate: &Arc<Semaphore>, headers: &'static [(&'static str, &'static str)]) -> Router {
    let (runs, gate) = (runs.clone(), Arc::clone(gate));
    let handler = move |asked: HeaderMap| {
        let (run, gate) = (runs.next(), Arc::clone(&gate));
        async move {
            drop(gate.acquire().await.unwrap());
            let language = asked.get("accept-language").map_or("none", |value| value.to_str().unwrap());
            let mut response = format!("{language} {run}").into_response();
            for (name, value) in headers {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
            response
        }
    };
    Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60))
}

/// HT080, and item 7 of pages: 500 visitors of a cold page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_visitors_of_a_cold_page_run_the_handler_once() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let app = gated(&runs, &gate, &[]);
    let barrier = Arc::new(Barrier::new(501));
    let mut visitors = JoinSet::new();
    for _ in 0..500 {
        let (app, barrier, caches) = (app.clone(), Arc::clone(&barrier), stage.caches.clone());
        visitors.spawn(caches.scope(async move {
            barrier.wait().await;
            get(&app, "/page").await.text().to_owned()
        }));
    }

    barrier.wait().await;
    gate.add_permits(1000);

    let bodies = visitors.join_all().await;
    assert!(bodies.iter().all(|body| body == "none 1"));
    assert_eq!(runs.count(), 1);
}

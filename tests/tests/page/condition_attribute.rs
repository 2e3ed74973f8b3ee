//! The attribute that weighs preconditions before a handler of axum runs.

#![expect(
    clippy::unused_async,
    reason = "handlers are what the attribute stands on, and what they do is beside the point"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::get;
use cache_runtime::page::conditioned::Asked;
use cache_runtime::{condition, never_cache, vary_on_headers};
use http::{HeaderMap, Method, Request, StatusCode};
use tower_service::Service;

use crate::given::{date, headers, now};
use crate::service::{Answer, answer};

/// The revision of an article; there is none above nine.
async fn revision(article: u64) -> Option<String> {
    (article < 10).then(|| format!("revision-{article}"))
}

#[condition(etag = revision(*id).await, last_modified = changed(times))]
#[vary_on_headers("Accept")]
async fn article(
    Path(id): Path<u64>,
    State(times): State<Times>,
    body: String,
) -> Result<String, StatusCode> {
    if id == 7 {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(format!("article {id}{body} {}", times.len()))
}

type Times = &'static [SystemTime];

fn changed(times: &Times) -> Option<&SystemTime> {
    times.first()
}

async fn ask<const N: usize>(method: Method, path: &str, lines: [(&str, &str); N]) -> Answer {
    let times: Times = vec![now()].leak();
    let mut router: Router = Router::new().route("/{id}", get(article).put(article)).with_state(times);
    let mut request = Request::new(axum::body::Body::empty());
    (*request.method_mut(), *request.uri_mut()) = (method, path.parse().unwrap());
    *request.headers_mut() = headers(lines);
    answer(router.call(request).await.unwrap()).await
}

#[tokio::test]
async fn hd050_hd080_an_async_handler_carries_both_validators() {
    let answer = ask(Method::GET, "/1", []).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"revision-1\""));
    assert_eq!((answer.header("last-modified"), answer.header("vary")), (&*date(0), "Accept"));
    assert_eq!(answer.body.unwrap(), "article 1 1");
}

#[tokio::test]
async fn hd058_a_304_carries_what_the_attributes_below_say() {
    let answer = ask(Method::GET, "/2", [("if-none-match", "\"revision-2\"")]).await;

    let expected = headers([("vary", "Accept"), ("etag", "\"revision-2\""), ("last-modified", &date(0))]);
    assert_eq!((answer.status, answer.headers), (304, expected));
    assert_eq!(answer.body.unwrap(), "");
}

#[tokio::test]
async fn hd058_hd065_a_failed_precondition_is_answered_by_412() {
    for (name, value) in [("if-none-match", "*"), ("if-match", "\"other\"")] {
        let answer = ask(Method::PUT, "/3", [(name, value)]).await;

        assert_eq!(answer.status, 412, "{name}");
        assert!(!answer.headers.contains_key("etag"));
    }
}

#[tokio::test]
async fn what_the_preconditions_answer_does_not_run_the_handler() {
    #[condition(last_modified = now())]
    async fn counted(_: Method) -> &'static str {
        RAN.fetch_add(1, Ordering::Relaxed);
        "counted"
    }
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut router: Router = Router::new().route("/", get(counted));
    let mut request = Request::new(axum::body::Body::empty());
    *request.headers_mut() = headers([("if-modified-since", &date(0))]);

    let response = router.call(request).await.unwrap();

    assert_eq!((response.status(), RAN.load(Ordering::Relaxed)), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_asked_of_the_handler() {
    let missing = ask(Method::GET, "/7", [("if-none-match", "\"other\"")]).await;
    let unknown = ask(Method::PUT, "/12", [("if-unmodified-since", &date(0))]).await;

    assert_eq!((missing.status, missing.header("etag")), (404, ""));
    assert_eq!(unknown.status, 200);
}

#[condition(etag = tag)]
fn sync(tag: &str) -> &'static str {
    let _ = tag;
    "sync"
}

#[tokio::test]
async fn hd080_hd084_a_sync_function_stays_sync() {
    let asked = |lines| Asked::of(&Method::GET, &lines);

    let full = answer(sync(asked(HeaderMap::new()), "a").into_response()).await;
    let none = answer(sync(asked(headers([("if-none-match", "\"a\"")])), "a").into_response()).await;

    assert_eq!((full.status, full.header("etag")), (200, "\"a\""));
    assert_eq!(full.body.unwrap(), "sync");
    assert_eq!(none.status, 304);
}

#[tokio::test]
async fn hd084_an_async_function_stays_async() {
    #[condition(etag = "a")]
    async fn awaited() -> &'static str {
        "awaited"
    }

    let returned = awaited(Asked::of(&Method::GET, &HeaderMap::new())).await.returned();

    assert_eq!(returned, Some("awaited"));
}

struct Site(&'static str);

impl Site {
    #[condition(etag = self.0)]
    #[never_cache]
    async fn page(&self) -> impl IntoResponse + use<> {
        "page"
    }
}

#[tokio::test]
async fn a_method_has_a_condition_too() {
    let asked = Asked::of(&Method::GET, &headers([("if-none-match", "\"home\"")]));

    let answer = answer(Site("home").page(asked).await.into_response()).await;

    assert_eq!((answer.status, answer.header("etag")), (304, "\"home\""));
    assert!(answer.header("cache-control").contains("no-store"));
}

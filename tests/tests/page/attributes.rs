//! The attributes that change headers, on handlers of axum.

#![expect(
    clippy::unused_async,
    reason = "handlers are what the attributes stand on, and what they do is beside the point"
)]

use std::future::Future;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use cache_runtime::page::dressing::{Dressed, SetCacheControl};
use cache_runtime::page::headers::Directives;
use cache_runtime::{cache_control, never_cache, vary_on_cookie, vary_on_headers};
use http::{Request, StatusCode};
use tower_service::Service;

use crate::service::{Answer, answer};

const HOUR: u64 = 3600;
const NEVER: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// What a router answers to `GET path`.
async fn ask(mut router: Router, path: &str) -> Answer {
    let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
    answer(router.call(request).await.unwrap()).await
}

/// What a returned value becomes.
async fn answered(returned: impl IntoResponse) -> Answer {
    answer(returned.into_response()).await
}

/// Compiles for what is awaited, and for nothing else.
fn awaited<F: Future>(future: F) -> F {
    future
}

/// Compiles for what is dressed and ready, and for nothing else.
fn ready<T, D>(dressed: Dressed<T, D>) -> Dressed<T, D> {
    dressed
}

mod sync {
    use super::*;

    #[never_cache]
    pub(super) fn never() -> &'static str {
        "never"
    }

    #[cache_control(max_age = 123, private, no_transform, "custom" = "456")]
    pub(super) fn control() -> &'static str {
        "control"
    }

    #[vary_on_headers("Accept-Language", "cookie")]
    pub(super) fn vary() -> &'static str {
        "vary"
    }

    #[vary_on_cookie]
    pub(super) fn cookie() -> &'static str {
        "cookie"
    }
}

mod asynchronous {
    use super::*;

    #[never_cache]
    pub(super) async fn never() -> &'static str {
        "never"
    }

    #[cache_control(public, max_age = 2 * HOUR, s_maxage = "1d", stale_if_error = std::time::Duration::from_secs(9))]
    pub(super) async fn control() -> impl IntoResponse {
        "control"
    }

    #[vary_on_headers("Accept-Language", "cookie")]
    pub(super) async fn vary() -> &'static str {
        "vary"
    }

    #[vary_on_cookie]
    pub(super) async fn cookie() -> &'static str {
        "cookie"
    }
}

#[tokio::test]
async fn hd037_no_directives_leave_the_header_empty() {
    let empty = Dressed::new((), SetCacheControl::new(Directives::new()));

    assert_eq!(answered(empty).await.headers["cache-control"], "");
}

#[tokio::test]
async fn hd038_all_directives_are_present() {
    let answer = answered(sync::control()).await;

    assert_eq!(answer.header("cache-control"), "max-age=123, private, no-transform, custom=456");
}

#[tokio::test]
async fn hd040_sync_stays_sync_and_async_stays_async() {
    let sync = answered(ready(sync::control())).await;
    let asynchronous = answered(awaited(asynchronous::control()).await).await;

    assert_eq!(sync.body.unwrap(), asynchronous.body.unwrap());
    let line = "public, max-age=7200, s-maxage=86400, stale-if-error=9";
    assert_eq!(asynchronous.headers["cache-control"], line);
}

#[tokio::test]
async fn hd042_hd044_what_is_never_kept_stays_what_it_is() {
    let sync = answered(ready(sync::never())).await;
    let asynchronous = answered(ready(awaited(asynchronous::never()).await)).await;

    for answer in [sync, asynchronous] {
        assert_eq!(answer.header("cache-control"), NEVER);
        assert!(answer.headers.contains_key("expires"));
        assert_eq!(answer.body.unwrap(), "never");
    }
}

#[tokio::test]
async fn hd045_hd049_names_are_added_in_their_order_and_spelling() {
    let sync = answered(ready(sync::vary())).await;
    let asynchronous = answered(ready(awaited(asynchronous::vary()).await)).await;

    assert_eq!(sync.header("vary"), "Accept-Language, cookie");
    assert_eq!(asynchronous.header("vary"), "Accept-Language, cookie");
}

#[tokio::test]
async fn hd047_hd048_hd049_a_page_varies_on_cookies() {
    let sync = answered(ready(sync::cookie())).await;
    let asynchronous = answered(ready(awaited(asynchronous::cookie()).await)).await;

    assert_eq!((sync.header("vary"), asynchronous.header("vary")), ("Cookie", "Cookie"));
}

/// A handler with all that a handler has.
///
/// It is documented.
#[never_cache]
#[vary_on_headers("Accept")]
#[tracing::instrument(skip_all)]
async fn full(
    State(greeting): State<&'static str>,
    Path((name, mut count)): Path<(String, u32)>,
    Query(_): Query<std::collections::HashMap<String, String>>,
    _: http::Method,
    body: String,
) -> Result<Html<String>, StatusCode> {
    let word = name.strip_prefix("x").ok_or(StatusCode::NOT_FOUND)?;
    count += 1;
    if count > 5 {
        return Err(StatusCode::IM_A_TEAPOT);
    }
    Ok(Html(format!("{greeting} {word} {count} {body}")))
}

fn site() -> Router {
    Router::new().route("/{name}/{count}", get(full)).with_state("hello")
}

#[tokio::test]
async fn a_handler_keeps_its_extractors_and_its_body() {
    let answer = ask(site(), "/xada/1").await;

    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!((answer.header("cache-control"), answer.header("vary")), (NEVER, "Accept"));
    assert_eq!(answer.body.unwrap(), "hello ada 2 ");
}

#[tokio::test]
async fn an_error_is_dressed_too() {
    let missing = ask(site(), "/ada/1").await;
    let refused = ask(site(), "/xada/9").await;

    assert_eq!((missing.status, missing.header("cache-control")), (404, NEVER));
    assert_eq!((refused.status, refused.header("vary")), (418, "Accept"));
}

#[cache_control(public)]
#[cache_control(private, max_age = 60)]
fn above_public() -> Redirect {
    Redirect::to("/")
}

#[cache_control(private, max_age = 60)]
#[cache_control(public)]
fn above_private() -> Redirect {
    Redirect::to("/")
}

#[tokio::test]
async fn the_lowest_attribute_changes_the_headers_first() {
    assert_eq!(answered(above_public()).await.header("cache-control"), "max-age=60, public");
    assert_eq!(answered(above_private()).await.header("cache-control"), "private, max-age=60");
}

struct Site {
    name: &'static str,
}

impl Site {
    #[never_cache]
    fn name(&self) -> &'static str {
        self.name
    }

    #[vary_on_cookie]
    #[never_cache]
    async fn take(self, suffix: &str) -> String {
        format!("{}{suffix}", self.name)
    }

    #[cache_control(max_age = 0)]
    fn of(site: &Self) -> &'static str {
        site.name().into_returned()
    }
}

#[tokio::test]
async fn methods_have_headers_too() {
    let site = Site { name: "home" };

    let (name, of) = (answered(site.name()).await, answered(Site::of(&site)).await);
    let taken = answered(site.take("!").await).await;

    assert_eq!((name.header("cache-control"), of.header("cache-control")), (NEVER, "max-age=0"));
    assert_eq!((taken.header("vary"), taken.header("cache-control")), ("Cookie", NEVER));
    assert_eq!(taken.body.unwrap(), "home!");
}

#[vary_on_headers("Accept")]
async fn generic<T, const N: usize>(value: T, _: impl Into<String>) -> (StatusCode, T)
where
    T: IntoResponse + Clone,
{
    let _ = N;
    (StatusCode::CREATED, value.clone())
}

#[tokio::test]
async fn generics_are_kept() {
    let answer = answered(generic::<_, 3>("hello", "ada").await).await;

    assert_eq!((answer.status, answer.header("vary")), (201, "Accept"));
}

mod elsewhere {
    pub(super) use cache_runtime as runtime;
}

#[cache_control(no_store, crate = crate::attributes::elsewhere::runtime)]
fn under_another_name() {}

#[tokio::test]
async fn the_runtime_may_have_another_name() {
    assert_eq!(answered(under_another_name()).await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn fields_are_named_one_by_one() {
    #[cache_control(no_cache = "Set-Cookie", no_cache = "Link", private = "Age", "custom")]
    fn fields() {}

    let line = "no-cache=Set-Cookie, no-cache=Link, private=Age, custom";
    assert_eq!(answered(fields()).await.header("cache-control"), line);
}

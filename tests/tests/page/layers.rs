//! What the layers that dress and weigh do besides the rows of `pages/rows/dressing.rs`.

use std::convert::Infallible;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use cache_runtime::page::condition::Validators;
use cache_runtime::page::{Condition, VaryOn};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use crate::given::{date, headers, now};
use crate::service::{Answer, Answers, ask, page};

const TAG: &str = "\"abc\"";

async fn get<L, B, const N: usize>(layer: L, lines: [(&str, &str); N]) -> Answer
where
    L: Layer<Answers<Full<Bytes>>>,
    L::Service: Service<Request<String>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes, Error = Infallible>,
{
    ask(&mut layer.layer(page([], "hello")), Method::GET, lines).await
}

/// An entity tag and a date of the same page.
fn both() -> Condition {
    Condition::new().etag(|_| Some("abc".to_owned())).last_modified(|_| Some(now()))
}

#[test]
#[should_panic(expected = "is not the name of a header")]
fn what_is_no_name_is_refused() {
    drop(VaryOn::headers(&["Accept Language"][..]));
}

#[tokio::test]
async fn hd051_a_304_carries_the_validators_and_no_body() {
    let answer = get(both(), [("if-modified-since", &date(0))]).await;

    assert_eq!((answer.status, &*answer.body.unwrap()), (304, &b""[..]));
    assert_eq!(answer.headers, headers([("etag", TAG), ("last-modified", &date(0))]));
}

#[tokio::test]
async fn hd080_validators_may_come_from_a_future() {
    let layer = Condition::new().validators(|request| {
        let method = request.method.clone();
        async move {
            tokio::task::yield_now().await;
            Validators::new(HeaderValue::try_from(format!("\"{method}\"")).ok(), Some(now()))
        }
    });
    let inner = page([], "hello");

    let full = get(layer.clone(), []).await;
    let none = ask(&mut layer.layer(inner.clone()), Method::GET, [("if-none-match", "\"GET\"")]).await;

    assert_eq!((full.status, full.header("etag"), full.header("last-modified")), (200, "\"GET\"", &*date(0)));
    assert_eq!((none.status, inner.runs()), (304, 0));
}

#[tokio::test]
async fn validators_of_the_service_itself_stay() {
    let mut service = both().layer(page([("etag", "\"own\"")], ""));

    let answer = ask(&mut service, Method::GET, []).await;

    assert_eq!((answer.header("etag"), answer.header("last-modified")), ("\"own\"", &*date(0)));
}

#[tokio::test]
async fn a_failure_carries_no_validators() {
    let broken = Answers::of(StatusCode::INTERNAL_SERVER_ERROR, headers([]), Full::<Bytes>::default());

    let answer = ask(&mut both().layer(broken), Method::GET, []).await;

    assert!(answer.headers.is_empty());
}

#[tokio::test]
async fn a_change_carries_no_validators() {
    let answer = ask(&mut both().layer(page([], "")), Method::PUT, [("if-match", TAG)]).await;

    assert_eq!(answer.status, 200);
    assert!(answer.headers.is_empty());
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_put() {
    let layer = Condition::new().etag(|_| None).last_modified(|_| None);
    let put = |lines| {
        let mut service = layer.clone().layer(page([], ""));
        async move { ask(&mut service, Method::PUT, lines).await.status }
    };

    assert_eq!(put([("if-none-match", "*")]).await, 200);
    assert_eq!(put([("if-match", "*")]).await, 412);
}

#[tokio::test]
async fn a_date_before_the_epoch_is_said_as_the_epoch() {
    let layer = Condition::new().last_modified(|_| Some(UNIX_EPOCH - std::time::Duration::from_secs(1)));

    assert_eq!(get(layer, []).await.header("last-modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[tokio::test]
async fn a_304_says_no_length() {
    // RFC 9110 §8.6: a router of axum makes a header of any length that a body says.
    let handler = axum::routing::get(|| async { "hello" });
    let mut router: axum::Router = axum::Router::new().route("/", handler.layer(both()));
    let mut request = Request::new(axum::body::Body::empty());
    *request.headers_mut() = headers([("if-none-match", TAG)]);

    let response = router.call(request).await.unwrap();

    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert!(!response.headers().contains_key("content-length"));
}

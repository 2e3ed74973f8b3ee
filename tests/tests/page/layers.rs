//! The layers that change headers, and the one that weighs preconditions before the service runs.

use std::convert::Infallible;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use cache_runtime::Caches;
use cache_runtime::page::condition::Validators;
use cache_runtime::page::headers::{Directives, http_date};
use cache_runtime::page::{Condition, NeverCache, SetCacheControl, VaryOn};
use cache_runtime::testing::TestClock;
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

fn only_tag() -> Condition {
    Condition::new().etag(|_| Some(TAG.to_owned()))
}

fn only_date() -> Condition {
    Condition::new().last_modified(|_| Some(now()))
}

#[tokio::test]
async fn hd037_no_directives_leave_the_header_empty() {
    let answer = get(SetCacheControl::new(Directives::new()), []).await;

    assert_eq!(answer.headers["cache-control"], "");
}

#[tokio::test]
async fn hd038_directives_are_merged_into_what_the_service_says() {
    let layer = SetCacheControl::new(Directives::new().public().max_age(std::time::Duration::from_secs(9)));
    let mut service = layer.layer(page([("cache-control", "private, max-age=5")], ""));

    let answer = ask(&mut service, Method::GET, []).await;

    assert_eq!(answer.header("cache-control"), "max-age=5, public");
}

#[tokio::test]
async fn hd041_never_cache_goes_by_the_clock_of_the_caches() {
    let clock = TestClock::new();
    let caches = Caches::builder().clock(clock.clock()).build().unwrap();

    let answer = caches.scope(get(NeverCache, [])).await;

    assert_eq!(answer.headers["expires"], http_date(clock.clock().wall()));
    assert_eq!(answer.header("cache-control"), "max-age=0, no-cache, no-store, must-revalidate, private");
    assert_eq!(answer.body.unwrap(), "hello");
}

#[tokio::test]
async fn hd045_names_are_added_to_what_the_service_varies_on() {
    let layer = VaryOn::headers(&["Accept-Language", "cookie"][..]);
    let mut service = layer.layer(page([("vary", "Cookie")], ""));

    let answer = ask(&mut service, Method::GET, []).await;

    assert_eq!(answer.header("vary"), "Cookie, Accept-Language");
}

#[tokio::test]
async fn hd047_a_page_varies_on_cookies() {
    assert_eq!(get(VaryOn::cookie(), []).await.header("vary"), "Cookie");
}

#[test]
#[should_panic(expected = "is not the name of a header")]
fn what_is_no_name_is_refused() {
    drop(VaryOn::headers(&["Accept Language"][..]));
}

#[tokio::test]
async fn hd050_without_conditions_the_page_carries_both_validators() {
    let answer = get(both(), []).await;

    assert_eq!(answer.status, 200);
    assert_eq!((answer.header("etag"), answer.header("last-modified")), (TAG, &*date(0)));
}

#[tokio::test]
async fn hd051_a_304_carries_the_validators_and_no_body() {
    let answer = get(both(), [("if-modified-since", &date(0))]).await;

    assert_eq!((answer.status, &*answer.body.unwrap()), (304, &b""[..]));
    assert_eq!(answer.headers, headers([("etag", TAG), ("last-modified", &date(0))]));
}

#[tokio::test]
async fn hd051_a_304_does_not_run_the_service() {
    let inner = page([], "hello");

    ask(&mut both().layer(inner.clone()), Method::GET, [("if-none-match", TAG)]).await;

    assert_eq!(inner.runs(), 0);
}

#[tokio::test]
async fn hd054_hd055_hd056_what_does_not_stop_a_request_lets_it_pass() {
    for (name, value) in [
        ("if-modified-since", date(-1)),
        ("if-unmodified-since", date(0)),
        ("if-unmodified-since", "soon".to_owned()),
        ("if-none-match", "\"other\"".to_owned()),
        ("if-match", "*".to_owned()),
    ] {
        assert_eq!(get(both(), [(name, &value)]).await.status, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn hd057_hd065_a_failed_precondition_is_answered_by_412() {
    let inner = page([], "hello");

    for (name, value) in [("if-unmodified-since", date(-1)), ("if-match", "\"other\"".to_owned())] {
        let answer = ask(&mut both().layer(inner.clone()), Method::PUT, [(name, &value)]).await;
        assert_eq!((answer.status, &*answer.body.unwrap()), (412, &b""[..]), "{name}");
    }
    assert_eq!(inner.runs(), 0);
}

#[tokio::test]
async fn hd058_hd063_what_exists_is_not_put_again() {
    for tags in [TAG, "*"] {
        let put = ask(&mut both().layer(page([], "")), Method::PUT, [("if-none-match", tags)]).await;
        let got = get(both(), [("if-none-match", tags)]).await;

        assert_eq!((put.status, got.status), (412, 304), "{tags}");
    }
}

#[tokio::test]
async fn hd073_a_date_says_nothing_to_a_tag() {
    assert_eq!(get(only_tag(), [("if-modified-since", &date(0))]).await.status, 200);
}

#[tokio::test]
async fn hd076_a_head_request_is_answered_as_a_get() {
    let mut service = both().layer(page([], "hello"));

    let answer = ask(&mut service, Method::HEAD, [("if-modified-since", &date(0))]).await;

    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn hd077_a_tag_without_marks_is_sent_with_them() {
    let layer = Condition::new().etag(|request| Some(request.uri.path().len().to_string()));

    assert_eq!(get(layer, []).await.header("etag"), "\"1\"");
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
async fn hd082_a_page_carries_the_one_validator_that_it_has() {
    let tagged = get(only_tag(), [("if-none-match", "\"other\"")]).await;
    let dated = get(only_date(), [("if-modified-since", &date(-1))]).await;

    assert_eq!((tagged.status, tagged.headers), (200, headers([("etag", TAG)])));
    assert_eq!((dated.status, dated.headers), (200, headers([("last-modified", &date(0))])));
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

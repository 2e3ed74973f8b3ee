//! The layer that gives pages an `ETag` and answers by 304 after the service has run.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cache_runtime::page::ConditionalPages;
use cache_runtime::page::headers::etag_of;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tower_layer::Layer;

use crate::given::{date, headers};
use crate::service::{Answer, Answers, ask, page};

/// What a page with these headers is answered to a `GET` with those.
async fn get<const M: usize, const N: usize>(lines: [(&str, &str); M], asked: [(&str, &str); N]) -> Answer {
    ask(&mut ConditionalPages::new().layer(page(lines, "hello")), Method::GET, asked).await
}

fn tag() -> String {
    etag_of(b"hello").to_str().unwrap().to_owned()
}

/// A body in parts, which says `length`.
#[derive(Clone)]
struct Parts {
    frames: VecDeque<Result<Bytes, &'static str>>,
    trailers: Option<HeaderMap>,
    length: Option<u64>,
}

fn parts(frames: &[Result<&'static str, &'static str>], length: Option<u64>) -> Parts {
    let frames = frames.iter().map(|frame| frame.map(|text| Bytes::from_static(text.as_bytes())));
    Parts { frames: frames.collect(), trailers: None, length }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let frame = self.frames.pop_front().map(|frame| frame.map(Frame::data));
        Poll::Ready(frame.or_else(|| self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

async fn get_parts(body: Parts, layer: ConditionalPages) -> Answer {
    let service = Answers::of(StatusCode::OK, HeaderMap::new(), body);
    ask(&mut layer.layer(service), Method::GET, []).await
}

#[tokio::test]
async fn mw040_a_page_is_given_a_tag() {
    let answer = get([], []).await;

    assert_eq!((answer.status, answer.header("etag")), (200, &*tag()));
    assert_eq!(answer.body.unwrap(), "hello");
}

#[tokio::test]
async fn mw041_a_tag_that_is_there_is_left_as_it_is() {
    assert_eq!(get([("etag", "\"own\"")], []).await.header("etag"), "\"own\"");
}

#[tokio::test]
async fn mw043_an_empty_body_is_given_no_tag() {
    let answer = ask(&mut ConditionalPages::new().layer(page([], "")), Method::GET, []).await;

    assert!(!answer.headers.contains_key("etag"));
}

#[tokio::test]
async fn mw044_a_page_that_no_cache_keeps_is_given_no_tag() {
    let answer = get([("cache-control", "No-Cache, No-Store, Max-age=0")], []).await;

    assert!(!answer.headers.contains_key("etag"));
}

#[tokio::test]
async fn mw048_a_tag_that_matches_nothing_gets_the_page() {
    let answer = get([], [("if-none-match", "\"other\"")]).await;

    assert_eq!((answer.status, answer.body.unwrap()), (200, "hello".into()));
}

#[tokio::test]
async fn mw049_without_conditions_a_tagged_page_is_sent() {
    assert_eq!(get([("etag", "\"a\"")], []).await.status, 200);
}

#[tokio::test]
async fn mw050_an_equal_tag_is_answered_by_304() {
    let own = get([("etag", "\"a\"")], [("if-none-match", "\"a\"")]).await;
    let given = get([], [("if-none-match", &tag())]).await;

    assert_eq!((own.status, &*own.body.unwrap()), (304, &b""[..]));
    assert_eq!((given.status, given.header("etag")), (304, &*tag()));
}

#[tokio::test]
async fn mw051_another_tag_gets_the_page() {
    assert_eq!(get([("etag", "\"a\"")], [("if-none-match", "\"b\"")]).await.status, 200);
}

#[tokio::test]
async fn mw054_a_date_gets_a_page_without() {
    assert_eq!(get([], [("if-modified-since", &date(0))]).await.status, 200);
}

#[tokio::test]
async fn mw055_without_conditions_a_dated_page_is_sent() {
    assert_eq!(get([("last-modified", &date(0))], []).await.status, 200);
}

#[tokio::test]
async fn mw056_an_equal_date_is_answered_by_304() {
    let answer = get([("last-modified", &date(0))], [("if-modified-since", &date(0))]).await;

    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn mw057_a_page_older_than_the_date_is_answered_by_304() {
    let answer = get([("last-modified", &date(-9))], [("if-modified-since", &date(0))]).await;

    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn a_page_newer_than_the_date_is_sent() {
    let answer = get([("last-modified", &date(9))], [("if-modified-since", &date(0))]).await;

    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn mw060_a_304_keeps_what_its_client_needs() {
    let kept = [
        ("cache-control", "max-age=5"),
        ("content-location", "/here"),
        ("date", "now"),
        ("etag", "\"a\""),
        ("expires", "later"),
        ("last-modified", "before"),
        ("vary", "Cookie"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ];
    let mut full = headers(kept);
    full.insert("content-type", HeaderValue::from_static("text/html"));
    full.insert("content-length", HeaderValue::from_static("5"));
    let service = Answers::of(StatusCode::OK, full, Full::new(Bytes::from_static(b"hello")));

    let answer =
        ask(&mut ConditionalPages::new().layer(service), Method::GET, [("if-none-match", "\"a\"")]).await;

    assert_eq!((answer.status, answer.headers), (304, headers(kept)));
}

#[tokio::test]
async fn a_precondition_that_fails_is_answered_by_412() {
    let answer = get([("etag", "\"a\"")], [("if-match", "\"b\"")]).await;

    assert_eq!((answer.status, &*answer.body.unwrap()), (412, &b""[..]));
}

#[tokio::test]
async fn only_a_get_is_answered_so() {
    for method in [Method::HEAD, Method::POST] {
        let mut service = ConditionalPages::new().layer(page([("etag", "\"a\"")], "hello"));

        let answer = ask(&mut service, method, [("if-none-match", "\"a\"")]).await;

        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_failure_is_sent_as_it_is() {
    let lines = headers([("etag", "\"a\"")]);
    let service = Answers::of(StatusCode::NOT_FOUND, lines, Full::new(Bytes::from_static(b"gone")));

    let answer =
        ask(&mut ConditionalPages::new().layer(service), Method::GET, [("if-none-match", "\"a\"")]).await;

    assert_eq!((answer.status, answer.body.unwrap()), (404, "gone".into()));
}

#[tokio::test]
async fn a_stream_passes_without_a_tag() {
    let answer = get_parts(parts(&[Ok("hel"), Ok("lo")], None), ConditionalPages::new()).await;

    assert!(!answer.headers.contains_key("etag"));
    assert_eq!(answer.body.unwrap(), "hello");
}

#[tokio::test]
async fn a_body_over_the_limit_passes_without_a_tag() {
    let answer = get_parts(parts(&[Ok("hello")], Some(5)), ConditionalPages::new().max_body(4)).await;

    assert!(!answer.headers.contains_key("etag"));
    assert_eq!(answer.body.unwrap(), "hello");
}

#[tokio::test]
async fn a_body_in_parts_is_given_the_tag_of_the_whole() {
    let answer = get_parts(parts(&[Ok("hel"), Ok("lo")], Some(5)), ConditionalPages::new()).await;

    assert_eq!(answer.header("etag"), tag());
    assert_eq!(answer.body.unwrap(), "hello");
}

#[tokio::test]
async fn a_body_longer_than_it_said_passes_whole() {
    let body = parts(&[Ok("hel"), Ok("lo "), Ok("again")], Some(3));

    let answer = get_parts(body, ConditionalPages::new().max_body(4)).await;

    assert!(!answer.headers.contains_key("etag"));
    assert_eq!(answer.body.unwrap(), "hello again");
}

#[tokio::test]
async fn a_body_that_fails_half_way_still_fails() {
    let answer = get_parts(parts(&[Ok("hel"), Err("cut off")], Some(5)), ConditionalPages::new()).await;

    assert!(!answer.headers.contains_key("etag"));
    assert_eq!(answer.body.unwrap_err(), "cut off");
}

#[tokio::test]
async fn trailers_follow_the_body() {
    let mut body = parts(&[Ok("hello")], Some(5));
    body.trailers = Some(headers([("x-sum", "5")]));
    let service = Answers::of(StatusCode::OK, HeaderMap::new(), body);
    let mut service = ConditionalPages::new().layer(service);

    let request = http::Request::new(String::new());
    let response = tower_service::Service::call(&mut service, request).await;
    let response: Result<_, Infallible> = response;
    let read = http_body_util::BodyExt::collect(response.unwrap().into_body()).await.unwrap();

    assert_eq!(read.trailers(), Some(&headers([("x-sum", "5")])));
}

//! The layer that gives pages an `ETag`, by bodies in parts; its rows stand in `pages/rows/conditional.rs`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cache_runtime::page::ConditionalPages;
use cache_runtime::page::headers::etag_of;
use http::{HeaderMap, Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer;

use crate::given::headers;
use crate::service::{Answer, Answers, ask};

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

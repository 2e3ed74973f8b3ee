//! Bodies of actix: what is read, what passes through, and what of a response survives.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, error, web};
use cache_runtime::actix::CachePage;
use cache_runtime::page::Policy;

use crate::actix_stage::{Script, ask, behind, read, told};
use crate::stage::Stage;

/// A body that comes in parts, and may say how long it is.
struct Parts {
    parts: VecDeque<Result<&'static str, &'static str>>,
    size: BodySize,
}

impl Parts {
    fn new(size: BodySize, parts: &[Result<&'static str, &'static str>]) -> Self {
        Self { parts: parts.iter().copied().collect(), size }
    }
}

impl MessageBody for Parts {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = self.parts.pop_front();
        Poll::Ready(
            next.map(|part| {
                part.map(|part| Bytes::from_static(part.as_bytes())).map_err(error::ErrorBadGateway)
            }),
        )
    }
}

/// A site whose pages come in these parts; its second answer is another.
macro_rules! in_parts {
    ($page:expr, $script:expr, $size:expr, $parts:expr) => {
        behind!($page, $script, async |script: web::Data<Script>| {
            script.runs.next();
            HttpResponse::Ok().body(Parts::new($size, &$parts))
        })
    };
}

/// HT001.
#[actix_web::test]
async fn a_body_in_parts_whose_length_is_known_is_one_page() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = in_parts!(CachePage::seconds(60), script, BodySize::Sized(7), [Ok("one "), Ok("two")]);

    stage
        .run(async {
            assert_eq!(site.get("/page").await.text(), "one two");
            assert_eq!(site.get("/page").await.text(), "one two");
        })
        .await;
    assert_eq!(script.runs.count(), 1);
}

/// HT037, MW020.
#[actix_web::test]
async fn a_stream_passes_through() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = in_parts!(CachePage::seconds(60), script, BodySize::Stream, [Ok("one "), Ok("two")]);

    stage
        .run(async {
            for _ in 0..2 {
                assert_eq!(site.get("/page").await.text(), "one two");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 2);
}

#[actix_web::test]
async fn a_stream_is_kept_where_the_policy_collects_it() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let page = CachePage::seconds(60).collect_streams();
    let site = in_parts!(page, script, BodySize::Stream, [Ok("one "), Ok("two")]);

    stage
        .run(async {
            for _ in 0..2 {
                assert_eq!(site.get("/page").await.text(), "one two");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 1);
}

/// HT038: read beyond the limit, and handed on whole.
#[actix_web::test]
async fn a_stream_over_the_limit_loses_nothing() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let page = CachePage::seconds(60).collect_streams().max_body(5);
    let site = in_parts!(page, script, BodySize::Stream, [Ok("one "), Ok("two "), Ok("three")]);

    stage
        .run(async {
            for _ in 0..2 {
                assert_eq!(site.get("/page").await.text(), "one two three");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 2);
}

/// HT038.
#[actix_web::test]
async fn a_large_body_passes_through() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(CachePage::seconds(60).max_body(5), script);

    stage
        .run(async {
            for run in ["/page run 1", "/page run 2"] {
                assert_eq!(site.get("/page").await.text(), run);
            }
        })
        .await;
}

/// HT039, HT040.
#[actix_web::test]
async fn a_body_that_fails_half_way_fails_for_its_client_and_is_not_stored() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let page = CachePage::seconds(60).collect_streams();
    let site = in_parts!(page, script, BodySize::Stream, [Ok("one "), Err("lost")]);

    stage
        .run(async {
            for _ in 0..2 {
                let mut body = site.call(ask("GET", "/page", &[])).await.into_body();
                let mut next =
                    async || std::future::poll_fn(|context| Pin::new(&mut body).poll_next(context)).await;

                assert_eq!(next().await.unwrap().unwrap(), "one ");
                assert_eq!(next().await.unwrap().unwrap_err().to_string(), "lost");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 2);
}

/// HT039, HT040: it ends before the length that it has told.
#[actix_web::test]
async fn a_body_that_is_cut_off_is_not_stored() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = in_parts!(CachePage::seconds(60), script, BodySize::Sized(70), [Ok("one "), Ok("two")]);

    stage
        .run(async {
            for _ in 0..2 {
                let response = site.call(ask("GET", "/page", &[])).await;

                assert_eq!(response.response().body().size(), BodySize::Sized(70));
                assert_eq!(read(response).await.text(), "one two");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 2);
}

/// HT002: actix writes `Content-Length` by the body alone.
#[actix_web::test]
async fn the_body_of_a_stored_head_tells_the_length_of_the_page() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(CachePage::seconds(60), script);

    stage
        .run(async {
            site.get("/page").await;
            let head = site.call(ask("HEAD", "/page", &[])).await;

            assert_eq!(head.response().body().size(), BodySize::Sized(11));
            assert!(read(head).await.body.is_empty());
        })
        .await;
}

/// Issue 3: bodies are shared buffers.
#[actix_web::test]
async fn a_hit_copies_no_body() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(CachePage::seconds(60), script);

    stage
        .run(async {
            let body =
                async || site.call(ask("GET", "/page", &[])).await.into_body().try_into_bytes().unwrap();
            let made = body().await;
            let hits = [body().await, body().await];

            assert!(hits.iter().all(|hit| hit.as_ptr() == made.as_ptr()));
        })
        .await;
}

/// What a handler puts beside its response reaches services outside, where no page is made of it.
#[actix_web::test]
async fn what_is_not_stored_keeps_its_error_and_its_extensions() {
    struct Mark;
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let refuse = async || Err::<&str, _>(error::ErrorForbidden("no"));
    let mark = async || {
        let mut response = HttpResponse::ImATeapot().reason("short and stout").finish();
        response.extensions_mut().insert(Mark);
        response
    };
    let refusing = behind!(CachePage::seconds(60), script, refuse);
    let marking = behind!(CachePage::seconds(60), script, mark);

    stage
        .run(async {
            let refused = refusing.call(ask("GET", "/page", &[])).await;
            let marked = marking.call(ask("GET", "/page", &[])).await;

            assert_eq!(refused.response().error().unwrap().to_string(), "no");
            assert!(marked.response().extensions().contains::<Mark>());
            assert_eq!(marked.response().head().reason(), "short and stout");
        })
        .await;
}

/// HT043.
#[actix_web::test]
async fn bytes_of_headers_outside_ascii_come_back() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let handler = async |script: web::Data<Script>, uri| {
        let mut page = told(script, uri).await;
        let town = actix_web::http::header::HeaderValue::from_bytes(b"Z\xFCrich").unwrap();
        page.headers_mut().insert("x-town".parse().unwrap(), town);
        page
    };
    let site = behind!(CachePage::policy(Policy::seconds(60)), script, handler);

    stage
        .run(async {
            site.get("/page").await;
            let hit = site.get("/page").await;

            assert!(hit.is_hit());
            assert_eq!(hit.headers["x-town"].as_bytes(), b"Z\xFCrich");
        })
        .await;
}

//! Bodies of actix: what is read, what passes through, and what of a response survives.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, error, web};
use cache_runtime::actix::CachePage;

use crate::actix_stage::{Script, ask, behind, read};
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

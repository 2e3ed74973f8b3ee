//! What a visitor is answered where the handler was asked in another way, for another, or in vain.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get as on_get;
use cache_runtime::cache_page;
use cache_runtime::page::{self, CachePage, CacheSite, Condition};
use http::{HeaderMap, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::service::{answer, app};
use crate::stage::{Runs, Stage, ask, get, send};

const VISITORS: usize = 200;

/// A handler that confirms its page by a 304 with these headers.
fn confirming(
    first: &'static [(&'static str, &'static str)],
    word: &'static [(&'static str, &'static str)],
) -> Router {
    let handler = move |headers: HeaderMap| async move {
        if headers.contains_key("if-none-match") {
            answer(StatusCode::NOT_MODIFIED, word, String::new())
        } else {
            answer(StatusCode::OK, first, "whole".to_owned())
        }
    };
    Router::new().route("/page", on_get(handler)).layer(CachePage::explicit())
}

const FIVE_SECONDS: &[(&str, &str)] = &[("etag", "\"a\""), ("cache-control", "max-age=5")];

#[tokio::test]
async fn a_word_for_one_visitor_that_the_page_still_holds_comes_with_the_page() {
    for word in [
        &[("etag", "\"a\""), ("set-cookie", "seen=1")],
        &[("etag", "\"a\""), ("cache-control", "no-store")],
        &[("etag", "\"a\""), ("cache-control", "private")],
    ] {
        let stage = Stage::new();
        let app = confirming(FIVE_SECONDS, word);

        let second = stage
            .run(async {
                get(&app, "/page").await;
                stage.pass_secs(6);
                get(&app, "/page").await
            })
            .await;

        assert_eq!((second.status.as_u16(), second.text()), (200, "whole"), "{word:?}");
        assert_eq!(second.header(word[1].0), word[1].1);
    }
}

#[tokio::test]
async fn a_word_about_another_page_renames_nothing() {
    let stage = Stage::new();
    let app = confirming(FIVE_SECONDS, &[("etag", "\"b\""), ("cache-control", "max-age=5")]);

    let second = stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(6);
            get(&app, "/page").await
        })
        .await;

    assert_eq!((second.text(), second.header("etag")), ("whole", "\"a\""));
}

#[tokio::test]
async fn a_word_that_is_old_already_counts_from_when_it_was_given() {
    const OLD: &[(&str, &str)] = &[("etag", "\"a\""), ("cache-control", "max-age=60"), ("age", "50")];
    let stage = Stage::new();
    let app = confirming(OLD, OLD);

    let second = stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(11);
            get(&app, "/page").await
        })
        .await;

    assert!(second.header("cache-status").contains("ttl=10"), "{}", second.header("cache-status"));
}

#[tokio::test]
async fn a_handler_that_knows_dates_only_confirms_by_them() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        let run = counted.next();
        async move { answer(StatusCode::OK, &[("cache-control", "max-age=5")], format!("run {run}")) }
    };
    let dated = Condition::new().last_modified(|_| Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
    let app = Router::new().route("/page", on_get(handler)).layer(dated).layer(CachePage::explicit());

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(6);
            get(&app, "/page").await;
        })
        .await;

    assert_eq!(runs.count(), 1);
}

/// Sends a part where one is asked for, as servers of files do.
async fn file(headers: HeaderMap) -> Response {
    let whole = "x".repeat(5000);
    if headers.contains_key("range") {
        let part = whole[..10].to_owned();
        answer(StatusCode::PARTIAL_CONTENT, &[("content-range", "bytes 0-9/5000")], part)
    } else {
        answer(StatusCode::OK, &[("accept-ranges", "bytes")], whole)
    }
}

#[tokio::test]
async fn a_part_of_what_is_too_long_to_be_kept_is_sent_as_a_part() {
    let stage = Stage::new();
    let app = Router::new().route("/film", on_get(file)).layer(CacheSite::seconds(60).max_body(1000));

    for _ in 0..3 {
        let part = stage.run(send(&app, ask("GET", "/film", &[("range", "bytes=0-9")]))).await;
        assert_eq!((part.status.as_u16(), part.body.len()), (206, 10));
        let whole = stage.run(get(&app, "/film")).await;
        assert_eq!((whole.status.as_u16(), whole.body.len()), (200, 5000));
    }
}

#[tokio::test]
async fn a_page_that_is_not_kept_still_answers_conditions() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("etag", "\"a\""), ("cache-control", "no-cache")]);

    for _ in 0..2 {
        let same = stage.run(send(&app, ask("GET", "/page", &[("if-none-match", "\"a\"")]))).await;
        assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    }
    let other = stage.run(send(&app, ask("GET", "/page", &[("if-none-match", "\"b\"")]))).await;
    assert_eq!(other.status.as_u16(), 200);
}

/// A body that says its length, and ends before.
struct Short(Option<Bytes>);

impl HttpBody for Short {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(10)
    }
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_not_kept() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        counted.next();
        async { Response::new(Body::new(Short(Some(Bytes::from_static(b"12345"))))) }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    for _ in 0..2 {
        assert_eq!(stage.run(get(&app, "/page")).await.text(), "12345");
    }

    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn a_body_that_is_shorter_than_its_headers_say_is_not_kept() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("content-length", "1000")]);

    for _ in 0..2 {
        stage.run(get(&app, "/page")).await;
    }

    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn a_head_of_a_handler_without_a_body_for_it_is_told_no_length() {
    let stage = Stage::new();
    let service = tower::service_fn(|request: Request| async move {
        let body = if request.method() == http::Method::HEAD { "" } else { "0123456789" };
        Ok::<_, Infallible>(Response::new(Body::from(body)))
    });
    let app = tower::ServiceBuilder::new().layer(CachePage::seconds(60)).service(service);

    let head = stage.run(app.oneshot(ask("HEAD", "/page", &[]))).await.unwrap();

    assert_eq!(head.headers().get("content-length"), None);
}

#[tokio::test]
async fn a_range_outside_of_the_page_is_answered_for_one_client() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    let outside = stage
        .run(async {
            get(&app, "/page").await;
            send(&app, ask("GET", "/page", &[("range", "bytes=999-")])).await
        })
        .await;

    assert_eq!(outside.status.as_u16(), 416);
    assert_eq!((outside.header("cache-control"), outside.header("expires")), ("", ""));
    assert!(outside.header("content-range").starts_with("bytes */"));
}

#[tokio::test]
async fn what_browsers_are_told_keeps_every_other_word_of_the_handler() {
    const LINES: &[(&str, &str)] =
        &[("cache-control", "max-age=60"), ("cache-control", "must-revalidate, no-transform")];
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::explicit().client_timeout(5), &runs, LINES);

    let page = stage.run(get(&app, "/page")).await;

    let told = page.header("cache-control");
    assert!(told.contains("must-revalidate") && told.contains("no-transform"), "{told}");
    assert!(told.contains("max-age=5") && !told.contains("max-age=60"), "{told}");
}

#[tokio::test]
async fn what_refuses_one_request_is_kept_for_nobody() {
    for status in [401_u16, 407, 408, 412, 413, 416, 417, 421, 425, 428, 429, 431] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let counted = runs.clone();
        let handler = move || {
            counted.next();
            let status = StatusCode::from_u16(status).unwrap();
            async move { answer(status, &[("cache-control", "max-age=60")], "no".to_owned()) }
        };
        let app = Router::new().route("/page", on_get(handler)).layer(CacheSite::seconds(60));

        for _ in 0..2 {
            assert_eq!(stage.run(get(&app, "/page")).await.status.as_u16(), status);
        }

        assert_eq!(runs.count(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_refresh_keeps_what_could_not_be_kept_a_moment_ago() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        let run = counted.next();
        let headers: &[(&str, &str)] = if run == 1 { &[("cache-control", "private")] } else { &[] };
        async move { answer(StatusCode::OK, headers, format!("run {run}")) }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    let third = stage
        .run(async {
            get(&app, "/page").await;
            cache_runtime::force_refresh(get(&app, "/page")).await;
            get(&app, "/page").await
        })
        .await;

    assert!(third.is_hit() && third.text() == "run 2", "{}", third.text());
}

/// So many visitors at once, whom the handler answers when all have asked.
async fn crowd(stage: &Stage, app: &Router, gate: &Semaphore) {
    let barrier = Arc::new(Barrier::new(VISITORS + 1));
    let mut visitors = JoinSet::new();
    for _ in 0..VISITORS {
        let (app, barrier) = (app.clone(), Arc::clone(&barrier));
        visitors.spawn(stage.caches.clone().scope(async move {
            barrier.wait().await;
            get(&app, "/page").await
        }));
    }
    barrier.wait().await;
    for _ in 0..VISITORS * 10 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(VISITORS * 10);
    visitors.join_all().await;
}

#[tokio::test]
async fn one_visitor_who_is_refused_leaves_the_others_one_run() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let (counted, held) = (runs.clone(), Arc::clone(&gate));
    let handler = move |headers: HeaderMap| {
        let (counted, held) = (counted.clone(), Arc::clone(&held));
        async move {
            if headers.get("accept").is_some_and(|accept| accept == "image/x") {
                return answer(StatusCode::NOT_ACCEPTABLE, &[("vary", "accept")], String::new());
            }
            counted.next();
            drop(held.acquire().await.unwrap());
            answer(StatusCode::OK, &[("vary", "accept")], "page".to_owned())
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));
    let refused = stage.run(send(&app, ask("GET", "/page", &[("accept", "image/x")]))).await;
    assert_eq!(refused.status.as_u16(), 406);

    crowd(&stage, &app, &gate).await;

    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_page_that_varies_on_more_from_now_on_is_made_once_for_all_who_wait() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let (counted, held) = (runs.clone(), Arc::clone(&gate));
    let handler = move || {
        let (run, held) = (counted.next(), Arc::clone(&held));
        async move {
            if run == 1 {
                return answer(StatusCode::OK, &[("vary", "accept-language")], "page".to_owned());
            }
            drop(held.acquire().await.unwrap());
            answer(StatusCode::OK, &[("vary", "accept-language, x-theme")], "page".to_owned())
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));
    stage.run(get(&app, "/page")).await;
    stage.pass_secs(61);

    crowd(&stage, &app, &gate).await;

    assert!(runs.count() <= 3, "{} runs: one for the older list, one for the new", runs.count());
}

#[cache_page(60)]
async fn overtaken(State(runs): State<Runs>) -> String {
    page::invalidate("/page").await.unwrap();
    format!("run {}", runs.next())
}

#[tokio::test]
async fn a_page_that_an_invalidation_has_overtaken_is_not_said_to_be_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = Router::new().route("/page", on_get(overtaken)).with_state(runs);

    let answer = stage.run(get(&app, "/page")).await;

    assert_eq!((answer.text(), answer.header("cache-status")), ("run 1", "cache-runtime; fwd=uri-miss"));
}

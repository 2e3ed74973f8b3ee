//! Pages of a route and of a site, by layers around axum.

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use cache_runtime::page::{CachePage, CacheSite, Policy};
use http::{HeaderMap, StatusCode};

use crate::service::{answer, app};
use crate::stage::{Runs, Stage, ask, get, send};

/// HT001, MW006, MW017.
#[tokio::test]
async fn the_second_visit_gets_the_page_of_the_first() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            let first = get(&app, "/page?q=1").await;
            let second = get(&app, "/page?q=1").await;

            assert_eq!((first.text(), second.text()), ("/page?q=1 run 1", "/page?q=1 run 1"));
            assert_eq!(first.header("cache-status"), "cache-runtime; fwd=uri-miss; stored; ttl=60");
            assert_eq!(second.header("cache-status"), "cache-runtime; hit; ttl=60");
        })
        .await;
    assert_eq!((stage.stats().hits, runs.count()), (1, 1));
}

/// PG008, PG009, PG034, HT048, HT055, HT056, HT057.
#[tokio::test]
async fn a_page_ages_and_expires() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(2), &runs, &[]);

    stage
        .run(async {
            let first = get(&app, "/page").await;
            stage.pass_secs(1);
            let second = get(&app, "/page").await;
            stage.pass_secs(1);
            let third = get(&app, "/page").await;

            assert_eq!(first.header("expires"), "Thu, 01 Jan 2026 00:00:02 GMT");
            assert_eq!((first.header("cache-control"), first.header("age")), ("max-age=2", ""));
            assert_eq!((second.header("age"), second.header("date")), ("1", "Thu, 01 Jan 2026 00:00:00 GMT"));
            assert_eq!((second.text(), third.text()), ("/page run 1", "/page run 2"));
        })
        .await;
}

/// PG013, PG014, PG015, PG018, PG021, HT020, HT021, HT022, HT023, HT024, HT025, HT027, HT028, HT046, HT063.
#[tokio::test]
async fn what_is_not_for_others_is_not_stored() {
    let refused: &[&[(&str, &str)]] = &[
        &[("cache-control", "private")],
        &[("cache-control", "No-Store")],
        &[("cache-control", "no-cache")],
        &[("cache-control", "private=\"Set-Cookie\"")],
        &[("cache-control", "max-age=60"), ("cache-control", "PRIVATE")],
        &[("set-cookie", "id=1")],
        &[("set-cookie", "id=1"), ("vary", "Cookie")],
        &[("vary", "*")],
        &[("vary", "Accept , *")],
        &[("vary", "Accept"), ("vary", "*")],
        &[("content-security-policy", "script-src 'nonce-abc'")],
        &[("content-range", "bytes 0-1/2")],
    ];
    for headers in refused {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = app(CachePage::seconds(60), &runs, headers);

        stage
            .run(async {
                get(&app, "/page").await;
                let second = get(&app, "/page").await;

                assert_eq!(second.text(), "/page run 2", "{headers:?}");
            })
            .await;
    }
}

/// HT026.
#[tokio::test]
async fn words_in_a_quoted_string_are_no_directives() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("cache-control", "ext=\"a, private, b\"")]);

    stage
        .run(async {
            get(&app, "/page").await;
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
}

/// HT002, HT003, MW009, MW010.
#[tokio::test]
async fn a_head_is_answered_from_a_get_and_never_the_other_way() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            let head = send(&app, ask("HEAD", "/page", &[])).await;
            let again = send(&app, ask("HEAD", "/page", &[])).await;
            assert!(head.body.is_empty() && again.is_hit());
            let whole = get(&app, "/page").await;
            assert_eq!(whole.text(), "/page run 2");
            let head = send(&app, ask("HEAD", "/page", &[])).await;

            assert!(head.is_hit() && head.body.is_empty());
            assert_eq!(head.header("content-length"), whole.body.len().to_string());
            assert_eq!(head.header("etag"), whole.header("etag"));
        })
        .await;
}

/// HT004, HT016, HT017, PG036.
#[tokio::test]
async fn other_requests_pass_by() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60).keep_on_unsafe_methods(), &runs, &[]);

    stage
        .run(async {
            get(&app, "/page").await;
            for request in [
                ask("POST", "/page", &[]),
                ask("GET", "/page", &[("content-length", "3")]),
                ask("GET", "/page", &[("transfer-encoding", "chunked")]),
                ask("GET", "/page", &[("connection", "upgrade"), ("upgrade", "websocket")]),
            ] {
                assert!(!send(&app, request).await.is_hit());
            }
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
    assert_eq!(runs.count(), 5);
}

/// HT005, HT006, HT008, MW028.
#[tokio::test]
async fn hosts_schemes_and_nests_have_pages_of_their_own() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let inner = app(CachePage::seconds(60), &runs, &[]);
    let app = Router::new().nest("/a", inner.clone()).nest("/b", inner);

    stage
        .run(async {
            for uri in ["/a/page", "/b/page", "http://one.example/a/page", "https://one.example/a/page"] {
                get(&app, uri).await;
            }
            assert_eq!(runs.count(), 4);
            let host = send(&app, ask("GET", "/a/page", &[("host", "ONE.example:80")])).await;
            assert!(host.is_hit());
        })
        .await;
}

/// HT007.
#[tokio::test]
async fn forwarded_headers_count_only_behind_a_proxy() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let open = app(CachePage::seconds(60), &runs, &[]);
    let behind = app(CachePage::seconds(60).cache("other").behind_proxy(), &runs, &[]);
    let forwarded: &[(&str, &str)] = &[("x-forwarded-host", "shop.example"), ("x-forwarded-proto", "https")];

    stage
        .run(async {
            get(&open, "/page").await;
            assert!(send(&open, ask("GET", "/page", forwarded)).await.is_hit());
            get(&behind, "/page").await;
            assert!(!send(&behind, ask("GET", "/page", forwarded)).await.is_hit());
            assert!(get(&behind, "https://shop.example/page").await.is_hit());
        })
        .await;
}

/// HT030, HT029.
#[tokio::test]
async fn a_request_that_may_be_ones_own_passes_by() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let strict = app(CachePage::seconds(60).ignore_cookies(["_ga*"]), &runs, &[]);

    stage
        .run(async {
            get(&strict, "/page").await;
            for headers in [
                &[("cookie", "session=1")][..],
                &[("cookie", "_ga=1; session=1")],
                &[("cookie", "_ga=1"), ("cookie", "session=1")],
                &[("authorization", "Basic x")],
                &[("cookie", "nonsense")],
            ] {
                assert!(!send(&strict, ask("GET", "/page", headers)).await.is_hit(), "{headers:?}");
            }
            assert!(send(&strict, ask("GET", "/page", &[("cookie", "_ga=1; _ga_2=3")])).await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn with_session_cookies_named_all_others_are_harmless() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60).session_cookies(["sid"]), &runs, &[]);

    stage
        .run(async {
            get(&app, "/page").await;
            assert!(send(&app, ask("GET", "/page", &[("cookie", "theme=dark")])).await.is_hit());
            assert!(!send(&app, ask("GET", "/page", &[("cookie", "theme=dark; sid=1")])).await.is_hit());
        })
        .await;
}

/// HT060, HT061, HT062, HT084, MW029.
#[tokio::test]
async fn variants_are_kept_side_by_side() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("vary", "Accept-Language")]);
    let in_language =
        |language: &'static str| send(&app, ask("GET", "/page", &[("accept-language", language)]));

    stage
        .run(async {
            assert_eq!(in_language("de").await.text(), "/page run 1");
            assert_eq!(in_language("fr").await.text(), "/page run 2");
            assert_eq!(get(&app, "/page").await.text(), "/page run 3");
            assert_eq!(in_language("de").await.text(), "/page run 1");
            assert_eq!(in_language("fr").await.text(), "/page run 2");
            assert_eq!(get(&app, "/page").await.header("cache-status"), "cache-runtime; hit; ttl=60");
        })
        .await;
}

/// HT067.
#[tokio::test]
async fn a_page_that_begins_to_vary_on_more_answers_nobody_wrongly() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move |headers: HeaderMap| {
        let run = counted.next();
        let vary: &[(&str, &str)] =
            if run < 2 { &[("vary", "Accept-Language")] } else { &[("vary", "Accept-Language, X-Theme")] };
        let theme = headers.get("x-theme").map_or("none", |theme| theme.to_str().unwrap()).to_owned();
        async move { answer(StatusCode::OK, vary, theme) }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));
    let ask_for = |language: &'static str, theme: &'static str| {
        send(&app, ask("GET", "/page", &[("accept-language", language), ("x-theme", theme)]))
    };

    stage
        .run(async {
            assert_eq!(ask_for("de", "none").await.text(), "none");
            for _ in 0..2 {
                for (language, theme) in [("fr", "dark"), ("fr", "light"), ("de", "dark"), ("de", "light")] {
                    let answer = ask_for(language, theme).await;
                    let is_older = runs.count() < 3;
                    assert!(answer.text() == theme || is_older, "{language} {theme} {}", answer.text());
                }
            }
            assert!(ask_for("fr", "dark").await.is_hit());
        })
        .await;
}

/// HT086, HT087.
#[tokio::test]
async fn an_unsafe_method_that_succeeds_drops_the_pages_of_its_url() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("vary", "Accept-Language")]);

    stage
        .run(async {
            get(&app, "/page").await;
            get(&app, "/else").await;
            send(&app, ask("POST", "/page", &[])).await;

            assert!(!get(&app, "/page").await.is_hit());
            assert!(get(&app, "/else").await.is_hit());
        })
        .await;
}

/// HT054.
#[tokio::test]
async fn explicit_only_stores_what_states_its_lifetime() {
    for (headers, is_hit) in [
        (&[][..], false),
        (&[("cache-control", "max-age=60")], true),
        (&[("cache-control", "s-maxage=60, max-age=0")], true),
        (&[("cache-control", "max-age=0")], false),
        (&[("expires", "Thu, 01 Jan 2026 00:01:00 GMT")], true),
        (&[("expires", "0")], false),
    ] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = app(CachePage::explicit(), &runs, headers);

        stage
            .run(async {
                get(&app, "/page").await;
                assert_eq!(get(&app, "/page").await.is_hit(), is_hit, "{headers:?}");
            })
            .await;
    }
}

/// HT037, HT038, MW020.
#[tokio::test]
async fn streams_and_large_bodies_pass_through() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let stream = |runs: Runs| async move {
        runs.next();
        let chunks = ["one ", "two"]
            .map(|chunk| Ok::<_, std::convert::Infallible>(http_body::Frame::data(chunk.into())));
        Body::new(http_body_util::StreamBody::new(tokio_stream(chunks)))
    };
    let (streaming, large) = (runs.clone(), runs.clone());
    let app = Router::new()
        .route("/stream", on_get(move || stream(streaming.clone())))
        .route(
            "/large",
            on_get(move || async move {
                large.next();
                "x".repeat(2000)
            }),
        )
        .layer(CachePage::seconds(60).max_body(1000));

    stage
        .run(async {
            for _ in 0..2 {
                assert_eq!(get(&app, "/stream").await.text(), "one two");
                assert_eq!(get(&app, "/large").await.body.len(), 2000);
            }
        })
        .await;
    assert_eq!(runs.count(), 4);
}

/// The frames, one by one.
fn tokio_stream<T>(frames: impl IntoIterator<Item = T>) -> impl futures_util::Stream<Item = T> {
    let mut frames = frames.into_iter().collect::<std::collections::VecDeque<_>>();
    futures_util::stream::poll_fn(move |_| std::task::Poll::Ready(frames.pop_front()))
}

/// A policy of one's own can be given to a layer.
#[tokio::test]
async fn a_site_takes_the_default_of_pages_that_state_none() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let stated =
        app(CacheSite::policy(Policy::default_timeout(60)), &runs, &[("cache-control", "max-age=5")]);
    let open = app(CacheSite::seconds(60).cache("other"), &runs, &[]);

    stage
        .run(async {
            get(&stated, "/page").await;
            get(&open, "/page").await;
            stage.pass_secs(10);

            assert!(!get(&stated, "/page").await.is_hit());
            assert!(get(&open, "/page").await.is_hit());
        })
        .await;
}

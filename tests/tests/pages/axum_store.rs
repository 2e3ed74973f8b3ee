//! What is kept of a page, and how it leaves the store.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use bytes::Bytes;
use cache_runtime::page::{self, CachePage, CacheSite};
use http::{HeaderValue, StatusCode};

use crate::stage::{Answer, Runs, Stage, ask, get, send};

/// A handler of one status and these headers, behind `layer`.
fn app(
    layer: CachePage,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    runs: &Runs,
) -> Router {
    let runs = runs.clone();
    let handler = move || {
        let run = runs.next();
        async move {
            let mut response = (StatusCode::from_u16(status).unwrap(), format!("run {run}")).into_response();
            for (name, value) in headers {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
            response
        }
    };
    Router::new().fallback(on_get(handler)).layer(layer)
}

async fn second(stage: &Stage, app: &Router) -> Answer {
    stage
        .run(async {
            get(app, "/page").await;
            get(app, "/page").await
        })
        .await
}

/// HT032, HT033, HT034, HT035, PG032.
#[tokio::test]
async fn which_statuses_are_stored() {
    let stated: &[(&str, &str)] = &[("cache-control", "max-age=60")];
    for (status, headers, listed, is_hit) in [
        (200, &[][..], &[200][..], true),
        (404, &[], &[200], false),
        (404, &[], &[200, 404], true),
        (404, stated, &[200], true),
        (301, &[], &[200], false),
        (301, stated, &[200], true),
        (403, &[], &[200], false),
        (429, &[], &[200], false),
        (500, stated, &[200], false),
        (503, stated, &[200, 503], false),
        (206, stated, &[200], false),
        (304, stated, &[200], false),
    ] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = app(CachePage::seconds(60).statuses(listed.iter().copied()), status, headers, &runs);

        assert_eq!(second(&stage, &app).await.is_hit(), is_hit, "{status} {headers:?} {listed:?}");
    }
}

#[tokio::test]
async fn errors_have_a_timeout_of_their_own() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60).statuses([200, 404]).error_timeout(5), 404, &[], &runs);

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(4);
            assert!(get(&app, "/page").await.is_hit());
            stage.pass_secs(1);
            assert!(!get(&app, "/page").await.is_hit());
        })
        .await;
}

/// HT031.
#[tokio::test]
async fn a_request_that_forbids_storing_is_not_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), 200, &[], &runs);

    stage
        .run(async {
            send(&app, ask("GET", "/page", &[("cache-control", "no-store")])).await;
            assert!(!get(&app, "/page").await.is_hit());
            assert!(send(&app, ask("GET", "/page", &[("cache-control", "no-store")])).await.is_hit());
        })
        .await;
}

/// HT058, HT059.
#[tokio::test]
async fn directives_of_requests_are_heeded_where_the_policy_says_so() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let deaf = app(CachePage::seconds(60), 200, &[], &runs);
    let heeding = app(CachePage::seconds(60).cache("other").heed_request_directives(), 200, &[], &runs);
    let with = |app: &Router, value: &'static str| {
        let app = app.clone();
        async move { send(&app, ask("GET", "/page", &[("cache-control", value)])).await }
    };

    stage
        .run(async {
            assert_eq!(with(&heeding, "only-if-cached").await.status, 504);
            get(&deaf, "/page").await;
            get(&heeding, "/page").await;
            stage.pass_secs(10);

            for value in ["no-cache", "max-age=0", "max-age=5", "min-fresh=55"] {
                assert!(with(&deaf, value).await.is_hit(), "{value}");
            }
            assert!(send(&deaf, ask("GET", "/page", &[("pragma", "no-cache")])).await.is_hit());
            assert!(with(&heeding, "max-age=20").await.is_hit());
            assert!(with(&heeding, "min-fresh=50").await.is_hit());
            assert!(with(&heeding, "only-if-cached").await.is_hit());
            assert_eq!(with(&heeding, "max-age=5").await.text(), "run 3");
            assert_eq!(with(&heeding, "no-cache").await.text(), "run 4");
            assert_eq!(get(&heeding, "/page").await.text(), "run 4");
        })
        .await;
}

/// HT042, HT043, HT044.
#[tokio::test]
async fn lines_and_bytes_of_headers_come_back_and_those_of_the_connection_do_not() {
    let stage = Stage::new();
    let handler = || async {
        let mut response = "page".into_response();
        let headers = response.headers_mut();
        for link in ["</a>; rel=preload", "</b>; rel=preload"] {
            headers.append("link", link.parse().unwrap());
        }
        headers.insert("x-town", HeaderValue::from_bytes(b"Z\xFCrich").unwrap());
        for (name, value) in
            [("connection", "x-hop, close"), ("x-hop", "1"), ("keep-alive", "5"), ("proxy-authenticate", "x")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        response
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));

    let hit = second(&stage, &app).await;

    let links: Vec<_> = hit.headers.get_all("link").iter().collect();
    assert_eq!(links, ["</a>; rel=preload", "</b>; rel=preload"]);
    assert_eq!(hit.headers["x-town"].as_bytes(), b"Z\xFCrich");
    for name in ["connection", "x-hop", "keep-alive", "proxy-authenticate"] {
        assert!(!hit.headers.contains_key(name), "{name}");
    }
}

/// HT039, HT041: a body that fails half way.
#[tokio::test]
async fn a_body_that_fails_is_not_stored_and_fails_for_its_visitor() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        counted.next();
        async {
            let frames =
                [Ok(http_body::Frame::data(Bytes::from_static(b"half"))), Err(std::io::Error::other("lost"))];
            Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(frames)))
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).collect_streams());

    stage
        .run(async {
            for _ in 0..2 {
                let response =
                    tower::ServiceExt::oneshot(app.clone(), ask("GET", "/page", &[])).await.unwrap();
                assert!(http_body_util::BodyExt::collect(response.into_body()).await.is_err());
            }
        })
        .await;
    assert_eq!(runs.count(), 2);
}

/// HT069: compression inside makes bodies of unknown size; they are collected where the policy says so.
#[tokio::test]
async fn streams_are_collected_where_the_policy_says_so() {
    let stage = Stage::new();
    let handler = || async {
        let frames =
            ["one ", "two"].map(|part| Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from(part))));
        Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(frames)))
    };
    let small = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).collect_streams());
    let large = small.clone();
    let beyond = Router::new()
        .route("/page", on_get(handler))
        .layer(CachePage::seconds(60).cache("other").collect_streams().max_body(5));

    let hit = second(&stage, &small).await;
    assert_eq!((hit.is_hit(), hit.text()), (true, "one two"));
    drop(large);
    let passed = second(&stage, &beyond).await;
    assert_eq!((passed.is_hit(), passed.text()), (false, "one two"));
}

/// A hit copies no body: it is the very bytes that the handler gave.
#[tokio::test]
async fn a_hit_shares_the_bytes_of_the_body() {
    let stage = Stage::new();
    let body = Bytes::from("x".repeat(10_000));
    let given = body.clone();
    let app = Router::new()
        .route("/page", on_get(move || std::future::ready(given.clone())))
        .layer(CachePage::seconds(60));

    let hit = second(&stage, &app).await;

    assert!(hit.is_hit());
    assert_eq!(hit.body.as_ptr(), body.as_ptr());
}

/// HT088, HT089, HT090.
#[tokio::test]
async fn pages_are_dropped_by_url_prefix_and_tag() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60).tags(["shop"]), 200, &[("vary", "Accept-Language")], &runs);
    let urls = ["/a/?q=1", "/a/?q=2", "/a/b/c", "/ab", "https://one.example/a/?q=1"];
    let hits = async || {
        let mut hits = Vec::new();
        for url in urls {
            hits.push(get(&app, url).await.is_hit());
        }
        hits
    };

    stage
        .run(async {
            hits().await;
            assert_eq!(hits().await, [true; 5]);

            page::invalidate("/a/?q=1").await.unwrap();
            assert_eq!(hits().await, [false, true, true, true, false]);
            page::invalidate("https://one.example/a/?q=1").await.unwrap();
            assert_eq!(hits().await, [true, true, true, true, false]);
            page::invalidate_prefix("/a/").await.unwrap();
            assert_eq!(hits().await, [false, false, false, true, false]);
            page::invalidate_tag("shop").await.unwrap();
            assert_eq!(hits().await, [false; 5]);

            assert!(page::invalidate_prefix("/a").await.is_err());
            assert!(page::invalidate("http://[").await.is_err());
        })
        .await;
}

/// HT045, and a site outside: it leaves alone what a page inside has seen, and what is never cached.
#[tokio::test]
async fn a_site_leaves_to_its_pages_what_is_theirs() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let inner = app(CachePage::seconds(5).cache("other"), 200, &[], &runs);
    let app = inner.layer(CacheSite::seconds(600).status_name("site"));

    stage
        .run(async {
            get(&app, "/page").await;
            let hit = get(&app, "/page").await;
            assert!(
                hit.headers.get_all("cache-status").iter().any(|line| line == "cache-runtime; hit; ttl=5")
            );
            stage.pass(Duration::from_secs(5));
            assert_eq!(get(&app, "/page").await.text(), "run 2");
        })
        .await;
    assert_eq!(stage.stats().fills, 0);
}

/// HT093.
#[tokio::test]
async fn the_status_can_be_renamed_and_hidden() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let named = app(CachePage::seconds(60).status_name("edge"), 200, &[], &runs);
    let hidden = app(CachePage::seconds(60).cache("other").hide_status(), 200, &[], &runs);

    assert_eq!(second(&stage, &named).await.header("cache-status"), "edge; hit; ttl=60");
    assert!(!second(&stage, &hidden).await.headers.contains_key("cache-status"));
    let passed = stage.run(send(&named, ask("POST", "/page", &[]))).await;
    assert_eq!(passed.header("cache-status"), "edge; fwd=method");
}

/// HT096.
#[tokio::test]
async fn a_request_that_the_policy_excepts_is_neither_read_nor_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let layer = CachePage::seconds(60).bypass(|request| request.query() == Some("preview"));
    let app = app(layer, 200, &[], &runs);

    stage
        .run(async {
            for _ in 0..2 {
                assert!(!get(&app, "/page?preview").await.is_hit());
            }
        })
        .await;
    assert_eq!(stage.stats().fills, 0);
}

/// HT095: random queries fill no more than the cache's bound.
#[tokio::test]
async fn a_flood_of_urls_stays_within_the_bound_of_the_cache() {
    use cache_runtime::Caches;
    use cache_runtime::backend::memory::Memory;
    let runs = Runs::default();
    let app = app(CachePage::seconds(60), 200, &[], &runs);
    let caches = Caches::builder().add("default", Memory::new().max_entries(100)).build().unwrap();

    caches
        .clone()
        .scope(async {
            for number in 0..2000 {
                get(&app, &format!("/page?q={number}")).await;
            }
        })
        .await;

    assert!(caches.get("default").unwrap().stats().entries.unwrap() <= 110);
}

/// What browsers are told, apart from what the server keeps.
#[tokio::test]
async fn clients_are_told_a_time_of_their_own() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(3600).client_timeout(60), 200, &[], &runs);

    stage
        .run(async {
            assert_eq!(get(&app, "/page").await.header("cache-control"), "max-age=60");
            stage.pass_secs(600);
            let hit = get(&app, "/page").await;
            assert_eq!((hit.header("age"), hit.header("cache-control")), ("600", "max-age=660"));
            assert_eq!(hit.header("expires"), "Thu, 01 Jan 2026 00:11:00 GMT");
        })
        .await;
}

/// A browser that is told zero asks each time, also for a page that the server keeps.
#[tokio::test]
async fn clients_are_told_to_ask_each_time() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(3600).client_timeout(0), 200, &[], &runs);

    stage
        .run(async {
            assert_eq!(get(&app, "/page").await.header("cache-control"), "max-age=0");
            stage.pass_secs(600);
            let hit = get(&app, "/page").await;
            assert_eq!((hit.header("age"), hit.header("cache-control")), ("600", "max-age=600"));
        })
        .await;
}

/// HT047, HT051, HT052, HT053.
#[tokio::test]
async fn how_long_a_page_is_fresh_by_its_own_word() {
    for (headers, lasts) in [
        (&[("cache-control", "max-age=5, s-maxage=20")][..], 20),
        (&[("cache-control", "max-age=-5")], 0),
        (&[("cache-control", "max-age=x")], 0),
        (&[("cache-control", "max-age=5, max-age=10")], 0),
        (&[("cache-control", "max-age=20"), ("age", "15")], 5),
        (&[("cache-control", "max-age=99999999999999999999")], 1 << 31),
    ] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = app(CachePage::explicit(), 200, headers, &runs);

        stage
            .run(async {
                get(&app, "/page").await;
                if lasts > 0 {
                    stage.pass(Duration::from_millis(1000 * lasts - 1));
                    assert!(get(&app, "/page").await.is_hit(), "{headers:?}");
                    stage.pass(Duration::from_millis(1));
                }
                assert!(!get(&app, "/page").await.is_hit(), "{headers:?}");
            })
            .await;
    }
}

/// HT078.
#[tokio::test]
async fn a_page_that_must_be_confirmed_is_never_stale() {
    for value in ["must-revalidate", "proxy-revalidate", "s-maxage=60"] {
        let (stage, runs) = (Stage::new(), Runs::default());
        let headers: &'static [(&'static str, &'static str)] =
            Box::leak(Box::new([("cache-control", value)]));
        let layer = CachePage::seconds(60).stale_while_revalidate(Duration::from_mins(10));
        let app = app(layer, 200, headers, &runs);

        stage
            .run(async {
                get(&app, "/page").await;
                stage.pass_secs(61);
                assert_eq!(get(&app, "/page").await.text(), "run 2", "{value}");
            })
            .await;
    }
}

//! Of which host and URL a page is: where a request says two, its answer is nobody else's.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::routing::get as on_get;
use cache_runtime::cache_page;
use cache_runtime::page::CachePage;
use http::{HeaderMap, Uri};
use tower::{ServiceExt, service_fn};

use crate::stage::{Stage, ask, get, send};

/// A site that shows the host its visitors name, behind `layer`.
fn site(layer: CachePage) -> Router {
    let handler = async |headers: HeaderMap| {
        let lines = headers.get_all("host").iter().chain(headers.get_all("x-forwarded-host"));
        lines.map(|line| String::from_utf8_lossy(line.as_bytes()) + " ").collect::<String>()
    };
    Router::new().route("/page", on_get(handler)).layer(layer)
}

#[tokio::test]
async fn a_request_that_names_two_hosts_leaves_no_page() {
    let (stage, app) = (Stage::new(), site(CachePage::seconds(60)));
    let hostile: [(&str, &[(&str, &str)]); 5] = [
        ("http://shop.example/page", &[("host", "evil.example")]),
        ("/page", &[("host", "evil.example/x?@shop.example")]),
        ("/page", &[("host", "shop.example"), ("host", "evil.example")]),
        ("/page", &[("host", "shop.example"), ("host", "shop.example")]),
        ("http://evil@shop.example/page", &[("host", "shop.example")]),
    ];

    stage
        .run(async {
            for (uri, headers) in hostile {
                send(&app, ask("GET", uri, headers)).await;
                let answer = send(&app, ask("GET", uri, headers)).await;
                assert!(!answer.is_hit(), "{uri} {headers:?}");
            }
            let answer = send(&app, ask("GET", "/page", &[("host", "shop.example")])).await;
            assert_eq!((answer.text(), answer.is_hit()), ("shop.example ", false));
        })
        .await;
}

#[tokio::test]
async fn a_host_that_is_none_leaves_no_page() {
    let (stage, app) = (Stage::new(), site(CachePage::seconds(60)));

    stage
        .run(async {
            for host in ["a b", "shop.example/", "a\"b", "[::1", "shop.example:80a", "sh%op", "caf\u{e9}"] {
                send(&app, ask("GET", "/page", &[("host", host)])).await;
                assert!(!send(&app, ask("GET", "/page", &[("host", host)])).await.is_hit(), "{host}");
            }
            for host in ["", "shop.example", "SHOP.example:8080", "[::1]:80", "127.0.0.1", "a_b.c%20d"] {
                send(&app, ask("GET", "/page", &[("host", host)])).await;
                assert!(send(&app, ask("GET", "/page", &[("host", host)])).await.is_hit(), "{host}");
            }
        })
        .await;
}

/// A `Uri` is the same for all visitors only without what they write before its host.
#[tokio::test]
async fn the_user_of_a_url_is_in_no_page() {
    #[cache_page(60)]
    async fn told(uri: Uri) -> String {
        uri.to_string()
    }
    let (stage, app) = (Stage::new(), Router::new().route("/page", on_get(told)));

    stage
        .run(async {
            get(&app, "http://evil.example:pw@shop.example/page").await;

            let answer = get(&app, "http://shop.example/page").await;
            assert_eq!(answer.text(), "http://shop.example/page");
        })
        .await;
}

/// What a proxy has appended to is in part the client's own word.
#[tokio::test]
async fn forwarded_hosts_that_differ_leave_no_page() {
    let (stage, app) = (Stage::new(), site(CachePage::seconds(60).behind_proxy()));
    let ask_by = |forwarded: &[&str]| {
        let headers: Vec<_> = forwarded.iter().map(|host| ("x-forwarded-host", *host)).collect();
        ask("GET", "/page", &headers)
    };

    stage
        .run(async {
            for doubtful in [
                &["shop.example", "evil.example"][..],
                &["evil.example, shop.example"],
                &["shop.example, evil.example"],
                &["shop.example/x"],
            ] {
                send(&app, ask_by(doubtful)).await;
                assert!(!send(&app, ask_by(doubtful)).await.is_hit(), "{doubtful:?}");
            }
            assert_eq!(send(&app, ask_by(&["shop.example"])).await.text(), "shop.example ");
            assert!(send(&app, ask_by(&["shop.example, SHOP.example:80"])).await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn a_rewritten_url_has_pages_of_its_own() {
    let told = async |uri: Uri| uri.to_string();
    let inner = Router::new().route("/en/page", on_get(told)).route("/fr/page", on_get(told));
    let inner = inner.layer(CachePage::seconds(60));
    let app = Router::new().fallback_service(service_fn(move |mut request: Request| {
        let speaks_french = request.headers().get("accept-language").is_some_and(|language| language == "fr");
        let language = if speaks_french { "fr" } else { "en" };
        *request.uri_mut() = format!("/{language}{}", request.uri().path()).parse().unwrap();
        let answer = inner.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap()) }
    }));

    Stage::new()
        .run(async {
            let french = send(&app, ask("GET", "/page", &[("accept-language", "fr")])).await;
            let english = get(&app, "/page").await;

            assert_eq!((french.text(), english.text()), ("/fr/page", "/en/page"));
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
}

/// What a service outside has added to the query stays, and what of it does not count goes.
#[tokio::test]
async fn a_query_that_was_added_outside_reaches_the_handler_as_far_as_it_counts() {
    #[cache_page(60, ignore_query = ["utm_*"])]
    async fn told(uri: Uri) -> String {
        uri.to_string()
    }
    let inner = Router::new().route("/page", on_get(told));
    let app = Router::new().fallback_service(service_fn(move |mut request: Request| {
        let outside = request.uri().clone();
        request.extensions_mut().insert(OriginalUri(outside));
        *request.uri_mut() = "/page?lang=de&utm_b=1".parse().unwrap();
        inner.clone().oneshot(request)
    }));

    Stage::new()
        .run(async {
            for uri in ["/page?utm_a=1", "/page"] {
                assert_eq!(get(&app, uri).await.text(), "/page?lang=de");
            }
        })
        .await;
}

/// A rewrite that cuts the front off, as nesting does, for some visitors only.
#[tokio::test]
async fn a_url_whose_front_was_cut_off_has_pages_of_its_own() {
    #[cache_page(60)]
    async fn told(uri: Uri) -> String {
        uri.to_string()
    }
    let inner = Router::new().route("/beta/page", on_get(told)).route("/page", on_get(told));
    let app = Router::new().fallback_service(service_fn(move |mut request: Request| {
        if request.headers().contains_key("x-stable") {
            *request.uri_mut() = request.uri().path().trim_start_matches("/beta").parse().unwrap();
        }
        inner.clone().oneshot(request)
    }));

    Stage::new()
        .run(async {
            let stable = send(&app, ask("GET", "/beta/page", &[("x-stable", "1")])).await;
            let beta = get(&app, "/beta/page").await;

            assert_eq!((stable.text(), beta.text()), ("/page", "/beta/page"));
        })
        .await;
}

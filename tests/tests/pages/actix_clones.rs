//! Services outside of a cached page that hold clones of its requests.

use actix_web::dev::Service as _;
use actix_web::http::Uri;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use cache_runtime::actix::CachePage;

use crate::actix_stage::Site;
use crate::stage::Stage;

#[actix_web::test]
async fn a_request_that_is_held_outside_is_asked_with_as_it_is() {
    let stage = Stage::new();
    let page = web::resource("/page")
        .wrap(CachePage::seconds(60))
        .wrap_fn(|request, service| {
            let held = request.request().clone();
            let answer = service.call(request);
            async move {
                let answer = answer.await;
                drop(held);
                answer
            }
        })
        .to(|| async { "page" });
    let app = init_service(App::new().service(page)).await;

    let statuses = stage
        .run(async {
            let plain = call_service(&app, TestRequest::with_uri("/page?1").to_request()).await;
            let mut statuses = vec![plain.status().as_u16()];
            for header in [("if-none-match", "\"x\""), ("range", "bytes=0-1")] {
                let request = TestRequest::with_uri("/page?2").append_header(header).to_request();
                statuses.push(call_service(&app, request).await.status().as_u16());
            }
            statuses
        })
        .await;

    assert_eq!(statuses, [200, 200, 206]);
}

/// A site that tells its URL, behind a service that holds its requests.
async fn held(layer: CachePage) -> Site {
    let page = web::resource("/page")
        .wrap(layer)
        .wrap_fn(|request, service| {
            let held = request.request().clone();
            let answer = service.call(request);
            async move {
                let answer = answer.await;
                drop(held);
                answer
            }
        })
        .to(|url: Uri| async move { url.to_string() });
    Site::of(init_service(App::new().service(page)).await, TestRequest::to_request)
}

/// The parameters that do not count cannot be taken away: the page shows them, and is its visitor's own.
#[actix_web::test]
async fn a_page_that_shows_what_the_key_lacks_is_not_stored() {
    let site = held(CachePage::seconds(60).ignore_query(["utm_*"])).await;

    Stage::new()
        .run(async {
            for header in [("x-nothing", ""), ("range", "bytes=0-99"), ("if-none-match", "\"x\"")] {
                let tracked = site.get_with("/page?utm_source=evil", &[header]).await;
                assert_eq!(tracked.text(), "/page?utm_source=evil", "{header:?}");
                let said = "cache-runtime; fwd=uri-miss; detail=query";
                assert_eq!(tracked.header("cache-status"), said, "{header:?}");
            }

            let clean = site.get("/page").await;
            assert_eq!(clean.text(), "/page");
            assert!(clean.header("cache-status").contains("; stored"), "{:?}", clean.headers);
        })
        .await;
}

/// What is stored was made without them.
#[actix_web::test]
async fn a_held_request_gets_the_page_that_another_has_made() {
    let site = held(CachePage::seconds(60).ignore_query(["utm_*"])).await;

    Stage::new()
        .run(async {
            site.get("/page").await;

            let hit = site.get("/page?utm_source=x").await;
            assert!(hit.is_hit());
            assert_eq!(hit.text(), "/page");
        })
        .await;
}

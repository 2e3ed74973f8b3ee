//! Services outside of a cached page that hold clones of its requests.

use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use cache_runtime::actix::CachePage;

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

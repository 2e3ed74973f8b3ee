//! What a hit in memory costs, as far as it can be counted.

use allocation_counter::AllocationInfo;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use cache_runtime::cache_page;
use cache_runtime::page::CachePage;
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A body that would be seen among the bytes that are allocated.
static BODY: [u8; 100_000] = [b'x'; 100_000];

async fn plain() -> Bytes {
    Bytes::from_static(&BODY)
}

#[cache_page(60)]
async fn cached() -> Bytes {
    plain().await
}

#[cache_page(60)]
async fn numbered(Path(_number): Path<u32>) -> Bytes {
    plain().await
}

/// The fourth request of a page, to the end of its body.
fn fourth_request(app: Router, path: &str) -> AllocationInfo {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing");
    let app = app.with_state(());
    let ask = |request: Request<Body>| {
        runtime.block_on(async {
            let response = app.clone().oneshot(request).await.expect("a router never fails");
            let mut body = response.into_body();
            let mut length = 0;
            while let Some(frame) = body.frame().await {
                length += frame.expect("bytes that are there").into_data().map_or(0, |data| data.len());
            }
            assert_eq!(length, BODY.len());
        });
    };
    let request =
        || Request::get(path).header("host", "cost.example").body(Body::empty()).expect("a request");
    // The first one makes the page, the first hit what all hits share, and the second what those of this thread do.
    for _ in 0..3 {
        ask(request());
    }
    let fourth = request();
    allocation_counter::measure(|| ask(fourth))
}

fn bare() -> AllocationInfo {
    fourth_request(Router::new().route("/bare", get(plain)), "/bare")
}

#[test]
fn a_hit_of_a_layer_allocates_as_often_as_the_bare_handler_and_copies_no_body() {
    let hit =
        fourth_request(Router::new().route("/layer", get(plain).layer(CachePage::seconds(60))), "/layer");

    assert_eq!(hit.count_total, bare().count_total);
    assert!(hit.bytes_total < BODY.len() as u64 / 10, "{hit:?}");
}

#[test]
fn a_hit_of_an_attribute_allocates_one_visit_and_copies_no_body() {
    let hit = fourth_request(Router::new().route("/attribute", get(cached)), "/attribute");

    assert_eq!(hit.count_total, bare().count_total + 1);
    assert!(hit.bytes_total < BODY.len() as u64 / 10, "{hit:?}");
}

#[test]
fn arguments_cost_a_hit_a_copy_of_the_headers() {
    let hit = fourth_request(Router::new().route("/page/{number}", get(numbered)), "/page/7");
    let bare = fourth_request(Router::new().route("/bare/{number}", get(numbered::uncached)), "/bare/7");

    // The visit, a map of two parts, and that the value of its one line is shared from now on.
    assert_eq!(hit.count_total, bare.count_total + 4);
}

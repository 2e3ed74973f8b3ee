//! Conditions and ranges, answered from the store.

use cache_runtime::page::CachePage;
use http::StatusCode;

use crate::service::app;
use crate::stage::{Runs, Stage, ask, get, send};

/// HT070, HT071, HT072, HT075, MW040, MW050.
#[tokio::test]
async fn conditions_are_answered_from_the_store() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("last-modified", "Wed, 31 Dec 2025 00:00:00 GMT")]);

    stage
        .run(async {
            let etag = get(&app, "/page").await.header("etag").to_owned();
            let weak = format!("\"x\", W/{etag}");
            let with = |name: &'static str, value: &str| send(&app, ask("GET", "/page", &[(name, value)]));

            let unchanged = with("if-none-match", &weak).await;
            assert_eq!((unchanged.status, unchanged.body.len()), (StatusCode::NOT_MODIFIED, 0));
            assert!(!unchanged.headers.contains_key("content-length"), "it would be that of the whole page");
            for name in ["etag", "cache-control", "date", "expires", "age"] {
                assert_ne!(unchanged.header(name), "", "{name}");
            }
            assert_eq!(with("if-modified-since", "Wed, 31 Dec 2025 00:00:00 GMT").await.status, 304);
            assert_eq!(with("if-none-match", "\"other\"").await.status, 200);
            assert_eq!(with("if-match", "\"other\"").await.status, 412);
            assert_eq!(with("if-unmodified-since", "Tue, 30 Dec 2025 00:00:00 GMT").await.status, 412);
        })
        .await;
    assert_eq!(runs.count(), 1);
}

/// HT036, HT073.
#[tokio::test]
async fn a_conditional_first_visit_leaves_a_whole_page() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[("etag", "\"v1\"")]);

    stage
        .run(async {
            let first = send(&app, ask("GET", "/page", &[("if-none-match", "\"v1\"")])).await;
            assert_eq!(first.status, 304);
            let second = get(&app, "/page").await;
            assert_eq!((second.status.as_u16(), second.text()), (200, "/page run 1"));
        })
        .await;
}

/// HT018.
#[tokio::test]
async fn a_range_is_cut_from_the_whole_page() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            let part = send(&app, ask("GET", "/page", &[("range", "bytes=0-4")])).await;
            let end = send(&app, ask("GET", "/page", &[("range", "bytes=-5")])).await;
            let beyond = send(&app, ask("GET", "/page", &[("range", "bytes=99-")])).await;

            assert_eq!((part.status.as_u16(), part.text()), (206, "/page"));
            assert_eq!(part.header("content-range"), "bytes 0-4/11");
            assert_eq!((end.status.as_u16(), end.text()), (206, "run 1"));
            assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, "bytes */11"));
            assert_eq!(get(&app, "/page").await.text(), "/page run 1");
        })
        .await;
}

//! Entries of pages that earlier releases wrote are read for ever.
//!
//! The files in `tests/golden/page-v2` hold one entry each, as Redis had it. `CACHE_GOLDEN=write cargo test -p
//! cache-tests --test pages golden` writes those that are missing, and never changes what is there. A file that
//! cannot be read any more is a defect of the code. If the form has to change, it gets another number and another
//! folder, and both are read.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get as on_get;
use bytes::Bytes;
use cache_runtime::backend::redis::Redis;
use cache_runtime::page::CachePage;
use cache_runtime::testing::{StoredPage, TestClock};
use cache_runtime::{Caches, Compression};
use cache_tests::Server;
use http::HeaderValue;

use crate::service::answer;
use crate::stage::{ask, send};

/// The bytes of a golden file; written first, if it is missing and that was asked for.
async fn golden(name: &str, vary: &'static str, compression: Option<Compression>) -> StoredPage {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/page-v2"));
    let path = folder.join(format!("{name}.bin"));
    if !path.exists() && std::env::var_os("CACHE_GOLDEN").is_some_and(|wish| wish == "write") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, written(vary, compression).await).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    StoredPage::read(&Bytes::from(bytes)).expect("it is a page, or its list")
}

/// The entry under the key of a page, as a visit leaves it in Redis.
async fn written(vary: &'static str, compression: Option<Compression>) -> Vec<u8> {
    let (server, clock) = (Server::redis().start(), TestClock::new());
    let mut redis = Redis::url(&server.url()).unwrap();
    if let Some(compression) = compression {
        redis = redis.compression(compression).compress_above(1);
    }
    let caches = Caches::builder().clock(clock.clock()).add("default", redis).build().unwrap();
    caches.scope(send(&site(vary), ask("GET", "/page", &[("accept-language", "de")]))).await;
    let mut keys = server.command::<Vec<String>>(&["KEYS", "*page:/page:*"]);
    keys.sort_by_key(String::len); // the key of the page, then that of its variant
    server.command(&["GET", &keys[0]])
}

fn site(vary: &'static str) -> Router {
    let handler = move || async move {
        let lines =
            [("cache-control", "stale-if-error=600"), ("link", "</a>; rel=preload"), ("link", "</b>")];
        let mut response = answer(http::StatusCode::NOT_FOUND, &lines, "no such page ".repeat(20));
        response.headers_mut().insert("x-town", HeaderValue::from_bytes(b"Z\xFCrich").unwrap());
        if !vary.is_empty() {
            response.headers_mut().insert("vary", HeaderValue::from_static(vary));
        }
        response
    };
    let layer = CachePage::seconds(60).statuses([404]);
    Router::new().route("/page", on_get(handler)).layer(layer)
}

/// HT019: an older format is read, or is a miss.
#[tokio::test]
async fn pages_are_read() {
    for (name, compression) in
        [("page", None), ("page-lz4", Some(Compression::Lz4)), ("page-zstd", Some(Compression::Zstd))]
    {
        let stored = golden(name, "", compression).await;

        let page = stored.page().unwrap_or_else(|| panic!("{name} is no page"));
        assert_eq!(page.status(), 404, "{name}");
        assert_eq!(page.body(), "no such page ".repeat(20).as_bytes(), "{name}");
        let links: Vec<_> = page.headers().get_all("link").iter().collect();
        assert_eq!(links, ["</a>; rel=preload", "</b>"], "{name}");
        assert_eq!(page.headers()["x-town"].as_bytes(), b"Z\xFCrich", "{name}");
        let tenth_second = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_610);
        assert_eq!(page.age(tenth_second), Duration::from_secs(10), "{name}");
    }
}

/// HT019.
#[tokio::test]
async fn lists_of_what_a_page_varies_on_are_read() {
    let stored = golden("list", "Accept-Language, X-Theme", None).await;

    assert_eq!(stored.varies_on(), Some(&["accept-language".to_owned(), "x-theme".to_owned()][..]));
}

#[tokio::test]
async fn what_is_read_is_written_as_the_same() {
    for name in ["page", "page-lz4", "page-zstd", "list"] {
        let stored = golden(name, "", None).await;

        let again = StoredPage::read(&stored.write().unwrap());

        assert_eq!(again, Some(stored), "{name}");
    }
}

//! Queries and paths: what a key lacks no handler reads, and URLs are invalidated as people write them.

use axum::Router;
use axum::extract::{OriginalUri, Query, RawQuery};
use axum::http::Uri;
use axum::routing::get as on_get;
use cache_runtime::page::{self, CachePage};
use cache_runtime::{Error, ErrorKind, cache_page};

use crate::service::app;
use crate::stage::{Runs, Stage, ask, get, send};

#[tokio::test]
async fn a_layer_takes_away_the_parameters_that_its_key_lacks() {
    let handler =
        async |RawQuery(query): RawQuery, OriginalUri(whole): OriginalUri| format!("{query:?} {whole}");
    let layer = CachePage::seconds(60).ignore_query(["utm_*"]);
    let app = Router::new().nest("/shop", Router::new().route("/page", on_get(handler)).layer(layer));

    Stage::new()
        .run(async {
            let tracked = get(&app, "/shop/page?a=1&utm_source=%22%3E%3Cscript%3E").await;
            assert_eq!(tracked.text(), "Some(\"a=1\") /shop/page?a=1");
            assert_eq!(get(&app, "/shop/page?utm_source=x").await.text(), "None /shop/page");
        })
        .await;
}

/// A handler that sends no parts answers with the page, which is for many.
#[tokio::test]
async fn a_range_shows_a_handler_no_more_than_the_key_holds() {
    let handler = async |RawQuery(query): RawQuery| format!("{query:?}");
    let layer = CachePage::seconds(60).ignore_query(["utm_*"]);
    let app = Router::new().route("/page", on_get(handler)).layer(layer);

    Stage::new()
        .run(async {
            send(&app, ask("GET", "/page?utm_source=x", &[("range", "bytes=0-1")])).await;

            let hit = get(&app, "/page").await;
            assert!(hit.is_hit());
            assert_eq!(hit.text(), "None");
        })
        .await;
}

/// A request that passes by is its visitor's own: the handler sees all of it.
#[tokio::test]
async fn a_layer_leaves_the_query_of_a_request_that_passes_by() {
    let handler = async |RawQuery(query): RawQuery| format!("{query:?}");
    let layer = CachePage::seconds(60).ignore_query(["utm_*"]).bypass(|_| true);
    let app = Router::new().route("/page", on_get(handler)).layer(layer);

    let answer = Stage::new().run(get(&app, "/page?utm_source=x")).await;

    assert_eq!(answer.text(), "Some(\"utm_source=x\")");
}

#[tokio::test]
async fn sorting_keeps_the_order_of_one_name_in_two_spellings() {
    let handler = async |Query(pairs): Query<Vec<(String, String)>>| format!("{pairs:?}");
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).sort_query());

    Stage::new()
        .run(async {
            get(&app, "/page?a=1&%61=2").await;

            assert_eq!(get(&app, "/page?%61=2&a=1").await.text(), r#"[("a", "2"), ("a", "1")]"#);
        })
        .await;
}

/// There the URL of the client and that of the handler are two, and both are in the key.
#[tokio::test]
async fn sorting_makes_one_page_of_two_orders_in_nested_routers() {
    let handler = async |uri: Uri, OriginalUri(whole): OriginalUri| format!("{uri} {whole}");
    let layer = CachePage::seconds(60).sort_query();
    let inner = Router::new().route("/page", on_get(handler)).layer(layer);
    let app = Router::new().nest("/shop", Router::new().nest("/new", inner));

    Stage::new()
        .run(async {
            let first = get(&app, "/shop/new/page?b=2&a=1").await;
            assert_eq!(first.text(), "/page?b=2&a=1 /shop/new/page?b=2&a=1");

            let other_order = get(&app, "/shop/new/page?a=1&b=2").await;
            assert!(other_order.is_hit());
            assert_eq!(other_order.text(), first.text());
            assert!(!get(&app, "/shop/new/page?a=2&b=1").await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn a_url_is_invalidated_however_it_is_written() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            for (asked, said) in [
                ("/caf%C3%A9", "/caf\u{e9}"),
                ("/caf%c3%a9", "/caf%C3%A9"),
                ("/page", "/%70age"),
                ("/%70age", "/page"),
                ("/page?q=caf%c3%a9", "/page?q=caf\u{e9}"),
                ("/%7Euser/page", "/~user/page"),
            ] {
                get(&app, asked).await;
                page::invalidate(said).await.unwrap();
                assert!(!get(&app, asked).await.is_hit(), "{asked} by {said}");
            }
        })
        .await;
}

#[tokio::test]
async fn a_prefix_is_invalidated_however_it_is_written() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            for (asked, said) in [("/caf%c3%a9/menu", "/caf\u{e9}/"), ("/%70ages/one", "/pages/")] {
                get(&app, asked).await;
                page::invalidate_prefix(said).await.unwrap();
                assert!(!get(&app, asked).await.is_hit(), "{asked} by {said}");
            }
        })
        .await;
}

/// What encodes a reserved letter names another URL (RFC 3986 §6.2.2).
#[tokio::test]
async fn a_reserved_letter_in_two_spellings_is_of_two_urls() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60), &runs, &[]);

    stage
        .run(async {
            get(&app, "/a%2Fb").await;
            page::invalidate("/a/b").await.unwrap();
            assert!(get(&app, "/a%2Fb").await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn text_that_is_no_url_is_said_to_be_none() {
    for text in
        ["page", "page/1", "a?b=http://c", "a b://c", "shop.example/page", "?q=1", "", "/a b", "*", "http://"]
    {
        let told = Stage::new().run(page::invalidate(text)).await;

        assert_eq!(told.as_ref().map_err(Error::kind), Err(ErrorKind::InvalidArgument), "{text}");
    }
}

#[cache_page(60)]
async fn rome() -> &'static str {
    "Rome"
}

#[tokio::test]
async fn a_path_without_a_slash_in_front_is_said_back_with_one() {
    let (by_function, by_companion) = Stage::new()
        .run(async { (page::invalidate("pricing/rome").await, rome::invalidate("pricing/rome").await) })
        .await;

    for told in [by_function, by_companion] {
        let text = told.unwrap_err().to_string();
        assert!(text.contains("begins with `/`") && text.contains("write `/pricing/rome`"), "{text}");
    }
}

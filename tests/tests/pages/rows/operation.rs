//! What those who run a site see and set.

use std::rc::Rc;
use std::time::Duration;

use cache_runtime::ErrorKind;
use cache_runtime::page::Policy;
use cache_runtime::testing::Fault;

use crate::stage::Stage;
use crate::ways::{Script, Way, rows};

rows! {
    /// HT093.
    async fn the_status_says_what_the_cache_did(way) {
        let policy = || Policy::seconds(60).bypass(|request| request.query() == Some("preview"));
        let site = way.site(policy, Script::telling(&[("vary", "Accept-Language")])).await;

        let mut told = Vec::new();
        for (method, uri, headers) in [
            ("GET", "/page", &[][..]),
            ("GET", "/page", &[]),
            ("GET", "/page", &[("accept-language", "de")]),
            ("GET", "/page?preview", &[]),
            ("POST", "/else", &[]),
        ] {
            told.push(site.ask(method, uri, headers).await.header("cache-status").to_owned());
        }

        assert_eq!(
            told,
            [
                "cache-runtime; fwd=uri-miss; stored; ttl=60",
                "cache-runtime; hit; ttl=60",
                "cache-runtime; fwd=vary-miss; stored; ttl=60",
                "cache-runtime; fwd=bypass",
                "cache-runtime; fwd=method",
            ]
        );
    }

    /// HT093.
    async fn the_status_can_be_renamed_and_hidden(way) {
        let named = way.site(|| Policy::seconds(60).status_name("edge"), Script::telling(&[])).await;
        let hidden = way.site(|| Policy::seconds(60).hide_status(), Script::telling(&[])).await;

        for site in [&named, &hidden] {
            site.get("/page").await;
        }

        assert_eq!(named.get("/page").await.header("cache-status"), "edge; hit; ttl=60");
        named.stage.pass(Duration::from_millis(1900));
        let hit = named.get("/page").await;
        assert_eq!((hit.header("age"), hit.header("cache-status")), ("1", "edge; hit; ttl=59"));
        assert!(!hidden.get("/page").await.headers.contains_key("cache-status"));
    }

    /// HT094.
    async fn where_the_store_is_away_the_handler_answers(way) {
        let store = Stage::store();
        let site = way.site_on(Rc::new(Stage::over(&store)), || Policy::seconds(60), Script::telling(&[])).await;
        site.get("/page").await;
        assert!(site.get("/page").await.is_hit());

        for fault in [ErrorKind::Unavailable, ErrorKind::TimedOut, ErrorKind::TooLarge].map(Fault::Fail) {
            store.backend.inject_all(&fault);
            let answer = site.get("/page").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.text(), format!("/page run {}", site.runs()));
            store.backend.heal();
        }
        assert_eq!(site.get("/page").await.text(), "/page run 1");
    }

    /// HT095.
    async fn a_flood_of_urls_and_hosts_stays_within_the_bound_of_the_cache(way) {
        let stage = Rc::new(Stage::bounded(100));
        let site = way.site_on(stage, || Policy::seconds(60), Script::telling(&[])).await;

        for number in 0..1000 {
            let host = format!("{number}.example");
            site.get_with(&format!("/page?q={number}"), &[("host", &host)]).await;
        }

        assert!(site.stage.stats().entries.unwrap() <= 110);
    }

    /// HT096.
    async fn a_bypass_neither_reads_nor_stores(way) {
        let policy = || Policy::seconds(60).bypass(|request| request.header("x-preview").is_some());
        let site = way.site(policy, Script::telling(&[])).await;

        assert!(!site.get_with("/page", &[("x-preview", "1")]).await.is_hit());
        assert!(!site.get("/page").await.is_hit());
        assert!(!site.get_with("/page", &[("x-preview", "1")]).await.is_hit());
        assert_eq!(site.runs(), 3);
    }

    /// HT097.
    async fn hits_and_misses_are_counted(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        for _ in 0..3 {
            site.get("/page").await;
        }

        let stats = site.stage.stats();
        assert_eq!((stats.hits, stats.fills), (2, 1));
    }
}

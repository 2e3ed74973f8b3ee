//! Which stored page may answer a request.

use std::rc::Rc;

use cache_runtime::page::Policy;

use crate::stage::Stage;
use crate::ways::{Script, Way, rows};

rows! {
    /// HT001, MW006, MW017, PG001.
    async fn the_second_visit_gets_the_page_of_the_first(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[("x-town", "Oslo")])).await;

        let first = site.get("/page?q=1").await;
        let second = site.get("/page?q=1").await;

        assert_eq!((first.text(), second.text()), ("/page?q=1 run 1", "/page?q=1 run 1"));
        assert_eq!((second.status.as_u16(), second.header("x-town")), (200, "Oslo"));
        assert_eq!(first.header("cache-status"), "cache-runtime; fwd=uri-miss; stored; ttl=60");
        assert_eq!(second.header("cache-status"), "cache-runtime; hit; ttl=60");
        assert_eq!((site.stage.stats().hits, site.runs()), (1, 1));
    }

    /// PG002, PG003, PG004, PG006, PG007, MW003, MW007, MW026: a prefix and an alias set pages apart, and nothing else does.
    async fn prefixes_and_caches_set_pages_apart(way) {
        let (stage, script) = (Rc::new(Stage::new()), Script::telling(&[]));
        let site = async |alias, policy| way.site_in(alias, Rc::clone(&stage), policy, script.clone()).await;
        let plain = site("default", || Policy::seconds(60)).await;
        let same = site("default", || Policy::seconds(60)).await;
        let prefixed = site("default", || Policy::seconds(60).key_prefix("beta")).await;
        let elsewhere = site("other", || Policy::seconds(60)).await;
        let both = site("other", || Policy::seconds(60).key_prefix("beta")).await;

        for site in [&plain, &prefixed, &elsewhere, &both] {
            assert!(!site.get("/page").await.is_hit());
            assert!(site.get("/page").await.is_hit());
        }
        assert!(same.get("/page").await.is_hit());
        assert_eq!(script.runs.count(), 4);
    }

    /// MW021, MW036: the prefix of an alias is below the keys of its pages.
    async fn the_prefix_of_an_alias_changes_nothing_about_its_pages(way) {
        let stage = Rc::new(Stage::with_prefix("shop"));
        let script = Script::telling(&[("vary", "Accept-Language")]);
        let site = way.site_on(stage, || Policy::seconds(60), script).await;
        let visit = async |uri, language| {
            site.get_with(uri, &[("accept-language", language)]).await.text().to_owned()
        };

        for _ in 0..2 {
            assert_eq!(visit("/page", "de").await, "/page run 1");
            assert_eq!(visit("/page", "fr").await, "/page run 2");
            assert_eq!(visit("/page?q=1", "fr").await, "/page?q=1 run 3");
        }

        let keys = site.stage.caches.get("default").unwrap().keys().await.unwrap();
        assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("page:")), "{keys:?}");
    }

    /// HT002, HT003, MW009, MW010.
    async fn a_head_is_answered_from_a_get_and_never_the_other_way(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        let head = site.ask("HEAD", "/page", &[]).await;
        assert!(!head.is_hit() && head.body.is_empty());
        assert!(site.ask("HEAD", "/page", &[]).await.is_hit());
        let whole = site.get("/page").await;
        assert_eq!(whole.text(), "/page run 2");
        let head = site.ask("HEAD", "/page", &[]).await;

        assert!(head.is_hit() && head.body.is_empty());
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        assert_eq!(head.header("etag"), whole.header("etag"));
    }

    /// HT004, HT016, HT017, PG036, PG037.
    async fn other_requests_reach_the_handler_untouched(way) {
        let policy = || Policy::seconds(60).key_prefix("p").keep_on_unsafe_methods();
        let site = way.site(policy, Script::telling(&[])).await;
        site.get("/page").await;

        for (run, (method, headers)) in [
            ("POST", &[][..]),
            ("PUT", &[]),
            ("PATCH", &[]),
            ("DELETE", &[]),
            ("GET", &[("content-length", "3")]),
            ("GET", &[("transfer-encoding", "chunked")]),
            ("GET", &[("connection", "upgrade"), ("upgrade", "websocket")]),
        ]
        .into_iter()
        .enumerate()
        {
            let answer = site.ask(method, "/page", headers).await;

            assert_eq!(answer.text(), format!("/page run {}", run + 2), "{method} {headers:?}");
            assert_eq!((answer.header("cache-control"), answer.header("expires")), ("", ""));
        }
        assert!(site.get("/page").await.is_hit());
    }

    /// HT009, HT010, HT011, HT014, MW018, MW024, MW025, MW027, MW039.
    async fn urls_that_differ_have_pages_of_their_own(way) {
        let urls = [
            "/a", "/ab", "/a?", "/a?x", "/a?x=1", "/a?x=2", "/a?a=1&a=2", "/a?a=2&a=1", "/a?a[x]=1", "/a?%",
            "/a%2Fb", "/a/b", "/%41", "/A", "/a:b", "/a|b", "/a?x=1|y", "http://one.example/a",
            "http://two.example/a",
        ];
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        for url in urls {
            assert!(!site.get(url).await.is_hit(), "{url}");
        }
        for url in urls {
            assert!(site.get(url).await.is_hit(), "{url}");
        }
        assert_eq!(site.runs(), urls.len());
    }

    /// HT005, HT006, MW028.
    async fn a_host_has_one_page_however_it_is_written(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let of_host = async |host| site.get_with("/page", &[("host", host)]).await;
        of_host("shop.example").await;

        for host in ["SHOP.example", "shop.example:80", "shop.example."] {
            assert!(of_host(host).await.is_hit(), "{host}");
        }
        assert!(site.get("http://shop.example/page").await.is_hit());
        assert!(!site.get("https://shop.example/page").await.is_hit());
        assert!(!of_host("shop.example:8080").await.is_hit());
        assert!(!of_host("other.example").await.is_hit());
    }

    /// HT007: a page is not changed by what its key lacks.
    async fn forwarded_headers_do_not_count(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        site.get("/page").await;

        for line in [
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.example;proto=https"),
            ("x-original-url", "/other"),
        ] {
            assert!(site.get_with("/page", &[line]).await.is_hit(), "{line:?}");
        }
    }

    /// HT007.
    async fn behind_a_proxy_forwarded_headers_count(way) {
        let site = way.site(|| Policy::seconds(60).behind_proxy(), Script::telling(&[])).await;
        let forwarded = [("x-forwarded-host", "shop.example"), ("x-forwarded-proto", "https")];
        site.get("/page").await;

        assert!(!site.get_with("/page", &forwarded).await.is_hit());
        assert!(site.get("https://shop.example/page").await.is_hit());
    }

    /// HT008: the handler sees the rest of the path, and the key holds all of it.
    async fn nested_handlers_have_pages_of_their_own(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        for (run, url) in ["/first/x", "/second/x", "/x"].into_iter().enumerate() {
            assert!(site.get(url).await.text().ends_with(&format!("x run {}", run + 1)), "{url}");
        }
        for url in ["/first/x", "/second/x", "/x"] {
            assert!(site.get(url).await.is_hit(), "{url}");
        }
    }

    /// HT012.
    async fn sorting_makes_one_page_of_two_orders(way) {
        let sorted = way.site(|| Policy::seconds(60).sort_query(), Script::telling(&[])).await;
        let plain = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        for site in [&sorted, &plain] {
            site.get("/page?b=2&a=1").await;
        }

        assert_eq!(sorted.get("/page?a=1&b=2").await.text(), "/page?b=2&a=1 run 1");
        assert!(!plain.get("/page?a=1&b=2").await.is_hit());
    }

    /// HT013.
    async fn parameters_that_do_not_count_make_no_pages(way) {
        let some = way.site(|| Policy::seconds(60).ignore_query(["utm_*", "gclid"]), Script::telling(&[])).await;
        let listed = way.site(|| Policy::seconds(60).query(["a"]), Script::telling(&[])).await;

        for site in [&some, &listed] {
            site.get("/page?a=1").await;

            assert!(site.get("/page?a=1&utm_source=x&gclid=2").await.is_hit());
            assert!(!site.get("/page?a=2").await.is_hit());
        }
        assert!(!some.get("/page?a=1&b=1").await.is_hit());
        assert!(listed.get("/page?a=1&b=1").await.is_hit());
    }

    /// HT010: as many parameters, and as long ones, as a client likes.
    async fn very_long_urls_have_pages_of_their_own(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let many = |last: &str| format!("/page?{}{last}", "name=value&".repeat(5_000));

        for url in [many("a"), many("b")] {
            assert!(!site.get(&url).await.is_hit());
            assert!(site.get(&url).await.is_hit());
        }
    }

    /// HT019.
    async fn what_is_no_page_counts_as_a_miss(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        site.get("/page").await;
        let cache = site.stage.caches.get("default").unwrap();
        for key in cache.keys().await.unwrap() {
            cache.set(key, &"damaged".to_owned(), cache_runtime::Timeout::secs(60)).await.unwrap();
        }

        assert_eq!(site.get("/page").await.text(), "/page run 2");
        assert!(site.get("/page").await.is_hit());
    }
}

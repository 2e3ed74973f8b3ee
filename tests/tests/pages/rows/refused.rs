//! What is not stored.

use cache_runtime::page::Policy;

use crate::ways::{Said, Script, Way, rows, until};

/// Whether a page of these headers is a hit when it is asked for again.
async fn is_kept(way: Way, policy: fn() -> Policy, headers: &'static [(&'static str, &'static str)]) -> bool {
    let site = way.site(policy, Script::telling(headers)).await;
    site.get("/page").await;
    let second = site.get("/page").await;
    assert_eq!(second.text(), format!("/page run {}", site.runs()), "{headers:?}");
    second.is_hit()
}

rows! {
    /// PG013, PG014, PG015, PG018, PG021, PG029, HT020, HT021, HT022, HT023, HT024, HT025, HT027, HT028, HT063.
    async fn what_is_not_for_others(way) {
        let refused: &[&'static [(&'static str, &'static str)]] = &[
            &[("cache-control", "private")],
            &[("cache-control", "no-store")],
            &[("cache-control", "No-Store")],
            &[("cache-control", "no-cache")],
            &[("cache-control", "no-cache=\"x-town\"")],
            &[("cache-control", "private=\"Set-Cookie\"")],
            &[("cache-control", " ,PRIVATE ")],
            &[("cache-control", "max-age=60"), ("cache-control", "PRIVATE")],
            &[("set-cookie", "id=1")],
            &[("SET-COOKIE", "id=1"), ("vary", "Cookie")],
            &[("vary", "*")],
            &[("vary", "Accept , *")],
            &[("vary", "Accept"), ("vary", "*")],
            &[("content-range", "bytes 0-1/2")],
        ];
        for headers in refused {
            assert!(!is_kept(way, || Policy::seconds(60), headers).await, "{headers:?}");
        }
        assert!(is_kept(way, || Policy::seconds(60), &[("cache-control", "public")]).await);
    }

    /// HT026.
    async fn words_in_a_quoted_string_are_no_directives(way) {
        assert!(is_kept(way, || Policy::seconds(60), &[("cache-control", "ext=\"a, private, b\"")]).await);
    }

    /// HT027, HT028: cookies are kept by the word of the policy, unless the page depends on them.
    async fn a_cookie_is_kept_where_the_policy_says_so(way) {
        let policy = || Policy::seconds(60).keep_set_cookie();

        assert!(is_kept(way, policy, &[("set-cookie", "seen=1")]).await);
        assert!(!is_kept(way, policy, &[("set-cookie", "seen=1"), ("vary", "Cookie")]).await);
    }

    /// HT046: a page with a secret of one visitor says so by a cookie or a nonce.
    async fn a_page_with_a_secret_of_one_visitor(way) {
        for headers in [
            &[("set-cookie", "csrf=token")][..],
            &[("content-security-policy", "script-src 'nonce-abc'")],
        ] {
            assert!(!is_kept(way, || Policy::seconds(60), headers).await, "{headers:?}");
        }
        assert!(is_kept(way, || Policy::seconds(60), &[("content-security-policy", "script-src 'self'")]).await);
    }

    /// HT032, HT033, HT034, HT035, PG032.
    async fn statuses_that_nobody_has_named(way) {
        let stated: &[(&str, &str)] = &[("cache-control", "max-age=60")];
        for (status, headers, is_hit) in [
            (200, &[][..], true),
            (404, &[], false),
            (404, stated, true),
            (410, stated, true),
            (301, &[], false),
            (301, stated, true),
            (401, &[], false),
            (403, &[], false),
            (407, &[], false),
            (429, &[], false),
            (500, stated, false),
            (206, stated, false),
            (304, stated, false),
        ] {
            let site = way.site(|| Policy::seconds(60), Script::telling_as(status, headers)).await;
            site.get("/page").await;
            let second = site.get("/page").await;

            assert_eq!((second.status.as_u16(), second.is_hit()), (status, is_hit), "{headers:?}");
        }
    }

    /// HT032, HT034.
    async fn statuses_that_the_policy_names_are_kept_but_for_errors_of_the_server(way) {
        let policy = || Policy::seconds(60).statuses([200, 301, 404, 503]).error_timeout(5);
        for (status, lasts) in [(200, 60), (301, 60), (404, 5), (503, 0)] {
            let site = way.site(policy, Script::telling_as(status, &[])).await;
            site.get("/page").await;

            for (at, is_hit) in [(0, lasts > 0), (4, lasts > 4), (1, lasts > 5), (55, false)] {
                site.pass_secs(at);
                let before = site.runs();
                site.get("/page").await;
                assert_eq!(site.runs() == before, is_hit, "{status} after {at}");
                if !is_hit {
                    break;
                }
            }
        }
    }

    /// PG033, PG032.
    async fn a_304_of_the_handler_tells_its_client_the_lifetime(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling_as(304, &[])).await;

        let first = site.get("/page").await;
        site.get("/page").await;

        assert_eq!((first.status.as_u16(), first.header("cache-control")), (304, "max-age=60"));
        assert_eq!(first.header("expires"), "Thu, 01 Jan 2026 00:01:00 GMT");
        assert_eq!(site.runs(), 2);
    }

    /// HT031, HT058.
    async fn a_client_forbids_storing_and_cannot_force_the_handler(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        site.get_with("/page", &[("cache-control", "no-store")]).await;
        assert!(!site.get("/page").await.is_hit());

        for line in [
            ("cache-control", "no-cache"),
            ("cache-control", "max-age=0"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ] {
            assert!(site.get_with("/page", &[line]).await.is_hit(), "{line:?}");
        }
        assert_eq!(site.runs(), 2);
    }

    /// HT037, MW020.
    async fn a_stream_passes_through(way) {
        let parts = |_| Said::parts(&[Ok("one "), Ok("two")], None);
        let site = way.site(|| Policy::seconds(60), Script::of(parts)).await;

        for _ in 0..2 {
            assert_eq!(site.get("/page").await.text(), "one two");
        }
        assert_eq!(site.runs(), 2);
    }

    /// HT037, MW039: where the policy says so, a stream is collected, and is a page like others.
    async fn a_stream_is_kept_where_the_policy_collects_it(way) {
        let parts = |_| Said::parts(&[Ok("one "), Ok("two")], None);
        let site = way.site(|| Policy::seconds(60).collect_streams(), Script::of(parts)).await;
        site.get("/page?q=1").await;

        let hit = site.get("/page?q=1").await;

        assert_eq!((hit.text(), hit.is_hit()), ("one two", true));
        assert!(!site.get("/page?q=2").await.is_hit());
    }

    /// HT038: read beyond the limit, and handed on whole.
    async fn a_body_over_the_limit_passes_through_whole(way) {
        for length in [None, Some(13)] {
            let parts = move |_| Said::parts(&[Ok("one "), Ok("two "), Ok("three")], length);
            let site = way.site(|| Policy::seconds(60).collect_streams().max_body(5), Script::of(parts)).await;

            for _ in 0..2 {
                assert_eq!(site.get("/page").await.text(), "one two three");
            }
            assert_eq!(site.runs(), 2, "{length:?}");
        }
    }

    /// HT039, HT041.
    async fn a_body_that_fails_half_way_fails_for_its_client(way) {
        use futures_util::StreamExt;
        for length in [None, Some(40)] {
            let parts = move |_| Said::parts(&[Ok("half"), Err("lost")], length);
            let site = way.site(|| Policy::seconds(60).collect_streams(), Script::of(parts)).await;

            for _ in 0..2 {
                let mut body = site.open("GET", "/page", &[]).await.body;
                assert_eq!(body.next().await.unwrap().unwrap(), "half");
                assert!(body.next().await.unwrap().is_err(), "{length:?}");
            }
            assert_eq!(site.runs(), 2);
        }
    }

    /// HT039: it ends before the length that it has told.
    async fn a_body_that_is_cut_off(way) {
        let parts = |_| Said::parts(&[Ok("one "), Ok("two")], Some(70));
        let site = way.site(|| Policy::seconds(60), Script::of(parts)).await;

        for _ in 0..2 {
            assert_eq!(site.get("/page").await.text(), "one two");
        }
        assert_eq!(site.runs(), 2);
    }

    /// HT040: a client that leaves at any step leaves the entry whole or absent.
    async fn a_client_that_leaves_half_way_leaves_no_torn_page(way) {
        let script = Script::waiting(|asked| async move {
            tokio::task::yield_now().await;
            asked.told().with(&[("vary", "Accept-Language")])
        });
        let site = way.site(|| Policy::seconds(60), script).await;

        for steps in 0..12 {
            let uri = format!("/page?steps={steps}");
            let mut visit = Box::pin(site.get(&uri));
            for _ in 0..steps {
                if futures_util::poll!(&mut visit).is_ready() {
                    break;
                }
            }
            drop(visit);

            assert!(site.get(&uri).await.text().starts_with(&uri));
        }
    }

    /// HT041.
    async fn a_handler_that_panics_stores_nothing(way) {
        let script = Script::waiting(|asked| async move {
            assert!(asked.run > 1, "as a handler may");
            asked.told()
        });
        let site = way.site(|| Policy::seconds(60), script).await;

        assert!(site.visit(&[]).await.unwrap_err().is_panic());
        until(|| site.runs() == 1).await;

        assert_eq!(site.get("/page").await.text(), "/page run 2");
        assert!(site.get("/page").await.is_hit());
    }
}

//! Pages that are no longer fresh.

use std::time::Duration;

use cache_runtime::page::Policy;

use crate::ways::{Said, Script, Way, rows, until};

/// The first run makes a page, which says these headers; each later one panics or fails.
fn failing(headers: &'static [(&'static str, &'static str)]) -> Script {
    Script::of(move |asked| {
        assert!(asked.run != 2, "as a handler may");
        let status = if asked.run == 1 { 200 } else { 502 };
        asked.told().with(headers).status(status)
    })
}

rows! {
    /// HT076: exactly one refresh runs behind the visitors' backs; by the policy and by the page's own word.
    async fn a_stale_page_goes_out_while_it_is_made_anew(way) {
        let by_policy = || Policy::seconds(60).stale_while_revalidate(Duration::from_secs(30));
        let by_page: &[(&str, &str)] = &[("cache-control", "stale-while-revalidate=30")];
        for (policy, says) in [(by_policy as fn() -> Policy, &[][..]), (|| Policy::seconds(60), by_page)] {
            let site = way.site(policy, Script::telling(says)).await;
            site.get("/page").await;
            site.pass_secs(70);

            for _ in 0..5 {
                let stale = site.get("/page").await;
                assert_eq!(stale.text(), "/page run 1");
                assert_eq!(stale.header("cache-status"), "cache-runtime; hit; ttl=-10");
            }
            while !site.get("/page").await.header("cache-status").contains("ttl=60") {
                tokio::task::yield_now().await;
            }

            assert_eq!(site.get("/page").await.text(), "/page run 2");
            assert_eq!(site.runs(), 2);
        }
    }

    /// HT076: beyond the window nobody gets the old page.
    async fn beyond_its_window_a_stale_page_is_made_first(way) {
        let policy = || Policy::seconds(60).stale_while_revalidate(Duration::from_secs(30));
        let site = way.site(policy, Script::telling(&[])).await;
        site.get("/page").await;
        site.pass_secs(90);

        assert_eq!(site.get("/page").await.text(), "/page run 2");
    }

    /// HT079: a refresh that fails leaves the old page with its old lifetime.
    async fn a_refresh_that_fails_leaves_the_old_page_its_lifetime(way) {
        let policy = || Policy::seconds(60).stale_while_revalidate(Duration::from_secs(30));
        let script = Script::of(|asked| {
            let status = if asked.run == 2 { 500 } else { 200 };
            asked.told().status(status)
        });
        let site = way.site(policy, script).await;
        site.get("/page").await;
        site.pass_secs(70);

        site.get("/page").await;
        until(|| site.runs() == 2).await;
        site.pass_secs(19);
        assert_eq!(site.get("/page").await.text(), "/page run 1");
        until(|| site.runs() == 3).await;
        while !site.get("/page").await.header("cache-status").contains("ttl=60") {
            tokio::task::yield_now().await;
        }
        assert_eq!(site.get("/page").await.text(), "/page run 3");
    }

    /// HT077, HT079: by the page's own word and by the policy; a panic and a status.
    async fn a_stale_page_goes_out_where_the_handler_fails(way) {
        let by_policy = || Policy::seconds(60).stale_if_error(Duration::from_mins(1));
        let by_page: &[(&str, &str)] = &[("cache-control", "stale-if-error=60")];
        for (policy, says) in [(by_policy as fn() -> Policy, &[][..]), (|| Policy::seconds(60), by_page)] {
            let site = way.site(policy, failing(says)).await;
            site.get("/page").await;
            site.pass_secs(70);

            for what in ["a panic", "a status"] {
                let stale = site.get("/page").await;
                assert_eq!((stale.status.as_u16(), stale.text()), (200, "/page run 1"), "{what}");
                assert!(stale.header("cache-status").contains("fwd=stale; fwd-status=50"), "{what}");
            }
            site.pass_secs(60);
            assert_eq!(site.get("/page").await.status, 502);
        }
    }

    /// HT078.
    async fn a_page_that_must_be_confirmed_is_never_stale(way) {
        let policy = || {
            let window = Duration::from_mins(10);
            Policy::seconds(60).stale_while_revalidate(window).stale_if_error(window)
        };
        for says in [
            &[("cache-control", "must-revalidate")][..],
            &[("cache-control", "proxy-revalidate")],
            &[("cache-control", "s-maxage=60")],
        ] {
            let site = way.site(policy, Script::telling(says)).await;
            site.get("/page").await;
            site.pass_secs(61);

            assert_eq!(site.get("/page").await.text(), "/page run 2", "{says:?}");
        }
    }

    /// HT074: where the request can still be changed; under an attribute its arguments were read, and the page is made.
    async fn a_stale_page_is_confirmed_by_the_handler(way) {
        let script = Script::of(|asked| {
            let headers = [("etag", "\"v1\""), ("cache-control", "max-age=60"), ("x-run", &*asked.run.to_string())];
            if asked.header("if-none-match") == "\"v1\"" {
                return Said::page("").status(304).with(&headers);
            }
            asked.told().with(&headers)
        });
        let site = way.site(Policy::explicit, script).await;
        site.get("/page").await;
        site.pass_secs(70);

        let confirmed = site.get("/page").await;
        let fresh = site.get("/page").await;

        let run = if way.is_attribute() { "/page run 2" } else { "/page run 1" };
        assert_eq!((confirmed.status.as_u16(), confirmed.text()), (200, run));
        assert_eq!((fresh.text(), fresh.is_hit()), (run, true));
        assert_eq!(fresh.header("x-run"), "2", "its headers are those of the confirmation");
        assert_eq!(site.runs(), 2);
    }
}

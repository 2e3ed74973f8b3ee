//! How long a page is fresh, and what clients are told of it.

use std::time::Duration;

use cache_runtime::page::Policy;

use crate::ways::{Script, Site, Way, rows};

/// Asserts that a page of these headers is fresh for so many seconds and no longer.
async fn assert_lasts(site: &Site, seconds: u64, what: &str) {
    site.get("/page").await;
    if seconds > 0 {
        site.stage.pass(Duration::from_millis(1000 * seconds - 1));
        assert!(site.get("/page").await.is_hit(), "{what}: it is fresh");
        site.stage.pass(Duration::from_millis(1));
    }
    assert!(!site.get("/page").await.is_hit(), "{what}: it is fresh no more");
}

rows! {
    /// PG008, PG009, PG010, PG034, HT048, HT055, HT056, HT057.
    async fn a_page_ages_and_expires(way) {
        let site = way.site(|| Policy::seconds(2), Script::telling(&[])).await;

        let first = site.get("/page").await;
        site.pass_secs(1);
        let second = site.get("/page").await;
        site.pass_secs(1);
        let third = site.get("/page").await;

        assert_eq!(first.header("expires"), "Thu, 01 Jan 2026 00:00:02 GMT");
        assert_eq!((first.header("cache-control"), first.header("age")), ("max-age=2", ""));
        assert_eq!((second.header("age"), second.header("date")), ("1", "Thu, 01 Jan 2026 00:00:00 GMT"));
        assert_eq!((second.text(), third.text()), ("/page run 1", "/page run 2"));
    }

    /// PG011, HT047, HT054.
    async fn the_timeout_of_a_policy_beats_what_the_page_says(way) {
        for says in [&[("cache-control", "max-age=1")][..], &[("cache-control", "s-maxage=1")], &[("expires", "0")]] {
            let site = way.site(|| Policy::seconds(3), Script::telling(says)).await;

            assert_lasts(&site, 3, &format!("{says:?}")).await;
        }
    }

    /// HT054: a default is for pages that state none.
    async fn a_default_timeout_is_for_pages_that_state_none(way) {
        let policy = || Policy::default_timeout(60);
        let silent = way.site(policy, Script::telling(&[])).await;
        let stating = way.site(policy, Script::telling(&[("cache-control", "max-age=5")])).await;

        assert_lasts(&silent, 60, "nothing").await;
        assert_lasts(&stating, 5, "max-age=5").await;
    }

    /// MW001, MW004, MW005: what a policy does not state comes from the settings of its cache.
    async fn without_a_timeout_the_one_of_the_cache_holds(way) {
        let policy = || Policy::default_timeout(cache_runtime::Timeout::Default);
        let site = way.site(policy, Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.header("cache-control"), "max-age=300");
        assert_lasts(&site, 300, "the cache's own").await;
    }

    /// HT047, HT049, HT050, HT051, HT052, HT053, HT054: only what the response states.
    async fn explicit_pages_are_fresh_by_their_own_word(way) {
        for (says, lasts) in [
            (&[][..], 0),
            (&[("cache-control", "max-age=60")], 60),
            (&[("cache-control", "max-age=5, s-maxage=20")], 20),
            (&[("cache-control", "s-maxage=60, max-age=0")], 60),
            (&[("cache-control", "s-maxage=0, max-age=60")], 0),
            (&[("cache-control", "max-age=0")], 0),
            (&[("cache-control", "max-age=-5")], 0),
            (&[("cache-control", "max-age=x")], 0),
            (&[("cache-control", "max-age=5, max-age=10")], 0),
            (&[("cache-control", "max-age=20"), ("age", "15")], 5),
            (&[("cache-control", "max-age=99999999999999999999")], 1 << 31),
            (&[("expires", "Thu, 01 Jan 2026 00:01:00 GMT")], 60),
            (&[("expires", "Thu, 01 Jan 2026 00:01:00 GMT"), ("date", "Thu, 01 Jan 2026 00:00:20 GMT")], 40),
            (&[("expires", "Wed, 31 Dec 2025 00:00:00 GMT")], 0),
            (&[("expires", "0")], 0),
            (&[("expires", "soon")], 0),
        ] {
            let site = way.site(Policy::explicit, Script::telling(says)).await;

            assert_lasts(&site, lasts, &format!("{says:?}")).await;
        }
    }

    /// A browser that is told zero asks each time, also for a page that the server keeps.
    async fn clients_are_told_to_ask_each_time(way) {
        let site = way.site(|| Policy::seconds(3600).client_timeout(0), Script::telling(&[])).await;

        let made = site.get("/page").await;
        site.pass_secs(600);
        let hit = site.get("/page").await;

        assert_eq!(made.header("cache-control"), "max-age=0");
        assert_eq!((hit.header("age"), hit.header("cache-control")), ("600", "max-age=600"));
    }

    /// HT055: what browsers are told, apart from what the server keeps.
    async fn clients_are_told_a_time_of_their_own(way) {
        let site = way.site(|| Policy::seconds(3600).client_timeout(60), Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.header("cache-control"), "max-age=60");
        site.pass_secs(600);
        let hit = site.get("/page").await;
        assert_eq!((hit.header("age"), hit.header("cache-control")), ("600", "max-age=660"));
        assert_eq!(hit.header("expires"), "Thu, 01 Jan 2026 00:11:00 GMT");

        let unmodified = way.site(|| Policy::seconds(3600).client_timeout(60), Script::telling_as(304, &[])).await;
        assert_eq!(unmodified.get("/page").await.header("cache-control"), "max-age=60");
    }

    /// HT058, HT059, MW024: a setting.
    async fn directives_of_requests_are_heeded_where_the_policy_says_so(way) {
        let heeding = way.site(|| Policy::seconds(60).heed_request_directives(), Script::telling(&[])).await;
        let deaf = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let with = async |site: &Site, value| site.get_with("/page", &[("cache-control", value)]).await;

        let only = with(&heeding, "only-if-cached").await;
        assert_eq!((only.status.as_u16(), heeding.runs()), (504, 0));
        // Nothing was sent on (RFC 9211 §2.2).
        assert_eq!(only.header("cache-status"), "cache-runtime");
        for site in [&heeding, &deaf] {
            site.get("/page").await;
            site.pass_secs(10);
        }

        for value in ["no-cache", "max-age=0", "max-age=5", "min-fresh=55"] {
            assert!(with(&deaf, value).await.is_hit(), "{value}");
        }
        for value in ["max-age=20", "min-fresh=50", "only-if-cached"] {
            assert!(with(&heeding, value).await.is_hit(), "{value}");
        }
        assert_eq!(with(&heeding, "max-age=5").await.text(), "/page run 2");
        assert_eq!(with(&heeding, "no-cache").await.text(), "/page run 3");
        assert_eq!(heeding.get("/page").await.text(), "/page run 3");
    }
}

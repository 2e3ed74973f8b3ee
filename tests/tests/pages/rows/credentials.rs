//! Requests that may be one visitor's own.
//!
//! Here ways differ by design. A layer sees no types: whatever may be one's own passes it by. Under an attribute the
//! types of the arguments have been checked, and cookies that no argument reads do not matter.

use cache_runtime::page::Policy;

use crate::ways::{Script, Way, rows};

const SIGNED: [(&str, &str); 1] = [("authorization", "Basic x")];

rows! {
    /// HT029, PG024, PG025, PG026.
    async fn a_page_for_credentials_is_shared_only_if_it_says_so(way) {
        let silent = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let public = way.site(|| Policy::seconds(60), Script::telling(&[("cache-control", "public")])).await;

        let own = silent.get_with("/page", &SIGNED).await;
        public.get_with("/page", &SIGNED).await;

        assert!(!silent.get("/page").await.is_hit(), "the page is of one who has signed in");
        if way.is_attribute() {
            assert_eq!(own.header("vary"), "Authorization");
            assert!(silent.get_with("/page", &SIGNED).await.is_hit());
            assert!(public.get("/page").await.is_hit());
            assert_eq!(public.get("/page").await.header("vary"), "");
        } else {
            assert!(own.header("cache-status").contains("fwd="), "it has passed by");
            assert!(!silent.get_with("/page", &SIGNED).await.is_hit());
        }
    }

    /// PG025, HT029: no credentials in it.
    async fn an_empty_header_is_no_credential(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;

        let answer = site.get_with("/page", &[("authorization", "")]).await;
        assert!(!answer.header("vary").contains("Authorization"));
    }

    /// HT029: what is keyed by the credentials may be stored for them.
    async fn a_page_that_varies_on_credentials_is_each_ones_own(way) {
        let site = way.site(|| Policy::seconds(60).vary(["authorization"]), Script::telling(&[])).await;
        site.get_with("/page", &SIGNED).await;

        assert!(site.get_with("/page", &SIGNED).await.is_hit());
        assert!(!site.get_with("/page", &[("authorization", "Basic y")]).await.is_hit());
        assert!(!site.get("/page").await.is_hit());
    }

    /// HT030: a cookie that nobody has declared.
    async fn a_cookie_passes_a_layer_by_and_does_not_matter_to_types_that_do_not_read_it(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        site.get("/page").await;

        for headers in [
            &[("cookie", "session=1")][..],
            &[("cookie", "_ga=1"), ("cookie", "session=1")],
            &[("cookie", "nonsense")],
        ] {
            assert_eq!(site.get_with("/page", headers).await.is_hit(), way.is_attribute(), "{headers:?}");
        }
    }

    /// HT030: a cache on the way, which knows only what `Vary` says, bypasses no cookie.
    async fn a_layer_that_a_cookie_passes_by_says_that_pages_vary_on_cookies(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let public = way.site(|| Policy::seconds(60), Script::telling(&[("cache-control", "public")])).await;

        for cookie in ["", "", "session=1"] {
            let said = if way.is_attribute() { "" } else { "Cookie" };
            assert_eq!(site.get_with("/page", &[("cookie", cookie)]).await.header("vary"), said);
            assert_eq!(public.get_with("/page", &[("cookie", cookie)]).await.header("vary"), "");
        }
    }

    /// HT030.
    async fn cookies_that_are_declared_harmless_are(way) {
        let policy = || Policy::seconds(60).ignore_cookies(["_ga*"]);
        let site = way.site(policy, Script::telling(&[])).await;
        site.get("/page").await;

        assert!(site.get_with("/page", &[("cookie", "_ga=1; _ga_2=3")]).await.is_hit());
        for headers in [&[("cookie", "_ga=1; session=1")][..], &[("cookie", "session=1")]] {
            assert_eq!(site.get_with("/page", headers).await.is_hit(), way.is_attribute(), "{headers:?}");
        }
    }

    /// HT030.
    async fn with_session_cookies_named_all_others_are_harmless(way) {
        let site = way.site(|| Policy::seconds(60).session_cookies(["sid"]), Script::telling(&[])).await;
        site.get("/page").await;

        assert!(site.get_with("/page", &[("cookie", "theme=dark")]).await.is_hit());
        let signed = site.get_with("/page", &[("cookie", "theme=dark; sid=1")]).await;
        assert_eq!(signed.is_hit(), way.is_attribute());
    }

    /// HT028, HT030: each has the own page.
    async fn a_page_that_varies_on_cookies_is_each_ones_own(way) {
        let site = way.site(|| Policy::seconds(60).vary_on_cookie(), Script::telling(&[])).await;
        site.get_with("/page", &[("cookie", "sid=1")]).await;

        assert!(site.get_with("/page", &[("cookie", "sid=1")]).await.is_hit());
        assert!(!site.get_with("/page", &[("cookie", "sid=2")]).await.is_hit());
        assert!(!site.get("/page").await.is_hit());
    }
}

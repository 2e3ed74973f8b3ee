//! What is said of an answer that is not stored: the `detail` of `Cache-Status`.

use std::rc::Rc;

use cache_runtime::page::Policy;

use crate::stage::Stage;
use crate::ways::{Said, Script, Site, Way, rows};

/// A status, the headers of an answer, and what is said of it.
type Row = (u16, &'static [(&'static str, &'static str)], &'static str);

/// What is said of the page of a site, at first and when its visitors no longer wait for each other.
async fn said(site: &Site, headers: &[(&str, &str)]) -> String {
    let first = site.get_with("/page", headers).await.header("cache-status").to_owned();
    let second = site.get_with("/page", headers).await;
    assert_eq!(second.header("cache-status"), first, "each time the same is said");
    first
}

/// What is said of an answer of the handler that is not stored.
fn unstored(why: &str) -> String {
    format!("cache-runtime; fwd=uri-miss; detail={why}")
}

rows! {
    /// HT093, RFC 9211 §2.8.
    async fn an_answer_that_is_not_stored_says_why(way) {
        let rows: &[Row] = &[
            (200, &[("set-cookie", "id=1")], "set-cookie"),
            (200, &[("cache-control", "private")], "private"),
            (200, &[("cache-control", "no-store, no-cache")], "no-store"),
            (200, &[("cache-control", "no-cache")], "no-cache"),
            (200, &[("vary", "*")], "vary-all"),
            (200, &[("content-security-policy", "script-src 'nonce-abc'")], "nonce"),
            (200, &[("content-range", "bytes 0-1/2")], "partial"),
            (206, &[], "partial"),
            (404, &[], "status"),
            (401, &[("cache-control", "max-age=60")], "status"),
            (500, &[("cache-control", "max-age=60")], "status"),
        ];
        for (status, headers, why) in rows {
            let site = way.site(|| Policy::seconds(60), Script::telling_as(*status, headers)).await;

            assert_eq!(said(&site, &[]).await, unstored(why), "{status} {headers:?}");
        }
    }

    async fn an_answer_without_a_lifetime_says_so(way) {
        let silent = way.site(Policy::explicit, Script::telling(&[])).await;
        let passed = way.site(Policy::explicit, Script::telling(&[("cache-control", "max-age=0")])).await;

        assert_eq!(said(&silent, &[]).await, unstored("lifetime"));
        assert_eq!(said(&passed, &[]).await, unstored("lifetime"));
    }

    /// Whatever the policy has for its status: the page has said itself that it is over.
    async fn a_lifetime_that_has_passed_is_said_of_any_status(way) {
        const PAST: &str = "Thu, 01 Jan 1970 00:00:01 GMT";
        for headers in [&[("cache-control", "max-age=0")][..], &[("cache-control", "s-maxage=0")], &[("expires", PAST)]] {
            for status in [301, 404, 410] {
                let site = way.site(|| Policy::seconds(60), Script::telling_as(status, headers)).await;

                assert_eq!(said(&site, &[]).await, unstored("lifetime"), "{status} {headers:?}");
            }
        }
    }

    async fn a_body_that_is_not_stored_says_why(way) {
        let parts = |length| Script::of(move |_| Said::parts(&[Ok("one "), Ok("two")], length));
        let large = way.site(|| Policy::seconds(60).max_body(4), Script::telling(&[])).await;
        let collected = way.site(|| Policy::seconds(60).max_body(4).collect_streams(), parts(None)).await;
        let stream = way.site(|| Policy::seconds(60), parts(None)).await;
        let cut_off = way.site(|| Policy::seconds(60), parts(Some(70))).await;

        assert_eq!(said(&large, &[]).await, unstored("too-large"));
        assert_eq!(said(&collected, &[]).await, unstored("too-large"));
        assert_eq!(said(&stream, &[]).await, unstored("stream"));
        assert_eq!(said(&cut_off, &[]).await, unstored("body"));
    }

    /// A layer that sees no types lets visitors of their own pass, and says so.
    async fn a_request_that_keeps_its_answer_from_being_stored_is_told(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let passed = |why: &str| format!("cache-runtime; fwd=bypass; detail={why}");

        assert_eq!(said(&site, &[("cache-control", "no-store")]).await, unstored("request-no-store"));
        if !way.is_attribute() {
            assert_eq!(said(&site, &[("authorization", "Basic x")]).await, passed("visitor"));
            assert_eq!(said(&site, &[("cookie", "id=1")]).await, passed("visitor"));
        }
        assert_eq!(said(&site, &[("host", "one two")]).await, passed("host"));
    }

    async fn a_cache_that_cannot_be_used_is_told(way) {
        let stage = Rc::new(Stage::new());
        let site = way.site_in("no such alias", stage, || Policy::seconds(60), Script::telling(&[])).await;

        assert_eq!(said(&site, &[]).await, "cache-runtime; fwd=bypass; detail=unusable");
    }

    /// A 304 is the word that its client has the page; what a policy lets pass is as it is meant.
    async fn what_is_as_it_should_be_needs_no_reason(way) {
        let unmodified = way.site(|| Policy::seconds(60), Script::telling_as(304, &[])).await;
        let passing = way.site(|| Policy::seconds(60).bypass(|_| true), Script::telling(&[])).await;

        assert_eq!(said(&unmodified, &[]).await, "cache-runtime; fwd=uri-miss");
        assert_eq!(said(&passing, &[]).await, "cache-runtime; fwd=bypass");
    }
}

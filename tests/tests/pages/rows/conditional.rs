//! Pages that a layer gives an `ETag` after the handler has run, and the preconditions that it weighs then.
//!
//! There is no attribute for it: `#[cache_page]` tags what it keeps. So two ways are the layer of tower, and two the
//! middleware of actix.

use cache_runtime::page::ConditionalPages;
use cache_runtime::page::headers::etag_of;

use crate::stage::Answer;
use crate::ways::{Said, Script, Way, rows};

const LAST_YEAR: &str = "Wed, 31 Dec 2025 00:00:00 GMT";
const EARLIER: &str = "Tue, 30 Dec 2025 00:00:00 GMT";

type Lines = &'static [(&'static str, &'static str)];

/// What a page that says this is answered to a `GET` with these headers.
async fn get(way: Way, says: Lines, headers: &[(&str, &str)]) -> Answer {
    let site = way.conditional(ConditionalPages::new(), Script::telling(says)).await;
    site.get_with("/page", headers).await
}

fn tag() -> String {
    etag_of(b"/page run 1").to_str().unwrap().to_owned()
}

rows! {
    /// MW040, MW041.
    async fn a_page_is_given_a_tag_unless_it_has_one(way) {
        let tagged = get(way, &[], &[]).await;

        assert_eq!((tagged.status.as_u16(), tagged.header("etag"), tagged.text()), (200, &*tag(), "/page run 1"));
        assert_eq!(get(way, &[("etag", "\"own\"")], &[]).await.header("etag"), "\"own\"");
    }

    /// MW043, MW044: and what is no page.
    async fn what_is_given_no_tag(way) {
        let control: Lines = &[("cache-control", "No-Cache, No-Store, Max-age=0")];
        assert_eq!(get(way, control, &[]).await.header("etag"), "");
        for script in [
            Script::of(|_| Said::page("")),
            Script::telling_as(404, &[]),
            Script::of(|_| Said::parts(&[Ok("one "), Ok("two")], None)),
            Script::of(|_| Said::page("x".repeat(1001))),
        ] {
            let site = way.conditional(ConditionalPages::new().max_body(1000), script).await;
            assert_eq!(site.get("/page").await.header("etag"), "");
        }
        let site = way.conditional(ConditionalPages::new(), Script::telling(&[])).await;
        assert_eq!(site.ask("POST", "/page", &[]).await.header("etag"), "");
    }

    /// MW048, MW049, MW050, MW051, MW054, MW055, MW056, MW057.
    async fn preconditions_are_weighed_against_the_page(way) {
        let dated: Lines = &[("last-modified", LAST_YEAR)];
        let tagged: Lines = &[("etag", "\"v1\"")];
        for (says, headers, status) in [
            (&[][..], &[("if-none-match", "\"v0\"")][..], 200),
            (&[], &[("if-none-match", &*tag())], 304),
            (tagged, &[], 200),
            (tagged, &[("if-none-match", "\"v1\"")], 304),
            (tagged, &[("if-none-match", "\"v0\"")], 200),
            (tagged, &[("if-match", "\"v0\"")], 412),
            (&[], &[("if-modified-since", LAST_YEAR)], 200),
            (dated, &[], 200),
            (dated, &[("if-modified-since", LAST_YEAR)], 304),
            (dated, &[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")], 304),
            (dated, &[("if-modified-since", EARLIER)], 200),
        ] {
            let answer = get(way, says, headers).await;

            assert_eq!(answer.status, status, "{says:?} {headers:?}");
            let body = if status == 200 { "/page run 1" } else { "" };
            assert_eq!(answer.text(), body, "{says:?} {headers:?}");
        }
    }

    /// MW060.
    async fn a_304_keeps_what_belongs_to_the_page_and_its_cookies(way) {
        let says: Lines = &[
            ("etag", "\"v1\""),
            ("cache-control", "max-age=9"),
            ("content-location", "/page.html"),
            ("date", LAST_YEAR),
            ("expires", LAST_YEAR),
            ("last-modified", EARLIER),
            ("vary", "Cookie"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("content-language", "de"),
            ("content-type", "text/plain"),
        ];

        let answer = get(way, says, &[("if-none-match", "\"v1\"")]).await;

        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
        for name in ["cache-control", "content-location", "date", "etag", "expires", "last-modified", "vary"] {
            assert_ne!(answer.header(name), "", "{name}");
        }
        assert_eq!(answer.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
        for name in ["content-language", "content-type", "content-length"] {
            assert!(!answer.headers.contains_key(name), "{name}");
        }
    }

    /// HT069: RFC 9110 §8.8.3.3; a page and its encoded form share no strong tag, and `If-None-Match` is content with a weak one.
    async fn a_page_that_is_compressed_outside_has_a_weak_tag(way) {
        let site = way.packed(Script::telling(&[])).await;

        let weak = site.get("/page").await.header("etag").to_owned();

        assert_eq!(weak, format!("W/{}", tag()));
        assert_eq!(site.get_with("/page", &[("if-none-match", &weak)]).await.status, 304);
        let whole = site.get_with("/page", &[("range", "bytes=0-4"), ("if-range", &weak)]).await;
        assert_eq!((whole.status.as_u16(), whole.text()), (200, "/page run 1"));
        assert_eq!(site.runs(), 1);
    }

    /// HT039: what was read of it arrives, and then its failure.
    async fn a_body_that_fails_half_way_is_no_page(way) {
        use futures_util::StreamExt;
        let script = Script::of(|_| Said::parts(&[Ok("half"), Err("lost")], Some(40)));
        let site = way.conditional(ConditionalPages::new(), script).await;

        let mut opened = site.open("GET", "/page", &[]).await;

        assert!(!opened.headers.contains_key("etag"));
        assert_eq!(opened.body.next().await.unwrap().unwrap(), "half");
        assert!(opened.body.next().await.unwrap().is_err());
    }
}

//! Conditions and ranges, answered from the store.

use cache_runtime::page::Policy;

use crate::ways::{Said, Script, Way, rows};

const LAST_YEAR: &str = "Wed, 31 Dec 2025 00:00:00 GMT";
const EARLIER: &str = "Tue, 30 Dec 2025 00:00:00 GMT";

rows! {
    /// HT070, HT071, HT072, HT075, MW040, MW050.
    async fn conditions_are_answered_from_the_store(way) {
        let says: &[(&str, &str)] =
            &[("last-modified", LAST_YEAR), ("vary", "Accept"), ("content-location", "/page.html")];
        let site = way.site(|| Policy::seconds(60), Script::telling(says)).await;
        let etag = site.get("/page").await.header("etag").to_owned();
        let (weak, other) = (format!("\"x\", W/{etag}"), "\"other\"");
        assert!(etag.starts_with('"'), "a strong tag over the body");

        let unchanged = site.get_with("/page", &[("if-none-match", &weak)]).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
        assert!(!unchanged.headers.contains_key("content-length"), "it would be that of the whole page");
        for name in ["etag", "cache-control", "vary", "date", "expires", "content-location", "age"] {
            assert_ne!(unchanged.header(name), "", "{name}");
        }
        for (headers, status) in [
            (&[("if-none-match", &*etag)][..], 304),
            (&[("if-none-match", "*")], 304),
            (&[("if-none-match", other)], 200),
            (&[("if-modified-since", LAST_YEAR)], 304),
            (&[("if-modified-since", EARLIER)], 200),
            (&[("if-none-match", other), ("if-modified-since", LAST_YEAR)], 200),
            (&[("if-match", other)], 412),
            (&[("if-match", &*etag)], 200),
            (&[("if-unmodified-since", EARLIER)], 412),
            (&[("if-unmodified-since", LAST_YEAR)], 200),
            (&[("range", "bytes=0-4"), ("if-range", &*etag)], 206),
            (&[("range", "bytes=0-4"), ("if-range", other)], 200),
        ] {
            assert_eq!(site.get_with("/page", headers).await.status, status, "{headers:?}");
        }
        assert_eq!(site.runs(), 1);
    }

    /// HT018.
    async fn a_range_is_cut_from_the_whole_page(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let range = async |range| site.get_with("/page", &[("range", range)]).await;

        for (asked, text, said) in [("bytes=0-4", "/page", "bytes 0-4/11"), ("bytes=-5", "run 1", "bytes 6-10/11")] {
            let part = range(asked).await;
            assert_eq!((part.status.as_u16(), part.text()), (206, text));
            assert_eq!(part.header("content-range"), said);
        }
        let beyond = range("bytes=99-").await;
        assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, "bytes */11"));
        for whole in ["bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
            let answer = range(whole).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (200, "/page run 1"), "{whole}");
        }
        assert_eq!(site.get("/page").await.text(), "/page run 1");
    }

    /// HT036, HT073: under an attribute the handler has read the condition already, and its 304 is for one client.
    async fn a_conditional_first_visit_is_no_page_for_others(way) {
        let script = Script::of(|asked| {
            let said = asked.told().with(&[("etag", "\"v1\"")]);
            if asked.header("if-none-match") == "\"v1\"" {
                return Said::page("").status(304).with(&[("etag", "\"v1\"")]);
            }
            said
        });
        let site = way.site(|| Policy::seconds(60), script).await;

        let first = site.get_with("/page", &[("if-none-match", "\"v1\"")]).await;
        let second = site.get("/page").await;

        assert_eq!((first.status.as_u16(), first.body.len()), (304, 0));
        assert_eq!(second.status, 200);
        let run = if way.is_attribute() { 2 } else { 1 };
        assert_eq!(second.text(), format!("/page run {run}"));
        assert!(site.get("/page").await.is_hit());
    }

    /// HT036, HT073: a first visitor who asks for a part leaves the whole page.
    async fn a_first_visit_for_a_part_leaves_a_whole_page(way) {
        let script = Script::of(|asked| match (asked.header("range"), asked.told()) {
            ("", said) => said,
            _ => Said::page("/pag").status(206).with(&[("content-range", "bytes 0-3/11")]),
        });
        let site = way.site(|| Policy::seconds(60), script).await;

        let part = site.get_with("/page", &[("range", "bytes=0-3")]).await;

        assert_eq!((part.status.as_u16(), part.text()), (206, "/pag"));
        assert!(site.get("/page").await.text().starts_with("/page run "));
        assert_eq!(site.get_with("/page", &[("range", "bytes=0-3")]).await.text(), "/pag");
        assert!(site.get("/page").await.is_hit());
    }

    /// HT072: a handler that knows its tag keeps it.
    async fn a_tag_of_the_handler_is_left_as_it_is(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[("etag", "W/\"v1\"")])).await;

        for _ in 0..2 {
            assert_eq!(site.get("/page").await.header("etag"), "W/\"v1\"");
        }
    }
}

//! What attributes and layers do to the headers of a response, and the conditions that they weigh before the handler.

use crate::ways::{Dress, Said, Script, Way, rows};

const LAST_YEAR: &str = "Wed, 31 Dec 2025 00:00:00 GMT";
const EARLIER: &str = "Tue, 30 Dec 2025 00:00:00 GMT";

rows! {
    /// HD041, HD042.
    async fn never_cache_says_so_to_every_cache(way) {
        let site = way.dressed(Dress::Never, Script::telling(&[])).await;

        let page = site.get("/page").await;

        assert_eq!(page.header("cache-control"), "max-age=0, no-cache, no-store, must-revalidate, private");
        assert_eq!(page.header("expires"), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(page.text(), "/page run 1");
    }

    /// HD037.
    async fn no_directives_leave_the_header_empty(way) {
        let site = way.dressed(Dress::NoDirectives, Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.headers["cache-control"], "");
    }

    /// HD038.
    async fn directives_are_merged_into_what_the_page_says(way) {
        let said = &[("cache-control", "private"), ("cache-control", "max-age=9, no-transform")];
        let site = way.dressed(Dress::Directives, Script::telling(said)).await;

        let page = site.get("/page").await;

        assert_eq!(page.header("cache-control"), "max-age=5, no-transform, public");
        assert_eq!(page.headers.get_all("cache-control").iter().count(), 1);
    }

    /// HD045, HD002, HD003.
    async fn vary_gains_names_in_their_order(way) {
        let site = way.dressed(Dress::Vary, Script::telling(&[("vary", "Accept")])).await;

        assert_eq!(site.get("/page").await.header("vary"), "Accept, X-One, X-Two");
    }

    /// MW037: also of a page whose body comes later.
    async fn vary_of_a_page_in_parts_gains_names(way) {
        for (vary, whole) in [
            (&[][..], "X-One, accept, X-Two"),
            (&[("vary", "ACCEPT")], "ACCEPT, X-One, X-Two"),
            (&[("vary", "Cookie")], "Cookie, X-One, accept, X-Two"),
            (&[("vary", "x-two   ,   Accept")], "x-two, Accept, X-One"),
            (&[("vary", "*")], "*"),
        ] {
            let script = Script::of(move |_| Said::parts(&[Ok("one "), Ok("two")], None).with(vary));
            let site = way.dressed(Dress::Vary, script).await;

            let page = site.get("/page").await;

            assert_eq!((page.header("vary"), page.text()), (whole, "one two"));
        }
    }

    /// HD047, HD048.
    async fn a_page_varies_on_cookies(way) {
        let site = way.dressed(Dress::Cookie, Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.header("vary"), "Cookie");
    }

    /// HD050, HD051, HD054, HD055, HD056, HD057, HD058, HD059, HD060, HD062, HD063, HD065, HD067, HD069, HD071, HD076.
    async fn a_condition_is_weighed_before_the_handler(way) {
        for (method, headers, status) in [
            ("GET", &[][..], 200),
            ("GET", &[("if-modified-since", LAST_YEAR)], 304),
            ("HEAD", &[("if-modified-since", LAST_YEAR)], 304),
            ("GET", &[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")], 304),
            ("GET", &[("if-modified-since", EARLIER)], 200),
            ("GET", &[("if-unmodified-since", LAST_YEAR)], 200),
            ("GET", &[("if-unmodified-since", "soon")], 200),
            ("GET", &[("if-unmodified-since", EARLIER)], 412),
            ("GET", &[("if-none-match", "\"v1\"")], 304),
            ("PUT", &[("if-none-match", "\"v1\"")], 412),
            ("GET", &[("if-none-match", "\"v0\"")], 200),
            ("GET", &[("if-none-match", "\"v0\", \"v1\"")], 304),
            ("GET", &[("if-none-match", "W/\"v1\"")], 304),
            ("GET", &[("if-none-match", "*")], 304),
            ("PUT", &[("if-none-match", "*")], 412),
            ("PUT", &[("if-match", "\"v1\"")], 200),
            ("PUT", &[("if-match", "\"v2\"")], 412),
            ("GET", &[("if-match", "*")], 200),
            ("GET", &[("if-none-match", "\"v1\""), ("if-modified-since", EARLIER)], 304),
            ("GET", &[("if-match", "\"v1\""), ("if-unmodified-since", EARLIER)], 200),
        ] {
            let site = way.dressed(Dress::Both, Script::telling(&[])).await;

            let answer = site.ask(method, "/page", headers).await;

            assert_eq!(answer.status, status, "{method} {headers:?}");
            assert_eq!(site.runs(), usize::from(status == 200), "{method} {headers:?}");
            assert!(status == 200 || answer.body.is_empty(), "{method} {headers:?}");
            let is_told = method != "PUT" && status != 412;
            let (tag, date) = if is_told { ("\"v1\"", LAST_YEAR) } else { ("", "") };
            assert_eq!((answer.header("etag"), answer.header("last-modified")), (tag, date), "{method} {headers:?}");
        }
    }

    /// HD073, HD082.
    async fn a_page_has_the_one_validator_that_it_is_given(way) {
        let tagged = way.dressed(Dress::OnlyTag, Script::telling(&[])).await;
        let dated = way.dressed(Dress::OnlyDate, Script::telling(&[])).await;

        for headers in [("if-modified-since", LAST_YEAR), ("if-none-match", "\"v0\"")] {
            let page = tagged.get_with("/page", &[headers]).await;
            assert_eq!((page.status.as_u16(), page.header("etag"), page.header("last-modified")), (200, "\"v1\"", ""));
        }
        let page = dated.get_with("/page", &[("if-modified-since", EARLIER)]).await;
        assert_eq!((page.status.as_u16(), page.header("etag"), page.header("last-modified")), (200, "", LAST_YEAR));
    }

    /// HD080: validators may come from a database.
    async fn validators_may_be_awaited(way) {
        let site = way.dressed(Dress::Awaited, Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.header("etag"), "\"v1\"");
        assert_eq!(site.get_with("/page", &[("if-none-match", "\"v1\"")]).await.status, 304);
        assert_eq!(site.runs(), 1);
    }

    /// HD077.
    async fn a_tag_without_marks_is_sent_with_them(way) {
        let site = way.dressed(Dress::Unmarked, Script::telling(&[])).await;

        assert_eq!(site.get("/page").await.header("etag"), "\"v1\"");
    }
}

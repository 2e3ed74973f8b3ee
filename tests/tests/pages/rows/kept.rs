//! What of a response comes back on a hit.

use cache_runtime::page::Policy;
use futures_util::StreamExt;
use http::HeaderValue;

use crate::ways::{Said, Script, Way, rows};

rows! {
    /// HT042, HT043.
    async fn lines_and_bytes_of_headers(way) {
        let script = Script::of(|asked| {
            let mut said = asked.told().with(&[("link", "</a>; rel=preload"), ("link", "</b>; rel=preload")]);
            said.headers.push(("x-town", HeaderValue::from_bytes(b"Z\xFCrich").unwrap()));
            said
        });
        let site = way.site(|| Policy::seconds(60), script).await;
        site.get("/page").await;

        let hit = site.get("/page").await;

        assert!(hit.is_hit());
        let links: Vec<_> = hit.headers.get_all("link").iter().collect();
        assert_eq!(links, ["</a>; rel=preload", "</b>; rel=preload"]);
        assert_eq!(hit.headers["x-town"].as_bytes(), b"Z\xFCrich");
    }

    /// HT042: where cookies are kept by the word of the policy, all of them are.
    async fn cookies_that_are_kept_come_back_in_their_order(way) {
        let script = Script::telling(&[("set-cookie", "b=1"), ("set-cookie", "a=2"), ("set-cookie", "b=3")]);
        let site = way.site(|| Policy::seconds(60).keep_set_cookie(), script).await;
        site.get("/page").await;

        let hit = site.get("/page").await;

        assert!(hit.is_hit());
        assert_eq!(hit.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["b=1", "a=2", "b=3"]);
    }

    /// HT044.
    async fn headers_of_the_connection_do_not(way) {
        let of_connection: &[(&str, &str)] = &[
            ("connection", "x-hop, close"),
            ("x-hop", "1"),
            ("keep-alive", "5"),
            ("proxy-authenticate", "x"),
            ("proxy-connection", "x"),
            ("upgrade", "h2c"),
            ("te", "trailers"),
        ];
        let site = way.site(|| Policy::seconds(60), Script::telling(of_connection)).await;
        site.get("/page").await;

        let hit = site.get("/page").await;

        assert!(hit.is_hit());
        for (name, _) in of_connection {
            assert!(!hit.headers.contains_key(*name), "{name}");
        }
    }

    /// HT045: what services outside of the cache say is of this request.
    async fn headers_of_services_outside_are_of_this_request(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        site.get("/page").await;

        let hit = site.get("/page").await;

        assert_eq!((hit.is_hit(), hit.header("x-number")), (true, "2"));
    }

    /// HT001: a body in parts of a known length is one page.
    async fn a_body_in_parts_is_one_page(way) {
        let script = Script::of(|_| Said::parts(&[Ok("one "), Ok("two")], Some(7)));
        let site = way.site(|| Policy::seconds(60), script).await;

        for _ in 0..2 {
            assert_eq!(site.get("/page").await.text(), "one two");
        }
        assert_eq!(site.runs(), 1);
    }

    /// Issue 3: a hit copies no body: it is the very bytes that the handler gave.
    async fn the_bytes_of_the_body_are_shared(way) {
        let body = bytes::Bytes::from("x".repeat(10_000));
        let given = body.clone();
        let site = way.site(|| Policy::seconds(60), Script::of(move |_| Said::page(given.clone()))).await;
        site.get("/page").await;

        let hit = site.open("GET", "/page", &[]).await.body.next().await.unwrap().unwrap();

        assert_eq!(hit.as_ptr(), body.as_ptr());
        assert_eq!(site.runs(), 1);
    }
}

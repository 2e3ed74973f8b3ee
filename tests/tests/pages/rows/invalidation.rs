//! What drops pages before their time.

use std::rc::Rc;

use cache_runtime::ErrorKind;
use cache_runtime::page::{self, Policy};

use crate::stage::Stage;
use crate::ways::{Said, Script, Site, Way, rows};

/// Which of these are hits, one after the other.
async fn hits<const N: usize>(site: &Site, urls: [&str; N]) -> [bool; N] {
    let mut hits = [false; N];
    for (at, url) in urls.into_iter().enumerate() {
        hits[at] = site.get(url).await.is_hit();
    }
    hits
}

rows! {
    /// HT086, HT087.
    async fn an_unsafe_method_that_succeeds_drops_the_pages_of_its_url(way) {
        let script = Script::of(|asked| {
            let status = asked.header("x-status").parse().unwrap_or(200);
            asked.told().with(&[("vary", "Accept-Language")]).status(status)
        });
        let site = way.site(|| Policy::seconds(60), script).await;

        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for (status, is_hit) in [("200", false), ("303", false), ("400", true), ("500", true)] {
                site.get("/page").await;
                site.get("/else").await;
                site.ask(method, "/page", &[("x-status", status)]).await;

                assert_eq!(site.get("/page").await.is_hit(), is_hit, "{method} {status}");
                assert!(site.get("/else").await.is_hit());
            }
        }
        for method in ["GET", "HEAD"] {
            site.ask(method, "/page", &[]).await;
            assert!(site.get("/page").await.is_hit(), "{method}");
        }
    }

    /// HT086: switchable.
    async fn unsafe_methods_drop_nothing_where_the_policy_says_so(way) {
        let site = way.site(|| Policy::seconds(60).keep_on_unsafe_methods(), Script::telling(&[])).await;
        site.get("/page").await;
        site.ask("POST", "/page", &[]).await;

        assert!(site.get("/page").await.is_hit());
    }

    /// HT088: each spelling is a page of its own, and an invalidation of one drops them all.
    async fn a_url_goes_however_it_is_written(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let urls = ["/@name", "/%40name", "/@name?to=a@b", "/@name?to=a%40b", "/@name?to=a%26b", "/%2Fname"];

        for said in ["/@name", "/%40name"] {
            hits(&site, urls).await;
            site.within(page::invalidate(said)).await.unwrap();
            assert_eq!(hits(&site, urls).await, [false, false, true, true, true, true], "{said}");
        }
        site.within(page::invalidate("/%40name?to=a%40b")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [true, true, false, false, true, true]);
        site.within(page::invalidate_path("/%40name")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [false, false, false, false, false, true]);
    }

    /// HT088: an empty query is none, brackets may be escaped or not, and a space in a query has two spellings.
    async fn a_query_goes_however_it_is_written(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        for spellings in [["/p", "/p?"], ["/p?f[a]=1", "/p?f%5Ba%5D=1"], ["/p?q=a+b", "/p?q=a%20b"]] {
            for said in spellings {
                hits(&site, spellings).await;
                site.within(page::invalidate(said)).await.unwrap();
                assert!(!hits(&site, spellings).await[0], "{said}");
            }
        }
    }

    /// HT090.
    async fn a_star_stands_for_nothing_and_is_refused(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[])).await;
        let urls = ["/x/*", "/x/y*"];
        hits(&site, urls).await;

        for uri in ["/x/*", "/x/**", "/x/*?q=1", "http://one.example/x/*"] {
            let refused = site.within(page::invalidate(uri)).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
            assert!(refused.to_string().contains("`invalidate_prefix(\"/x/\")`"), "{refused}");
        }
        assert!(site.within(page::invalidate_path("/x/*")).await.is_err());
        assert_eq!(hits(&site, urls).await, [true, true]);
        site.within(page::invalidate("/x/%2A")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [false, true]);
        site.within(page::invalidate("/x/y*")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [true, false]);
    }

    /// HT088, HT090, HT089: by URL with and without a host, by prefix of the path, and by tag, and every variant.
    async fn pages_go_by_url_by_prefix_and_by_tag(way) {
        let script = Script::telling(&[("vary", "Accept-Language")]);
        let site = way.site(|| Policy::seconds(60).tags(["shop"]), script).await;
        let urls = ["/a/?q=1", "/a/?q=2", "/a/b/c", "/ab", "https://one.example/a/?q=1"];
        hits(&site, urls).await;
        assert_eq!(hits(&site, urls).await, [true; 5]);

        site.within(page::invalidate("/a/?q=1")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [false, true, true, true, false]);
        site.within(page::invalidate("https://one.example/a/?q=1")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [true, true, true, true, false]);
        site.within(page::invalidate_prefix("/a/")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [false, false, false, true, false]);
        site.within(page::invalidate_tag("sho")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [true; 5]);
        site.within(page::invalidate_tag("shop")).await.unwrap();
        assert_eq!(hits(&site, urls).await, [false; 5]);

        assert!(site.within(page::invalidate_prefix("/a")).await.is_err());
        assert!(site.within(page::invalidate("http://[")).await.is_err());
    }

    /// HT088: in every cache, on every host, every variant; and nothing of another path.
    async fn the_pages_of_a_path_go_whatever_their_query(way) {
        let (stage, script) = (Rc::new(Stage::new()), Script::telling(&[("vary", "Accept-Language")]));
        let urls = [
            "/a/", "/a/?", "/a/?q=1", "/a/?q=2&r=1", "https://one.example/a/?q=1", "/a/b?q=1", "/a?q=1", "/b/?q=1",
        ];
        let [gone, kept] = [false, true];
        for alias in ["default", "other"] {
            let site = way.site_in(alias, Rc::clone(&stage), || Policy::seconds(60), script.clone()).await;
            for said in ["/a/", "/%61/"] {
                hits(&site, urls).await;
                assert_eq!(hits(&site, urls).await, [true; 8]);

                site.within(page::invalidate_path(said)).await.unwrap();

                assert_eq!(
                    hits(&site, urls).await,
                    [gone, gone, gone, gone, gone, kept, kept, kept],
                    "{alias} {said}"
                );
            }
            for wrong in ["/a/?q=1", "a/", "https://one.example/a/", "", "/a b/"] {
                assert!(site.within(page::invalidate_path(wrong)).await.is_err(), "{wrong}");
            }
        }
    }

    /// HT088: all variants of a URL, and the list that leads to them.
    async fn every_variant_of_a_url_goes(way) {
        let site = way.site(|| Policy::seconds(60), Script::telling(&[("vary", "Accept-Language")])).await;
        let languages = ["de", "fr", "it"];
        for language in languages {
            site.get_with("/page", &[("accept-language", language)]).await;
        }

        site.within(page::invalidate("/page")).await.unwrap();

        for language in languages {
            assert!(!site.get_with("/page", &[("accept-language", language)]).await.is_hit(), "{language}");
        }
    }

    /// HT089.
    async fn a_page_that_was_being_made_during_an_invalidation_is_not_served(way) {
        let script = Script::waiting(|asked| async move {
            if asked.run == 1 {
                page::invalidate_tag("shop").await.unwrap();
            }
            Said::page(format!("run {}", asked.run)).with(&[("vary", "Accept-Language")])
        });
        let site = way.site(|| Policy::seconds(60).tags(["shop"]), script).await;

        assert_eq!(site.get("/page").await.text(), "run 1");
        assert_eq!(site.get("/page").await.text(), "run 2");
        assert!(site.get("/page").await.is_hit());
    }

    /// HT091: two processes over one store.
    async fn nodes_share_pages_and_their_invalidations(way) {
        let (store, script) = (Stage::store(), Script::telling(&[("vary", "Accept-Language")]));
        let node = async || {
            let stage = Rc::new(Stage::over(&store));
            way.site_on(stage, || Policy::seconds(60).tags(["shop"]), script.clone()).await
        };
        let (one, two) = (node().await, node().await);

        let first = one.get("/page").await;
        let second = two.get("/page").await;
        assert!(!first.is_hit() && second.is_hit(), "{}", second.header("cache-status"));
        assert_eq!((first.text(), first.header("etag")), (second.text(), second.header("etag")));

        two.within(page::invalidate("/page")).await.unwrap();
        assert!(!one.get("/page").await.is_hit());
        assert!(two.get("/page").await.is_hit());
        one.within(page::invalidate_tag("shop")).await.unwrap();
        assert!(!two.get("/page").await.is_hit());
    }

    /// HT092.
    async fn no_client_can_drop_a_page(way) {
        let policy = || Policy::seconds(60).keep_on_unsafe_methods();
        let site = way.site(policy, Script::telling(&[])).await;
        site.get("/page").await;

        for headers in [
            &[][..],
            &[("authorization", "Bearer guess")],
            &[("x-purge", "1")],
            &[("cache-control", "no-cache")],
        ] {
            for method in ["PURGE", "GET"] {
                site.ask(method, "/page", headers).await;
            }
            assert!(site.get("/page").await.is_hit(), "{headers:?}");
        }
    }

    /// HT092: whoever knows the secret may.
    async fn whoever_knows_the_secret_purges_a_url(way) {
        const BEARER: &str = "Bearer a secret of sixteen bytes or more";
        let policy = || Policy::seconds(60).purge("a secret of sixteen bytes or more");
        let site = way.site(policy, Script::telling(&[])).await;
        hits(&site, ["/page?q=1", "/page?q=2"]).await;
        let purge = async |bearer| {
            site.ask("PURGE", "/page?q=1", &[("authorization", bearer)]).await.status.as_u16()
        };

        for wrong in ["Bearer wrong", "Bearer", "Basic x", ""] {
            assert_eq!(purge(wrong).await, 401, "{wrong}");
        }
        assert!(site.get("/page?q=1").await.is_hit());
        assert_eq!(purge(BEARER).await, 204);
        assert_eq!(hits(&site, ["/page?q=1", "/page?q=2"]).await, [false, true]);

        let starred = site.ask("PURGE", "/shop/*", &[("authorization", BEARER)]).await;
        assert_eq!(starred.status.as_u16(), 400);
        assert!(starred.text().contains("`invalidate_prefix(\"/shop/\")`"), "{}", starred.text());
    }
}

//! Which page answers which request on actix, by the attribute and by the middleware.

use cache_runtime::page::Policy;

use crate::actix_stage::{Script, ask, both, under};
use crate::stage::Stage;

/// PG002, PG003, PG004, PG006, PG007, PG010, MW007, MW026.
#[actix_web::test]
async fn prefixes_and_caches_set_pages_apart() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let plain = under!("default", Policy::seconds(60), script);
    let prefixed = under!("default", Policy::seconds(60).key_prefix("a"), script);
    let elsewhere = under!("other", Policy::seconds(60), script);
    let both = under!("other", Policy::seconds(60).key_prefix("a"), script);

    stage
        .run(async {
            for site in [&plain, &prefixed, &elsewhere, &both] {
                assert!(!site.get("/page").await.is_hit());
                assert!(site.get("/page").await.is_hit());
            }
        })
        .await;
    assert_eq!(script.runs.count(), 4);
}

/// HT002, HT003, MW009, MW010.
#[actix_web::test]
async fn a_head_is_answered_from_a_get_and_never_the_other_way() {
    for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                let head = site.send(ask("HEAD", "/page", &[])).await;
                assert!(!head.is_hit() && head.body.is_empty(), "{way}");
                assert!(site.send(ask("HEAD", "/page", &[])).await.is_hit(), "{way}");
                let whole = site.get("/page").await;
                assert_eq!(whole.text(), "/page run 2", "{way}");
                let head = site.send(ask("HEAD", "/page", &[])).await;

                assert!(head.is_hit() && head.body.is_empty(), "{way}");
                assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{way}");
                assert_eq!(head.header("etag"), whole.header("etag"), "{way}");
            })
            .await;
    }
}

/// HT005, HT009, HT010, HT011, HT014, MW018, MW024, MW027, MW028, MW039.
#[actix_web::test]
async fn urls_that_differ_have_pages_of_their_own() {
    let urls = [
        "/a",
        "/ab",
        "/a?",
        "/a?x",
        "/a?x=1",
        "/a?x=2",
        "/a?a=1&a=2",
        "/a?a=2&a=1",
        "/a?a[x]=1",
        "/a%2Fb",
        "/a/b",
        "/%41",
        "/A",
        "http://one.example/a",
        "http://two.example/a",
    ];
    for (way, stage, script, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                for url in urls {
                    assert!(!site.get(url).await.is_hit(), "{way} {url}");
                }
                for url in urls {
                    assert!(site.get(url).await.is_hit(), "{way} {url}");
                }
            })
            .await;
        assert_eq!(script.runs.count(), urls.len(), "{way}");
    }
}

/// HT005, HT006.
#[actix_web::test]
async fn a_host_has_one_page_however_it_is_written() {
    for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                site.get_with("/page", &[("host", "shop.example")]).await;

                for host in ["SHOP.example", "shop.example:80", "shop.example."] {
                    assert!(site.get_with("/page", &[("host", host)]).await.is_hit(), "{way} {host}");
                }
                assert!(site.get("http://shop.example/page").await.is_hit(), "{way}");
                assert!(!site.get("https://shop.example/page").await.is_hit(), "{way}");
                assert!(!site.get_with("/page", &[("host", "shop.example:8080")]).await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT007: actix itself would believe any of these headers.
#[actix_web::test]
async fn forwarded_headers_do_not_count() {
    let forwarded: &[(&str, &str)] = &[
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
    ];
    for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                site.get("/page").await;

                assert!(site.get_with("/page", forwarded).await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT007.
#[actix_web::test]
async fn behind_a_proxy_forwarded_headers_count() {
    let forwarded: &[(&str, &str)] = &[("x-forwarded-host", "shop.example"), ("x-forwarded-proto", "https")];
    for (way, stage, _, site) in both!(Policy::seconds(60).behind_proxy(), Script::new(&[])) {
        stage
            .run(async {
                site.get("/page").await;

                assert!(!site.get_with("/page", forwarded).await.is_hit(), "{way}");
                assert!(site.get("https://shop.example/page").await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT012: the middleware shows the query as it was sent.
#[actix_web::test]
async fn sorting_makes_one_page_of_two_orders() {
    for (way, stage, _, site) in both!(Policy::seconds(60).sort_query(), Script::new(&[])) {
        stage
            .run(async {
                site.get("/page?a=1&b=2").await;

                assert!(site.get("/page?b=2&a=1").await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT013.
#[actix_web::test]
async fn parameters_that_do_not_count_make_no_pages() {
    for (way, stage, script, site) in
        both!(Policy::seconds(60).ignore_query(["utm_*", "gclid"]), Script::new(&[]))
    {
        stage
            .run(async {
                site.get("/page?a=1").await;

                assert!(site.get("/page?a=1&utm_source=x&gclid=2").await.is_hit(), "{way}");
                assert!(!site.get("/page?a=2").await.is_hit(), "{way}");
            })
            .await;
        assert_eq!(script.runs.count(), 2, "{way}");
    }
}

/// HT060, HT061, HT062, HT065, MW029, MW031, MW033.
#[actix_web::test]
async fn variants_are_kept_side_by_side() {
    for (way, stage, script, site) in
        both!(Policy::seconds(60), Script::new(&[("vary", "X-Region"), ("vary", "X-Tenant")]))
    {
        let asked: [&[(&str, &str)]; 5] = [
            &[],
            &[("x-region", "")],
            &[("x-region", "EU")],
            &[("x-region", "EU"), ("x-tenant", "")],
            &[("x-region", ""), ("x-tenant", "EU")],
        ];
        stage
            .run(async {
                for headers in asked {
                    assert!(!site.get_with("/page", headers).await.is_hit(), "{way} {headers:?}");
                }
                for headers in asked {
                    assert!(site.get_with("/page", headers).await.is_hit(), "{way} {headers:?}");
                }
            })
            .await;
        assert_eq!(script.runs.count(), asked.len(), "{way}");
    }
}

/// HT066: one line and two are told apart.
#[actix_web::test]
async fn every_line_of_a_header_counts() {
    for (way, stage, _, site) in both!(Policy::seconds(60).public(), Script::new(&[("vary", "X-Part")])) {
        stage
            .run(async {
                site.get_with("/page", &[("x-part", "a"), ("x-part", "b")]).await;

                assert!(!site.get_with("/page", &[("x-part", "a")]).await.is_hit(), "{way}");
                assert!(!site.get_with("/page", &[("x-part", "a"), ("x-part", "c")]).await.is_hit(), "{way}");
                assert!(site.get_with("/page", &[("x-part", "a"), ("x-part", "b")]).await.is_hit(), "{way}");
            })
            .await;
    }
}

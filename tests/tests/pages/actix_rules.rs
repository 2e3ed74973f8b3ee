//! The rules of pages on actix, each by the attribute and by the middleware.

use cache_runtime::page::Policy;

use crate::actix_stage::{Script, both};

/// HT001, MW006, MW017, PG001.
#[actix_web::test]
async fn the_second_visit_gets_the_page_of_the_first() {
    for (way, stage, script, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                let first = site.get("/page?q=1").await;
                let second = site.get("/page?q=1").await;

                assert_eq!((first.text(), second.text()), ("/page?q=1 run 1", "/page?q=1 run 1"), "{way}");
                assert_eq!(first.header("cache-status"), "cache-runtime; fwd=uri-miss; stored; ttl=60");
                assert_eq!(second.header("cache-status"), "cache-runtime; hit; ttl=60");
            })
            .await;
        assert_eq!((stage.stats().hits, script.runs.count()), (1, 1), "{way}");
    }
}

/// PG008, PG009, PG034, HT048, HT055, HT056, HT057.
#[actix_web::test]
async fn a_page_ages_and_expires() {
    for (way, stage, _, site) in both!(Policy::seconds(2), Script::new(&[])) {
        stage
            .run(async {
                let first = site.get("/page").await;
                stage.pass_secs(1);
                let second = site.get("/page").await;
                stage.pass_secs(1);
                let third = site.get("/page").await;

                assert_eq!(first.header("expires"), "Thu, 01 Jan 2026 00:00:02 GMT", "{way}");
                assert_eq!((first.header("cache-control"), first.header("age")), ("max-age=2", ""), "{way}");
                assert_eq!(second.header("age"), "1", "{way}");
                assert_eq!(second.header("date"), "Thu, 01 Jan 2026 00:00:00 GMT", "{way}");
                assert_eq!((second.text(), third.text()), ("/page run 1", "/page run 2"), "{way}");
            })
            .await;
    }
}

/// PG013, PG014, PG015, PG018, PG021, PG029, HT020 to HT028, HT063.
#[actix_web::test]
async fn what_is_not_for_others_is_not_stored() {
    let refused: &[&[(&str, &str)]] = &[
        &[("cache-control", "private")],
        &[("cache-control", "No-Store")],
        &[("cache-control", "no-cache")],
        &[("cache-control", "private=\"Set-Cookie\"")],
        &[("cache-control", "max-age=60"), ("cache-control", "PRIVATE")],
        &[("set-cookie", "id=1")],
        &[("set-cookie", "id=1"), ("vary", "Cookie")],
        &[("vary", "*")],
        &[("vary", "Accept , *")],
        &[("vary", "Accept"), ("vary", "*")],
        &[("content-range", "bytes 0-1/2")],
    ];
    for headers in refused {
        for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(headers)) {
            stage
                .run(async {
                    site.get("/page").await;
                    let second = site.get("/page").await;

                    assert_eq!(second.text(), "/page run 2", "{way} {headers:?}");
                })
                .await;
        }
    }
}

/// PG011, HT047, HT054: the timeout of a page counts before what its response says.
#[actix_web::test]
async fn the_timeout_of_a_page_beats_its_max_age() {
    for (way, stage, _, site) in both!(Policy::seconds(3), Script::new(&[("cache-control", "max-age=1")])) {
        stage
            .run(async {
                site.get("/page").await;
                stage.pass_secs(2);

                assert!(site.get("/page").await.is_hit(), "{way}");
            })
            .await;
    }
}

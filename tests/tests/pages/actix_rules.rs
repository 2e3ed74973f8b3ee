//! The rules of pages on actix, each by the attribute and by the middleware.

use std::time::Duration;

use cache_runtime::page::{self, Policy};

use crate::actix_stage::{Script, ask, both, under};
use crate::stage::Stage;

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

/// HT004, HT016, HT017, PG036, PG037.
#[actix_web::test]
async fn other_requests_pass_by() {
    for (way, stage, script, site) in
        both!(Policy::seconds(60).key_prefix("p").keep_on_unsafe_methods(), Script::new(&[]))
    {
        stage
            .run(async {
                site.get("/page").await;
                for request in [
                    ask("POST", "/page", &[]),
                    ask("GET", "/page", &[("content-length", "3")]),
                    ask("GET", "/page", &[("transfer-encoding", "chunked")]),
                    ask("GET", "/page", &[("connection", "upgrade"), ("upgrade", "websocket")]),
                ] {
                    assert!(!site.send(request).await.is_hit(), "{way}");
                }
                assert!(site.get("/page").await.is_hit(), "{way}");
            })
            .await;
        assert_eq!(script.runs.count(), 5, "{way}");
    }
}

/// HT022, HT029, PG024, PG025, PG026.
#[actix_web::test]
async fn a_page_for_credentials_is_shared_only_if_it_says_so() {
    let signed: &[(&str, &str)] = &[("authorization", "Basic x")];
    let (stage, plain, public) =
        (Stage::new(), Script::new(&[]), Script::new(&[("cache-control", "public")]));
    let of_their_own = under!(Policy::seconds(60), plain);
    let for_all = under!(Policy::seconds(60).key_prefix("public"), public);

    stage
        .run(async {
            assert_eq!(of_their_own.get_with("/page", signed).await.header("vary"), "Authorization");
            assert_eq!(of_their_own.get_with("/page", &[("authorization", "")]).await.header("vary"), "");
            assert_eq!(for_all.get_with("/page", signed).await.header("vary"), "");
            assert!(for_all.get("/page").await.is_hit());
        })
        .await;
}

/// PG033, PG032.
#[actix_web::test]
async fn a_304_is_not_stored_and_tells_its_client_the_lifetime() {
    let script = || Script { status: 304, ..Script::new(&[]) };
    for (way, stage, script, site) in both!(Policy::seconds(60), script()) {
        stage
            .run(async {
                let first = site.get("/page").await;
                site.get("/page").await;

                assert_eq!(
                    (first.status.as_u16(), first.header("cache-control")),
                    (304, "max-age=60"),
                    "{way}"
                );
                assert_eq!(first.header("expires"), "Thu, 01 Jan 2026 00:01:00 GMT", "{way}");
            })
            .await;
        assert_eq!(script.runs.count(), 2, "{way}");
    }
}

/// HT032, HT033, HT034, HT035.
#[actix_web::test]
async fn which_statuses_are_stored() {
    for (status, is_hit) in [(200, true), (404, true), (301, false), (403, false), (206, false), (500, false)]
    {
        let script = || Script { status, ..Script::new(&[]) };
        for (way, stage, _, site) in both!(Policy::seconds(60).statuses([200, 404]), script()) {
            stage
                .run(async {
                    site.get("/page").await;
                    let second = site.get("/page").await;

                    assert_eq!((second.status.as_u16(), second.is_hit()), (status, is_hit), "{way}");
                })
                .await;
        }
    }
}

/// HT031, HT058.
#[actix_web::test]
async fn a_client_cannot_make_the_handler_run() {
    for (way, stage, script, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                site.get_with("/page", &[("cache-control", "no-store")]).await;
                assert!(!site.get("/page").await.is_hit(), "{way}");

                for line in
                    [("cache-control", "no-cache"), ("cache-control", "max-age=0"), ("pragma", "no-cache")]
                {
                    assert!(site.get_with("/page", &[line]).await.is_hit(), "{way} {line:?}");
                }
            })
            .await;
        assert_eq!(script.runs.count(), 2, "{way}");
    }
}

/// HT059.
#[actix_web::test]
async fn directives_of_requests_are_heeded_where_the_policy_says_so() {
    for (way, stage, _, site) in both!(Policy::seconds(60).heed_request_directives(), Script::new(&[])) {
        stage
            .run(async {
                let only = &[("cache-control", "only-if-cached")][..];
                assert_eq!(site.get_with("/page", only).await.status, 504, "{way}");
                site.get("/page").await;

                assert!(site.get_with("/page", only).await.is_hit(), "{way}");
                assert!(!site.get_with("/page", &[("cache-control", "no-cache")]).await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT070, HT071, HT072, HT075.
#[actix_web::test]
async fn conditions_are_answered_from_the_store() {
    let script = || Script::new(&[("last-modified", "Wed, 31 Dec 2025 00:00:00 GMT")]);
    for (way, stage, script, site) in both!(Policy::seconds(60), script()) {
        stage
            .run(async {
                let etag = site.get("/page").await.header("etag").to_owned();
                let weak = format!("\"x\", W/{etag}");
                let with = async |name, value: &str| site.get_with("/page", &[(name, value)]).await;

                let unchanged = with("if-none-match", &weak).await;
                assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0), "{way}");
                for name in ["etag", "cache-control", "date", "expires", "age"] {
                    assert_ne!(unchanged.header(name), "", "{way} {name}");
                }
                assert_eq!(with("if-modified-since", "Wed, 31 Dec 2025 00:00:00 GMT").await.status, 304);
                assert_eq!(with("if-none-match", "\"other\"").await.status, 200, "{way}");
                assert_eq!(with("if-match", "\"other\"").await.status, 412, "{way}");
                assert_eq!(with("if-unmodified-since", "Tue, 30 Dec 2025 00:00:00 GMT").await.status, 412);
            })
            .await;
        assert_eq!(script.runs.count(), 1, "{way}");
    }
}

/// HT018.
#[actix_web::test]
async fn a_range_is_cut_from_the_whole_page() {
    for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(&[])) {
        stage
            .run(async {
                let part = site.get_with("/page", &[("range", "bytes=0-4")]).await;
                let beyond = site.get_with("/page", &[("range", "bytes=99-")]).await;

                assert_eq!((part.status.as_u16(), part.text()), (206, "/page"), "{way}");
                assert_eq!(part.header("content-range"), "bytes 0-4/11", "{way}");
                assert_eq!(
                    (beyond.status.as_u16(), beyond.header("content-range")),
                    (416, "bytes */11"),
                    "{way}"
                );
                assert_eq!(site.get("/page").await.text(), "/page run 1", "{way}");
            })
            .await;
    }
}

/// HT086, HT087.
#[actix_web::test]
async fn an_unsafe_method_that_succeeds_drops_the_pages_of_its_url() {
    for (way, stage, _, site) in both!(Policy::seconds(60), Script::new(&[("vary", "Accept-Language")])) {
        stage
            .run(async {
                site.get("/page").await;
                site.get("/else").await;
                site.send(ask("POST", "/page", &[])).await;

                assert!(!site.get("/page").await.is_hit(), "{way}");
                assert!(site.get("/else").await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT088, HT090.
#[actix_web::test]
async fn pages_go_by_url_and_by_tag() {
    for (way, stage, _, site) in
        both!(Policy::seconds(60).tags(["towns"]), Script::new(&[("vary", "Accept")]))
    {
        stage
            .run(async {
                site.get("/page?q=1").await;
                site.get("/else").await;
                page::invalidate("/page?q=1").await.unwrap();
                assert!(!site.get("/page?q=1").await.is_hit(), "{way}");
                assert!(site.get("/else").await.is_hit(), "{way}");

                page::invalidate_tag("towns").await.unwrap();

                assert!(!site.get("/page?q=1").await.is_hit(), "{way}");
                assert!(!site.get("/else").await.is_hit(), "{way}");
            })
            .await;
    }
}

/// HT042, HT043, HT044.
#[actix_web::test]
async fn lines_of_headers_come_back_and_those_of_the_connection_do_not() {
    let script = || {
        Script::new(&[
            ("link", "</a>; rel=preload"),
            ("x-town", "Z\u{fc}rich"),
            ("link", "</b>; rel=preload"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "5"),
        ])
    };
    for (way, stage, _, site) in both!(Policy::seconds(60), script()) {
        stage
            .run(async {
                site.get("/page").await;
                let hit = site.get("/page").await;

                let links: Vec<_> = hit.headers.get_all("link").iter().collect();
                assert_eq!(links, ["</a>; rel=preload", "</b>; rel=preload"], "{way}");
                assert_eq!(hit.headers["x-town"].as_bytes(), "Z\u{fc}rich".as_bytes(), "{way}");
                for name in ["connection", "x-hop", "keep-alive"] {
                    assert!(!hit.headers.contains_key(name), "{way} {name}");
                }
            })
            .await;
    }
}

/// HT093.
#[actix_web::test]
async fn what_the_cache_did_can_be_hidden() {
    for (way, stage, _, site) in both!(Policy::seconds(60).hide_status(), Script::new(&[])) {
        stage
            .run(async {
                site.get("/page").await;

                assert!(!site.get("/page").await.headers.contains_key("cache-status"), "{way}");
            })
            .await;
    }
}

/// HT096.
#[actix_web::test]
async fn a_bypass_neither_reads_nor_stores() {
    for (way, stage, script, site) in
        both!(Policy::seconds(60).bypass(|request| request.header("x-preview").is_some()), Script::new(&[]))
    {
        stage
            .run(async {
                site.get_with("/page", &[("x-preview", "1")]).await;
                assert!(!site.get("/page").await.is_hit(), "{way}");
                assert!(!site.get_with("/page", &[("x-preview", "1")]).await.is_hit(), "{way}");
            })
            .await;
        assert_eq!(script.runs.count(), 3, "{way}");
    }
}

/// HT076: exactly one refresh runs behind the visitors' backs.
#[actix_web::test]
async fn a_stale_page_goes_out_while_it_is_made_anew() {
    for (way, stage, script, site) in
        both!(Policy::seconds(60).stale_while_revalidate(Duration::from_secs(30)), Script::new(&[]))
    {
        stage
            .run(async {
                site.get("/page").await;
                stage.pass_secs(70);
                let stale = site.get("/page").await;
                assert_eq!(stale.text(), "/page run 1", "{way}");
                assert_eq!(stale.header("cache-status"), "cache-runtime; hit; ttl=-10", "{way}");

                while !site.get("/page").await.header("cache-status").contains("ttl=60") {
                    tokio::task::yield_now().await;
                }

                assert_eq!(site.get("/page").await.text(), "/page run 2", "{way}");
            })
            .await;
        assert_eq!(script.runs.count(), 2, "{way}");
    }
}

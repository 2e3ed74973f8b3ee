//! Middleware and attributes of actix that dress responses and weigh conditions.

use std::time::{Duration, SystemTime};

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use cache_runtime::actix::{CachePage, Condition};
use cache_runtime::page::condition::Validators;
use cache_runtime::page::headers::Directives;
use cache_runtime::page::{NeverCache, SetCacheControl, VaryOn};
use cache_runtime::{cache_control, condition, vary_on_cookie, vary_on_headers};

use crate::actix_stage::{Script, Site, ask, behind, told};
use crate::stage::Stage;

/// 2025-12-31.
fn last_year() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_139_200)
}

const LAST_YEAR: &str = "Wed, 31 Dec 2025 00:00:00 GMT";

/// HD041.
#[actix_web::test]
async fn never_cache_says_so_to_every_cache() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(NeverCache, script);

    stage
        .run(async {
            let page = site.get("/page").await;

            let said = "max-age=0, no-cache, no-store, must-revalidate, private";
            assert_eq!(page.header("cache-control"), said);
            assert_eq!(page.header("expires"), "Thu, 01 Jan 2026 00:00:00 GMT");
        })
        .await;
}

/// HD038.
#[actix_web::test]
async fn cache_control_is_merged_into_what_the_page_says() {
    let script = Script::new(&[("cache-control", "private"), ("cache-control", "max-age=9")]);
    let site =
        behind!(SetCacheControl::new(Directives::new().public().max_age(Duration::from_secs(5))), script);

    let said = site.get("/page").await;

    assert_eq!(said.header("cache-control"), "max-age=5, public");
}

/// HD045, HD047.
#[actix_web::test]
async fn vary_gains_names_in_their_order() {
    let script = Script::new(&[("vary", "Accept")]);
    let named = behind!(VaryOn::headers(&["X-One", "accept", "X-Two"][..]), script);
    let cookie = behind!(VaryOn::cookie(), script);

    assert_eq!(named.get("/page").await.header("vary"), "Accept, X-One, X-Two");
    assert_eq!(cookie.get("/page").await.header("vary"), "Accept, Cookie");
}

#[vary_on_headers("X-One", "X-Two")]
#[cache_control(public, max_age = 60)]
async fn dressed() -> &'static str {
    "page"
}

#[vary_on_cookie]
async fn personal() -> Result<&'static str, actix_web::Error> {
    Ok("page")
}

/// HD038, HD045, HD048: the attributes, on handlers of actix.
#[actix_web::test]
async fn attributes_dress_what_handlers_of_actix_return() {
    let app =
        App::new().route("/dressed", web::get().to(dressed)).route("/personal", web::get().to(personal));
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    let (page, own) = (site.get("/dressed").await, site.get("/personal").await);

    assert_eq!((page.text(), page.header("cache-control")), ("page", "public, max-age=60"));
    assert_eq!(page.header("vary"), "X-One, X-Two");
    assert_eq!((own.text(), own.header("vary")), ("page", "Cookie"));
}

#[condition(etag = format!("v{version}"), last_modified = last_year())]
async fn weighed(version: web::Path<u32>, script: web::Data<Script>) -> String {
    format!("version {version} run {}", script.runs.next())
}

/// HD050, HD058, HD059: the attribute, on a handler of actix.
#[actix_web::test]
async fn the_attribute_of_conditions_answers_without_the_handler() {
    let script = Script::new(&[]);
    let app =
        App::new().app_data(web::Data::new(script.clone())).route("/{version}", web::route().to(weighed));
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    let page = site.get("/7").await;
    let known = site.get_with("/7", &[("if-none-match", "\"v7\"")]).await;
    let put = site.send(ask("PUT", "/7", &[("if-none-match", "\"v7\"")])).await;

    assert_eq!((page.header("etag"), page.header("last-modified")), ("\"v7\"", LAST_YEAR));
    assert_eq!((known.status.as_u16(), known.header("etag"), known.body.len()), (304, "\"v7\"", 0));
    assert_eq!(put.status, 412);
    assert_eq!(site.get_with("/7", &[("if-none-match", "\"v6\"")]).await.text(), "version 7 run 2");
}

fn validators() -> Condition {
    Condition::new()
        .etag(|request| (request.path() != "/new").then(|| "v1".to_owned()))
        .last_modified(|request| (request.path() != "/new").then(last_year))
}

/// HD050, HD051, HD054, HD057, HD058, HD063, HD065, HD067, HD069, HD071, HD076, HD077.
#[actix_web::test]
async fn a_condition_is_weighed_before_the_service() {
    let earlier = "Tue, 30 Dec 2025 00:00:00 GMT";
    for (method, headers, status) in [
        ("GET", &[][..], 200),
        ("GET", &[("if-modified-since", LAST_YEAR)], 304),
        ("HEAD", &[("if-modified-since", LAST_YEAR)], 304),
        ("GET", &[("if-modified-since", earlier)], 200),
        ("GET", &[("if-unmodified-since", earlier)], 412),
        ("GET", &[("if-none-match", "\"v0\", W/\"v1\"")], 304),
        ("PUT", &[("if-none-match", "\"v1\"")], 412),
        ("GET", &[("if-none-match", "*")], 304),
        ("PUT", &[("if-match", "\"v1\"")], 200),
        ("PUT", &[("if-match", "\"v2\"")], 412),
        ("GET", &[("if-match", "*")], 200),
        ("GET", &[("if-none-match", "\"v1\""), ("if-modified-since", earlier)], 304),
        ("GET", &[("if-match", "\"v1\""), ("if-unmodified-since", earlier)], 200),
    ] {
        let script = Script::new(&[]);
        let site = behind!(validators(), script);

        let answer = site.send(ask(method, "/page", headers)).await;

        assert_eq!(answer.status, status, "{method} {headers:?}");
        assert_eq!(script.runs.count(), usize::from(status == 200), "{method} {headers:?}");
        let is_told = method != "PUT" && status != 412;
        assert_eq!(answer.header("etag"), if is_told { "\"v1\"" } else { "" }, "{method} {headers:?}");
    }
}

/// HD082: a page that does not exist yet has no validators.
#[actix_web::test]
async fn what_does_not_exist_meets_no_condition() {
    let script = Script::new(&[]);
    let site = behind!(validators(), script);

    let new = site.send(ask("PUT", "/new", &[("if-none-match", "*")])).await;

    assert_eq!((new.status.as_u16(), new.header("etag")), (200, ""));
}

/// HD080: the validators may come from a database.
#[actix_web::test]
async fn validators_may_be_awaited() {
    let script = Script::new(&[]);
    let condition = Condition::new().validators(|request| {
        let tag = format!("\"{}\"", request.path().len());
        async move {
            tokio::task::yield_now().await;
            Validators::new(tag.parse().ok(), None)
        }
    });
    let site = behind!(condition, script);

    assert_eq!(site.get("/page").await.header("etag"), "\"5\"");
    assert_eq!(site.get_with("/page", &[("if-none-match", "\"5\"")]).await.status, 304);
}

/// Dressings and caches stand around each other in either order.
#[actix_web::test]
async fn a_page_that_is_dressed_inside_is_stored_as_it_is() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let inner = web::resource("/page").wrap(VaryOn::cookie()).wrap(NeverCache).to(told);
    let outer = web::resource("/else").to(async || HttpResponse::Ok().body("else"));
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .wrap(CachePage::seconds(60))
        .service(inner)
        .service(outer);
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    stage
        .run(async {
            site.get("/page").await;
            site.get("/else").await;

            assert!(!site.get("/page").await.is_hit());
            assert!(site.get("/else").await.is_hit());
        })
        .await;
}

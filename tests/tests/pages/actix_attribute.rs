//! `#[cache_page]` above handlers of actix.

use actix_web::http::header::AcceptLanguage;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, Responder, error, get, web};
use cache_runtime::actix::cache_page;
use cache_runtime::never_cache;
use cache_runtime::page::{PageRequest, SharedInput};
use serde::Deserialize;

use crate::actix_stage::{Site, ask};
use crate::stage::{Runs, Stage};

#[derive(Debug, Deserialize)]
struct Asked {
    q: Option<String>,
    utm_source: Option<String>,
}

/// The page of a town.
#[cache_page(60 * 15, cache = "other", key_prefix = "towns")]
#[get("/town/{name}")]
async fn town(name: web::Path<String>, runs: web::Data<Runs>) -> impl Responder {
    format!("{name} {}", runs.next())
}

#[cache_page(60, query = ["q"])]
async fn search(asked: web::Query<Asked>, uri: actix_web::http::Uri, runs: web::Data<Runs>) -> String {
    let Asked { q, utm_source } = asked.into_inner();
    format!("{q:?} {utm_source:?} {uri} {}", runs.next())
}

#[cache_page(60, vary = ["accept-language"])]
async fn greeting(language: Option<web::Header<AcceptLanguage>>, runs: web::Data<Runs>) -> String {
    let language = language.map(|language| language.to_string());
    format!("{} {}", language.unwrap_or_default(), runs.next())
}

/// Whoever signed in.
struct User {
    id: u32,
}

impl actix_web::FromRequest for User {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let id = request.headers().get("x-user").and_then(|id| id.to_str().ok()?.parse().ok());
        std::future::ready(id.map(|id| Self { id }).ok_or_else(|| error::ErrorUnauthorized("who?")))
    }
}

#[cache_page(
    60,
    key = "{user.id}",
    tags = ["desk:{user.id}"],
    force_refresh = request.query() == Some("fresh"),
    when = is_cached(request)
)]
async fn desk(user: User, runs: web::Data<Runs>) -> actix_web::Result<HttpResponse> {
    Ok(HttpResponse::Ok().body(format!("user {} run {}", user.id, runs.next())))
}

fn is_cached(request: &PageRequest) -> bool {
    request.query() != Some("live")
}

/// The shop that the application is for.
#[derive(SharedInput)]
struct Shop {
    runs: web::Data<Runs>,
}

impl actix_web::FromRequest for Shop {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &actix_web::HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let runs = web::Data::<Runs>::from_request(request, payload).into_inner();
        std::future::ready(runs.map(|runs| Self { runs }))
    }
}

#[cache_page(60, statuses = [200, 404], error_timeout = 5)]
async fn missing(shop: Shop) -> actix_web::Result<&'static str> {
    shop.runs.next();
    Err(error::ErrorNotFound("no such page"))
}

#[cache_page(60)]
#[never_cache]
async fn private(runs: web::Data<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60, stale_while_revalidate = "30s")]
async fn news(runs: web::Data<Runs>) -> String {
    format!("run {}", runs.next())
}

async fn site(runs: &Runs) -> Site {
    let app = App::new()
        .app_data(web::Data::new(runs.clone()))
        .service(town)
        .route("/search", web::get().to(search))
        .route("/greeting", web::route().to(greeting))
        .route("/desk", web::get().to(desk))
        .route("/missing", web::get().to(missing))
        .route("/private", web::get().to(private))
        .route("/news", web::get().to(news));
    Site::of(init_service(app).await, TestRequest::to_request)
}

/// PG001, HT001.
#[actix_web::test]
async fn a_route_is_cached_under_its_attribute() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            assert_eq!(site.get("/town/Oslo").await.text(), "Oslo 1");
            assert_eq!(site.get("/town/Oslo").await.text(), "Oslo 1");
            assert_eq!(site.get("/town/Bergen").await.text(), "Bergen 2");
            stage.pass_secs(900);
            assert_eq!(site.get("/town/Oslo").await.text(), "Oslo 3");
        })
        .await;
}

/// HT088, HT090.
#[actix_web::test]
async fn its_companions_stand_on_its_own_name() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            site.get("/town/Oslo").await;
            site.get("/town/Bergen").await;
            town::invalidate("/town/Oslo").await.unwrap();
            assert_eq!(site.get("/town/Oslo").await.text(), "Oslo 3");
            assert_eq!(site.get("/town/Bergen").await.text(), "Bergen 2");
            town::invalidate_all().await.unwrap();
            assert_eq!(site.get("/town/Bergen").await.text(), "Bergen 4");
            let asked = web::Query(Asked { q: None, utm_source: None });
            let body = search::uncached(asked, "/".parse().unwrap(), web::Data::new(runs.clone()));
            assert_eq!(body.await, "None None / 5");
        })
        .await;
}

/// HT007, HT013.
#[actix_web::test]
async fn parameters_that_do_not_count_are_out_of_reach() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            let first = site.get("/search?utm_source=evil&q=a").await;

            assert_eq!(first.text(), r#"Some("a") None /search?q=a 1"#);
            assert!(site.get("/search?q=a").await.is_hit());
        })
        .await;
}

/// HT060, HT061.
#[actix_web::test]
async fn a_header_that_a_page_varies_on_may_be_read() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            let french = [("accept-language", "fr")];
            assert_eq!(site.get_with("/greeting", &french).await.text(), "fr 1");
            assert_eq!(site.get("/greeting").await.text(), " 2");
            assert!(site.get_with("/greeting", &french).await.is_hit());
        })
        .await;
}

#[actix_web::test]
async fn a_page_of_ones_own_is_keyed_refreshed_and_passed_by() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            let of = async |user, uri| site.get_with(uri, &[("x-user", user)]).await.text().to_owned();
            assert_eq!(of("7", "/desk").await, "user 7 run 1");
            assert_eq!(of("8", "/desk").await, "user 8 run 2");
            assert_eq!(of("7", "/desk").await, "user 7 run 1");
            assert_eq!(site.get("/desk").await.status, 401);
            assert_eq!(of("7", "/desk?live").await, "user 7 run 3");
            assert_eq!(of("7", "/desk?fresh").await, "user 7 run 4");
            assert_eq!(of("7", "/desk?fresh").await, "user 7 run 5");
            cache_runtime::cache("default").unwrap().invalidate_tag("desk:7").await.unwrap();
            assert_eq!(of("7", "/desk").await, "user 7 run 6");
        })
        .await;
}

/// HT034: an error is a response on actix.
#[actix_web::test]
async fn an_error_of_a_listed_status_is_a_page_for_its_own_timeout() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            assert_eq!(site.get("/missing").await.text(), "no such page");
            let second = site.get("/missing").await;
            assert_eq!((second.status.as_u16(), second.is_hit()), (404, true));
            stage.pass_secs(5);
            assert!(!site.get("/missing").await.is_hit());
        })
        .await;
}

/// HD042, HD044.
#[actix_web::test]
async fn a_page_that_is_never_cached_is_not_cached_here_either() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            for run in ["run 1", "run 2"] {
                let page = site.get("/private").await;
                assert_eq!(page.text(), run);
                assert!(page.header("cache-control").contains("no-store"));
            }
        })
        .await;
}

/// HT004, PG036.
#[actix_web::test]
async fn other_methods_reach_the_handler() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            site.get("/greeting").await;
            assert_eq!(site.send(ask("POST", "/greeting", &[])).await.text(), " 2");
        })
        .await;
}

/// HT076: by the option of the attribute.
#[actix_web::test]
async fn a_stale_page_of_a_handler_goes_out_while_it_is_made_anew() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs).await;

    stage
        .run(async {
            site.get("/news").await;
            stage.pass_secs(70);
            for _ in 0..5 {
                let older = site.get("/news").await;
                assert_eq!((older.text(), older.header("age")), ("run 1", "70"));
            }
            while !site.get("/news").await.header("cache-status").contains("ttl=60") {
                tokio::task::yield_now().await;
            }
            assert_eq!(site.get("/news").await.text(), "run 2");
        })
        .await;
    assert_eq!(runs.count(), 2);
}

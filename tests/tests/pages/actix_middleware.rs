//! What middleware of actix does besides the rules of pages.

use std::time::Duration;

use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, error, web};
use cache_runtime::actix::{CachePage, CacheSite};
use cache_runtime::page::Policy;
use tokio::task::yield_now;

use crate::actix_stage::{Script, Site, ask, behind, told};
use crate::stage::{Runs, Stage};

/// MW003: a route, a scope and an application are wrapped alike, and the key holds the original path (HT008).
#[actix_web::test]
async fn routes_scopes_and_applications_are_wrapped_alike() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let shop = |name: &str| {
        web::scope(name)
            .wrap(CachePage::seconds(60).cache("other").key_prefix("shop"))
            .route("/page/{id}", web::get().to(told))
    };
    let route = web::resource("/page/{id}").wrap(CachePage::seconds(60)).to(told);
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .service(shop("/a"))
        .service(shop("/b"))
        .service(route);
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    stage
        .run(async {
            for url in ["/a/page/1", "/b/page/1", "/page/1"] {
                assert_eq!(site.get(url).await.status, 200);
                assert!(site.get(url).await.is_hit(), "{url}");
            }
        })
        .await;
    assert_eq!(script.runs.count(), 3);
}

/// MW001, MW004, MW005: what a site does not state comes from its cache.
#[actix_web::test]
async fn a_site_takes_its_timeout_from_its_cache() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(CacheSite::new().cache("other"), script);

    stage
        .run(async {
            assert_eq!(site.get("/page").await.header("cache-control"), "max-age=300");
            stage.pass_secs(299);
            assert!(site.get("/page").await.is_hit());
            stage.pass_secs(1);
            assert!(!site.get("/page").await.is_hit());
        })
        .await;
}

#[actix_web::test]
async fn a_site_leaves_pages_their_own_lifetime() {
    let (stage, script) = (Stage::new(), Script::new(&[("cache-control", "max-age=5")]));
    let site = behind!(CacheSite::seconds(60), script);

    stage
        .run(async {
            site.get("/page").await;
            stage.pass_secs(5);

            assert!(!site.get("/page").await.is_hit());
        })
        .await;
}

#[actix_web::test]
async fn a_site_leaves_alone_what_a_cache_inside_has_seen() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let inner = web::resource("/page").wrap(CachePage::seconds(5).cache("other")).to(told);
    let app = App::new().app_data(web::Data::new(script.clone())).wrap(CacheSite::seconds(60)).service(inner);
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    stage
        .run(async {
            site.get("/page").await;
            stage.pass_secs(10);

            assert_eq!(site.get("/page").await.text(), "/page run 2");
        })
        .await;
}

/// HT076: the request reaches the service a second time, through routes that need it whole.
#[actix_web::test]
async fn a_stale_page_is_made_anew_through_scopes_and_routes() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let handler =
        async |id: web::Path<u32>, script: web::Data<Script>| format!("{id} run {}", script.runs.next());
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .wrap(CachePage::seconds(60).stale_while_revalidate(Duration::from_secs(30)))
        .service(web::scope("/a").service(web::resource("/{id}").app_data(1_u8).to(handler)));
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    stage
        .run(async {
            site.get("/a/7").await;
            stage.pass_secs(70);
            assert_eq!(site.get("/a/7").await.text(), "7 run 1");

            while script.runs.count() < 2 {
                yield_now().await;
            }

            assert_eq!(site.get("/a/7").await.text(), "7 run 2");
        })
        .await;
}

/// The visitor's answer has to leave first: until its body is read, or dropped, the request is in use.
#[actix_web::test]
async fn a_stale_page_is_made_anew_though_its_visitor_goes_away() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let site = behind!(CachePage::seconds(60).stale_while_revalidate(Duration::from_secs(30)), script);

    stage
        .run(async {
            site.get("/page").await;
            stage.pass_secs(70);
            drop(site.call(ask("GET", "/page", &[])).await);

            while script.runs.count() < 2 {
                yield_now().await;
            }

            assert_eq!(site.get("/page").await.text(), "/page run 2");
        })
        .await;
}

/// A middleware that answers by an error of its own.
fn refusing(runs: &Runs, from: usize) -> impl Fn() -> Result<usize, Error> + Clone + 'static {
    let runs = runs.clone();
    move || {
        let run = runs.next();
        if run < from { Ok(run) } else { Err(error::ErrorBadGateway("no answer")) }
    }
}

async fn failing(refuse: impl Fn() -> Result<usize, Error> + Clone + 'static, policy: Policy) -> Site {
    let app = App::new()
        .wrap_fn(move |request, service| {
            let refused = refuse();
            let answer = service.call(request);
            async move {
                refused?;
                answer.await
            }
        })
        .wrap(CachePage::policy(policy))
        .default_service(web::to(async || "page"));
    Site::of(init_service(app).await, TestRequest::to_request)
}

/// HT041: an error stays an error for the services outside.
#[actix_web::test]
async fn the_error_of_a_service_is_passed_on_and_not_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = failing(refusing(&runs, 1), Policy::seconds(60).statuses([200, 404])).await;

    stage
        .run(async {
            for _ in 0..2 {
                let answer = site.get("/page").await;
                assert_eq!((answer.status.as_u16(), answer.text()), (502, "no answer"));
            }
        })
        .await;
    assert_eq!(runs.count(), 2);
}

/// HT077, HT079.
#[actix_web::test]
async fn a_stale_page_stands_for_the_error_of_a_service() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let policy = Policy::seconds(60).stale_if_error(Duration::from_mins(1));
    let site = failing(refusing(&runs, 2), policy).await;

    stage
        .run(async {
            site.get("/page").await;
            stage.pass_secs(70);
            let stale = site.get("/page").await;
            assert_eq!((stale.status.as_u16(), stale.text()), (200, "page"));
            assert_eq!(stale.header("cache-status"), "cache-runtime; fwd=stale; fwd-status=502; ttl=-10");
            stage.pass_secs(60);
            assert_eq!(site.get("/page").await.status, 502);
        })
        .await;
}

/// HT045: what services outside add is of this request.
#[actix_web::test]
async fn services_outside_dress_hits_as_well() {
    let (stage, script, requests) = (Stage::new(), Script::new(&[]), Runs::default());
    let numbers = requests.clone();
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .wrap(CachePage::seconds(60))
        .wrap_fn(move |request, service| {
            let number = numbers.next().to_string();
            let answer = service.call(request);
            async move {
                let mut answer = answer.await?;
                // The response belongs to the request that was made.
                assert_eq!(answer.request().path(), "/page");
                answer.headers_mut().insert("x-request-id".parse().unwrap(), number.parse().unwrap());
                Ok(answer)
            }
        })
        .default_service(web::to(told));
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    stage
        .run(async {
            site.get("/page").await;
            let hit = site.get("/page").await;

            assert!(hit.is_hit());
            assert_eq!(hit.header("x-request-id"), "2");
        })
        .await;
}

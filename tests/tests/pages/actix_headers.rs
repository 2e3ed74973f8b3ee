//! What middleware of actix that dresses and weighs does besides the rows.

use std::time::{Duration, SystemTime};

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use cache_runtime::actix::{CachePage, Condition};
use cache_runtime::page::{NeverCache, VaryOn};

use crate::actix_stage::{Script, Site, ask, behind, told};
use crate::stage::Stage;

/// 2025-12-31.
fn last_year() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(490_872)
}

fn validators() -> Condition {
    Condition::new()
        .etag(|request| (request.path() != "/new").then(|| "v1".to_owned()))
        .last_modified(|request| (request.path() != "/new").then(last_year))
}

/// HD082: a page that does not exist yet has no validators.
#[actix_web::test]
async fn what_does_not_exist_meets_no_condition() {
    let script = Script::new(&[]);
    let site = behind!(validators(), script);

    let new = site.send(ask("PUT", "/new", &[("if-none-match", "*")])).await;

    assert_eq!((new.status.as_u16(), new.header("etag")), (200, ""));
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

//! Who keeps a page: a site, a route and a handler of one URL never have a page of each other.

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn};
use axum::routing::get as on_get;
use cache_runtime::page::{self, CachePage, CacheSite};
use cache_runtime::{actix, cache_page};
use http::StatusCode;
use http::request::Parts;

use crate::service::app;
use crate::stage::{Answer, Runs, Stage, ask, get, send};

/// How long a test waits for what must not be waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets members in.
struct Member;

impl page::SharedInput for Member {}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let is_member = parts.headers.get("x-api-key").is_some_and(|key| key == "member");
        if is_member { Ok(Self) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

#[cache_page(60)]
async fn members(_: Member, State(runs): State<Runs>) -> String {
    format!("for members {}", runs.next())
}

/// A page for members alone, in a site that is cached as a whole.
fn guarded(runs: &Runs) -> Router {
    Router::new().route("/page", on_get(members)).with_state(runs.clone())
}

async fn as_member(app: &Router, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([("x-api-key", "member")]).collect();
    send(app, ask("GET", "/page", &headers)).await
}

#[tokio::test]
async fn a_site_does_not_serve_what_a_guarded_handler_inside_has_stored() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = guarded(&runs).layer(CacheSite::seconds(600));

    stage
        .run(async {
            // The site lets it pass, and the handler inside stores its page.
            as_member(&app, &[("cookie", "theme=dark")]).await;

            assert_eq!(get(&app, "/page").await.status, StatusCode::UNAUTHORIZED);
        })
        .await;
}

#[tokio::test]
async fn a_handler_inside_of_a_site_of_the_same_cache_is_cached() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = guarded(&runs).layer(CacheSite::seconds(600));

    stage
        .run(async {
            as_member(&app, &[]).await;

            assert_eq!(as_member(&app, &[]).await.text(), "for members 1");
        })
        .await;
    assert_eq!(runs.count(), 1);
}

/// The flight of the site's key does not keep the handler's page waiting, on whatever task it is asked.
#[tokio::test]
async fn a_task_between_a_site_and_a_handler_waits_for_nothing() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let caches = stage.caches.clone();
    let as_a_task = move |request: Request, next: Next| {
        let caches = caches.clone();
        async move { tokio::spawn(caches.scope(next.run(request))).await.unwrap() }
    };
    let app = guarded(&runs).layer(from_fn(as_a_task)).layer(CacheSite::seconds(600));

    // The clock stands still: a wait would have no end.
    let visits = stage.run(async {
        as_member(&app, &[]).await;
        as_member(&app, &[]).await
    });
    let second = tokio::time::timeout(PATIENCE, visits).await.expect("nobody waits for another");

    assert_eq!(second.text(), "for members 1");
}

#[tokio::test]
async fn a_site_does_not_serve_what_a_route_inside_keeps_from_some() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let route = CachePage::seconds(60).ignore_cookies(["theme"]);
    let route = route.bypass(|request| request.header("x-preview").is_some());
    let app = app(route, &runs, &[]).layer(CacheSite::seconds(600));

    stage
        .run(async {
            send(&app, ask("GET", "/page", &[("cookie", "theme=dark")])).await;
            let preview = send(&app, ask("GET", "/page", &[("x-preview", "1")])).await;

            assert_eq!(preview.text(), "/page run 2");
        })
        .await;
}

#[tokio::test]
async fn an_invalidation_reaches_a_url_whoever_keeps_its_page() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let apps =
        [guarded(&runs), app(CachePage::seconds(60), &runs, &[]), app(CacheSite::seconds(60), &runs, &[])];

    stage
        .run(async {
            for app in &apps {
                as_member(app, &[]).await;
                assert!(as_member(app, &[]).await.is_hit());
            }
            page::invalidate("/page").await.unwrap();
            for app in &apps {
                assert!(!as_member(app, &[]).await.is_hit());
            }
        })
        .await;
}

mod guards {
    use actix_web::guard::Header;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};

    use super::*;
    use crate::actix_stage::Site;

    #[actix::cache_page(60)]
    async fn public() -> &'static str {
        "for everybody"
    }

    #[actix::cache_page(60)]
    async fn staff() -> &'static str {
        "for staff"
    }

    #[actix_web::test]
    async fn two_handlers_of_one_url_share_nothing() {
        let stage = Stage::new();
        let pages = web::resource("/page")
            .route(web::get().guard(Header("x-staff", "yes")).to(staff))
            .route(web::get().to(public));
        let site = Site::of(init_service(App::new().service(pages)).await, TestRequest::to_request);

        stage
            .run(async {
                assert_eq!(site.get_with("/page", &[("x-staff", "yes")]).await.text(), "for staff");
                assert_eq!(site.get("/page").await.text(), "for everybody");
            })
            .await;
    }

    #[actix_web::test]
    async fn two_handlers_of_one_name_in_one_module_share_nothing() {
        fn front() -> actix_web::Route {
            #[actix::cache_page(60)]
            async fn index() -> &'static str {
                "front"
            }
            web::get().guard(Header("x-front", "yes")).to(index)
        }
        fn back() -> actix_web::Route {
            #[actix::cache_page(60)]
            async fn index() -> &'static str {
                "back"
            }
            web::get().to(index)
        }
        let stage = Stage::new();
        let pages = web::resource("/page").route(front()).route(back());
        let site = Site::of(init_service(App::new().service(pages)).await, TestRequest::to_request);

        stage
            .run(async {
                assert_eq!(site.get_with("/page", &[("x-front", "yes")]).await.text(), "front");
                assert_eq!(site.get("/page").await.text(), "back");
            })
            .await;
    }
}

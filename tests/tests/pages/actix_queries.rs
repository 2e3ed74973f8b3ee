//! Middleware of actix: what a key lacks no service inside reads, and no page is made of it.

use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::http::header::RANGE;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use cache_runtime::actix::CachePage;
use tokio::task::yield_now;

use crate::actix_stage::{Script, Site, behind};
use crate::stage::{Runs, Stage};

/// Every way in which a handler comes by its URL.
async fn urls(request: HttpRequest, whole: actix_web::http::Uri, path: web::Path<String>) -> String {
    let router = request.match_info().get_ref().uri().clone();
    format!("{} {} {whole} {router} {path}", request.query_string(), request.uri())
}

async fn site(layer: CachePage) -> Site {
    let pages = web::scope("/shop").service(web::resource("/{page}").to(urls));
    let app = App::new().wrap(layer).service(pages);
    Site::of(init_service(app).await, TestRequest::to_request)
}

fn layer() -> CachePage {
    CachePage::seconds(60).ignore_query(["utm_*"])
}

#[actix_web::test]
async fn a_middleware_takes_away_the_parameters_that_its_key_lacks() {
    let site = site(layer()).await;

    Stage::new()
        .run(async {
            let tracked = site.get("/shop/page?a=1&utm_source=%22%3E%3Cscript%3E").await;
            assert_eq!(tracked.text(), "a=1 /shop/page?a=1 /shop/page?a=1 /shop/page?a=1 page");
            let only = site.get("/shop/page?utm_source=x").await;
            assert_eq!(only.text(), " /shop/page /shop/page /shop/page page");
            assert!(site.get("/shop/page").await.is_hit());
        })
        .await;
}

#[actix_web::test]
async fn only_the_parameters_that_count_are_left() {
    let site = site(CachePage::seconds(60).query(["a"])).await;

    let answer = Stage::new().run(site.get("/shop/page?b=2&a=1&c=3")).await;

    assert_eq!(answer.text(), "a=1 /shop/page?a=1 /shop/page?a=1 /shop/page?a=1 page");
}

/// A request that passes by is its visitor's own: the handler sees all of it.
#[actix_web::test]
async fn a_middleware_leaves_the_query_of_a_request_that_passes_by() {
    let site = site(layer().bypass(|_| true)).await;

    let answer = Stage::new().run(site.get("/shop/page?utm_source=x")).await;

    assert!(answer.text().starts_with("utm_source=x /shop/page?utm_source=x "), "{}", answer.text());
}

/// A handler that sends no parts answers with the page, which is for many.
#[actix_web::test]
async fn a_range_shows_a_handler_no_more_than_the_key_holds() {
    let site = site(layer()).await;

    Stage::new()
        .run(async {
            site.get_with("/shop/page?utm_source=x", &[("range", "bytes=0-1")]).await;

            let hit = site.get("/shop/page").await;
            assert!(hit.is_hit());
            assert_eq!(hit.text(), " /shop/page /shop/page /shop/page page");
        })
        .await;
}

/// A handler that sends parts is still asked for them.
#[actix_web::test]
async fn a_handler_sees_the_range_beside_the_query_that_counts() {
    let parts = async |request: HttpRequest| {
        let range = request.headers().get(RANGE).map(|range| range.to_str().unwrap().to_owned());
        HttpResponse::PartialContent().body(format!("{range:?} {}", request.query_string()))
    };
    let script = Script::new(&[]);
    let site = behind!(layer(), script, parts);

    let asked = site.get_with("/page?a=1&utm_source=x", &[("range", "bytes=0-1")]);
    let answer = Stage::new().run(asked).await;

    assert_eq!(answer.text(), "Some(\"bytes=0-1\") a=1");
}

#[actix_web::test]
async fn a_page_that_is_made_anew_behind_a_visitor_has_only_what_counts() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let told = move |request: HttpRequest| {
        let answer = format!("{:?} run {}", request.uri(), counted.next());
        async move { answer }
    };
    let script = Script::new(&[]);
    let site = behind!(layer().stale_while_revalidate(Duration::from_secs(30)), script, told);

    stage
        .run(async {
            site.get("/page").await;
            stage.pass_secs(70);
            site.get("/page?utm_source=x").await;
            while runs.count() < 2 {
                yield_now().await;
            }

            assert_eq!(site.get("/page").await.text(), "/page run 2");
        })
        .await;
}

/// The response belongs to the request that was made.
#[actix_web::test]
async fn services_outside_find_the_url_that_they_have_sent() {
    let app = App::new().service(
        web::resource("/{page}")
            .wrap(layer())
            .wrap_fn(|request, service| {
                let answer = service.call(request);
                async move {
                    let mut answer = answer.await?;
                    let (own, router) =
                        (answer.request().uri(), answer.request().match_info().get_ref().uri());
                    let told = format!("{own} {router}").parse().unwrap();
                    answer.headers_mut().insert("x-asked".parse().unwrap(), told);
                    Ok(answer)
                }
            })
            .to(|| async { "page" }),
    );
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    Stage::new()
        .run(async {
            for _ in 0..2 {
                let answer = site.get("/page?utm_source=x").await;
                assert_eq!(answer.header("x-asked"), "/page?utm_source=x /page?utm_source=x");
            }
        })
        .await;
}

/// Such a request cannot be changed on its way back either.
#[actix_web::test]
async fn a_service_inside_may_keep_the_request() {
    let kept = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let keeper = std::rc::Rc::clone(&kept);
    let keeping = move |request: HttpRequest| {
        let answer = request.uri().to_string();
        keeper.borrow_mut().push(request);
        async move { answer }
    };
    let script = Script::new(&[]);
    let site = behind!(layer(), script, keeping);

    Stage::new()
        .run(async {
            for page in ["/one", "/two"] {
                let answer = site.get(&format!("{page}?utm_source=x")).await;
                assert_eq!((answer.status.as_u16(), answer.text()), (200, page));
                assert!(site.get(page).await.is_hit(), "{page}");
            }
        })
        .await;
    assert_eq!(kept.borrow().len(), 2);
}

/// What `web::Path` reads is the router's copy, which a middleware that sets the URL leaves as it was.
#[actix_web::test]
async fn a_url_that_is_changed_for_the_request_alone_is_not_all_of_its_key() {
    let pages = web::scope("/shop").service(web::resource("/{page}").to(urls));
    let app = App::new().wrap(layer()).wrap_fn(|mut request, service| {
        request.head_mut().uri = "/shop/page".parse().unwrap();
        service.call(request)
    });
    let site = Site::of(init_service(app.service(pages)).await, TestRequest::to_request);

    Stage::new()
        .run(async {
            assert!(site.get("/shop/one").await.text().ends_with(" one"));
            assert!(site.get("/shop/two").await.text().ends_with(" two"));
        })
        .await;
}

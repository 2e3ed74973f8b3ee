//! Layers of one kind inside of each other, over one cache: each depth keeps its own pages.

use axum::Router;
use axum::routing::get as on_get;
use cache_runtime::page::{self, CachePage, CacheSite};

use crate::stage::{Runs, Stage, ask, get, send};

const PATHS: [&str; 3] = ["/pages", "/sites", "/deep/inner/page"];

/// Pages in pages, sites in sites, and three pages in nested routers; the innermost is fresh for five seconds.
fn nested(runs: &Runs) -> Router {
    let counted = || {
        let runs = runs.clone();
        on_get(move || async move { format!("run {}", runs.next()) })
    };
    let pages = Router::new()
        .route("/pages", counted().layer(CachePage::seconds(5).tags(["inner"])))
        .layer(CachePage::seconds(600));
    let sites = Router::new()
        .route("/sites", counted())
        .layer(CacheSite::seconds(5).tags(["inner"]))
        .layer(CacheSite::seconds(600));
    let inner = Router::new()
        .route("/page", counted().layer(CachePage::seconds(5).tags(["inner"])))
        .layer(CachePage::seconds(60));
    let deep = Router::new().nest("/inner", inner).layer(CachePage::seconds(600));
    pages.merge(sites).nest("/deep", deep)
}

#[tokio::test]
async fn the_innermost_layer_keeps_the_page_as_it_says() {
    for path in PATHS {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = nested(&runs);

        stage
            .run(async {
                for _ in 0..3 {
                    assert_eq!(get(&app, path).await.text(), "run 1", "{path}");
                }
                assert!(get(&app, path).await.header("cache-status").contains("; hit; ttl=5"), "{path}");
                stage.pass_secs(6);
                assert_eq!(get(&app, path).await.text(), "run 2", "{path}");
            })
            .await;
    }
}

/// The outer one lets it pass, and the inner one stores it.
#[tokio::test]
async fn an_outer_layer_does_not_serve_what_an_inner_one_keeps_from_some() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let inner = CachePage::seconds(60).ignore_cookies(["theme"]);
    let inner = inner.bypass(|request| request.header("x-preview").is_some());
    let page = on_get(move || async move { format!("run {}", counted.next()) }).layer(inner);
    let app = Router::new().route("/page", page).layer(CachePage::seconds(600));

    stage
        .run(async {
            send(&app, ask("GET", "/page", &[("cookie", "theme=dark")])).await;
            let preview = send(&app, ask("GET", "/page", &[("x-preview", "1")])).await;

            assert_eq!(preview.text(), "run 2");
        })
        .await;
}

#[tokio::test]
async fn an_invalidation_reaches_a_page_at_any_depth() {
    for path in PATHS {
        let (stage, runs) = (Stage::new(), Runs::default());
        let app = nested(&runs);

        stage
            .run(async {
                let mut expected = 0;
                for round in ["url", "prefix", "tag"] {
                    expected += 1;
                    for _ in 0..2 {
                        assert_eq!(get(&app, path).await.text(), format!("run {expected}"), "{path} {round}");
                    }
                    match round {
                        "url" => page::invalidate(path).await.unwrap(),
                        "prefix" => page::invalidate_prefix("/").await.unwrap(),
                        _ => page::invalidate_tag("inner").await.unwrap(),
                    }
                }
                assert_eq!(get(&app, path).await.text(), "run 4", "{path}");
            })
            .await;
    }
}

/// What earlier releases have stored is found.
#[tokio::test]
async fn the_outermost_layer_has_the_key_without_a_depth() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = nested(&runs);
    let alone = Router::new().route("/alone", on_get(async || "page")).layer(CachePage::seconds(60));

    stage
        .run(async {
            get(&alone, "/alone").await;
            get(&app, "/pages").await;
            get(&app, "/deep/inner/page?q=1").await;
        })
        .await;

    let mut keys = stage.caches.get("default").unwrap().keys().await.unwrap();
    keys.sort_unstable();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys[0].starts_with("page:/deep/inner/page:"), "{keys:?}");
    assert_eq!(keys[1..], ["page:CachePage:http:///alone", "page:CachePage^1:http:///pages"]);
}

mod actix {
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};
    use cache_runtime::actix::{CachePage, CacheSite};

    use super::*;
    use crate::actix_stage::{Script, Site, told};

    async fn site(script: &Script) -> Site {
        let pages = web::scope("/pages")
            .wrap(CachePage::seconds(600))
            .service(web::resource("/page").wrap(CachePage::seconds(5).tags(["inner"])).to(told));
        let app = App::new()
            .app_data(web::Data::new(script.clone()))
            .wrap(CacheSite::seconds(5).tags(["inner"]))
            .wrap(CacheSite::seconds(600))
            .service(pages)
            .default_service(web::to(told));
        Site::of(init_service(app).await, TestRequest::to_request)
    }

    #[actix_web::test]
    async fn the_innermost_layer_keeps_the_page_as_it_says() {
        for path in ["/pages/page", "/page"] {
            let (stage, script) = (Stage::new(), Script::new(&[]));
            let site = site(&script).await;

            stage
                .run(async {
                    for _ in 0..3 {
                        assert_eq!(site.get(path).await.text(), format!("{path} run 1"));
                    }
                    assert!(site.get(path).await.header("cache-status").contains("; hit; ttl=5"), "{path}");
                    stage.pass_secs(6);
                    assert_eq!(site.get(path).await.text(), format!("{path} run 2"));
                    page::invalidate(path).await.unwrap();
                    assert_eq!(site.get(path).await.text(), format!("{path} run 3"));
                    page::invalidate_tag("inner").await.unwrap();
                    assert_eq!(site.get(path).await.text(), format!("{path} run 4"));
                })
                .await;
        }
    }
}

//! Attributes that dress a cached page, under names that `#[cache_page]` does not know.

#![expect(
    clippy::unused_async,
    clippy::too_many_arguments,
    reason = "handlers are async whether or not they wait, and take what the framework lets them"
)]

use cache_runtime::vary_on_headers as by_headers;
use cache_runtime::{cache_control as told, never_cache as no_store, vary_on_cookie as by_cookie};

use crate::stage::{Answer, Runs, Stage};

const NEVER: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// What is never to be cached runs for each visitor, who is told so.
fn assert_never_kept(answers: &[Answer], runs: &Runs) {
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer.text(), format!("run {}", at + 1));
        assert_eq!(answer.header("cache-control"), NEVER);
        assert_eq!(answer.header("cache-status"), "cache-runtime; fwd=uri-miss; detail=no-store");
    }
    assert_eq!(runs.count(), answers.len());
}

mod axum {
    use axum::Router;
    use axum::extract::State;
    use axum::routing::get as on_get;
    use cache_runtime::{cache_page, cache_page as page_of};

    use super::{Answer, Runs, Stage, assert_never_kept, by_cookie, by_headers, no_store, told};
    use crate::stage::{ask, get, send};

    #[cache_page(60)]
    #[no_store]
    async fn below(State(runs): State<Runs>) -> String {
        format!("run {}", runs.next())
    }

    #[no_store]
    #[page_of(60)]
    async fn above(State(runs): State<Runs>) -> String {
        format!("run {}", runs.next())
    }

    /// One more argument than there is room for.
    #[cache_page(60)]
    #[no_store]
    #[rustfmt::skip]
    async fn full(
        State(runs): State<Runs>,
        _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>,
        _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>, _: State<Runs>,
        _: State<Runs>,
    ) -> String {
        format!("run {}", runs.next())
    }

    #[cache_page(60)]
    #[by_cookie]
    #[by_headers("X-Theme")]
    #[told(public, max_age = 5)]
    #[told(no_transform)]
    async fn dressed(State(runs): State<Runs>) -> String {
        format!("run {}", runs.next())
    }

    fn site() -> (Router, Runs) {
        let runs = Runs::default();
        let router = Router::new()
            .route("/below", on_get(below))
            .route("/above", on_get(above))
            .route("/full", on_get(full))
            .route("/dressed", on_get(dressed));
        (router.with_state(runs.clone()), runs)
    }

    async fn asked_twice(url: &str) -> ([Answer; 2], Runs) {
        let (site, runs) = site();
        let answers = Stage::new().run(async { [get(&site, url).await, get(&site, url).await] }).await;
        (answers, runs)
    }

    #[tokio::test]
    async fn what_is_never_cached_is_not_kept_by_an_attribute_above() {
        let (answers, runs) = asked_twice("/below").await;

        assert_never_kept(&answers, &runs);
    }

    #[tokio::test]
    async fn what_is_never_cached_is_not_kept_by_an_attribute_below() {
        let (answers, runs) = asked_twice("/above").await;

        assert_never_kept(&answers, &runs);
    }

    #[tokio::test]
    async fn what_is_never_cached_is_not_kept_at_the_most_arguments() {
        let (answers, runs) = asked_twice("/full").await;

        assert_never_kept(&answers, &runs);
    }

    /// Dressed anew, a hit would say other things each time.
    #[tokio::test]
    async fn a_page_is_dressed_once_before_it_is_stored() {
        let (site, runs) = site();

        Stage::new()
            .run(async {
                for _ in 0..2 {
                    let answer = get(&site, "/dressed").await;
                    assert_eq!(answer.header("vary"), "X-Theme, Cookie");
                    assert_eq!(answer.header("cache-control"), "no-transform, public, max-age=5");
                }
                let ada = ask("GET", "/dressed", &[("cookie", "user=ada")]);
                assert_eq!(send(&site, ada).await.text(), "run 2");
            })
            .await;
        assert_eq!(runs.count(), 2);
    }
}

mod actix {
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};
    use cache_runtime::actix::{cache_page, cache_page as page_of};

    use super::{Answer, Runs, Stage, assert_never_kept, by_cookie, no_store};
    use crate::actix_stage::Site;

    #[cache_page(60)]
    #[no_store]
    async fn below(runs: web::Data<Runs>) -> String {
        format!("run {}", runs.next())
    }

    #[no_store]
    #[page_of(60)]
    async fn above(runs: web::Data<Runs>) -> String {
        format!("run {}", runs.next())
    }

    #[cache_page(60)]
    #[by_cookie]
    async fn dressed(runs: web::Data<Runs>) -> String {
        format!("run {}", runs.next())
    }

    async fn site() -> (Site, Runs) {
        let runs = Runs::default();
        let app = App::new()
            .app_data(web::Data::new(runs.clone()))
            .route("/below", web::get().to(below))
            .route("/above", web::get().to(above))
            .route("/dressed", web::get().to(dressed));
        (Site::of(init_service(app).await, TestRequest::to_request), runs)
    }

    async fn asked_twice(url: &str) -> ([Answer; 2], Runs) {
        let (site, runs) = site().await;
        let answers = Stage::new().run(async { [site.get(url).await, site.get(url).await] }).await;
        (answers, runs)
    }

    #[actix_web::test]
    async fn what_is_never_cached_is_not_kept_by_an_attribute_above() {
        let (answers, runs) = asked_twice("/below").await;

        assert_never_kept(&answers, &runs);
    }

    #[actix_web::test]
    async fn what_is_never_cached_is_not_kept_by_an_attribute_below() {
        let (answers, runs) = asked_twice("/above").await;

        assert_never_kept(&answers, &runs);
    }

    #[actix_web::test]
    async fn a_page_varies_on_cookies_that_another_name_says() {
        let (site, _) = site().await;

        Stage::new()
            .run(async {
                assert_eq!(site.get("/dressed").await.header("vary"), "Cookie");
                let ada = site.get_with("/dressed", &[("cookie", "user=ada")]).await;
                assert_eq!(ada.text(), "run 2");
            })
            .await;
    }
}

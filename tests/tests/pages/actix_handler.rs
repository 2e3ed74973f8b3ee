//! What the attribute does on actix besides the rules of pages; its expansions are written out.

use actix_web::dev::Payload;
use actix_web::http::{Method, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Either, FromRequest, HttpRequest, HttpResponse, Responder, error, web};
use cache_runtime::__private::actix::{Counted, PageInput, Response, serve};
use cache_runtime::page::{CachedPage, PageFunction, Policy};
use serde::Deserialize;

use crate::actix_stage::Site;
use crate::stage::{Runs, Stage};

/// A cached handler's type, with its policy.
macro_rules! page {
    ($name:ident, $policy:expr) => {
        enum $name {}

        impl CachedPage for $name {
            fn page() -> &'static PageFunction {
                static PAGE: PageFunction =
                    PageFunction::new(concat!(module_path!(), "::", line!()), "default", || $policy);
                &PAGE
            }
        }
    };
}

async fn site<A, F>(runs: &Runs, handler: F) -> Site
where
    A: FromRequest + 'static,
    F: actix_web::Handler<A>,
    F::Output: Responder + 'static,
{
    let app = App::new()
        .app_data(web::Data::new(runs.clone()))
        .route("/{name}", web::to(handler.clone()))
        .default_service(web::to(handler));
    Site::of(init_service(app).await, TestRequest::to_request)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    q: Option<String>,
    utm_source: Option<String>,
}

/// HT007, HT013: extractors cannot read what the key lacks.
#[actix_web::test]
async fn parameters_that_do_not_count_are_out_of_reach() {
    page!(Search, Policy::seconds(60).query(["q"]));
    async fn search(
        page: PageInput<Search>,
        asked: Counted<Search, web::Query<Asked>>,
        uri: Counted<Search, Uri>,
        name: Counted<Search, Option<web::Path<String>>>,
        maybe: Counted<Search, Result<web::Query<Asked>, actix_web::Error>>,
    ) -> Response {
        let visit = page.visit();
        let body = async move {
            let Asked { q, utm_source } = asked.into_inner().into_inner();
            let maybe = maybe.into_inner().unwrap().utm_source.clone();
            format!("{q:?} {utm_source:?} {maybe:?} {} {:?}", uri.into_inner(), name.into_inner().unwrap())
        };
        serve(page, visit, body).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs, search).await;

    stage
        .run(async {
            let first = site.get("/search?utm_source=evil&q=a").await;
            let plain = site.get("/search?utm_source=evil").await;

            assert_eq!(first.text(), r#"Some("a") None None /search?q=a Path("search")"#);
            assert_eq!(plain.text(), r#"None None None /search Path("search")"#);
            assert!(site.get("/search?q=a").await.is_hit());
        })
        .await;
}

/// A query that does not fit is refused as it is without the attribute.
#[actix_web::test]
async fn a_query_that_does_not_fit_is_refused_by_the_handler_of_the_application() {
    #[derive(Deserialize)]
    struct Number {
        n: u32,
    }
    page!(Numbers, Policy::seconds(60).query(["n"]));
    async fn numbers(page: PageInput<Numbers>, asked: Counted<Numbers, web::Query<Number>>) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { asked.n.to_string() }).await
    }
    let teapot = web::QueryConfig::default().error_handler(|fault, _| {
        error::InternalError::from_response(fault, HttpResponse::ImATeapot().into()).into()
    });
    let app = App::new().app_data(teapot).default_service(web::to(numbers));
    let (stage, site) = (Stage::new(), Site::of(init_service(app).await, TestRequest::to_request));

    stage
        .run(async {
            assert_eq!(site.get("/?n=x&other=1").await.status, 418);
            assert_eq!(site.get("/?n=7&other=1").await.text(), "7");
        })
        .await;
}

/// Only those who show a ticket; it changes no page.
struct Ticket;

impl FromRequest for Ticket {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let has_one = request.headers().contains_key("x-ticket");
        std::future::ready(has_one.then_some(Self).ok_or_else(|| error::ErrorForbidden("no ticket")))
    }
}

#[actix_web::test]
async fn extractors_reject_strangers_before_a_page_goes_out() {
    page!(Hall, Policy::seconds(60));
    async fn hall(page: PageInput<Hall>, _: Ticket, runs: web::Data<Runs>) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { format!("run {}", runs.next()) }).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs, hall).await;

    stage
        .run(async {
            assert_eq!(site.get_with("/", &[("x-ticket", "1")]).await.text(), "run 1");
            assert_eq!(site.get("/").await.status, 403);
            assert!(site.get_with("/", &[("x-ticket", "2")]).await.is_hit());
        })
        .await;
}

#[actix_web::test]
async fn keys_tags_conditions_and_refreshes_are_the_visits() {
    page!(Desk, Policy::seconds(60));
    async fn desk(page: PageInput<Desk>, runs: web::Data<Runs>) -> Response {
        let user = page.request().header("x-user").unwrap_or_default().to_owned();
        let (fresh, cached) =
            (page.request().query() == Some("fresh"), page.request().query() != Some("live"));
        let visit = page
            .visit()
            .key(format!("user:{user}"))
            .tag(format!("desk:{user}"))
            .force_refresh(fresh)
            .when(cached);
        serve(page, visit, async move { format!("{user} {}", runs.next()) }).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs, desk).await;

    stage
        .run(async {
            let of = async |user, uri| site.get_with(uri, &[("x-user", user)]).await.text().to_owned();
            assert_eq!((of("ann", "/").await, of("bob", "/").await), ("ann 1".into(), "bob 2".into()));
            assert_eq!((of("ann", "/").await, of("bob", "/").await), ("ann 1".into(), "bob 2".into()));
            cache_runtime::cache("default").unwrap().invalidate_tag("desk:ann").await.unwrap();
            assert_eq!((of("ann", "/").await, of("bob", "/").await), ("ann 3".into(), "bob 2".into()));
            assert_eq!(
                (of("ann", "/?live").await, of("ann", "/?live").await),
                ("ann 4".into(), "ann 5".into())
            );
            assert_eq!(
                (of("ann", "/?fresh").await, of("ann", "/?fresh").await),
                ("ann 6".into(), "ann 7".into())
            );
        })
        .await;
}

/// HT088, HT090: the companions of a handler.
#[actix_web::test]
async fn pages_go_by_the_url_and_by_the_handler() {
    page!(Left, Policy::seconds(60).query(["q"]));
    page!(Right, Policy::seconds(60));
    async fn left(page: PageInput<Left>, runs: web::Data<Runs>) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { runs.next().to_string() }).await
    }
    async fn right(page: PageInput<Right>, runs: web::Data<Runs>) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { runs.next().to_string() }).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let (left, right) = (site(&runs, left).await, site(&runs, right).await);

    stage
        .run(async {
            for site in [&left, &right] {
                site.get("http://left.example/a?q=1").await;
                site.get("http://right.example/b").await;
            }
            Left::page().invalidate("/a?q=1&utm=2").await.unwrap();
            assert!(!left.get("http://left.example/a?q=1").await.is_hit());
            assert!(left.get("http://right.example/b").await.is_hit());
            assert!(!right.get("http://left.example/a?q=1").await.is_hit(), "a URL is dropped for all");

            Left::page().invalidate_all().await.unwrap();

            assert!(!left.get("http://right.example/b").await.is_hit());
            assert!(right.get("http://right.example/b").await.is_hit());
        })
        .await;
}

/// Every kind of return type, and what becomes of its error.
#[actix_web::test]
async fn whatever_answers_a_request_is_a_page() {
    page!(Any, Policy::seconds(60).statuses([200, 404]));
    async fn any(
        page: PageInput<Any>,
        method: Method,
        name: web::Path<String>,
        runs: web::Data<Runs>,
    ) -> Response {
        let visit = page.visit();
        let body = async move {
            assert_eq!(method, Method::GET);
            let run = runs.next();
            match name.as_str() {
                "text" => Ok(Some(Either::Left(format!("text {run}")))),
                "json" => Ok(Some(Either::Right(web::Json(run)))),
                "none" => Ok(None),
                _ => Err(error::ErrorImATeapot(format!("error {run}"))),
            }
        };
        serve(page, visit, body).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs, any).await;

    stage
        .run(async {
            for (uri, status, is_hit) in
                [("/text", 200, true), ("/json", 200, true), ("/none", 404, true), ("/error", 418, false)]
            {
                let first = site.get(uri).await;
                let second = site.get(uri).await;

                assert_eq!((first.status.as_u16(), second.is_hit()), (status, is_hit), "{uri}");
                assert_eq!(first.text() == second.text(), is_hit, "{uri}");
                assert_eq!(first.header("content-type"), second.header("content-type"), "{uri}");
            }
        })
        .await;
}

/// The limit of actix: sixteen arguments; then the input rides with the first.
#[actix_web::test]
async fn a_handler_of_sixteen_arguments_is_cached() {
    page!(Wide, Policy::seconds(60));
    type D = web::Data<Runs>;
    #[expect(clippy::too_many_arguments, reason = "the limit of actix")]
    async fn wide(
        (page, runs): (PageInput<Wide>, D),
        _: (D, D),
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: D,
        _: web::Bytes,
    ) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { runs.next().to_string() }).await
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs, wide).await;

    stage
        .run(async {
            site.get("/").await;

            assert_eq!(site.get("/").await.text(), "1");
        })
        .await;
}

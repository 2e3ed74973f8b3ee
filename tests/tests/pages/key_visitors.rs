//! What of one visitor could get into the page of another: bodies, cookies by other spellings.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{any, get as on_get};
use cache_runtime::cache_page;
use cache_runtime::page::CachePage;
use http::{HeaderMap, Request, Version};

use crate::stage::{Stage, ask, get, send};

/// A request whose headers do not tell that it has a body, as HTTP/2 sends it.
fn with_a_body() -> Request<Body> {
    Request::builder().uri("/page").version(Version::HTTP_2).body(Body::from("evil")).unwrap()
}

async fn reads(body: Bytes) -> String {
    format!("read {body:?}")
}

#[tokio::test]
async fn a_body_that_no_header_announces_makes_no_page_of_a_layer() {
    let app = Router::new().route("/page", any(reads)).layer(CachePage::seconds(60));

    Stage::new()
        .run(async {
            send(&app, with_a_body()).await;

            assert_eq!(get(&app, "/page").await.text(), "read b\"\"");
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn a_body_that_no_header_announces_makes_no_page_of_an_attribute() {
    #[cache_page(60, ignore(body))]
    async fn page(body: Bytes) -> String {
        reads(body).await
    }
    let app: Router = Router::new().route("/page", on_get(page));

    Stage::new()
        .run(async {
            send(&app, with_a_body()).await;

            assert_eq!(get(&app, "/page").await.text(), "read b\"\"");
            assert!(get(&app, "/page").await.is_hit());
        })
        .await;
}

/// Frameworks decode the names of cookies.
#[tokio::test]
async fn a_session_cookie_is_seen_however_it_is_written() {
    let handler = async |headers: HeaderMap| format!("{:?}", headers.get("cookie"));
    let layer = CachePage::seconds(60).session_cookies(["session", "a+b"]);
    let app = Router::new().route("/page", on_get(handler)).layer(layer);

    Stage::new()
        .run(async {
            for cookie in ["sess%69on=mallory", "theme=dark; %73ession=m", "a%2Bb=m", "a+b=m"] {
                send(&app, ask("GET", "/page", &[("cookie", cookie)])).await;
                assert_eq!(get(&app, "/page").await.text(), "None", "{cookie}");
            }
            assert!(send(&app, ask("GET", "/page", &[("cookie", "th%65me=dark")])).await.is_hit());
        })
        .await;
}

#[tokio::test]
async fn a_cookie_is_harmless_by_its_decoded_name_too() {
    let handler = async |headers: HeaderMap| format!("{:?}", headers.get("cookie"));
    let layer = CachePage::seconds(60).ignore_cookies(["_ga*", "s%69d"]);
    let app = Router::new().route("/page", on_get(handler)).layer(layer);

    Stage::new()
        .run(async {
            get(&app, "/page").await;
            assert!(send(&app, ask("GET", "/page", &[("cookie", "_g%61=1")])).await.text().contains("_g%61"));
            assert!(send(&app, ask("GET", "/page", &[("cookie", "_ga%5F1=1")])).await.is_hit());
            assert!(!send(&app, ask("GET", "/page", &[("cookie", "s%69d=1")])).await.is_hit());
        })
        .await;
}

mod actix {
    use actix_web::body::BoxBody;
    use actix_web::http::header::HeaderMap;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpRequest, HttpResponse, Responder, web};
    use cache_runtime::actix::{CachePage, cache_page};

    use crate::actix_stage::Site;
    use crate::stage::Stage;

    /// Tells what of the request it sees.
    struct Greeting;

    impl Responder for Greeting {
        type Body = BoxBody;

        fn respond_to(self, request: &HttpRequest) -> HttpResponse {
            let told =
                |headers: &HeaderMap, name| headers.get(name).map(|line| line.to_str().unwrap().to_owned());
            let [cookie, language] = ["cookie", "accept-language"].map(|name| told(request.headers(), name));
            HttpResponse::Ok().body(format!("{:?} {cookie:?} {language:?}", request.uri().to_string()))
        }
    }

    async fn site<R: Responder + 'static, F, A>(handler: F) -> Site
    where
        F: actix_web::Handler<A, Output = R>,
        A: actix_web::FromRequest + 'static,
    {
        Site::of(
            init_service(App::new().route("/page", web::get().to(handler))).await,
            TestRequest::to_request,
        )
    }

    const VISITOR: [(&str, &str); 2] = [("cookie", "user=ada"), ("accept-language", "fr")];

    #[actix_web::test]
    async fn what_a_responder_reads_of_a_visitor_is_in_no_page() {
        #[cache_page(60, vary = ["accept-language"], ignore_query = ["utm_*"])]
        async fn greeting() -> Greeting {
            Greeting
        }
        let site = site(greeting).await;

        Stage::new()
            .run(async {
                let answer = site.get_with("/page?a=1&utm_source=x", &VISITOR).await;
                assert_eq!(answer.text(), r#""/page?a=1" None Some("fr")"#);
                assert_eq!(site.get("/page").await.text(), r#""/page" None None"#);
            })
            .await;
    }

    /// A responder that sends no parts answers with the page, which is for many.
    #[actix_web::test]
    async fn a_range_shows_a_responder_no_more_than_the_key_holds() {
        #[cache_page(60, ignore_query = ["utm_*"])]
        async fn greeting() -> Greeting {
            Greeting
        }
        let site = site(greeting).await;

        Stage::new()
            .run(async {
                let visitor = [VISITOR[0], ("range", "bytes=0-1")];
                site.get_with("/page?utm_source=x", &visitor).await;

                let hit = site.get("/page").await;
                assert!(hit.is_hit());
                assert_eq!(hit.text(), r#""/page" None None"#);
            })
            .await;
    }

    /// A responder that sends parts is still asked for them.
    #[actix_web::test]
    async fn a_responder_sees_the_range_that_is_asked_for() {
        struct Part;

        impl Responder for Part {
            type Body = BoxBody;

            fn respond_to(self, request: &HttpRequest) -> HttpResponse {
                let range = request.headers().get("range").map(|range| range.to_str().unwrap().to_owned());
                HttpResponse::PartialContent().body(format!("{range:?}"))
            }
        }
        #[cache_page(60)]
        async fn part() -> Part {
            Part
        }
        let site = site(part).await;

        let answer = Stage::new().run(site.get_with("/page", &[("range", "bytes=0-1")])).await;

        assert_eq!((answer.status.as_u16(), answer.text()), (206, r#"Some("bytes=0-1")"#));
    }

    #[actix_web::test]
    async fn a_responder_sees_all_of_a_request_that_passes_by() {
        #[cache_page(60, when = request.cookie("user").is_none())]
        async fn greeting() -> Greeting {
            Greeting
        }
        let site = site(greeting).await;

        let answer = Stage::new().run(site.get_with("/page", &VISITOR)).await;

        assert_eq!(answer.text(), r#""/page" Some("user=ada") Some("fr")"#);
    }

    async fn reads(body: web::Bytes) -> String {
        format!("read {body:?}")
    }

    /// A body that no header announces, as HTTP/2 sends it.
    async fn a_silent_body_makes_no_page_of(site: Site) {
        let with_a_body = || {
            let request = TestRequest::with_uri("/page").version(actix_web::http::Version::HTTP_2);
            request.set_payload("evil")
        };

        Stage::new()
            .run(async {
                assert_eq!(site.send(with_a_body()).await.text(), "read b\"evil\"");
                assert_eq!(site.get("/page").await.text(), "read b\"\"");
                assert!(site.get("/page").await.is_hit());
                assert_eq!(site.send(with_a_body()).await.text(), "read b\"evil\"");
            })
            .await;
    }

    #[actix_web::test]
    async fn a_body_that_no_header_announces_makes_no_page_of_a_middleware() {
        let page = web::resource("/page").wrap(CachePage::seconds(60)).to(reads);

        a_silent_body_makes_no_page_of(Site::of(
            init_service(App::new().service(page)).await,
            TestRequest::to_request,
        ))
        .await;
    }

    #[actix_web::test]
    async fn a_body_that_no_header_announces_makes_no_page_of_an_attribute() {
        #[cache_page(60, ignore(body))]
        async fn page(body: web::Bytes) -> String {
            reads(body).await
        }

        a_silent_body_makes_no_page_of(site(page).await).await;
    }
}

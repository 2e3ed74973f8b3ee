//! Pages of annotated handlers on axum: the rules that Django's own tests check, by their rows.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get as on_get};
use cache_runtime::cache_page;
use http::StatusCode;

use crate::stage::{Runs, Stage, ask, get, send};

/// A router with a handler at `/page`.
pub(crate) fn app(route: MethodRouter<Runs>, runs: &Runs) -> Router {
    Router::new().route("/page", route).with_state(runs.clone())
}

/// Handlers that answer with the number of their run.
macro_rules! counting {
    ($($name:ident($($option:tt)*);)*) => {$(
        #[cache_page($($option)*)]
        async fn $name(State(runs): State<Runs>) -> String {
            format!("run {}", runs.next())
        }
    )*};
}

counting! {
    implicit(3);
    explicit(3, cache = "default");
    prefixed(3, key_prefix = "beta");
    other(1, cache = "other");
    other_prefixed(1, cache = "other", key_prefix = "beta");
}

/// Answers with the headers and the status that the query names.
#[cache_page(3)]
async fn said(State(runs): State<Runs>, Query(said): Query<Vec<(String, String)>>) -> Response {
    let mut response = format!("run {}", runs.next()).into_response();
    for (name, value) in said {
        if name == "status" {
            *response.status_mut() = StatusCode::from_bytes(value.as_bytes()).unwrap();
        } else {
            let name: http::HeaderName = name.parse().unwrap();
            response.headers_mut().append(name, value.parse().unwrap());
        }
    }
    response
}

/// How often the handler runs for two visits of a page that says this.
async fn runs_of_two_visits(query: &str) -> usize {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(said), &runs);
    let uri = format!("/page?{query}");

    stage
        .run(async {
            get(&app, &uri).await;
            get(&app, &uri).await;
        })
        .await;

    runs.count()
}

/// PG001.
#[tokio::test]
async fn the_second_visit_gets_the_page_of_the_first() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(implicit), &runs);

    let pages = stage.run(async { [get(&app, "/page").await, get(&app, "/page").await] }).await;

    assert_eq!(pages.map(|page| page.text().to_owned()), ["run 1", "run 1"]);
    assert_eq!(runs.count(), 1);
}

/// PG003, PG004, PG006, PG007.
#[tokio::test]
async fn a_handler_an_alias_and_a_prefix_set_pages_of_one_url_apart() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let visit = async |route| get(&app(route, &runs), "/page").await.text().to_owned();

    stage
        .run(async {
            assert_eq!(visit(on_get(implicit)).await, "run 1");
            assert_eq!(visit(on_get(explicit)).await, "run 2");
            assert_eq!(visit(on_get(prefixed)).await, "run 3");
            assert_eq!(visit(on_get(prefixed)).await, "run 3");
            assert_eq!(visit(on_get(other)).await, "run 4");
            assert_eq!(visit(on_get(other)).await, "run 4");
            assert_eq!(visit(on_get(other_prefixed)).await, "run 5");
        })
        .await;
}

/// PG008, PG009, PG010.
#[tokio::test]
async fn each_page_has_the_timeout_of_its_handler() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let visit = async |route| get(&app(route, &runs), "/page").await.is_hit();

    stage
        .run(async {
            for route in [on_get(implicit), on_get(other), on_get(other_prefixed)] {
                visit(route).await;
            }
            stage.pass_secs(2);

            assert!(visit(on_get(implicit)).await);
            assert!(!visit(on_get(other)).await);
            assert!(!visit(on_get(other_prefixed)).await);
        })
        .await;
}

/// PG011.
#[tokio::test]
async fn the_timeout_of_the_attribute_beats_the_max_age_of_the_page() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(said), &runs);
    let uri = "/page?cache-control=max-age=1";

    stage
        .run(async {
            get(&app, uri).await;
            stage.pass_secs(1);

            assert!(get(&app, uri).await.is_hit());
        })
        .await;
}

/// PG013, PG014, PG015, PG018, PG021.
#[tokio::test]
async fn pages_that_say_so_are_not_kept() {
    for query in [
        "cache-control=private",
        "cache-control=no-store",
        "cache-control=no-cache",
        "cache-control=private=%22Set-Cookie%22",
        "vary=*",
    ] {
        assert_eq!(runs_of_two_visits(query).await, 2, "{query}");
    }
    assert_eq!(runs_of_two_visits("cache-control=public").await, 1);
}

/// PG024, PG025, PG026.
#[tokio::test]
async fn credentials_are_named_in_vary_unless_they_do_not_matter() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(said), &runs);
    let vary = async |uri, credentials| {
        let answer = send(&app, ask("GET", uri, &[("authorization", credentials)])).await;
        answer.header("vary").to_ascii_lowercase()
    };

    stage
        .run(async {
            assert_eq!(vary("/page?a=1", "Bearer token").await, "authorization");
            assert_eq!(vary("/page?a=2", "").await, "");
            assert_eq!(vary("/page?cache-control=public", "Bearer token").await, "");
        })
        .await;
}

/// PG029.
#[tokio::test]
async fn a_cookie_for_one_visitor_is_not_kept() {
    assert_eq!(runs_of_two_visits("set-cookie=id=7&vary=Cookie").await, 2);
}

/// PG032, PG033.
#[tokio::test]
async fn an_answer_without_a_page_is_not_kept_but_tells_its_lifetime() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(said), &runs);

    let answers =
        stage.run(async { [get(&app, "/page?status=304").await, get(&app, "/page?status=304").await] }).await;

    assert_eq!(runs.count(), 2);
    for answer in answers {
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
        assert_eq!(answer.header("cache-control"), "max-age=3");
        assert!(!answer.header("expires").is_empty());
    }
}

/// PG034.
#[tokio::test]
async fn the_first_answer_tells_the_lifetime_and_no_age() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(implicit), &runs);

    let answer = stage.run(get(&app, "/page")).await;

    let time = |name| httpdate::parse_http_date(answer.header(name)).unwrap();
    let lifetime = time("expires").duration_since(time("date")).unwrap();
    assert_eq!(lifetime.as_secs(), 3);
    assert_eq!(answer.header("cache-control"), "max-age=3");
    assert_eq!(answer.header("age"), "");
}

/// PG036, PG037.
#[tokio::test]
async fn other_methods_reach_the_handler_untouched() {
    let (stage, runs) = (Stage::new(), Runs::default());

    stage
        .run(async {
            for route in [any(implicit), any(prefixed)] {
                let app = app(route, &runs);
                for method in ["POST", "PUT", "PATCH", "DELETE"] {
                    let before = runs.count();
                    let answer = send(&app, ask(method, "/page", &[])).await;

                    assert_eq!(answer.text(), format!("run {}", before + 1));
                    assert_eq!((answer.header("cache-control"), answer.header("expires")), ("", ""));
                }
            }
        })
        .await;
}

#[cache_page(60)]
#[cache_runtime::never_cache]
async fn never() -> &'static str {
    "page"
}

#[cache_page(60, key_prefix = "themed")]
#[cache_runtime::vary_on_headers("X-Theme")]
async fn themed(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

/// HD042, HD045, HT067: what stands below the attribute dresses the page before it is kept.
#[tokio::test]
async fn headers_that_are_said_below_the_attribute_are_heeded() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let (never, themed) = (app(on_get(never), &runs), app(on_get(themed), &runs));

    stage
        .run(async {
            get(&never, "/page").await;
            assert!(!get(&never, "/page").await.is_hit());
            get(&themed, "/page").await;
            assert!(get(&themed, "/page").await.is_hit());
            assert!(!send(&themed, ask("GET", "/page", &[("x-theme", "dark")])).await.is_hit());
        })
        .await;
}

#[cache_page(60, stale_while_revalidate = "30s")]
async fn news(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

/// HT076: by the option of the attribute; one refresh runs, and nobody waits for it.
#[tokio::test]
async fn a_stale_page_of_a_handler_goes_out_while_it_is_made_anew() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(on_get(news), &runs);

    stage
        .run(async {
            get(&app, "/page").await;
            stage.pass_secs(70);
            for _ in 0..5 {
                let older = get(&app, "/page").await;
                assert_eq!((older.text(), older.header("age")), ("run 1", "70"));
            }
            while !get(&app, "/page").await.header("cache-status").contains("ttl=60") {
                tokio::task::yield_now().await;
            }
            assert_eq!(get(&app, "/page").await.text(), "run 2");
            stage.pass_secs(90);
            assert_eq!(get(&app, "/page").await.text(), "run 3", "beyond the window it is made first");
        })
        .await;
    assert_eq!(runs.count(), 3);
}

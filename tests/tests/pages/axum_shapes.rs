//! Handlers of axum in every shape that they have, under the attribute.

#![expect(
    clippy::unused_async,
    clippy::too_many_arguments,
    reason = "handlers are async, and one of them has all there may be"
)]

use std::fmt::Display;

use axum::body::Bytes;
use axum::extract::rejection::{NestedPathRejection, PathRejection};
use axum::extract::{MatchedPath, NestedPath, OriginalUri, Path, Query, RawQuery, Request, State};
use axum::http::{Method, Uri, Version};
use axum::response::{Html, IntoResponse};
use axum::routing::{any, get as on_get};
use axum::{Json, Router, debug_handler};
use cache_runtime::cache_page;
use http::StatusCode;

use crate::stage::{Runs, Stage, ask, get, send};

/// Says which plan this is.
///
/// The wrapper keeps this.
#[cache_page(60)]
#[debug_handler]
pub(crate) async fn checked(State(runs): State<Runs>, mut plan: Path<String>) -> impl IntoResponse {
    plan.push('!');
    Html(format!("{} run {}", *plan, runs.next()))
}

#[cache_page(60)]
async fn fallible(State(runs): State<Runs>, Path(id): Path<u32>) -> Result<impl IntoResponse, StatusCode> {
    let half = (id % 2 == 0).then_some(id / 2).ok_or(StatusCode::IM_A_TEAPOT)?;
    Ok([half.to_string(), format!("run {}", runs.next())].join(" "))
}

#[cache_page(60)]
async fn nothing() {}

#[cache_page(60)]
async fn constant() -> &'static str {
    "constant"
}

#[cache_page(60, ignore(body))]
async fn with_body(State(runs): State<Runs>, body: Bytes) -> String {
    format!("{} bytes, run {}", body.len(), runs.next())
}

#[cache_page(60, ignore(body))]
async fn with_json(State(runs): State<Runs>, body: Option<Json<u32>>) -> String {
    format!("{:?}, run {}", body.map(|Json(number)| number), runs.next())
}

#[cache_page(60, ignore(request))]
async fn with_request(request: Request) -> String {
    request.uri().to_string()
}

/// The text of the state, which decides the type.
#[cache_page(60)]
async fn generic<T: Display + Clone + Send + Sync + 'static, const N: usize>(
    State(state): State<T>,
) -> String {
    [format!("{N}"), state.to_string()].join(" ")
}

#[cache_page(60, companions = false)]
async fn alone(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60, companions = renamed_pages)]
async fn renamed(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60, ignore(version))]
#[debug_handler(state = Runs)]
#[expect(clippy::too_many_arguments, reason = "as many as axum takes")]
async fn sixteen(
    State(runs): State<Runs>,
    method: Method,
    uri: Uri,
    version: Version,
    OriginalUri(original): OriginalUri,
    matched: MatchedPath,
    RawQuery(raw): RawQuery,
    Query(query): Query<Vec<(String, u8)>>,
    Path(id): Path<u8>,
    (_, path): (Method, Result<Path<String>, PathRejection>),
    _: Uri,
    _: Uri,
    _: Uri,
    _: Uri,
    nested: Result<NestedPath, NestedPathRejection>,
    _: Option<Path<u8>>,
) -> String {
    let (path, nested) = (path.is_ok(), nested.is_err());
    let run = runs.next();
    format!(
        "{method} {uri} {version:?} {original} {} {raw:?} {query:?} {id} {path} {nested} run {run}",
        matched.as_str()
    )
}

fn app(runs: &Runs) -> Router {
    Router::new()
        .route("/checked/{plan}", on_get(checked))
        .route("/fallible/{id}", on_get(fallible))
        .route("/nothing", on_get(nothing))
        .route("/constant", on_get(constant))
        .route("/body", any(with_body))
        .route("/json", any(with_json))
        .route("/request", on_get(with_request))
        .route("/alone", on_get(alone))
        .route("/renamed", on_get(renamed))
        .route("/sixteen/{id}", on_get(sixteen))
        .with_state(runs.clone())
}

async fn visit_twice(uri: &str) -> [String; 2] {
    let (stage, app) = (Stage::new(), app(&Runs::default()));
    let answers = stage.run(async { [get(&app, uri).await, get(&app, uri).await] }).await;
    answers.map(|answer| answer.text().to_owned())
}

#[tokio::test]
async fn handlers_of_every_shape_are_cached() {
    assert_eq!(visit_twice("/checked/pro").await, ["pro! run 1"; 2]);
    assert_eq!(visit_twice("/fallible/8").await, ["4 run 1"; 2]);
    assert_eq!(visit_twice("/nothing").await, [""; 2]);
    assert_eq!(visit_twice("/constant").await, ["constant"; 2]);
    assert_eq!(visit_twice("/alone").await, ["run 1"; 2]);
    assert_eq!(visit_twice("/body").await, ["0 bytes, run 1"; 2]);
    assert_eq!(visit_twice("/json").await, ["None, run 1"; 2]);
    assert_eq!(visit_twice("/request?a=1").await, ["/request?a=1"; 2]);
}

#[tokio::test]
async fn sixteen_arguments_are_not_too_many() {
    let expected = r#"GET /sixteen/3?a=1 HTTP/1.1 /sixteen/3?a=1 /sixteen/{id} Some("a=1") [("a", 1)] 3 true true run 1"#;

    assert_eq!(visit_twice("/sixteen/3?a=1").await, [expected; 2]);
}

#[tokio::test]
async fn a_request_with_a_body_passes_the_cache_by() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(&runs);
    let request = || {
        let mut request = ask("GET", "/body", &[("content-length", "3")]);
        *request.body_mut() = "abc".into();
        request
    };

    stage
        .run(async {
            get(&app, "/body").await;

            assert_eq!(send(&app, request()).await.text(), "3 bytes, run 2");
            assert_eq!(send(&app, request()).await.text(), "3 bytes, run 3");
            assert_eq!(get(&app, "/body").await.text(), "0 bytes, run 1");
        })
        .await;
}

#[tokio::test]
async fn a_question_mark_in_a_handler_stays_in_it() {
    let (stage, runs) = (Stage::new(), Runs::default());

    let answer = stage.run(get(&app(&runs), "/fallible/7")).await;

    assert_eq!((answer.status, runs.count()), (StatusCode::IM_A_TEAPOT, 0));
}

#[tokio::test]
async fn type_and_const_parameters_are_part_of_the_key() {
    let stage = Stage::new();
    let text = Router::new().route("/", on_get(generic::<String, 1>)).with_state("text".to_owned());
    let number = Router::new().route("/", on_get(generic::<u8, 1>)).with_state(7);
    let other = Router::new().route("/", on_get(generic::<u8, 2>)).with_state(7);

    stage
        .run(async {
            assert_eq!(get(&text, "/").await.text(), "1 text");
            assert_eq!(get(&number, "/").await.text(), "1 7");
            assert_eq!(get(&other, "/").await.text(), "2 7");
        })
        .await;
}

#[tokio::test]
async fn invalidate_drops_one_url_and_invalidate_all_every_one() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(&runs);
    let visit = async |uri| get(&app, uri).await.text().to_owned();

    stage
        .run(async {
            for uri in ["/checked/pro", "/checked/free", "/alone"] {
                visit(uri).await;
            }
            checked::invalidate("/checked/pro").await.unwrap();
            assert_eq!(visit("/checked/pro").await, "pro! run 4");
            assert_eq!(visit("/checked/free").await, "free! run 2");

            checked::invalidate_all().await.unwrap();
            assert_eq!(visit("/checked/pro").await, "pro! run 5");
            assert_eq!(visit("/checked/free").await, "free! run 6");
            assert_eq!(visit("/alone").await, "run 3");
        })
        .await;
}

#[tokio::test]
async fn companions_may_have_another_name() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(&runs);

    stage
        .run(async {
            get(&app, "/renamed").await;
            renamed_pages::invalidate("/renamed").await.unwrap();

            assert_eq!(get(&app, "/renamed").await.text(), "run 2");
        })
        .await;
}

#[tokio::test]
async fn uncached_is_the_body_alone() {
    let (stage, runs) = (Stage::new(), Runs::default());

    stage
        .run(async {
            renamed_pages::uncached(State(runs.clone())).await;

            assert_eq!(renamed_pages::uncached(State(runs.clone())).await, "run 2");
        })
        .await;
}

/// HT008.
#[tokio::test]
async fn a_nested_handler_is_keyed_by_the_whole_path() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let inner = || Router::new().route("/page", on_get(alone)).with_state(runs.clone());
    let app = Router::new().nest("/one", inner()).nest("/two", inner());

    stage
        .run(async {
            assert_eq!(get(&app, "/one/page").await.text(), "run 1");
            assert_eq!(get(&app, "/two/page").await.text(), "run 2");
            assert_eq!(get(&app, "/one/page").await.text(), "run 1");
        })
        .await;
}

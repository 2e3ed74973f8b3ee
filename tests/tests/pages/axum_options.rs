//! What each option of the attribute does to the pages of a handler of axum.

use axum::Router;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::routing::get as on_get;
use cache_runtime::page::invalidate_tag;
use cache_runtime::{Timeout, cache_page};

use crate::stage::{Runs, Site, get};

#[cache_page(60, query = ["page", "q"])]
async fn counted(
    State(runs): State<Runs>,
    RawQuery(query): RawQuery,
    Query(pairs): Query<Vec<(String, String)>>,
    uri: Uri,
) -> String {
    format!("{query:?} {} {uri} run {}", pairs.len(), runs.next())
}

#[cache_page(60, ignore_query = ["utm_*", "gclid"])]
async fn uncounted(State(runs): State<Runs>, RawQuery(query): RawQuery) -> String {
    format!("{query:?} run {}", runs.next())
}

#[cache_page(60, query = [])]
async fn without_query(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60, tags = ["prices", "plan:{plan}"])]
async fn tagged(State(runs): State<Runs>, Path(plan): Path<String>) -> String {
    format!("{plan} run {}", runs.next())
}

#[cache_page(60, force_refresh = request.header("x-refresh").is_some())]
async fn refreshed(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60, when = request.cookie("preview").is_none() && *plan != "custom")]
async fn conditional(State(runs): State<Runs>, Path(plan): Path<String>) -> String {
    format!("{plan} run {}", runs.next())
}

#[cache_page("1h", statuses = [200, 404], error_timeout = "30s")]
async fn found(State(runs): State<Runs>, Path(id): Path<u32>) -> Result<String, StatusCode> {
    let run = runs.next();
    if id < 100 { Ok(format!("run {run}")) } else { Err(StatusCode::NOT_FOUND) }
}

#[cache_page(60, max_body = "4 B")]
async fn small(State(runs): State<Runs>, Path(text): Path<String>) -> String {
    runs.next();
    text
}

#[cache_page(Timeout::NEVER, client_timeout = 10)]
async fn for_ever(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(3600, client_timeout = 0)]
async fn asked_each_time(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page]
async fn by_default(State(runs): State<Runs>) -> String {
    format!("run {}", runs.next())
}

#[cache_page(10, stale_if_error = "1m")]
async fn failing_later(State(runs): State<Runs>) -> Result<String, StatusCode> {
    match runs.next() {
        1 => Ok("run 1".to_owned()),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn app(runs: &Runs) -> Router {
    Router::new()
        .route("/counted", on_get(counted))
        .route("/uncounted", on_get(uncounted))
        .route("/without", on_get(without_query))
        .route("/tagged/{plan}", on_get(tagged))
        .route("/refreshed", on_get(refreshed))
        .route("/conditional/{plan}", on_get(conditional))
        .route("/found/{id}", on_get(found))
        .route("/small/{text}", on_get(small))
        .route("/for-ever", on_get(for_ever))
        .route("/asked-each-time", on_get(asked_each_time))
        .route("/by-default", on_get(by_default))
        .route("/failing", on_get(failing_later))
        .with_state(runs.clone())
}

#[tokio::test]
async fn parameters_that_do_not_count_are_neither_in_the_key_nor_seen() {
    let site = Site::of(app);

    let first = site.visit("/counted?page=2&session=7").await;

    assert_eq!(first, r#"Some("page=2") 1 /counted?page=2 run 1"#);
    assert_eq!(site.visit("/counted?page=2&session=8").await, first);
    assert_eq!(site.visit("/uncounted?utm_source=a&b=1&gclid=3").await, r#"Some("b=1") run 2"#);
    assert_eq!(site.visit("/uncounted?b=1").await, r#"Some("b=1") run 2"#);
    assert_eq!(site.visit("/without?a=1").await, "run 3");
    assert_eq!(site.visit("/without?a=2").await, "run 3");
}

#[tokio::test]
async fn tags_drop_pages_of_all_urls_or_of_one_value() {
    let site = Site::of(app);
    let drop_tag = async |tag| site.stage.run(invalidate_tag(tag)).await.unwrap();
    for plan in ["/tagged/pro", "/tagged/free"] {
        site.visit(plan).await;
    }

    drop_tag("plan:pro").await;
    assert_eq!(site.visit("/tagged/pro").await, "pro run 3");
    assert_eq!(site.visit("/tagged/free").await, "free run 2");

    drop_tag("prices").await;
    assert_eq!(site.visit("/tagged/pro").await, "pro run 4");
    assert_eq!(site.visit("/tagged/free").await, "free run 5");
}

#[tokio::test]
async fn a_forced_refresh_replaces_the_page() {
    let site = Site::of(app);

    assert_eq!(site.visit("/refreshed").await, "run 1");
    assert_eq!(site.visit_as("/refreshed", "x-refresh", "yes").await, "run 2");
    assert_eq!(site.visit("/refreshed").await, "run 2");
}

#[tokio::test]
async fn a_condition_on_request_and_arguments_passes_the_cache_by() {
    let site = Site::of(app);

    assert_eq!(site.visit("/conditional/pro").await, "pro run 1");
    assert_eq!(site.visit_as("/conditional/pro", "cookie", "preview=1").await, "pro run 2");
    assert_eq!(site.visit("/conditional/pro").await, "pro run 1");
    assert_eq!(site.visit("/conditional/custom").await, "custom run 3");
    assert_eq!(site.visit("/conditional/custom").await, "custom run 4");
}

#[tokio::test]
async fn errors_that_are_kept_have_a_timeout_of_their_own() {
    let site = Site::of(app);
    for uri in ["/found/1", "/found/100", "/found/100"] {
        site.visit(uri).await;
    }
    assert_eq!(site.runs.count(), 2);

    site.stage.pass_secs(31);

    site.visit("/found/100").await;
    assert_eq!(site.runs.count(), 3);
    site.visit("/found/1").await;
    assert_eq!(site.runs.count(), 3);
}

#[tokio::test]
async fn a_body_over_the_limit_is_passed_through() {
    let site = Site::of(app);

    for _ in 0..2 {
        assert_eq!(site.visit("/small/four").await, "four");
        assert_eq!(site.visit("/small/fives").await, "fives");
    }

    assert_eq!(site.runs.count(), 3);
}

#[tokio::test]
async fn browsers_are_told_another_time_than_the_server_keeps() {
    let site = Site::of(app);
    site.visit("/for-ever").await;

    site.stage.pass_secs(1_000_000);
    let answer = site.stage.run(get(&site.app, "/for-ever")).await;

    assert_eq!(answer.text(), "run 1");
    assert_eq!(answer.header("cache-control"), "max-age=1000010");
}

#[tokio::test]
async fn browsers_are_told_to_ask_each_time() {
    let site = Site::of(app);

    let answer = site.stage.run(get(&site.app, "/asked-each-time")).await;

    assert_eq!(answer.header("cache-control"), "max-age=0");
}

#[tokio::test]
async fn without_a_timeout_the_one_of_the_cache_holds() {
    let site = Site::of(app);
    site.visit("/by-default").await;

    site.stage.pass_secs(299);
    assert_eq!(site.visit("/by-default").await, "run 1");
    site.stage.pass_secs(2);
    assert_eq!(site.visit("/by-default").await, "run 2");
}

#[tokio::test]
async fn an_older_page_stands_in_for_an_error() {
    let site = Site::of(app);
    site.visit("/failing").await;

    site.stage.pass_secs(30);
    assert_eq!(site.visit("/failing").await, "run 1");
    assert_eq!(site.runs.count(), 2);

    site.stage.pass_secs(60);
    assert_eq!(site.stage.run(get(&site.app, "/failing")).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

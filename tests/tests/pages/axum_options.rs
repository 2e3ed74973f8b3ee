//! What each option of the attribute does to the pages of a handler of axum.

use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::routing::get as on_get;
use cache_runtime::page::{SharedInput, VariedInput, invalidate_tag};
use cache_runtime::{Timeout, cache_page};
use http::request::Parts;

use crate::stage::{Runs, Stage, ask, get, send};

/// Who is asking, by a header: a stranger is refused.
struct User {
    id: u32,
    name: String,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let id = parts.headers.get("x-user").and_then(|id| id.to_str().ok()?.parse().ok());
        id.map(|id| Self { id, name: format!("user {id}") }).ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// The host that a proxy names: the same for all visitors of a URL, its author promises.
#[derive(SharedInput)]
struct Place(
    Uri,
    #[shared_input(ignore)]
    #[expect(dead_code, reason = "it is read, and changes no page")]
    User,
);

impl<S: Sync> FromRequestParts<S> for Place {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        Ok(Self(parts.uri.clone(), User::from_request_parts(parts, state).await?))
    }
}

/// What a visitor reads, by a header.
struct Language(String);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let language = parts.headers.get("accept-language").and_then(|value| value.to_str().ok());
        Ok(Self(language.unwrap_or("en").to_owned()))
    }
}

impl VariedInput for Language {
    fn is_covered(names: &[HeaderName]) -> bool {
        names.contains(&http::header::ACCEPT_LANGUAGE)
    }

    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

#[cache_page(60, key = "{user.id}")]
async fn keyed(State(runs): State<Runs>, user: User) -> String {
    format!("{} run {}", user.name, runs.next())
}

#[cache_page(60, key = "{id}|{name}")]
async fn keyed_by_parts(State(runs): State<Runs>, User { id, name }: User) -> String {
    format!("{id} {name} run {}", runs.next())
}

#[cache_page(60, ignore(user))]
async fn ignoring(State(runs): State<Runs>, user: User) -> String {
    drop(user);
    format!("run {}", runs.next())
}

#[cache_page(60)]
async fn guarded(State(runs): State<Runs>, _: User) -> String {
    format!("run {}", runs.next())
}

#[cache_page(60)]
async fn derived(State(runs): State<Runs>, Place(uri, _): Place) -> String {
    format!("{uri} run {}", runs.next())
}

#[cache_page(60, vary = ["Accept-Language"])]
async fn varied(State(runs): State<Runs>, headers: HeaderMap) -> String {
    let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    format!("{names:?} run {}", runs.next())
}

#[cache_page(60, vary = ["accept-language"])]
async fn in_language(State(runs): State<Runs>, Language(language): Language) -> String {
    format!("{language} run {}", runs.next())
}

#[cache_page(60, vary = ["accept"])]
async fn in_language_by_mistake(State(runs): State<Runs>, Language(language): Language) -> String {
    format!("{language} run {}", runs.next())
}

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
        .route("/keyed", on_get(keyed))
        .route("/parts", on_get(keyed_by_parts))
        .route("/ignoring", on_get(ignoring))
        .route("/guarded", on_get(guarded))
        .route("/derived", on_get(derived))
        .route("/varied", on_get(varied))
        .route("/language", on_get(in_language))
        .route("/mistake", on_get(in_language_by_mistake))
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

/// A visit with one header, in a stage of its own.
struct Site {
    stage: Stage,
    runs: Runs,
    app: Router,
}

impl Site {
    fn new() -> Self {
        let runs = Runs::default();
        Self { stage: Stage::new(), app: app(&runs), runs }
    }

    async fn visit(&self, uri: &str) -> String {
        self.stage.run(get(&self.app, uri)).await.text().to_owned()
    }

    async fn visit_as(&self, uri: &str, name: &str, value: &str) -> String {
        let request = ask("GET", uri, &[(name, value)]);
        self.stage.run(send(&self.app, request)).await.text().to_owned()
    }
}

#[tokio::test]
async fn visitors_whose_keys_differ_have_pages_of_their_own() {
    let site = Site::new();

    for uri in ["/keyed", "/parts"] {
        let before = site.runs.count();
        let first = site.visit_as(uri, "x-user", "7").await;

        assert!(first.contains("user 7"), "{first}");
        assert_eq!(site.visit_as(uri, "x-user", "7").await, first);
        assert!(site.visit_as(uri, "x-user", "8").await.contains("user 8"));
        assert_eq!(site.runs.count(), before + 2);
    }
}

#[tokio::test]
async fn ignored_and_unseen_arguments_share_a_page() {
    let site = Site::new();

    for (uri, run) in [("/ignoring", "run 1"), ("/guarded", "run 2"), ("/derived", "/derived run 3")] {
        assert_eq!(site.visit_as(uri, "x-user", "7").await, run);
        assert_eq!(site.visit_as(uri, "x-user", "8").await, run);
    }
}

#[tokio::test]
async fn extractors_refuse_strangers_on_a_hit_as_well() {
    let site = Site::new();

    for uri in ["/ignoring", "/guarded", "/derived"] {
        site.visit_as(uri, "x-user", "7").await;
        let stranger = site.stage.run(get(&site.app, uri)).await;

        assert_eq!((stranger.status, stranger.text()), (StatusCode::UNAUTHORIZED, ""));
    }
}

#[tokio::test]
async fn headers_are_narrowed_to_those_that_the_page_varies_on() {
    let site = Site::new();
    let visit = async |language| {
        let headers = [("accept-language", language), ("cookie", "id=7"), ("x-secret", "s")];
        site.stage.run(send(&site.app, ask("GET", "/varied", &headers))).await
    };

    let french = visit("fr").await;

    assert_eq!(french.text(), r#"["accept-language"] run 1"#);
    assert_eq!(french.header("vary").to_ascii_lowercase(), "accept-language");
    assert_eq!(visit("de").await.text(), r#"["accept-language"] run 2"#);
    assert_eq!(visit("fr").await.text(), r#"["accept-language"] run 1"#);
}

#[tokio::test]
async fn an_extractor_that_vary_covers_is_admitted() {
    let site = Site::new();

    assert_eq!(site.visit_as("/language", "accept-language", "fr").await, "fr run 1");
    assert_eq!(site.visit_as("/language", "accept-language", "de").await, "de run 2");
    assert_eq!(site.visit_as("/language", "accept-language", "fr").await, "fr run 1");
}

#[tokio::test]
async fn an_extractor_that_vary_does_not_cover_passes_the_cache_by() {
    let site = Site::new();

    assert_eq!(site.visit_as("/mistake", "accept-language", "fr").await, "fr run 1");
    assert_eq!(site.visit_as("/mistake", "accept-language", "de").await, "de run 2");
    assert_eq!(site.visit_as("/mistake", "accept-language", "fr").await, "fr run 3");
}

#[tokio::test]
async fn parameters_that_do_not_count_are_neither_in_the_key_nor_seen() {
    let site = Site::new();

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
    let site = Site::new();
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
    let site = Site::new();

    assert_eq!(site.visit("/refreshed").await, "run 1");
    assert_eq!(site.visit_as("/refreshed", "x-refresh", "yes").await, "run 2");
    assert_eq!(site.visit("/refreshed").await, "run 2");
}

#[tokio::test]
async fn a_condition_on_request_and_arguments_passes_the_cache_by() {
    let site = Site::new();

    assert_eq!(site.visit("/conditional/pro").await, "pro run 1");
    assert_eq!(site.visit_as("/conditional/pro", "cookie", "preview=1").await, "pro run 2");
    assert_eq!(site.visit("/conditional/pro").await, "pro run 1");
    assert_eq!(site.visit("/conditional/custom").await, "custom run 3");
    assert_eq!(site.visit("/conditional/custom").await, "custom run 4");
}

#[tokio::test]
async fn errors_that_are_kept_have_a_timeout_of_their_own() {
    let site = Site::new();
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
    let site = Site::new();

    for _ in 0..2 {
        assert_eq!(site.visit("/small/four").await, "four");
        assert_eq!(site.visit("/small/fives").await, "fives");
    }

    assert_eq!(site.runs.count(), 3);
}

#[tokio::test]
async fn browsers_are_told_another_time_than_the_server_keeps() {
    let site = Site::new();
    site.visit("/for-ever").await;

    site.stage.pass_secs(1_000_000);
    let answer = site.stage.run(get(&site.app, "/for-ever")).await;

    assert_eq!(answer.text(), "run 1");
    assert_eq!(answer.header("cache-control"), "max-age=1000010");
}

#[tokio::test]
async fn browsers_are_told_to_ask_each_time() {
    let site = Site::new();

    let answer = site.stage.run(get(&site.app, "/asked-each-time")).await;

    assert_eq!(answer.header("cache-control"), "max-age=0");
}

#[tokio::test]
async fn without_a_timeout_the_one_of_the_cache_holds() {
    let site = Site::new();
    site.visit("/by-default").await;

    site.stage.pass_secs(299);
    assert_eq!(site.visit("/by-default").await, "run 1");
    site.stage.pass_secs(2);
    assert_eq!(site.visit("/by-default").await, "run 2");
}

#[tokio::test]
async fn an_older_page_stands_in_for_an_error() {
    let site = Site::new();
    site.visit("/failing").await;

    site.stage.pass_secs(30);
    assert_eq!(site.visit("/failing").await, "run 1");
    assert_eq!(site.runs.count(), 2);

    site.stage.pass_secs(60);
    assert_eq!(site.stage.run(get(&site.app, "/failing")).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

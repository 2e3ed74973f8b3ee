//! Which visitors share the page of an axum handler: by what its attribute says of each argument.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::routing::get as on_get;
use cache_runtime::cache_page;
use cache_runtime::page::{SharedInput, VariedInput};
use http::request::Parts;

use crate::stage::{Runs, Site, ask, get, send};

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
        .with_state(runs.clone())
}

#[tokio::test]
async fn visitors_whose_keys_differ_have_pages_of_their_own() {
    let site = Site::of(app);

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
    let site = Site::of(app);

    for (uri, run) in [("/ignoring", "run 1"), ("/guarded", "run 2"), ("/derived", "/derived run 3")] {
        assert_eq!(site.visit_as(uri, "x-user", "7").await, run);
        assert_eq!(site.visit_as(uri, "x-user", "8").await, run);
    }
}

#[tokio::test]
async fn extractors_refuse_strangers_on_a_hit_as_well() {
    let site = Site::of(app);

    for uri in ["/ignoring", "/guarded", "/derived"] {
        site.visit_as(uri, "x-user", "7").await;
        let stranger = site.stage.run(get(&site.app, uri)).await;

        assert_eq!((stranger.status, stranger.text()), (StatusCode::UNAUTHORIZED, ""));
    }
}

#[tokio::test]
async fn headers_are_narrowed_to_those_that_the_page_varies_on() {
    let site = Site::of(app);
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
    let site = Site::of(app);

    assert_eq!(site.visit_as("/language", "accept-language", "fr").await, "fr run 1");
    assert_eq!(site.visit_as("/language", "accept-language", "de").await, "de run 2");
    assert_eq!(site.visit_as("/language", "accept-language", "fr").await, "fr run 1");
}

#[tokio::test]
async fn an_extractor_that_vary_does_not_cover_passes_the_cache_by() {
    let site = Site::of(app);

    assert_eq!(site.visit_as("/mistake", "accept-language", "fr").await, "fr run 1");
    assert_eq!(site.visit_as("/mistake", "accept-language", "de").await, "de run 2");
    assert_eq!(site.visit_as("/mistake", "accept-language", "fr").await, "fr run 3");
}

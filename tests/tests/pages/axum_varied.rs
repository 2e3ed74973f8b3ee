//! Arguments that are made of request headers, on axum: admitted where `vary` names all that they are made of.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, OptionalFromRequestParts, State};
use axum::routing::get as on_get;
use axum_extra::TypedHeader;
use axum_extra::extract::CookieJar;
use axum_extra::headers::UserAgent;
use cache_runtime::cache_page;
use cache_runtime::page::VariedInput;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::stage::{Runs, Stage, ask, send};

#[cache_page(60, vary = ["user-agent"])]
async fn agent(State(runs): State<Runs>, agent: Option<TypedHeader<UserAgent>>) -> String {
    format!("{:?} run {}", agent.map(|agent| agent.to_string()), runs.next())
}

#[cache_page(60, vary = ["user-agent"])]
async fn agent_that_must_be(State(runs): State<Runs>, TypedHeader(agent): TypedHeader<UserAgent>) -> String {
    format!("{agent} run {}", runs.next())
}

#[cache_page(60, vary = ["accept"])]
async fn agent_by_mistake(State(runs): State<Runs>, agent: Option<TypedHeader<UserAgent>>) -> String {
    format!("{} run {}", agent.is_some(), runs.next())
}

#[cache_page(60, vary = ["cookie"])]
async fn cookies(State(runs): State<Runs>, jar: CookieJar) -> String {
    format!("{:?} run {}", jar.get("theme").map(|cookie| cookie.value().to_owned()), runs.next())
}

#[cache_page(60, vary = ["accept"])]
async fn cookies_by_mistake(State(runs): State<Runs>, jar: CookieJar) -> String {
    format!("{} run {}", jar.iter().count(), runs.next())
}

#[cache_page(60, vary = ["accept-language"])]
async fn headers(State(runs): State<Runs>, headers: Result<HeaderMap, Infallible>) -> String {
    let Ok(headers) = headers;
    format!("{:?} run {}", headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), runs.next())
}

/// What a visitor reads, if that is said.
struct Language(String);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let language = parts.headers.get("accept-language").and_then(|value| value.to_str().ok());
        Ok(Self(language.unwrap_or("en").to_owned()))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Infallible> {
        let is_said = parts.headers.contains_key("accept-language");
        let Ok(language) = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        Ok(is_said.then_some(language))
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

#[cache_page(60, vary = ["accept-language"])]
async fn language(State(runs): State<Runs>, language: Option<Language>) -> String {
    format!("{:?} run {}", language.map(|Language(language)| language), runs.next())
}

/// What three visits say, of which the last is like the first.
async fn visits(path: &str, name: &str, values: [Option<&str>; 2]) -> [String; 3] {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = Router::new()
        .route("/agent", on_get(agent))
        .route("/agent-that-must-be", on_get(agent_that_must_be))
        .route("/agent-by-mistake", on_get(agent_by_mistake))
        .route("/cookies", on_get(cookies))
        .route("/cookies-by-mistake", on_get(cookies_by_mistake))
        .route("/headers", on_get(headers))
        .route("/language", on_get(language))
        .with_state(runs);
    let mut told = Vec::new();
    for value in [values[0], values[1], values[0]] {
        let line = value.map(|value| (name, value));
        let request = ask("GET", path, line.as_slice());
        told.push(stage.run(send(&app, request)).await.text().to_owned());
    }
    told.try_into().expect("there were three")
}

#[tokio::test]
async fn a_typed_header_has_a_page_for_each_of_its_values() {
    let told = visits("/agent", "user-agent", [Some("a"), None]).await;
    assert_eq!(told, [r#"Some("a") run 1"#, "None run 2", r#"Some("a") run 1"#]);

    let told = visits("/agent-that-must-be", "user-agent", [Some("a"), Some("b")]).await;
    assert_eq!(told, ["a run 1", "b run 2", "a run 1"]);
}

#[tokio::test]
async fn a_typed_header_that_vary_does_not_name_passes_the_cache_by() {
    let told = visits("/agent-by-mistake", "user-agent", [Some("a"), None]).await;

    assert_eq!(told, ["true run 1", "false run 2", "true run 3"]);
}

#[tokio::test]
async fn cookies_have_a_page_for_each_of_their_values() {
    let told = visits("/cookies", "cookie", [Some("theme=dark"), Some("theme=light")]).await;

    assert_eq!(told, [r#"Some("dark") run 1"#, r#"Some("light") run 2"#, r#"Some("dark") run 1"#]);
}

#[tokio::test]
async fn cookies_that_vary_does_not_name_pass_the_cache_by() {
    let told = visits("/cookies-by-mistake", "cookie", [Some("a=1; b=2"), None]).await;

    assert_eq!(told, ["2 run 1", "0 run 2", "2 run 3"]);
}

#[tokio::test]
async fn what_may_be_absent_or_refused_is_narrowed_like_what_is_in_it() {
    let told = visits("/headers", "x-secret", [Some("s"), None]).await;
    assert_eq!(told, ["[] run 1"; 3]);

    let told = visits("/language", "accept-language", [Some("fr"), None]).await;
    assert_eq!(told, [r#"Some("fr") run 1"#, "None run 2", r#"Some("fr") run 1"#]);
}

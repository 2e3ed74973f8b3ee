//! What layers around axum do besides the rows: what they are told, sites around pages, and what stands in for Django's own settings.

use std::convert::Infallible;
use std::future::ready;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use cache_runtime::backend::memory::Memory;
use cache_runtime::page::{CachePage, CacheSite, Policy};
use cache_runtime::{Caches, cache_page, condition};
use http::HeaderMap;

use crate::service::app;
use crate::stage::{Runs, Stage, ask, get, send};

/// Pages in a language and a time zone, both of which the request names.
#[cache_page(60, key = "{zone}", vary = ["accept-language"])]
async fn localised(State(runs): State<Runs>, headers: HeaderMap, Zone(zone): Zone) -> String {
    let language = headers.get("accept-language").map_or("", |language| language.to_str().unwrap());
    format!("{language} {zone} {}", runs.next())
}

/// The time zone of a request, as a site would keep it for its visitors.
struct Zone(String);

impl<S: Sync> axum::extract::FromRequestParts<S> for Zone {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Infallible> {
        let zone = parts.headers.get("x-time-zone").and_then(|zone| zone.to_str().ok());
        Ok(Self(zone.unwrap_or("UTC").to_owned()))
    }
}

/// MW003.
#[tokio::test]
async fn a_layer_has_the_timeout_alias_and_prefix_that_it_was_given() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let given = || CacheSite::seconds(60).cache("other").key_prefix("foo");
    let site = app(given(), &runs, &[]);
    let same = app(given(), &runs, &[]);
    let other_prefix = app(CacheSite::seconds(60).cache("other"), &runs, &[]);

    stage
        .run(async {
            assert_eq!(get(&site, "/page").await.header("cache-control"), "max-age=60");
            assert!(get(&same, "/page").await.is_hit());
            assert!(!get(&other_prefix, "/page").await.is_hit());
        })
        .await;
    assert_eq!(stage.stats().fills, 0, "nothing is in `default`");
}

/// MW001, MW004, MW005: the settings of its cache, where Django has settings of a site.
#[tokio::test]
async fn a_site_takes_what_it_is_not_told_from_the_settings_of_its_cache() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = app(CacheSite::new(), &runs, &[]);

    let first = stage.run(get(&site, "/page")).await;

    assert_eq!(first.header("cache-control"), "max-age=300");
}

/// MW011, MW012, MW015: what Django takes from its own settings is told by `vary` and `key`.
#[tokio::test]
async fn languages_and_time_zones_have_pages_of_their_own() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = Router::new().route("/page", on_get(localised)).with_state(runs.clone());
    let visit = async |language, zone| {
        let headers = [("accept-language", language), ("x-time-zone", zone)];
        send(&app, ask("GET", "/page", &headers)).await.text().to_owned()
    };

    stage
        .run(async {
            for (language, zone, text) in [
                ("de", "Europe/Berlin", "de Europe/Berlin 1"),
                ("fr", "Europe/Berlin", "fr Europe/Berlin 2"),
                ("fr", "Europe/Paris", "fr Europe/Paris 3"),
                ("de", "Europe/Berlin", "de Europe/Berlin 1"),
                ("fr", "Europe/Paris", "fr Europe/Paris 3"),
            ] {
                assert_eq!(visit(language, zone).await, text);
            }
        })
        .await;
}

/// HT027, HT046: a page with a secret of one visitor in it says so by a cookie or a nonce, and is the handler's each time.
#[tokio::test]
async fn a_page_with_a_secret_of_one_visitor_is_nobody_elses() {
    #[cache_page(60)]
    async fn form(State(runs): State<Runs>) -> impl IntoResponse {
        let token = format!("token-{}", runs.next());
        ([("set-cookie", format!("csrf={token}"))], token)
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = Router::new().route("/page", on_get(form)).with_state(runs.clone());

    stage
        .run(async {
            assert_eq!(get(&app, "/page").await.text(), "token-1");
            assert_eq!(get(&app, "/page").await.text(), "token-2");
        })
        .await;
}

/// HT054: and a policy of one's own can be given to a layer.
#[tokio::test]
async fn a_site_takes_the_default_of_pages_that_state_none() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let stated =
        app(CacheSite::policy(Policy::default_timeout(60)), &runs, &[("cache-control", "max-age=5")]);
    let open = app(CacheSite::seconds(60).cache("other"), &runs, &[]);

    stage
        .run(async {
            get(&stated, "/page").await;
            get(&open, "/page").await;
            stage.pass_secs(10);

            assert!(!get(&stated, "/page").await.is_hit());
            assert!(get(&open, "/page").await.is_hit());
        })
        .await;
}

/// HT045, and a site outside: it leaves alone what a page inside has seen, and what is never cached.
#[tokio::test]
async fn a_site_leaves_to_its_pages_what_is_theirs() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(5).cache("other"), &runs, &[])
        .layer(CacheSite::seconds(600).status_name("site"));

    stage
        .run(async {
            get(&app, "/page").await;
            let hit = get(&app, "/page").await;
            assert!(
                hit.headers.get_all("cache-status").iter().any(|line| line == "cache-runtime; hit; ttl=5")
            );
            stage.pass_secs(5);
            assert_eq!(get(&app, "/page").await.text(), "/page run 2");
        })
        .await;
    assert_eq!(stage.stats().fills, 0);
}

/// What a handler with a condition is told to have in the place of `#[cache_page]`.
#[tokio::test]
async fn a_layer_keeps_the_page_of_a_handler_that_weighs_preconditions() {
    #[condition(etag = "v1")]
    async fn weighed(State(runs): State<Runs>) -> String {
        format!("run {}", ready(runs.next()).await)
    }
    let (stage, runs) = (Stage::new(), Runs::default());
    let route = on_get(weighed).layer(CachePage::seconds(60));
    let app = Router::new().route("/page", route).with_state(runs.clone());

    stage
        .run(async {
            let first = send(&app, ask("GET", "/page", &[("if-none-match", "\"v1\"")])).await;
            assert_eq!(first.status, 304);
            let hit = get(&app, "/page").await;
            assert!(hit.is_hit());
            assert_eq!((hit.text(), hit.header("etag")), ("run 1", "\"v1\""));
        })
        .await;
    assert_eq!(runs.count(), 1);
}

#[test]
fn a_start_finds_a_layer_whose_cache_is_not_there() {
    let (line, layer) = (line!(), CachePage::seconds(60).cache("marketng"));
    let _site: Router = Router::new().route("/", on_get(async || "page")).layer(layer);
    let caches = Caches::builder().add("marketing", Memory::new()).build().unwrap();

    // Other tests of this program have layers in caches of their own.
    let place = format!("{}:{line}", file!());
    let found: Vec<_> = caches.check().into_iter().filter(|finding| finding.place == place).collect();

    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].text.contains("did you mean `marketing`?"), "{}", found[0]);
}

//! What sets pages apart, and where a site takes what it is not told.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get as on_get;
use cache_runtime::backend::memory::Memory;
use cache_runtime::page::{CachePage, CacheSite, VaryOn};
use cache_runtime::{Caches, Timeout, cache_page};
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

/// A body of unknown size.
fn rendered_later(parts: [&'static str; 2]) -> Body {
    let frames = parts.map(|part| Ok::<_, Infallible>(http_body::Frame::data(part.into())));
    Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(frames)))
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

/// MW007, MW026.
#[tokio::test]
async fn a_prefix_sets_the_pages_of_two_layers_apart() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let plain = app(CachePage::seconds(60), &runs, &[]);
    let local = app(CachePage::seconds(60).key_prefix("localprefix"), &runs, &[]);

    stage
        .run(async {
            get(&plain, "/page").await;
            assert!(!get(&local, "/page").await.is_hit());
            assert!(get(&plain, "/page").await.is_hit());
            assert!(get(&local, "/page").await.is_hit());
        })
        .await;
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

/// MW021, MW036.
#[tokio::test]
async fn the_prefix_of_an_alias_changes_nothing_about_its_pages() {
    let runs = Runs::default();
    let memory = || Memory::new().timeout(Timeout::secs(300)).key_prefix("shop");
    let caches = Caches::builder().add("default", memory()).build().unwrap();
    let app = app(CachePage::seconds(60), &runs, &[("vary", "Accept-Language")]);
    let visit = async |uri, language| {
        send(&app, ask("GET", uri, &[("accept-language", language)])).await.text().to_owned()
    };

    caches
        .clone()
        .scope(async {
            for _ in 0..2 {
                assert_eq!(visit("/page", "de").await, "/page run 1");
                assert_eq!(visit("/page", "fr").await, "/page run 2");
                assert_eq!(visit("/page?q=1", "fr").await, "/page?q=1 run 3");
            }
        })
        .await;

    let keys = caches.get("default").unwrap().keys().await.unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("page:")), "{keys:?}");
}

/// MW024.
#[tokio::test]
async fn there_is_nothing_under_a_url_that_nobody_has_asked_for() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app = app(CachePage::seconds(60).heed_request_directives(), &runs, &[]);

    let answer = stage.run(send(&app, ask("GET", "/page", &[("cache-control", "only-if-cached")]))).await;

    assert_eq!((answer.status.as_u16(), runs.count()), (504, 0));
}

/// MW037.
#[tokio::test]
async fn names_are_added_to_the_vary_of_a_page_that_is_rendered_later() {
    for (vary, added, whole) in [
        (None, "Accept-Encoding", "Accept-Encoding"),
        (Some("Accept-Encoding"), "accept-encoding", "Accept-Encoding"),
        (Some("Accept-Encoding"), "ACCEPT-ENCODING", "Accept-Encoding"),
        (Some("Cookie"), "Accept-Encoding", "Cookie, Accept-Encoding"),
        (Some("Cookie, Accept-Encoding"), "Accept-Encoding", "Cookie, Accept-Encoding"),
        (Some("Cookie, Accept-Encoding"), "cookie", "Cookie, Accept-Encoding"),
        (Some("Cookie    ,     Accept-Encoding"), "Cookie", "Cookie, Accept-Encoding"),
        (Some("*"), "Accept-Encoding", "*"),
        (Some("Cookie"), "*", "*"),
    ] {
        let handler = move || async move {
            let mut response = Response::new(rendered_later(["one ", "two"]));
            if let Some(vary) = vary {
                response.headers_mut().insert("vary", vary.parse().unwrap());
            }
            response
        };
        let app = Router::new().route("/page", on_get(handler)).layer(VaryOn::headers(vec![added]));

        let answer = get(&app, "/page").await;

        assert_eq!((answer.header("vary"), answer.text()), (whole, "one two"));
    }
}

/// MW039.
#[tokio::test]
async fn the_query_counts_for_a_page_that_is_rendered_later() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let counted = runs.clone();
    let handler = move || {
        counted.next();
        async { rendered_later(["one ", "two"]) }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).collect_streams());

    stage
        .run(async {
            get(&app, "/page?q=1").await;
            assert!(get(&app, "/page?q=1").await.is_hit());
            assert!(!get(&app, "/page?q=2").await.is_hit());
            assert!(!get(&app, "/page").await.is_hit());
        })
        .await;
    assert_eq!(runs.count(), 3);
}

/// HT064.
#[tokio::test]
async fn every_line_of_vary_counts_in_any_case() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let app =
        app(CachePage::seconds(60), &runs, &[("vary", "ACCEPT-language"), ("vary", "X-Theme ,x-region")]);
    let headers = [("accept-language", "de"), ("x-theme", "dark"), ("x-region", "eu")];

    stage
        .run(async {
            send(&app, ask("GET", "/page", &headers)).await;
            assert!(send(&app, ask("GET", "/page", &headers)).await.is_hit());
            for at in 0..headers.len() {
                let mut other = headers;
                other[at].1 = "other";
                assert!(!send(&app, ask("GET", "/page", &other)).await.is_hit(), "{other:?}");
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

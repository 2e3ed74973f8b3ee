//! What is counted and said of a page, and what is not.

use std::cell::RefCell;
use std::fmt::{Debug, Write};

use axum::Router;
use axum::extract::State;
use axum::routing::get as on_get;
use cache_runtime::page::{CachePage, CacheSite};
use cache_runtime::{cache_page, caches};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::stage::{Runs, Stage, ask, get, send};

thread_local! {
    /// Everything that was said on this thread, field by field, if its test wants to know.
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Listens for the whole program: one that listened for its thread only would miss what another thread
/// was the first to pass, for nobody listened there.
struct Log;

impl Log {
    /// Hears from now on what is said on this thread.
    fn listen() {
        SAID.set(Some(String::new()));
        // Another test of this program may have done so before.
        let _ = tracing::subscriber::set_global_default(Self);
    }
}

impl Subscriber for Log {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.target().starts_with("cache_runtime")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        SAID.with_borrow_mut(|said| {
            let Some(said) = said else { return };
            event.record(&mut Line(said));
            said.push('\n');
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

#[cache_page(60, key = "{email}")]
async fn letters(
    State(runs): State<Runs>,
    axum::extract::Path(email): axum::extract::Path<String>,
) -> String {
    format!("letters of {email}, run {}", runs.next())
}

fn site(runs: &Runs) -> Router {
    Router::new().route("/letters/{email}", on_get(letters)).with_state(runs.clone())
}

/// HT097.
#[tokio::test]
async fn a_hit_is_counted_for_its_cache_and_its_handler() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs);

    let listed = stage
        .run(async {
            get(&site, "/letters/counted@one.example").await;
            get(&site, "/letters/counted@one.example").await;
            caches().functions()
        })
        .await;

    let letters = listed.iter().find(|cached| cached.name.ends_with("axum_log::letters")).unwrap();
    assert!(letters.hits >= 1 && letters.computations >= 1, "{} {}", letters.hits, letters.computations);
    assert_eq!((stage.stats().hits, stage.stats().fills), (1, 1));
}

/// HT097.
#[tokio::test]
async fn a_hit_is_said_without_what_the_visitor_sent() {
    let (stage, runs) = (Stage::new(), Runs::default());
    let site = site(&runs);
    let headers = [("accept-language", "de"), ("x-secret", "hush")];
    Log::listen();

    stage
        .run(async {
            for _ in 0..2 {
                send(&site, ask("GET", "/letters/ada@one.example?token=hush", &headers)).await;
            }
        })
        .await;

    let said = SAID.take().unwrap();
    assert!(said.contains("axum_log::letters") && said.contains("Hit"), "{said}");
    assert!(!said.contains("ada") && !said.contains("hush") && !said.contains("one.example"), "{said}");
}

/// The layer inside says it, and the one outside leaves the answer to it.
#[tokio::test]
async fn why_an_answer_is_not_stored_is_said_once() {
    let page = on_get(async || ([("set-cookie", "id=hush")], "page"));
    let app = Router::new().route("/page", page.layer(CachePage::seconds(60))).layer(CacheSite::seconds(60));
    Log::listen();

    Stage::new().run(get(&app, "/page?token=hush")).await;

    let said = SAID.take().unwrap();
    assert_eq!(said.matches("an answer is not stored").count(), 1, "{said}");
    assert!(said.contains("reason=\"set-cookie\"") && !said.contains("hush"), "{said}");
}

/// A page that tells who made it.
fn telling(whom: &'static str, layer: CachePage) -> Router {
    Router::new().route("/page", on_get(move || async move { whom })).layer(layer)
}

/// What is said of two sites of one URL, of which the second is asked twice.
async fn said_of(first: Router, second: Router) -> String {
    Log::listen();
    Stage::new()
        .run(async {
            get(&first, "/page").await;
            get(&second, "/page").await;
            get(&second, "/page").await;
        })
        .await;
    SAID.take().unwrap()
}

#[tokio::test]
async fn two_layers_that_share_a_page_are_named_once() {
    let staff = telling("staff", CachePage::seconds(60));
    let (public, line) = (telling("public", CachePage::seconds(60)), line!());

    let said = said_of(staff, public).await;

    assert_eq!(said.matches("two layers answer one URL").count(), 1, "{said}");
    assert!(said.contains(&format!("axum_log.rs:{line}:")), "{said}");
    assert!(said.contains(&format!("axum_log.rs:{}:", line - 1)), "{said}");
}

#[tokio::test]
async fn layers_with_prefixes_of_their_own_share_nothing_to_be_said() {
    let staff = telling("staff", CachePage::seconds(60).key_prefix("staff"));
    let public = telling("public", CachePage::seconds(60));

    let said = said_of(staff, public).await;

    assert!(!said.contains("two layers"), "{said}");
}

#[tokio::test]
async fn each_alias_that_is_unknown_is_named_once() {
    let first = telling("first", CachePage::seconds(60).cache("nowhere"));
    let second = telling("second", CachePage::seconds(60).cache("elsewhere"));

    let said = said_of(first, second).await;

    assert_eq!(said.matches("pages are not cached").count(), 2, "{said}");
    assert!(said.contains("alias=\"nowhere\"") && said.contains("alias=\"elsewhere\""), "{said}");
}

/// As each worker of actix makes it again.
#[tokio::test]
async fn a_layer_that_is_made_again_is_no_other() {
    let [first, second] = ["first", "second"].map(|whom| telling(whom, CachePage::seconds(60)));

    let said = said_of(first, second).await;

    assert!(!said.contains("two layers"), "{said}");
}

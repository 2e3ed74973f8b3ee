//! What is counted and said of a page, and what is not.

use std::cell::RefCell;
use std::fmt::{Debug, Write};

use axum::Router;
use axum::extract::State;
use axum::routing::get as on_get;
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

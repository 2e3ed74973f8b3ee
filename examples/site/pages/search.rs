//! The search for cities, in three languages.

use axum::extract::{Query, State};
use cache_runtime::cache_page;
use minijinja::context;
use serde::Deserialize;

use crate::language::Language;
use crate::templates::{Answer, Making, shown};
use crate::{Site, queries};

/// What is searched for.
#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

/// A page for each text and language. Only `q` counts: where a link was found makes no other page.
#[cache_page("5m", cache = "marketing", client_timeout = 0, query = ["q"], vary = ["accept-language"])]
pub(crate) async fn search(
    State(site): State<Site>,
    Query(Search { q }): Query<Search>,
    language: Language,
) -> Answer {
    let making = Making::begin();
    let q = q.trim().to_owned();
    let cities = if q.is_empty() { Vec::new() } else { queries::search(&site.db, q.clone(), 30).await? };
    making.page("search.html", context! { q, cities => shown(cities), words => language.words() }).await
}

//! The page of a city, and the form on it that edits the city.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use cache_runtime::{fragment, never_cache, page};
use minijinja::context;
use serde::Deserialize;

use super::country::country;
use super::me::profile;
use super::search::search;
use crate::failure::Failure;
use crate::statistics::statistics;
use crate::templates::{Answer, Making, shown};
use crate::visitor::User;
use crate::{Site, queries};

/// No cache keeps the page, since its form must show what holds now; the cards of those who edited are fragments.
#[never_cache]
pub(crate) async fn city(
    State(site): State<Site>,
    Path(id): Path<u32>,
    user: Result<User, Failure>,
) -> Answer {
    let making = Making::begin();
    let city = queries::city(&site.db, id).await?;
    let edits = queries::edits_of_city(&site.db, id).await?;
    let values = context! {
    city => shown(city), edits => shown(edits), user => shown(user.ok()), profile => profile(&site.db) };
    making.page("city.html", values).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Change {
    name: String,
    population: u32,
}

/// Edits a city, and drops what shows it. What does not show it stays.
pub(crate) async fn edit(
    State(site): State<Site>,
    Path(id): Path<u32>,
    user: User,
    Form(change): Form<Change>,
) -> Result<Redirect, Failure> {
    let name = change.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Failure::Unclear("A city has a name of at most 60 letters."));
    }
    let city = queries::city(&site.db, id).await?;
    let path = format!("/country/{}", city.iso);
    queries::edit(&site.db, user.id, city, name, change.population).await?;

    for dropped in drop_what_shows(&path, user.id).await {
        // The edit stands. A page that could not be dropped is older than it, until its timeout.
        dropped.unwrap_or_else(|error| eprintln!("site: {error}"));
    }
    Ok(Redirect::to(&format!("{path}#city-{id}")))
}

/// Each in its own way.
async fn drop_what_shows(path: &str, user: u32) -> [cache_runtime::Result<()>; 6] {
    [
        country::invalidate(path).await, // a page by its URL, with all variants
        page::invalidate("/").await,     // the same for one that the site keeps
        search::invalidate_all().await,  // all pages of a handler
        page::invalidate_tag(&format!("edits-by:{user}")).await, // all pages with a tag
        fragment::invalidate("profile_card", &[&user]).await.map(drop), // one piece of pages
        statistics::invalidate().await.map(drop), // one value
    ]
}

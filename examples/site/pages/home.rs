//! The home page, which says nothing of caching: the site keeps it.

use axum::extract::State;
use minijinja::context;

use crate::templates::{Answer, Making, shown};
use crate::{Site, map, queries};

/// Cities of so many people are on the map of the world.
const ON_MAP: u32 = 100_000;

pub(crate) async fn home(State(site): State<Site>) -> Answer {
    let making = Making::begin();
    let largest = queries::largest(&site.db, 8).await?;
    let continents = queries::continents(&site.db).await?;
    let map = map::of_world(&queries::places(&site.db, None, ON_MAP).await?);
    making
        .page(
            "home.html",
            context! {
                largest => shown(largest), continents => shown(continents), map => shown(map)
            },
        )
        .await
}

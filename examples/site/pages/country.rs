//! The page of a country.

use axum::extract::{Path, State};
use cache_runtime::cache_page;
use minijinja::context;

use crate::templates::{Answer, Making, shown};
use crate::{Site, map, queries};

/// Kept for a quarter of an hour by the server; browsers ask each time, so that an edit is seen at once.
#[cache_page(60 * 15, cache = "marketing", client_timeout = 0, ignore_query = ["utm_*"])]
pub(crate) async fn country(State(site): State<Site>, Path(iso): Path<String>) -> Answer {
    let making = Making::begin();
    let country = queries::country(&site.db, iso.clone()).await?;
    let largest = queries::largest_of(&site.db, iso.clone(), 15).await?;
    let map = map::of_country(&queries::places(&site.db, Some(iso), 0).await?);
    making
        .page(
            "country.html",
            context! {
                country => shown(country), largest => shown(largest), map => shown(map)
            },
        )
        .await
}

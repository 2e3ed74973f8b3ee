//! The page of the statistics: made for each visit, around numbers that are kept.

use std::time::Instant;

use axum::extract::State;
use axum::response::Redirect;
use cache_runtime::never_cache;
use minijinja::context;

use crate::Site;
use crate::failure::Failure;
use crate::statistics::statistics;
use crate::templates::{Answer, Making, shown};

#[never_cache]
pub(crate) async fn stats(State(site): State<Site>) -> Answer {
    let making = Making::begin();
    let watch = Instant::now();
    let statistics = statistics(&site.db, false).await?;
    let (waited, took) = (watch.elapsed(), statistics.took);
    let values = context! {
        statistics => shown(&*statistics),
        waited => cache_examples::duration(waited),
        took => cache_examples::duration(took),
        gain => cache_examples::speed_up(took, waited),
        is_new => waited >= took,
    };
    making.page("stats.html", values).await
}

/// The flag of the function skips the lookup, and stores what is computed.
pub(crate) async fn recompute(State(site): State<Site>) -> Result<Redirect, Failure> {
    statistics(&site.db, true).await?;
    Ok(Redirect::to("/stats"))
}

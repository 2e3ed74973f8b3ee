//! The shared suite on every engine, and on every way to reach one.

use std::sync::Arc;

use cache_runtime::testing::{Time, backend_suite};

use crate::stage::{Place, foreign_block_on, on_every_engine, store};

on_every_engine!(be043_every_promise_is_kept, every_promise_is_kept_on_one_connection);

/// The name of the table holds spaces.
async fn be043_every_promise_is_kept(place: Place) {
    let store = place.store().await;

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

async fn every_promise_is_kept_on_one_connection(place: Place) {
    place.store().await;
    let mut options = place.options();
    options.max_connections = 1;
    let store = store(&options);

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[test]
fn every_promise_is_kept_to_synchronous_callers() {
    for place in [Place::sqlite(), Place::postgres(), Place::mariadb()] {
        let store = foreign_block_on(place.store());

        foreign_block_on(backend_suite(|| Arc::clone(&store), Time::real()));
    }
}

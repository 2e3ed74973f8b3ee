//! Which page is where, and what stands around all of them.

use axum::Router;
use axum::middleware::{from_fn, map_response};
use axum::routing::{get, post};
use cache_runtime::page::headers::Directives;
use cache_runtime::page::{CacheSite, SetCacheControl};

use crate::pages::{assets, city, country, home, me, search, stats};
use crate::visitor::{self, SESSION};
use crate::{Site, failure, panel};

/// The site. What stands further down stands further outside: a request meets the last layer first.
pub(crate) fn site(site: Site) -> Router {
    // A page of one visitor is for their browser alone: no proxy on the way may share it.
    let own = SetCacheControl::new(Directives::new().private());
    Router::new()
        .route("/", get(home::home))
        .route("/country/{iso}", get(country::country))
        .route("/search", get(search::search))
        .route("/city/{id}", get(city::city).post(city::edit))
        .route("/me", get(me::me).layer(own))
        .route("/stats", get(stats::stats).post(stats::recompute))
        .route("/sign-in", get(visitor::ask).post(visitor::sign_in))
        .route("/sign-out", post(visitor::sign_out))
        .route("/style.css", get(assets::style))
        .route("/panel.js", get(assets::panel))
        .fallback(failure::no_such_page)
        // Who has signed in passes the site's cache by; pages with an attribute of their own see to themselves.
        .layer(CacheSite::seconds(600).client_timeout(0).session_cookies([SESSION]).status_name("site"))
        .layer(map_response(panel::protect))
        .layer(from_fn(panel::report))
        .with_state(site)
}

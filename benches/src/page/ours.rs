//! This project: by attribute, around routes, around a site.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use cache_runtime::cache_page;
use cache_runtime::page::{CachePage, CacheSite};

use super::app::{self, SIZES};
use super::{Kind, Site};

pub(super) const ATTRIBUTE: Site = Site {
    name: "cache-runtime, `#[cache_page]`",
    remark: "in memory, 5 minutes",
    kind: Kind::Ours,
    router: || {
        Router::new()
            .route(SIZES[0].path, get(small))
            .route(SIZES[1].path, get(medium))
            .route(SIZES[2].path, get(large))
            .route("/slow/{number}", get(slow))
            .merge(app::counter())
    },
};

pub(super) const ROUTE: Site = Site {
    name: "cache-runtime, `CachePage`",
    remark: "around each route, in memory, 5 minutes",
    kind: Kind::Ours,
    router: || app::pages().route_layer(CachePage::seconds(300)).merge(app::counter()),
};

pub(super) const SITE: Site = Site {
    name: "cache-runtime, `CacheSite`",
    remark: "around the router, in memory, 5 minutes",
    kind: Kind::Ours,
    router: || app::pages().layer(CacheSite::seconds(300)).merge(app::counter()),
};

pub(super) const SHARED: Site = Site {
    name: "cache-runtime, `#[cache_page]`, Redis",
    remark: "5 minutes, in a Redis on the same machine",
    kind: Kind::OursShared,
    router: || {
        Router::new()
            .route(SIZES[0].path, get(shared_small))
            .route(SIZES[1].path, get(shared_medium))
            .route(SIZES[2].path, get(shared_large))
            .route("/slow/{number}", get(shared_slow))
            .merge(app::counter())
    },
};

#[cache_page(300)]
async fn small() -> impl IntoResponse {
    app::page(0)
}

#[cache_page(300)]
async fn medium() -> impl IntoResponse {
    app::page(1)
}

#[cache_page(300)]
async fn large() -> impl IntoResponse {
    app::page(2)
}

#[cache_page(300)]
async fn slow() -> impl IntoResponse {
    app::slow().await
}

#[cache_page(300, cache = "shared")]
async fn shared_small() -> impl IntoResponse {
    app::page(0)
}

#[cache_page(300, cache = "shared")]
async fn shared_medium() -> impl IntoResponse {
    app::page(1)
}

#[cache_page(300, cache = "shared")]
async fn shared_large() -> impl IntoResponse {
    app::page(2)
}

#[cache_page(300, cache = "shared")]
async fn shared_slow() -> impl IntoResponse {
    app::slow().await
}

//! Pages: what is served, and who keeps it.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

pub mod allocated;
mod app;
mod ours;
mod peers;

pub use app::{SIZES, Size, runs};

/// A way to keep pages, around or within the same application.
pub struct Site {
    /// Who it is.
    pub name: &'static str,
    /// What one must know to compare it.
    pub remark: &'static str,
    /// Whose it is, and where its pages are.
    pub kind: Kind,
    /// The application, with its cache.
    pub router: fn() -> Router,
}

/// Whose a site is, and where its pages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody's: there is no cache.
    Bare,
    /// This project's, in memory.
    Ours,
    /// This project's, in the Redis that the cache `shared` is in.
    OursShared,
    /// Another's.
    Peer,
}

/// The application alone: what the others are compared with.
pub const BARE: &Site = &Site {
    name: "bare handler",
    remark: "a shared buffer and its type; no cache",
    kind: Kind::Bare,
    router: || app::pages().merge(app::counter()),
};

/// `#[cache_page]` in memory.
pub const ATTRIBUTE: &Site = &ours::ATTRIBUTE;
/// `CachePage` around each route.
pub const ROUTE: &Site = &ours::ROUTE;
/// `CacheSite` around all routes.
pub const SITE: &Site = &ours::SITE;
/// `#[cache_page]` in Redis.
pub const SHARED: &Site = &ours::SHARED;

/// Every site that is a program of ours, in the order of the table.
pub const SITES: &[&Site] = &[
    BARE,
    ATTRIBUTE,
    ROUTE,
    SITE,
    SHARED,
    &peers::RESPONSE_CACHE,
    &peers::HTTP_CACHE,
    &peers::HITBOX,
    &peers::SERVER_CACHE,
];

/// The site of this name.
pub fn site(name: &str) -> Option<&'static Site> {
    SITES.iter().copied().find(|known| known.name == name)
}

/// A site that is asked in process, one request after the other.
pub struct Asked {
    router: Router,
    runtime: tokio::runtime::Runtime,
}

impl Asked {
    /// A site whose smallest page is there.
    pub fn warm(site: &Site) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime of one thread needs nothing");
        // As `axum::serve` does it: the routes are made once, not for each request.
        let router = runtime.block_on(async { (site.router)().with_state(()) });
        let asked = Self { router, runtime };
        asked.ask(requests(64));
        asked
    }

    /// Asks, and reads every answer to its end.
    pub fn ask(&self, requests: Vec<Request<Body>>) {
        self.runtime.block_on(async {
            for request in requests {
                let response = self.router.clone().oneshot(request).await.expect("a router never fails");
                assert!(response.status().is_success());
                let mut body = response.into_body();
                while let Some(frame) = body.frame().await {
                    drop(std::hint::black_box(frame.expect("bytes that are there")));
                }
            }
        });
    }
}

/// Requests for the smallest page, as the program that loads servers sends them.
pub fn requests(count: usize) -> Vec<Request<Body>> {
    let request = || Request::get(SIZES[0].path).header("host", "127.0.0.1:8080").body(Body::empty());
    (0..count).map(|_| request().expect("a request of constants")).collect()
}

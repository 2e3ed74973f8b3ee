//! ② One cached page: admits → key → the call around the handler → dress.
//!
//! ```text
//! rules::admits ──► else the handler alone answers
//!   │
//! vary::place_of ─► the list of what the page varies on ──► vary::variant_place
//!   │
//! the call of that key ──► hit, another's page, or the handler, kept only if rules::keeps
//!   │
//! dress::served ──► 200, 206, 304, 412; Age, Cache-Status
//! ```
//!
//! [`serve`] is that path, and knows no web framework: an adapter gives it a [`Handler`]. The call is the one
//! that cached functions make, with its flight, lease and fence.

mod request;

mod policy;
mod visit;

mod rules;
mod vary;

mod asked;
mod search;

mod collect;
mod make;
mod stored;
mod wire;

mod refresh;
mod unstorable;

mod dress;

mod invalidate;
mod purge;

mod function;
mod shared;

mod handler;
mod layer;

pub mod cache_status;
pub mod condition;
pub mod control;
pub mod headers;
pub mod lifetime;
pub mod range;

mod conditional;
pub mod conditioned;

pub mod dressing;

mod date;
mod directives;
mod list;

#[cfg(any(feature = "tower", feature = "actix"))]
pub mod adapter;

use http::Response;

#[cfg(feature = "axum")]
pub use adapter::axum::admin;
#[cfg(feature = "tower")]
pub use adapter::tower::condition::Condition;
pub use cache_macros::SharedInput;
pub use conditional::ConditionalPages;
pub use dressing::{NeverCache, SetCacheControl, VaryOn, WeakTags};
pub use function::{CachedPage, PageFunction};
pub use handler::{Ask, Body, Handler, Reading};
pub use invalidate::{PREFIX_SEGMENTS, invalidate, invalidate_handler, invalidate_prefix, invalidate_tag};
pub use layer::{CachePage, CacheSite};
pub use policy::{DEFAULT_MAX_BODY, DEFAULT_MAX_VARIANTS, Policy};
pub use refresh::Refresh;
pub use request::PageRequest;
pub use shared::{
    SharedField, SharedInput, VariedInput, narrow, narrow_option, narrow_result, shared, shared_value,
};
pub use stored::Page;
#[cfg(any(test, feature = "testing"))]
pub(crate) use stored::{PageKeep, Stored};
pub use visit::{Visit, rendered};

use search::Search;

/// Answers a visit from the cache, or by the handler.
///
/// No failure of the cache becomes the visitor's: then the handler answers.
pub async fn serve<H: Handler>(visit: Visit, handler: H) -> Response<H::Body> {
    if purge::is_due(&visit) {
        return purge::answer(&visit).await;
    }
    match rules::admits(&visit).and_then(|()| visit.cache()) {
        Ok(cache) => {
            let mut search = Search::new(&visit, &cache, handler);
            let found = search.run().await;
            dress::found(&visit, &cache, found)
        }
        Err(pass) => pass_by(&visit, handler, pass).await,
    }
}

/// Lets the handler answer; what it changed is dropped from the cache.
async fn pass_by<H: Handler>(visit: &Visit, handler: H, pass: rules::Pass) -> Response<H::Body> {
    let response = handler.ask(Ask::AsSent).await;
    if rules::has_changed(visit, response.status())
        && let Ok(cache) = visit.cache()
        && let Err(error) = invalidate::invalidate_asked(&visit.policy, &cache, &visit.request).await
    {
        tracing::warn!(alias = visit.policy.alias, %error, "pages that a request has changed may still be stored");
    }
    dress::passed(visit, response, pass)
}

//! ② One cached page: admits → key → the call around the handler → dress.
//!
//! ```text
//! rules::admits ──► else the handler alone answers
//!   │
//! vary::spot_of ──► the list of what the page varies on ──► vary::variant_place
//!   │
//! search::glance ─► a hit in memory: here the future begins
//!   │
//! the call of that key ──► hit, another's page, or the handler, kept only if rules::keeps
//!   │
//! dress::found ───► 200, 206, 304, 412; Age, Cache-Status
//! ```
//!
//! [`serve`] is that path, and knows no web framework: an adapter gives it a [`Handler`]. The call is the one
//! that cached functions make, with its flight, lease and fence.

mod request;

mod choice;
mod laid;
mod lasting;
mod policy;

mod intent;
#[cfg(any(feature = "tower", feature = "actix"))]
mod nesting;
mod visit;

mod refusal;
mod rules;

mod plain;
mod query;
mod vary;

mod asked;
mod found;
mod search;

mod collect;
mod make;
mod near;
mod stored;
mod wire;

mod refresh;
mod unstorable;

mod downstream;
mod dress;

mod invalidate;
mod purge;
mod written;

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
pub use directives::Directives;
pub use dressing::{NeverCache, SetCacheControl, VaryOn, WeakTags};
pub use function::{CachedPage, PageFunction};
pub use handler::{Ask, Body, Handler, Reading};
pub use intent::Intent;
pub use invalidate::{
    PREFIX_SEGMENTS, invalidate, invalidate_handler, invalidate_path, invalidate_prefix, invalidate_tag,
};
pub use layer::{CachePage, CacheSite};
pub use policy::{DEFAULT_MAX_BODY, DEFAULT_MAX_VARIANTS, Policy};
pub use refresh::Refresh;
pub use refusal::Refusal;
pub use request::PageRequest;
pub use shared::{
    SharedField, SharedInput, VariedInput, VariedRejection, narrow, narrow_option, narrow_result, shared,
    shared_value,
};
pub use stored::Page;
#[cfg(any(test, feature = "testing"))]
pub(crate) use stored::{PageKeep, Stored};
pub use visit::{Visit, rendered};

use asked::Directives as Demands;
use search::{Search, glance};
use vary::{Form, Place};

use crate::cache::Cache;

/// Answers a visit from the cache, or by the handler.
///
/// No failure of the cache becomes the visitor's: then the handler answers.
pub async fn serve<H: Handler>(visit: Visit, handler: H) -> Response<H::Body> {
    match begin(&visit) {
        Begun::Hit(response) => response,
        // Apart from the path of a hit, which is polled far more often.
        begun => Box::pin(go_on(visit, begun, handler)).await,
    }
}

/// A visit as far as it comes without waiting.
enum Begun<B> {
    /// It is answered: a store of this process has the page.
    Hit(Response<B>),
    /// The page is sought further, and made if it is nowhere.
    Miss(Cache, Place, Demands),
    /// The handler alone answers.
    Pass(rules::Pass),
    /// It is no visit, but the word that the page is to be dropped.
    Purge,
}

/// Begins a visit: a hit in memory is all here, without a future and without the handler.
fn begin<B: Body>(visit: &Visit) -> Begun<B> {
    if purge::is_due(visit) {
        return Begun::Purge;
    }
    let cache = match rules::admits(visit).and_then(|()| visit.cache()) {
        Ok(cache) => cache,
        Err(pass) => return Begun::Pass(pass),
    };
    let (asked, spot) = (Demands::of(visit), vary::spot_of(visit, Form::Whole));
    let now = cache.core().clock.wall();
    let hit = glance(visit, &cache, &spot, asked, now, |page| dress::hit(visit, &cache, page, now));
    match hit {
        Some(response) => Begun::Hit(response),
        None => Begun::Miss(cache.into_owned(), spot.into_place(), asked),
    }
}

async fn go_on<H: Handler>(visit: Visit, begun: Begun<H::Body>, handler: H) -> Response<H::Body> {
    match begun {
        Begun::Hit(response) => response,
        Begun::Miss(cache, place, asked) => {
            let found = Search::new(&visit, &cache, handler).seek(place, asked).await;
            dress::found(&visit, &cache, found)
        }
        Begun::Pass(pass) => pass_by(&visit, handler, pass).await,
        Begun::Purge => purge::answer(&visit).await,
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

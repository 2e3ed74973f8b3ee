//! What dresses responses without caching them: each as an attribute above a handler, or by hand in it, and as a layer around it.

use std::time::{Duration, SystemTime};

use cache_runtime::page::condition::Validators;
use cache_runtime::page::dressing::{Dressed, SetCacheControl};
use cache_runtime::page::headers::Directives;
use cache_runtime::{cache_control, condition, never_cache, vary_on_cookie, vary_on_headers};

use super::script::{Call, Said};

/// One of those.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dress {
    Never,
    NoDirectives,
    Directives,
    Vary,
    Cookie,
    Both,
    OnlyTag,
    OnlyDate,
    Unmarked,
    Awaited,
}

/// 2025-12-31.
pub(super) fn last_year() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(490_872)
}

pub(super) fn directives() -> Directives {
    Directives::new().public().max_age(Duration::from_secs(5))
}

pub(super) async fn bare(call: Call) -> Said {
    call.answer().await
}

#[never_cache]
pub(super) async fn never(call: Call) -> Said {
    call.answer().await
}

pub(super) async fn no_directives(call: Call) -> Dressed<Said, SetCacheControl> {
    Dressed::new(call.answer().await, SetCacheControl::new(Directives::new()))
}

#[cache_control(public, max_age = 5)]
pub(super) async fn some_directives(call: Call) -> Said {
    call.answer().await
}

#[vary_on_headers("X-One", "accept", "X-Two")]
pub(super) async fn vary(call: Call) -> Said {
    call.answer().await
}

#[vary_on_cookie]
pub(super) async fn cookie(call: Call) -> Said {
    call.answer().await
}

#[condition(etag = "\"v1\"", last_modified = last_year())]
pub(super) async fn both(call: Call) -> Said {
    call.answer().await
}

#[condition(etag = "\"v1\"")]
pub(super) async fn only_tag(call: Call) -> Said {
    call.answer().await
}

#[condition(last_modified = last_year())]
pub(super) async fn only_date(call: Call) -> Said {
    call.answer().await
}

#[condition(etag = "v1")]
pub(super) async fn unmarked(call: Call) -> Said {
    call.answer().await
}

/// A tag that takes its time.
async fn tag() -> &'static str {
    tokio::task::yield_now().await;
    "\"v1\""
}

pub(super) async fn validators() -> Validators {
    Validators::new(tag().await.parse().ok(), None)
}

#[condition(etag = tag().await)]
pub(super) async fn awaited(call: Call) -> Said {
    call.answer().await
}

/// Hands each one over to `$each`: its name, the handler under its attribute, the layer.
macro_rules! dresses {
    ($each:ident) => {
        $each! {
            Never => never, NeverCache;
            NoDirectives => no_directives, SetCacheControl::new(Directives::new());
            Directives => some_directives, SetCacheControl::new(dressed::directives());
            Vary => vary, VaryOn::headers(&["X-One", "accept", "X-Two"][..]);
            Cookie => cookie, VaryOn::cookie();
            Both => both, Condition::new()
                .etag(|_| Some("\"v1\"".to_owned()))
                .last_modified(|_| Some(dressed::last_year()));
            OnlyTag => only_tag, Condition::new().etag(|_| Some("\"v1\"".to_owned()));
            OnlyDate => only_date, Condition::new().last_modified(|_| Some(dressed::last_year()));
            Unmarked => unmarked, Condition::new().etag(|_| Some("v1".to_owned()));
            Awaited => awaited, Condition::new().validators(|_| dressed::validators());
        }
    };
}

pub(super) use dresses;

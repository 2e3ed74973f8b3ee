//! What attributes and layers do to the headers of a response on its way out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderName};

use super::headers::{Directives, never_cache, patch_cache_control, patch_vary, weaken_etag};
use crate::cache::caches;

/// Changes the headers of a response.
pub trait Dressing {
    /// Changes them.
    fn dress(&self, headers: &mut HeaderMap);
}

impl<D: Dressing + ?Sized> Dressing for &D {
    fn dress(&self, headers: &mut HeaderMap) {
        (**self).dress(headers);
    }
}

/// Says to every cache that the response is not to be kept; see [`never_cache`].
///
/// The time in `Expires` is that of the caches which are active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NeverCache;

impl Dressing for NeverCache {
    fn dress(&self, headers: &mut HeaderMap) {
        never_cache(headers, now());
    }
}

/// Merges directives into `Cache-Control`; see [`patch_cache_control`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCacheControl(Arc<Directives>);

impl SetCacheControl {
    /// Merges these.
    pub fn new(directives: Directives) -> Self {
        Self(Arc::new(directives))
    }
}

impl Dressing for SetCacheControl {
    fn dress(&self, headers: &mut HeaderMap) {
        patch_cache_control(headers, &self.0);
    }
}

/// Adds names to `Vary`; see [`patch_vary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaryOn(Cow<'static, [&'static str]>);

impl VaryOn {
    /// Adds these names, or `*`.
    ///
    /// # Panics
    ///
    /// If one of them is not the name of a header.
    pub fn headers(names: impl Into<Cow<'static, [&'static str]>>) -> Self {
        let names = names.into();
        for name in names.iter() {
            let is_name = *name == "*" || HeaderName::from_bytes(name.as_bytes()).is_ok();
            assert!(is_name, "{name:?} is not the name of a header");
        }
        Self(names)
    }

    /// Adds `Cookie`.
    pub const fn cookie() -> Self {
        Self(Cow::Borrowed(&["Cookie"]))
    }
}

impl Dressing for VaryOn {
    fn dress(&self, headers: &mut HeaderMap) {
        patch_vary(headers, &self.0);
    }
}

/// Makes the `ETag` of an encoded response weak; see [`weaken_etag`].
///
/// It stands outside of a compression that leaves tags as they are, as those of tower-http and of actix do:
///
/// ```text
/// WeakTags ( compression ( CachePage ( service ) ) )
/// ```
///
/// There one stored page serves all visitors, whichever encodings they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WeakTags;

impl Dressing for WeakTags {
    fn dress(&self, headers: &mut HeaderMap) {
        weaken_etag(headers);
    }
}

/// What attributes of a cached handler say that stand below `#[cache_page]` under names which it does not know: the answer
/// is dressed before the cache looks at it.
#[cfg(any(feature = "axum", feature = "actix"))]
#[derive(Default)]
pub(super) struct Dressings(Vec<Box<dyn Dressing + Send + Sync>>);

#[cfg(any(feature = "axum", feature = "actix"))]
impl Dressings {
    pub(super) fn add(&mut self, dressing: impl Dressing + Send + Sync + 'static) {
        self.0.push(Box::new(dressing));
    }
}

#[cfg(any(feature = "axum", feature = "actix"))]
impl Dressing for Dressings {
    fn dress(&self, headers: &mut HeaderMap) {
        for dressing in &self.0 {
            dressing.dress(headers);
        }
    }
}

/// What a handler returned, to be dressed as soon as the web framework has made a response of it.
///
/// The attributes `never_cache`, `cache_control`, `vary_on_headers` and `vary_on_cookie` make a handler return this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Dressed<T, D> {
    returned: T,
    dressing: D,
}

impl<T, D: Dressing> Dressed<T, D> {
    /// Dresses the response that `returned` becomes.
    pub const fn new(returned: T, dressing: D) -> Self {
        Self { returned, dressing }
    }

    /// The same dressing over something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Dressed<U, D> {
        Dressed { returned: change(self.returned), dressing: self.dressing }
    }

    /// What the handler returned.
    pub fn into_returned(self) -> T {
        self.returned
    }

    /// Both, for whoever makes the response.
    pub fn into_parts(self) -> (T, D) {
        (self.returned, self.dressing)
    }
}

/// The time of day by the caches that are active.
fn now() -> SystemTime {
    caches().clock().wall()
}

//! A fragment for certain vary values: found, or rendered by one of many callers, and invalidated.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(any(feature = "minijinja", feature = "tera", feature = "askama"))]
use super::key::Escaping;
use super::key::escaped_in_known_ways;
use super::named::Named;
use super::text::Fragment;
use crate::base::ambient::{self, REFRESHING};
use crate::base::error::Result;
use crate::base::key::Key;
use crate::call::direct::Direct;
use crate::call::{Fallible, Usual, Whole};

/// A fragment for certain vary values.
#[must_use = "nothing is rendered yet"]
pub struct Piece<'a> {
    named: &'a Named<'a>,
    key: Key,
    refreshes: bool,
}

/// How a rendering is taken apart: its text is kept as the very `Arc`, its error is not.
type Rendering<E> = Fallible<Arc<str>, E>;

impl<'a> Piece<'a> {
    pub(super) fn new(named: &'a Named<'a>, key: Key) -> Self {
        Self { named, key, refreshes: false }
    }

    /// The key, as the low-level API takes it.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The text that a template fills by this escaping.
    #[cfg(any(feature = "minijinja", feature = "tera", feature = "askama"))]
    pub(super) fn escaped(self, escaping: &Escaping) -> Self {
        Self { key: escaping.of(&self.key), ..self }
    }

    /// If `flag` is set, the lookup is skipped, and what is rendered is stored.
    pub fn force_refresh(mut self, flag: bool) -> Self {
        self.refreshes |= flag;
        self
    }

    /// The text from the cache, or else what `body` renders, which is stored.
    ///
    /// Of many callers, in this process and in others that share the store, one renders. No failure of the
    /// cache becomes the caller's.
    pub fn render<T: Into<Fragment>>(self, body: impl FnOnce() -> T) -> Fragment {
        let rendered = self.try_render(|| Ok::<_, Infallible>(body()));
        rendered.unwrap_or_else(|never| match never {})
    }

    /// [`render`](Self::render) for a rendering that can fail: an error is returned, and nothing stored.
    pub fn try_render<T: Into<Fragment>, E>(
        self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<Fragment, E> {
        let has_run = AtomicBool::new(false);
        let body = || {
            has_run.store(true, Ordering::Relaxed);
            body().map(|text| text.into().into_shared())
        };
        let found = match self.call() {
            None => body(),
            Some(call) => match call.look::<Rendering<E>, Whole>() {
                Some(found) => found,
                None => call.compute_blocking::<Rendering<E>, Whole>(Usual, body),
            },
        };
        self.named.note(has_run.load(Ordering::Relaxed));
        found.map(Fragment::from)
    }

    /// [`render`](Self::render) by an `async` closure.
    pub async fn render_async<T: Into<Fragment>>(self, body: impl AsyncFnOnce() -> T) -> Fragment {
        let rendered = self.try_render_async(async || Ok::<_, Infallible>(body().await)).await;
        rendered.unwrap_or_else(|never| match never {})
    }

    /// [`try_render`](Self::try_render) by an `async` closure.
    pub async fn try_render_async<T: Into<Fragment>, E>(
        self,
        body: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Fragment, E> {
        let has_run = AtomicBool::new(false);
        let body = async {
            has_run.store(true, Ordering::Relaxed);
            body().await.map(|text| text.into().into_shared())
        };
        let found = match self.call() {
            None => body.await,
            Some(call) => match call.look::<Rendering<E>, Whole>() {
                Some(found) => found,
                // Boxed, so that the caller's future does not carry the room of a miss.
                None => Box::pin(call.compute::<Rendering<E>, Whole>(Usual, body)).await,
            },
        };
        self.named.note(has_run.load(Ordering::Relaxed));
        found.map(Fragment::from)
    }

    /// The text in the cache, if it is there and this is no refresh; a shared store is asked.
    pub fn peek_blocking(&self) -> Option<Fragment> {
        if self.refreshes || ambient::flags() & REFRESHING != 0 {
            return None;
        }
        let cache = self.named.usable_cache()?;
        let text: Arc<str> = cache.blocking().get(&self.key).ok()??;
        self.named.note(false);
        Some(Fragment::from(text))
    }

    /// Removes the text, and keeps out what is being rendered now; whether there was one.
    pub async fn invalidate(&self) -> Result<bool> {
        let removed = self.named.find_cache()?.delete_many(escaped_in_known_ways(&self.key)).await?;
        Ok(removed > 0)
    }

    /// [`invalidate`](Self::invalidate) for code that is not `async`.
    pub fn invalidate_blocking(&self) -> Result<bool> {
        let removed = self.named.find_cache()?.blocking().delete_many(escaped_in_known_ways(&self.key))?;
        Ok(removed > 0)
    }

    fn call(&self) -> Option<Direct> {
        let cache = self.named.usable_cache()?;
        let call = Direct::new(&cache, self.key.clone())
            .timeout(self.named.stays_fresh())
            .tags(vec![self.named.tag()]);
        Some(if self.refreshes { call.refreshing() } else { call })
    }
}

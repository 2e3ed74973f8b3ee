//! A page that is made anew behind a visitor's back.

use std::sync::Arc;

use super::handler::Handler;
use super::make::Level;
use super::search::Search;
use super::stored::Page;
use super::vary::Place;
use super::visit::Visit;
use crate::base::entry::Timeout;
use crate::cache::scope::current_scope;
use crate::cache::{Cache, Caches};

/// A page that is made anew behind a visitor's back; does nothing until it [runs](Self::run).
#[must_use]
pub struct Refresh<H> {
    visit: Visit,
    cache: Cache,
    place: Place,
    level: Level,
    page: Arc<Page>,
    handler: H,
    /// What the visitor's task saw.
    scope: Option<Caches>,
}

impl<H: Handler> Refresh<H> {
    pub(super) fn new(
        visit: &Visit,
        cache: &Cache,
        place: Place,
        level: Level,
        page: Arc<Page>,
        handler: H,
    ) -> Self {
        let scope = current_scope();
        Self { visit: visit.clone(), cache: cache.clone(), place, level, page, handler, scope }
    }

    /// What is going to make the page.
    pub fn handler(&self) -> &H {
        &self.handler
    }

    /// Makes the page, unless somebody else does, here or in another process that shares the cache; in the
    /// scope of caches that its visitor was in.
    ///
    /// Where the handler fails, what is stored stays as it is. Where the store does not take the new page, the old one is
    /// taken away as soon as the store hears of it.
    pub async fn run(mut self) {
        match self.scope.take() {
            Some(caches) => caches.scope(self.make()).await,
            None => self.make().await,
        }
    }

    async fn make(self) {
        let Self { visit, cache, place, level, page, handler, .. } = self;
        let running = format!("{}~r", place.key);
        // Whoever dies over it leaves the page to others after a while.
        let life = Timeout::After(visit.policy.wait);
        if !cache.add(running.as_str(), &1_i64, life).await.unwrap_or(false) {
            return;
        }
        Search::new(&visit, &cache, handler).refresh(&page, &place, &level).await;
        if let Err(error) = cache.delete(running.as_str()).await {
            tracing::debug!(alias = cache.alias(), %error, "a page stays marked as being made anew for a while");
        }
    }
}

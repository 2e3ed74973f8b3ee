//! A page that is made anew behind a visitor's back.

use std::sync::Arc;

use super::handler::Handler;
use super::search::{Level, Search};
use super::stored::Page;
use super::vary::Place;
use super::visit::Visit;
use crate::base::entry::Timeout;
use crate::cache::Cache;

/// A page that is made anew behind a visitor's back; does nothing until it [runs](Self::run).
#[must_use]
pub struct Refresh<H> {
    visit: Visit,
    cache: Cache,
    place: Place,
    level: Level,
    page: Arc<Page>,
    handler: H,
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
        Self { visit: visit.clone(), cache: cache.clone(), place, level, page, handler }
    }

    /// Makes the page, unless somebody else does, here or in another process that shares the cache.
    ///
    /// Where it fails, what is stored stays as it is.
    pub async fn run(self) {
        let Self { visit, cache, place, level, page, handler } = self;
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

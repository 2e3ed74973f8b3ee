//! What a handler has made, put in its place: a page, a variant with the list that leads to it, or neither.

use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Response, StatusCode};

use super::collect::{self, Collected};
use super::handler::{Ask, AskedAsSent, Body, Handler};
use super::rules;
use super::stored::{FOREVER, Page, PageKeep, Stored, Varies};
use super::unstorable;
use super::vary::{self, Place};
use super::visit::Visit;
use crate::base::entry::Timeout;
use crate::base::sync::random;
use crate::cache::Cache;
use crate::call::direct::Direct;
use crate::call::{Fallible, Verdict};

/// How long a list of what a page varies on is kept at least: it costs little, and its loss costs all variants.
const LIST_LIFE: Duration = Duration::from_hours(1);

/// What the call of a page returns: what is stored, or word that the answer is one visitor's own.
pub(super) type Answered = Fallible<Arc<Stored>, Own>;

/// The answer is one visitor's own; it stands aside, since what a call returns is looked at by many.
pub(super) struct Own;

/// Where in the search a place is.
#[derive(Debug, Clone)]
pub(super) enum Level {
    /// The place of the URL: a page, or a list of what it varies on.
    First,
    /// The place of a variant, and where the list is.
    Variant(Place, Varies),
}

/// What the handler of this visit has made, if it ran.
pub(super) enum Made<B> {
    Nothing,
    Page(Arc<Page>),
    Own(Response<B>),
}

impl<B> Made<B> {
    pub(super) fn page(&self) -> Option<&Page> {
        match self {
            Self::Page(page) => Some(page),
            Self::Nothing | Self::Own(_) => None,
        }
    }
}

/// A place that a call and the visit that makes it both look at.
pub(super) struct Aside<B>(Mutex<Made<B>>);

impl<B> Aside<B> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Made::Nothing))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Made<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn into_inner(self) -> Made<B> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes a page for one place.
pub(super) struct Maker<'a, B> {
    pub(super) visit: &'a Visit,
    pub(super) cache: &'a Cache,
    pub(super) place: &'a Place,
    pub(super) level: &'a Level,
    pub(super) made: &'a Aside<B>,
    /// Whether those who wait go on by themselves, if the answer is for one visitor.
    pub(super) releases: &'a AtomicBool,
    /// Whether the page is found again if what is stored at this place is.
    pub(super) is_in_reach: &'a AtomicBool,
}

impl<B: Body> Maker<'_, B> {
    pub(super) async fn make<H: Handler<Body = B>>(&self, handler: H, ask: Ask) -> Result<Arc<Stored>, Own> {
        let old =
            if let (Ask::Confirm(old), true) = (&ask, H::CAN_CHANGE) { Some(Arc::clone(old)) } else { None };
        let response = handler.ask(ask).await;
        let is_word_of = response.status() == StatusCode::NOT_MODIFIED
            && response.extensions().get::<AskedAsSent>().is_none();
        let collected = match old.filter(|_| is_word_of) {
            Some(old) => collect::confirmed(self.visit, self.cache, &old, response.headers()),
            None => collect::collect(self.visit, self.cache, response).await,
        };
        match collected {
            Ok(collected) => Ok(self.place_it(collected).await),
            Err(response) => {
                self.note_unstorable(response.status());
                *self.made.lock() = Made::Own(response);
                Err(Own)
            }
        }
    }

    /// A failure, or what this visitor's own request came to, says nothing about the next answer: then one of
    /// those who wait asks next. What is known to be for one visitor only holds up nobody.
    fn note_unstorable(&self, status: StatusCode) {
        if rules::is_about_one_request(status) {
            self.releases.store(false, Ordering::Relaxed);
        } else if !status.is_server_error() && matches!(self.level, Level::First) {
            unstorable::note(self.cache, &self.place.key);
        }
    }

    async fn place_it(&self, collected: Collected) -> Arc<Stored> {
        let Collected { mut page, names } = collected;
        unstorable::forget(self.cache, &self.place.key);
        page.variant = self.place.variant;
        match self.level {
            Level::First if names.is_empty() => self.here(page),
            Level::First => self.list(page, names).await,
            Level::Variant(_, varies) if names.iter().all(|name| varies.names.contains(name)) => {
                self.here(page)
            }
            Level::Variant(first, varies) => {
                self.list_again(first, varies, names).await;
                self.is_in_reach.store(false, Ordering::Relaxed);
                page.variant = 0;
                // Stored here, it would answer requests that differ in what the older list does not name.
                self.here(page)
            }
        }
    }

    /// The page of this place.
    fn here(&self, page: Page) -> Arc<Stored> {
        let page = Arc::new(page);
        *self.made.lock() = Made::Page(Arc::clone(&page));
        Arc::new(Stored::Page(page))
    }

    /// Stores the page as a variant; the list that leads there is the answer of this place.
    ///
    /// The list is refused where an invalidation came between. Then nobody learns its epoch, and the variant is
    /// out of reach.
    async fn list(&self, mut page: Page, names: Vec<String>) -> Arc<Stored> {
        let varies = Varies { names, epoch: random() };
        let place =
            vary::variant_place(&self.visit.policy, &self.visit.request, self.place.key.as_str(), &varies);
        page.variant = place.variant;
        let stored = self.here(page);
        let is_kept = self.put(&place, stored, false).await;
        self.is_in_reach.store(is_kept, Ordering::Relaxed);
        Arc::new(Stored::Varies(varies))
    }

    /// Begins a new list, of the older names and these, with nothing under it yet.
    async fn list_again(&self, first: &Place, varies: &Varies, names: Vec<String>) {
        let mut names: Vec<_> = varies.names.iter().cloned().chain(names).collect();
        names.sort_unstable();
        names.dedup();
        let list = Arc::new(Stored::Varies(Varies { names, epoch: random() }));
        self.put(first, list, true).await;
    }

    /// Stores it at another place; whether it is there then.
    async fn put(&self, place: &Place, stored: Arc<Stored>, anew: bool) -> bool {
        let is_kept = Arc::new(AtomicBool::new(false));
        let direct =
            Direct::new(self.cache, place.key.clone()).tags(self.visit.tags_of_page()).noting(&is_kept);
        let direct = if anew { direct.refreshing() } else { direct };
        let life = life(&stored, self.made.lock().page());
        let lasts = |_: &Arc<Stored>| Verdict::USUAL.timeout(life);
        // What is returned is the very value, or what another has stored there meanwhile.
        let _ = direct.compute::<Answered, PageKeep>(lasts, ready(Ok(stored))).await;
        is_kept.load(Ordering::Relaxed)
    }
}

/// How long a store keeps it.
pub(super) fn life(stored: &Stored, made: Option<&Page>) -> Timeout {
    let life = match stored {
        Stored::Page(page) => page.life(),
        Stored::Varies(_) => made.map_or(LIST_LIFE, |page| page.life().max(LIST_LIFE)),
    };
    if life >= FOREVER { Timeout::Never } else { Timeout::After(life) }
}

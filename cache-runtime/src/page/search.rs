//! The search for a page: the places it may be in, and the call that finds or makes it there.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::header::RANGE;
use http::{Method, Response, StatusCode};

use super::asked::Directives;
use super::collect;
use super::found::{Came, Found, Kept, Why};
use super::handler::{Ask, Handler};
use super::make::{Answered, Aside, Level, Made, Maker, Own, life};
use super::refresh::Refresh;
use super::rules;
use super::stored::{Page, PageKeep, Stored, Varies};
use super::unstorable;
use super::vary::{self, Form, Place, Spot};
use super::visit::Visit;
use crate::cache::Cache;
use crate::call::Verdict;
use crate::call::direct::{self, Direct, is_refreshing};

/// What one call of a place gave.
enum Got<B> {
    Stored(Arc<Stored>),
    Made(Arc<Page>, Kept),
    Own(Response<B>),
}

/// What `serve` makes of the page, if a store of this process has it fresh; it is counted as a hit then.
///
/// The page is lent: nothing that visits on other threads hold is counted up and down for each of them.
pub(super) fn glance<R>(
    visit: &Visit,
    cache: &Cache,
    spot: &Spot,
    asked: Directives,
    now: SystemTime,
    serve: impl FnOnce(&Page) -> R,
) -> Option<R> {
    if asked.anew || is_refreshing() {
        return None;
    }
    let (mut stored, mut variant) = (stored_here(cache, spot.key())?, spot.variant());
    if let Stored::Varies(varies) = &*stored {
        let place = vary::variant_place(&visit.policy, &visit.request, spot.key(), varies);
        (stored, variant) = (stored_here(cache, place.key.as_str())?, place.variant);
    }
    let Stored::Page(page) = &*stored else { return None };
    if page.variant != variant || !page.is_fresh(now) || !asked.accepts(page, now) {
        return None;
    }
    if let Some(laid) = &visit.policy.laid {
        laid.compare(page.laid_at);
    }
    cache.core().counters.hits.raise();
    Some(serve(page))
}

fn stored_here(cache: &Cache, key: &str) -> Option<Arc<Stored>> {
    direct::glance::<Answered, PageKeep>(cache, key)?.ok()
}

/// A hit that is not to be waited for further.
fn hit<B>(cache: &Cache, page: Arc<Page>) -> Found<B> {
    cache.core().counters.hits.raise();
    Found::Page(page, Came::Hit)
}

/// One search; the handler is asked at most once in it.
pub(super) struct Search<'a, H: Handler> {
    visit: &'a Visit,
    cache: &'a Cache,
    handler: Option<H>,
    began: SystemTime,
}

impl<'a, H: Handler> Search<'a, H> {
    pub(super) fn new(visit: &'a Visit, cache: &'a Cache, handler: H) -> Self {
        let began = cache.core().clock.wall();
        Self { visit, cache, handler: Some(handler), began }
    }

    /// Seeks the page further than a [`glance`] does.
    pub(super) async fn seek(&mut self, whole: Place, asked: Directives) -> Found<H::Body> {
        if asked.only_stored {
            return self.peek(whole).await.map_or(Found::Nothing, |page| hit(self.cache, page));
        }
        if rules::forbids_storing(&self.visit.request) || self.visit.is_for_one {
            // Whoever leads makes the page for all that wait: this visitor must not.
            return match self.peek(whole.clone()).await.filter(|_| !asked.anew) {
                Some(page) => hit(self.cache, page),
                None => self.find_for_one(&whole).await,
            };
        }
        if *self.visit.request.method() != Method::HEAD {
            return self.find(whole, asked).await;
        }
        match self.peek(whole).await.filter(|_| !asked.anew) {
            Some(page) if asked.accepts(&page, self.now()) => hit(self.cache, page),
            Some(_) | None => self.find(vary::spot_of(self.visit, Form::Head).into_place(), asked).await,
        }
    }

    fn now(&self) -> SystemTime {
        self.cache.core().clock.wall()
    }

    fn handler(&mut self) -> H {
        self.handler.take().expect("each way through a search asks the handler once")
    }

    /// The fresh page of this request, if it is stored; the handler is not asked.
    async fn peek(&mut self, place: Place) -> Option<Arc<Page>> {
        let mut place = place;
        let mut stored = self.direct(&place).peek::<Answered, PageKeep>().await?.ok()?;
        if let Stored::Varies(varies) = &*stored {
            place = vary::variant_place(&self.visit.policy, &self.visit.request, place.key.as_str(), varies);
            stored = self.direct(&place).peek::<Answered, PageKeep>().await?.ok()?;
        }
        let Stored::Page(page) = &*stored else { return None };
        (page.variant == place.variant && page.is_fresh(self.now())).then(|| Arc::clone(page))
    }

    async fn find(&mut self, first: Place, asked: Directives) -> Found<H::Body> {
        if asked.anew {
            return self.make_anew(first).await;
        }
        if !is_refreshing() && unstorable::is_noted(self.cache, &first.key) {
            return self.find_for_one(&first).await;
        }
        let mut may_look_again = true;
        loop {
            let stored = match self.obtain(&first, &Level::First, self.ask(), false).await {
                Got::Own(response) => return Found::Own(response),
                Got::Made(page, kept) => return Found::Page(page, kept.came(Why::NoPage)),
                Got::Stored(stored) => stored,
            };
            let varies = match &*stored {
                Stored::Page(page) => return self.settle(page, first, Level::First, asked).await,
                Stored::Varies(varies) => varies,
            };
            match self.find_variant(&first, varies, asked, may_look_again).await {
                Some(found) => return found,
                None => may_look_again = false,
            }
        }
    }

    /// `None`, if the visit that this one has waited for began a new list, and there is time to look there.
    async fn find_variant(
        &mut self,
        first: &Place,
        varies: &Varies,
        asked: Directives,
        may_look_again: bool,
    ) -> Option<Found<H::Body>> {
        let place = vary::variant_place(&self.visit.policy, &self.visit.request, first.key.as_str(), varies);
        let level = Level::Variant(first.clone(), varies.clone());
        Some(match self.obtain(&place, &level, self.ask(), false).await {
            Got::Own(response) => Found::Own(response),
            Got::Made(page, kept) => Found::Page(page, kept.came(Why::NoVariant)),
            Got::Stored(stored) => match &*stored {
                Stored::Page(page) if page.variant != place.variant && may_look_again => return None,
                Stored::Page(page) => self.settle(page, place, level, asked).await,
                // No list is stored at the place of a variant: a store that says so lies.
                Stored::Varies(_) => self.renew(&place, &level, Why::NoVariant).await,
            },
        })
    }

    /// How the handler is asked for a page that is not there. A part of one is asked for as it is wanted: what
    /// is sent in parts is long, and the answer is a page all the same if the handler sends the whole.
    fn ask(&self) -> Ask {
        if self.visit.request.headers().contains_key(RANGE) { Ask::InParts } else { Ask::Whole }
    }

    /// A visit of a page that was not storable a moment ago: it waits for nobody.
    async fn find_for_one(&mut self, first: &Place) -> Found<H::Body> {
        let response = self.handler().ask(Ask::AsSent).await;
        match collect::collect(self.visit, self.cache, response).await {
            Err(response) => Found::Own(response),
            Ok(collected) => {
                unstorable::forget(self.cache, &first.key);
                Found::Page(Arc::new(collected.page), Came::MadeForOne(Why::NoPage))
            }
        }
    }

    /// Makes the page although there may be one.
    async fn make_anew(&mut self, first: Place) -> Found<H::Body> {
        let stored = self.direct(&first).peek::<Answered, PageKeep>().await.and_then(Result::ok);
        if let Some(Stored::Varies(varies)) = stored.as_deref() {
            let place =
                vary::variant_place(&self.visit.policy, &self.visit.request, first.key.as_str(), varies);
            return self.renew(&place, &Level::Variant(first, varies.clone()), Why::Asked).await;
        }
        self.renew(&first, &Level::First, Why::Asked).await
    }

    async fn renew(&mut self, place: &Place, level: &Level, why: Why) -> Found<H::Body> {
        let got = self.obtain(place, level, Ask::Whole, true).await;
        self.renewed(got, place, why).await
    }

    async fn renewed(&mut self, got: Got<H::Body>, place: &Place, why: Why) -> Found<H::Body> {
        match got {
            Got::Own(response) => Found::Own(response),
            Got::Made(page, kept) => Found::Page(page, kept.came(why)),
            Got::Stored(stored) => match &*stored {
                Stored::Page(page) if page.variant == place.variant => {
                    Found::Page(Arc::clone(page), Came::Collapsed)
                }
                // The refresh that this visit has waited for made another variant.
                Stored::Page(_) | Stored::Varies(_) => self.find_for_one(place).await,
            },
        }
    }

    /// Decides about a page that is stored: whether it goes out, and as what.
    async fn settle(
        &mut self,
        page: &Arc<Page>,
        place: Place,
        level: Level,
        asked: Directives,
    ) -> Found<H::Body> {
        if page.variant != place.variant {
            return self.renew(&place, &level, Why::NoVariant).await;
        }
        let now = self.now();
        let Some(overdue) = page.overdue(now) else {
            if !asked.accepts(page, now) {
                return self.renew(&place, &level, Why::Asked).await;
            }
            let came = if page.made > self.began { Came::Collapsed } else { Came::Hit };
            return Found::Page(Arc::clone(page), came);
        };
        if overdue < page.stale.while_revalidate && asked.accepts(page, now) {
            let refresh =
                Refresh::new(self.visit, self.cache, place, level, Arc::clone(page), self.handler());
            H::spawn(refresh);
            return Found::Page(Arc::clone(page), Came::Stale);
        }
        self.replace(page, overdue, &place, &level).await
    }

    /// Makes a stale page anew, or has it confirmed; in its window it goes out where the handler fails.
    async fn replace(
        &mut self,
        page: &Arc<Page>,
        overdue: Duration,
        place: &Place,
        level: &Level,
    ) -> Found<H::Body> {
        if overdue >= page.stale.if_error {
            let got = self.obtain(place, level, ask_for(page), true).await;
            return self.renewed(got, place, Why::Stale).await;
        }
        let instead = |status| Found::Page(Arc::clone(page), Came::InsteadOfError(status));
        let got = calmly(self.obtain(place, level, ask_for(page), true)).await;
        match got {
            None => instead(StatusCode::INTERNAL_SERVER_ERROR),
            Some(Got::Own(response)) if response.status().is_server_error() => instead(response.status()),
            Some(got) => self.renewed(got, place, Why::Stale).await,
        }
    }

    /// Makes the page behind the visitor's back, unless that has been done; what fails leaves what is there.
    pub(super) async fn refresh(&mut self, page: &Arc<Page>, place: &Place, level: &Level) {
        let stored = self.direct(place).peek::<Answered, PageKeep>().await;
        let is_done = match stored.and_then(Result::ok).as_deref() {
            Some(Stored::Page(stored)) => stored.is_fresh(self.now()),
            Some(Stored::Varies(_)) | None => false,
        };
        if !is_done {
            self.obtain(place, level, ask_for(page), true).await;
        }
    }

    fn direct(&self, place: &Place) -> Direct {
        let direct = Direct::new(self.cache, place.key.clone());
        // A shared store is asked for the page and the records of its tags at once.
        if self.cache.local().is_some() { direct } else { direct.tags(self.visit.tags_of_page()) }
    }

    /// The call of a place: what is stored there, or else what the handler makes.
    ///
    /// Apart from its callers' futures: there are many ways to it, and each would hold all of it.
    fn obtain<'s>(
        &'s mut self,
        place: &'s Place,
        level: &'s Level,
        ask: Ask,
        anew: bool,
    ) -> Pin<Box<impl Future<Output = Got<H::Body>> + 's>> {
        Box::pin(async move {
            let direct = self.direct(place);
            let direct = if anew { direct.refreshing() } else { direct };
            if let Some(Ok(stored)) = direct.look::<Answered, PageKeep>() {
                return Got::Stored(stored);
            }
            let (made, releases) = (Aside::new(), Arc::new(AtomicBool::new(true)));
            let (kept, is_in_reach) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(true));
            let lasts = |stored: &Arc<Stored>| Verdict::USUAL.timeout(life(stored, made.lock().page()));
            let (visit, cache, releases_if) = (self.visit, self.cache, &*releases);
            let is_in_reach = &is_in_reach;
            let maker = Maker { visit, cache, place, level, made: &made, releases: releases_if, is_in_reach };
            let handler = &mut self.handler;
            let body = async {
                let handler = handler.take().expect("each way through a search asks the handler once");
                maker.make(handler, ask).await
            };
            let direct =
                direct.wait(visit.policy.wait).tags(visit.tags_of_page()).releasing(&releases).noting(&kept);
            let returned = direct.compute::<Answered, PageKeep>(lasts, body).await;
            match (made.into_inner(), returned) {
                (Made::Own(response), _) => Got::Own(response),
                (Made::Page(page), _) => {
                    let is_in_reach = is_in_reach.load(Ordering::Relaxed);
                    Got::Made(page, Kept(is_in_reach && kept.load(Ordering::Relaxed)))
                }
                (Made::Nothing, Ok(stored)) => Got::Stored(stored),
                (Made::Nothing, Err(Own)) => {
                    unreachable!("an answer of its own is put aside before it is returned")
                }
            }
        })
    }
}

fn ask_for(page: &Arc<Page>) -> Ask {
    if page.stale.to_confirm.is_zero() { Ask::Whole } else { Ask::Confirm(Arc::clone(page)) }
}

/// Runs a future to its end; `None` if it panics.
async fn calmly<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.map_or(std::task::Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

//! What is stored for a page: one response, or the list of what the page varies on.

use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AGE, CONTENT_LENGTH, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::cache_status::CACHE_STATUS;
use super::downstream::Downstream;
use super::headers::etag_of;
use super::near::{self, Number};
use super::{list, wire};
use crate::base::entry::{HeldValue, Kind, Shared};
use crate::base::error::Result;
use crate::base::event::MissReason;
use crate::cache::Cache;
use crate::call::Keep;
use crate::codec::{self, Encoding, Meta, Opened};

/// The longest time that is written down.
pub(crate) const FOREVER: Duration = Duration::from_millis(u64::MAX);

/// One stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it was made, to the millisecond.
    pub(crate) made: SystemTime,
    /// How old it was already, where it comes from another cache.
    pub(crate) age: Duration,
    /// How long it is fresh, from `made`.
    pub(crate) fresh: Duration,
    /// How it may be used after that.
    pub(crate) stale: Stale,
    /// Which variant it is; zero for a page that has but one.
    pub(crate) variant: u128,
    pub(crate) outgoing: Outgoing,
    /// Where the layer is made that has made it, here and not in another process.
    pub(crate) laid_at: Option<&'static Location<'static>>,
}

/// The headers of a page, with room for what every visit is told anew: made by the first hit, so that the next ones
/// clone a map that need not grow. They are for those to whom the same is told.
#[derive(Debug)]
pub(crate) struct Outgoing {
    number: Number,
    shared: OnceLock<(Downstream, HeaderMap)>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { number: Number::next(), shared: OnceLock::new() }
    }
}

/// It follows from the headers: a clone makes its own.
impl Clone for Outgoing {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It follows from the headers, which are compared.
impl PartialEq for Outgoing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Outgoing {}

/// How a page may be used after it was fresh; windows begin where freshness ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stale {
    /// It goes out at once, and is made anew behind the visitor's back (RFC 5861 §3).
    pub(crate) while_revalidate: Duration,
    /// It goes out where the handler fails (RFC 5861 §4).
    pub(crate) if_error: Duration,
    /// It stays to be confirmed by the handler, which is asked with its validators.
    pub(crate) to_confirm: Duration,
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The page.
    Page(Arc<Page>),
    /// The page has variants, which are stored elsewhere.
    Varies(Varies),
}

/// What a page varies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Varies {
    /// The names of request headers, in lower case and in order.
    pub(crate) names: Vec<String>,
    /// Part of the keys of all variants: another list has another, so that what was stored under an
    /// older list, or before an invalidation of the page, is out of reach.
    pub(crate) epoch: u64,
}

impl Page {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as they are stored.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The headers, with places for `Age` and `Cache-Status` that are to be filled in by [`told`]. They are completed once
    /// for all hits of a layer; for another that shares the page, and tells something else, each time.
    pub(super) fn outgoing(&self, downstream: Downstream) -> HeaderMap {
        let make = || self.completed(downstream);
        near::headers(self.outgoing.number, downstream, make, || {
            let (known, headers) = self.outgoing.shared.get_or_init(|| (downstream, make()));
            if *known == downstream { headers.clone() } else { make() }
        })
    }

    fn completed(&self, downstream: Downstream) -> HeaderMap {
        let mut headers = self.with_room();
        downstream.tell(&mut headers);
        headers
    }

    /// In the order of [`FIRST`], and then as they are stored.
    fn with_room(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + FIRST.len() + 1);
        headers.insert(AGE, HeaderValue::from_static("0"));
        if !self.headers.contains_key(CACHE_STATUS) {
            // A line of a cache further inside stays before ours, and there is no place for that.
            headers.insert(CACHE_STATUS, HeaderValue::from_static(""));
        }
        for (name, value) in self.lines_of_one_buffer().filter(|(name, _)| **name != AGE) {
            headers.append(name, value);
        }
        if !self.body.is_empty() {
            // Frameworks would add it to each response.
            headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(self.body.len()));
        }
        headers
    }

    /// The headers, their values as parts of one buffer: one count of clones, and not one for each line.
    fn lines_of_one_buffer(&self) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        let whole: Vec<u8> = self.headers.values().flat_map(HeaderValue::as_bytes).copied().collect();
        let mut rest = Bytes::from(whole);
        self.headers.iter().map(move |(name, value)| {
            let mut line = list::line(rest.split_to(value.len()));
            line.set_sensitive(value.is_sensitive());
            (name, line)
        })
    }

    /// The preconditions by which a handler is asked whether it still holds: its validators.
    ///
    /// An entity tag that the cache has made is not among them where there is a date: a handler that knows no tags
    /// must not look at the date beside one (RFC 9110 §13.1.3).
    #[cfg_attr(not(any(feature = "tower", feature = "actix")), expect(dead_code, reason = "adapters ask"))]
    pub(crate) fn preconditions(&self) -> impl Iterator<Item = (HeaderName, &HeaderValue)> {
        let modified = self.headers.get(LAST_MODIFIED);
        let is_ours = |tag: &HeaderValue| modified.is_some() && *tag == etag_of(&self.body);
        let tag = self.headers.get(ETAG).filter(|tag| !is_ours(tag));
        tag.map(|tag| (IF_NONE_MATCH, tag)).into_iter().chain(modified.map(|date| (IF_MODIFIED_SINCE, date)))
    }

    /// How old it is at `now`; never less than nothing, whatever the clocks say.
    pub fn age(&self, now: SystemTime) -> Duration {
        self.since_made(now) + self.age
    }

    /// How long ago it was made; never less than nothing, whatever the clocks say.
    pub(crate) fn since_made(&self, now: SystemTime) -> Duration {
        now.duration_since(self.made).unwrap_or_default()
    }

    /// Whether it is fresh at `now`.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        self.overdue(now).is_none()
    }

    /// How long ago it ceased to be fresh; `None` while it is.
    pub(crate) fn overdue(&self, now: SystemTime) -> Option<Duration> {
        self.since_made(now).checked_sub(self.fresh)
    }

    /// How long it stays fresh after `now`.
    pub(crate) fn left(&self, now: SystemTime) -> Duration {
        self.fresh.saturating_sub(self.since_made(now))
    }

    /// How long a store keeps it.
    pub(crate) fn life(&self) -> Duration {
        let Stale { while_revalidate, if_error, to_confirm } = self.stale;
        self.fresh.saturating_add(while_revalidate.max(if_error).max(to_confirm))
    }

    /// About how many bytes of memory it takes.
    fn weight(&self) -> usize {
        // There are two of each line: one of them goes out.
        let line =
            |(name, value): (&http::HeaderName, &HeaderValue)| name.as_str().len() + 2 * (value.len() + 64);
        size_of::<Self>() + self.body.len() + self.headers.iter().map(line).sum::<usize>()
    }
}

/// What every visit is told anew: it stands before all other headers of a page that goes out.
const FIRST: [HeaderName; 2] = [AGE, CACHE_STATUS];

/// The place of one of the [`FIRST`] headers. Where it stands as it was put, its name need not be hashed.
pub(super) fn told<'h>(headers: &'h mut HeaderMap, name: &HeaderName) -> Option<&'h mut HeaderValue> {
    let place = FIRST.iter().position(|first| first == name)?;
    let stand_first = headers.iter().zip(&FIRST[..=place]).all(|((found, _), first)| found == first);
    if stand_first { headers.values_mut().nth(place) } else { headers.get_mut(name) }
}

/// How pages are kept: shared in memory, in a form of their own elsewhere.
pub(crate) struct PageKeep;

impl Keep<Arc<Stored>> for PageKeep {
    fn hold(value: &Arc<Stored>) -> HeldValue {
        HeldValue::Typed(Arc::clone(value) as _)
    }

    fn take(held: Arc<dyn Shared>) -> Option<Arc<Stored>> {
        let held: Arc<dyn std::any::Any + Send + Sync> = held;
        held.downcast().ok()
    }

    fn weigh(value: &Arc<Stored>, _: &Cache) -> u32 {
        let weight = match &**value {
            Stored::Page(page) => page.weight(),
            Stored::Varies(varies) => {
                size_of::<Stored>() + varies.names.iter().map(String::len).sum::<usize>()
            }
        };
        u32::try_from(weight).unwrap_or(u32::MAX)
    }

    fn encode(_: Kind, value: &Arc<Stored>, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        codec::encode_form(wire::MARK, |out| wire::write(value, out), meta, encoding)
    }

    fn decode(opened: &Opened) -> Result<Arc<Stored>, MissReason> {
        let Opened::Entry(entry) = opened else { return Err(MissReason::OtherLayout) };
        let payload = entry.form(wire::MARK)?;
        wire::read(payload).map(Arc::new).ok_or(MissReason::Undecodable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_anew_is_found_wherever_it_stands() {
        let orders = [
            &["age", "cache-status", "vary"][..],
            &["cache-status", "age"],
            &["age", "age", "cache-status"],
            &["vary", "vary", "cache-status", "cache-status"],
            &["age"],
            &[],
        ];

        for order in orders {
            let mut headers = HeaderMap::new();
            for (number, name) in order.iter().enumerate() {
                headers.append(*name, HeaderValue::from(number));
            }
            let found = FIRST.map(|name| told(&mut headers.clone(), &name).map(|line| line.clone()));
            assert_eq!(found, FIRST.map(|name| headers.get(&name).cloned()), "{order:?}");
        }
    }
}

//! The memory store: values as they are, bounded by entries and by weight.
//!
//! # Limits
//!
//! - **Entries**: [`max_entries`](Memory::max_entries). At the bound each new entry evicts one that
//!   was not asked for lately; what was just set is there.
//! - **Weight**: [`max_weight`](Memory::max_weight), in the bytes that values are said to weigh.
//!   Keys and bookkeeping, about 250 bytes an entry, come on top.
//! - **Unless stated**, 100,000 entries, and 256 MiB: a flood of URLs with large pages fills no more.
//! - **One value** weighs at most a [stated share](Memory::shards) of one shard, where the weight is
//!   stated; a heavier one is refused and counted, and an older value under its key is removed.
//!   Where it is not, a heavier value stays in its shard alone.
//! - **Expiry** is exact to the tick of the clock: an expired entry is never returned. Its memory
//!   is given back about every [`REAPED_EVERY`], at most [`REAPED_AT_ONCE`] entries at a time. A
//!   thread of its own drops their values, however long a `Drop` of yours takes.
//! - **Clearing** walks the whole store: about a third of a microsecond for each entry, in which no
//!   lock is held for longer than one entry takes, so that others read and write meanwhile. Listing
//!   keys does the same. (A `retain` under the locks of the map would be faster for its caller, and
//!   stall everyone else for milliseconds.)
//! - A restart loses everything.

mod bytes;
mod deadlines;
mod key;
mod leases;
mod local;
mod map;
mod store;
mod tags;
mod weigher;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::setup::Setup;
use map::Bounds;
pub(super) use store::Store;
pub use store::{REAPED_AT_ONCE, REAPED_EVERY};
pub use weigher::Weighers;

pub(super) const KIND: Kind = Kind {
    name: "memory",
    schemes: &["memory"],
    feature: "",
    available: true,
    settings: &["location", "max_entries", "max_weight", "shards"],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a memory store needs; the methods of [`Memory`] say what each means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The name under which several aliases share the store.
    pub location: Option<String>,
    /// The most entries it holds.
    pub max_entries: Option<usize>,
    /// The most bytes that its values weigh together.
    pub max_weight: Option<u64>,
    /// How many parts it has.
    pub shards: Option<usize>,
    /// What values weigh, where the program says so.
    pub weighers: Weighers,
}

/// A cache in this process.
pub type Memory = Setup<Options>;

impl Memory {
    /// A memory cache of 100,000 entries at most, which together weigh 256 MiB at most.
    pub fn new() -> Self {
        Self::over(Options::default())
    }

    /// The most entries it holds; 100,000 if neither this nor [`max_weight`](Self::max_weight) is
    /// stated.
    ///
    /// Where both are stated, both hold; an entry then counts as at least its equal part of the
    /// weight, so that a store of many small and some large entries may be full at half of either.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.options.max_entries = Some(entries);
        self
    }

    /// The most bytes that its values weigh together; never exceeded.
    ///
    /// Unless stated, it is 256 MiB, or 2,684 bytes for each of [`max_entries`](Self::max_entries) if
    /// that is more; and then no value is refused for its weight: one of more than its share of a
    /// [part](Self::shards) is kept there alone.
    pub fn max_weight(mut self, bytes: u64) -> Self {
        self.options.max_weight = Some(bytes);
        self
    }

    /// What a value of type `T` weighs, in bytes; one such function for each type.
    ///
    /// Unless stated, a value weighs its own size, and a `String`, `Vec<u8>`, `Bytes`, `Arc<str>` or
    /// `Box<str>` also what it holds. What other types keep elsewhere (a vector of rows) is not seen
    /// without this. Where a cached function returns an `Arc<T>`, it is the `T` that is weighed.
    ///
    /// # Example
    ///
    /// ```
    /// use cache_runtime::backend::memory::Memory;
    ///
    /// struct Table(Vec<[f64; 4]>);
    ///
    /// let memory = Memory::new().max_weight(64 << 20).weigher(|table: &Table| table.0.len() * 32);
    /// ```
    pub fn weigher<T: Any>(mut self, weigh: impl Fn(&T) -> usize + Send + Sync + 'static) -> Self {
        self.options.weighers.add(weigh);
        self
    }

    /// How many parts the store has, each with its own lock and an equal part of the bounds; made a
    /// power of two.
    ///
    /// Unless stated, a store has one for every 4,096 entries and at most four for every core. More
    /// parts let more threads write at once; fewer leave room for larger values: one value weighs
    /// at most 97 % of one part, or 75 % where the store is made for fewer than 1,000 entries (a
    /// kilobyte of weight counts as one).
    pub fn shards(mut self, shards: usize) -> Self {
        self.options.shards = Some(shards);
        self
    }

    /// Names the store, so that several aliases of one [`Caches`](crate::cache::Caches) share it.
    ///
    /// Aliases without a location have stores of their own.
    pub fn location(mut self, name: impl Into<String>) -> Self {
        self.options.location = Some(name.into());
        self
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// The stores that were built so far, by their location.
#[derive(Default)]
pub(crate) struct Locations(HashMap<String, (Options, SharedBackend)>);

impl Options {
    /// Takes `location`, `max_entries`, `max_weight` and `shards`.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let location = fields.text("location")?;
        Ok(Self {
            location: location.map(|name| name.trim_start_matches("memory://").to_owned()),
            max_entries: fields
                .bound("max_entries")?
                .map(|bound| usize::try_from(bound).unwrap_or(usize::MAX)),
            max_weight: fields.bound_of_bytes("max_weight")?,
            shards: fields.size("shards")?,
            weighers: Weighers::default(),
        })
    }

    /// Builds a store of its own, whatever the location.
    ///
    /// # Errors
    ///
    /// `Settings`, if a bound is zero.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        Ok(self.build_store(clock)? as Arc<_>)
    }

    /// [`build`](Self::build) for a store that has this one inside.
    pub(super) fn build_store(&self, clock: &Clock) -> Result<Arc<Store>> {
        let bounds = Bounds::of(self)?;
        Ok(Store::new(bounds, self.weighers.clone(), clock))
    }

    /// Builds the store, or finds the one that another alias has built at the same location.
    ///
    /// # Errors
    ///
    /// `Settings`, if a bound is zero or two aliases state different bounds for one location.
    pub(crate) fn build_at(&self, clock: &Clock, locations: &mut Locations) -> Result<SharedBackend> {
        let Some(location) = &self.location else { return self.build(clock) };
        if let Some((options, store)) = locations.0.get(location) {
            if options != self {
                let text = format!("two caches at the memory location `{location}` state different bounds");
                return Err(Error::new(ErrorKind::Settings, "settings").context(text));
            }
            return Ok(Arc::clone(store));
        }
        let store = self.build(clock)?;
        locations.0.insert(location.clone(), (self.clone(), Arc::clone(&store)));
        Ok(store)
    }
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build_at(&site.clock, &mut site.locations)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn at(location: &str) -> Options {
        Memory::new().location(location).options
    }

    #[test]
    fn aliases_at_one_location_share_a_store() {
        let (clock, mut locations) = (Clock::by_hand(), Locations::default());

        let first = at("here").build_at(&clock, &mut locations).unwrap();
        let second = at("here").build_at(&clock, &mut locations).unwrap();

        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn aliases_elsewhere_and_nowhere_have_stores_of_their_own() {
        let (clock, mut locations) = (Clock::by_hand(), Locations::default());
        let options = [at("here"), at("there"), Options::default(), Options::default()];

        let stores = options.map(|options| options.build_at(&clock, &mut locations).unwrap());

        for (index, store) in stores.iter().enumerate() {
            assert!(stores[..index].iter().all(|other| !Arc::ptr_eq(store, other)));
        }
    }

    #[test]
    fn different_bounds_at_one_location_are_an_error() {
        let (clock, mut locations) = (Clock::by_hand(), Locations::default());
        at("here").build_at(&clock, &mut locations).unwrap();

        let larger = Memory::new().location("here").max_entries(1_000_000).options;
        let error = larger.build_at(&clock, &mut locations).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains("`here`"), "{error}");
    }

    #[test]
    fn a_bound_of_zero_is_an_error_that_names_it() {
        for (setup, name) in
            [(Memory::new().max_entries(0), "max_entries"), (Memory::new().max_weight(0), "max_weight")]
        {
            let error = setup.options.build(&Clock::by_hand()).err().unwrap();

            assert_eq!(error.kind(), ErrorKind::Settings);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

//! The dummy store: takes everything, keeps nothing; for development and tests.

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;

use super::{Backend, Capability, Described, Kind, Operation, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::setup::Setup;

pub(super) const KIND: Kind = Kind {
    name: "dummy",
    schemes: &["dummy"],
    feature: "",
    available: true,
    settings: &[],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// A dummy store needs nothing.
#[derive(Debug, Clone, Default)]
pub struct Options {}

/// A cache that keeps nothing.
pub type Dummy = Setup<Options>;

impl Dummy {
    /// A cache that keeps nothing.
    pub fn new() -> Self {
        Self::over(Options::default())
    }
}

impl Default for Dummy {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Takes no settings: there are none.
    pub fn from_fields(_: &mut Fields) -> Result<Self> {
        Ok(Self {})
    }

    /// Builds the store, which needs no clock; the argument is there as for every backend.
    pub fn build(&self, _: &Clock) -> Result<SharedBackend> {
        Ok(Arc::new(Nothing))
    }
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}

/// The store that keeps nothing: every write succeeds, every read finds nothing.
struct Nothing;

impl Backend for Nothing {
    fn name(&self) -> &'static str {
        "dummy"
    }

    fn capability(&self) -> Capability {
        Capability::NOTHING
    }

    fn get<'a>(&'a self, _: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(ready(Ok(None)))
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async { Ok(vec![None; keys.len()]) })
    }

    fn set<'a>(&'a self, _: &'a str, _: Bytes, _: Life) -> Operation<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn set_many<'a>(&'a self, _: &'a [(String, Bytes)], _: Life) -> Operation<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    /// True: there was no live entry, and the value was taken as `set` takes it.
    fn add<'a>(&'a self, _: &'a str, _: Bytes, _: Life) -> Operation<'a, bool> {
        Box::pin(ready(Ok(true)))
    }

    fn touch<'a>(&'a self, _: &'a str, _: Life) -> Operation<'a, bool> {
        Box::pin(ready(Ok(false)))
    }

    fn ttl<'a>(&'a self, _: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(ready(Ok(None)))
    }

    fn delete<'a>(&'a self, _: &'a str) -> Operation<'a, bool> {
        Box::pin(ready(Ok(false)))
    }

    fn delete_many<'a>(&'a self, _: &'a [String]) -> Operation<'a, u64> {
        Box::pin(ready(Ok(0)))
    }

    fn incr<'a>(&'a self, key: &'a str, _: i64) -> Operation<'a, i64> {
        let absent = Error::new(ErrorKind::NotFound, "incr").context(format!("`{key}`"));
        Box::pin(ready(Err(absent)))
    }

    fn clear<'a>(&'a self, _: &'a str) -> Operation<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn keys<'a>(&'a self, _: &'a str) -> Operation<'a, Vec<String>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    /// The offered versions: nothing is kept that could carry others.
    fn stamp<'a>(&'a self, records: &'a [(String, u64)], _: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(async { Ok(records.iter().map(|(_, offered)| *offered).collect()) })
    }
}

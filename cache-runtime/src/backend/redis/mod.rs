//! The Redis store: one multiplexed connection, short limits, scripts where atomicity needs them.

use super::{Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::fields::Fields;
use crate::base::setup::Setup;

pub(super) const KIND: Kind = Kind {
    name: "redis",
    schemes: &["redis", "rediss", "unix"],
    feature: "redis",
    available: true,
    settings: &["location"],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a Redis store needs.
#[derive(Debug, Clone)]
pub struct Options {}

/// A cache in Redis or Valkey.
pub type Redis = Setup<Options>;

impl Redis {
    /// A cache in the Redis at this URL.
    pub fn url(url: &str) -> Result<Self> {
        let _ = url;
        todo!()
    }
}

impl Options {
    /// Takes `location`.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let Some(_url) = fields.text("location")? else {
            return Err(fields.fault("`location` is missing: the URL of the server"));
        };
        Ok(Self {})
    }

    /// Builds the store; connects at the first operation.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let _ = clock;
        todo!()
    }
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}

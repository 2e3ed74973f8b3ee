//! The Redis store: one multiplexed connection, short limits, scripts where atomicity needs them.

use super::{Kind, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::setup::Setup;

pub(super) const KIND: Kind = Kind {
    name: "redis",
    schemes: &["redis", "rediss", "unix"],
    feature: "redis",
    available: true,
    settings: &["location"],
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
    /// Builds the store; connects at the first operation.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let _ = clock;
        todo!()
    }
}

//! The memory store: values as they are, bounded by entries and by weight.

use std::sync::Arc;

use super::{Backend, Kind, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::setup::Setup;

pub(super) const KIND: Kind = Kind {
    name: "memory",
    schemes: &["memory"],
    feature: "",
    available: true,
    settings: &["location", "max_entries", "max_weight"],
};

/// What a memory store needs.
#[derive(Debug, Clone, Default)]
pub struct Options {}

/// A cache in this process.
pub type Memory = Setup<Options>;

impl Memory {
    /// A memory cache of 100,000 entries at most.
    pub fn new() -> Self {
        Self::over(Options::default())
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Builds the store.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let _ = (clock, Arc::<dyn Backend>::clone);
        todo!()
    }
}

//! The dummy store: takes everything, keeps nothing; for development and tests.

use super::{Kind, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::setup::Setup;

pub(super) const KIND: Kind =
    Kind { name: "dummy", schemes: &["dummy"], feature: "", available: true, settings: &[] };

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
    /// Builds the store.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let _ = clock;
        todo!()
    }
}

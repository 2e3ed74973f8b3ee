//! A backend that the program brings along.

use std::fmt;
use std::sync::Arc;

use super::{Backend, Described, SharedBackend, Site};
use crate::base::error::Result;
use crate::base::setup::Setup;

/// A backend that exists already.
#[derive(Clone)]
pub struct Options {
    backend: SharedBackend,
}

/// A cache over a backend of the program's own.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use cache_runtime::Caches;
/// use cache_runtime::backend::{Backend, custom::Custom, dummy};
/// use cache_runtime::base::clock::Clock;
///
/// # fn main() -> cache_runtime::Result<()> {
/// let mine: Arc<dyn Backend> = dummy::Options::default().build(&Clock::system())?;
/// let caches = Caches::builder().add("mine", Custom::new(mine).key_prefix("site")).build()?;
/// assert_eq!(caches.get("mine")?.alias(), "mine");
/// # Ok(())
/// # }
/// ```
pub type Custom = Setup<Options>;

impl Custom {
    /// A cache over `backend`.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self::over(Options { backend })
    }
}

impl Described for Options {
    fn build_in(&self, _: &mut Site) -> Result<SharedBackend> {
        Ok(Arc::clone(&self.backend))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Custom({})", self.backend.name())
    }
}

//! The cache of a policy, which is found once.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::base::error::Result;
use crate::cache::scope::is_scoped;
use crate::cache::{Cache, cache};

/// The cache under the alias of a policy, once it was asked for outside of all scopes: a program has the same caches
/// for as long as it lives.
#[derive(Default)]
pub(crate) struct Lasting(OnceLock<Cache>);

/// It follows from the alias: a clone, whose alias may become another, finds its own.
impl Clone for Lasting {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Lasting {
    /// The cache under `alias`, here and now; each time it is the same alias.
    ///
    /// # Errors
    ///
    /// Those of [`cache`](crate::cache()).
    pub(super) fn cache(&self, alias: &str) -> Result<Cow<'_, Cache>> {
        if is_scoped() {
            return cache(alias).map(Cow::Owned);
        }
        if let Some(known) = self.0.get() {
            return Ok(Cow::Borrowed(known));
        }
        let found = cache(alias)?;
        Ok(Cow::Borrowed(self.0.get_or_init(|| found)))
    }
}

//! The registry: which caches there are.

use super::Cache;
use crate::base::error::Result;

/// Named caches.
#[derive(Clone)]
pub struct Caches {}

/// Named caches that are being described.
pub struct CachesBuilder {}

/// The caches of this program, or of the scope that is active.
pub fn caches() -> Caches {
    todo!()
}

/// The cache under `alias`.
pub fn cache(alias: &str) -> Result<Cache> {
    let _ = alias;
    todo!()
}

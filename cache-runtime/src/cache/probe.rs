//! Whether a store takes writes: tried with an entry of its own, which is removed again.

use std::time::Duration;

use bytes::Bytes;

use super::Cache;
use crate::backend::{Backend, Claim, Token};
use crate::base::entry::Life;
use crate::base::error::Result;
use crate::base::sync::random;

/// A key that nobody else has.
pub(super) fn key() -> String {
    format!("~check~{:016x}", random())
}

/// How long it lives where it cannot be removed.
const LIFE: Duration = Duration::from_secs(5);

impl Cache {
    /// Stores, leases and deletes as callers do. Past the guard: what fails here is nobody's invalidation.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(super) async fn try_writing(&self, key: &str) -> Result<()> {
        let Some(guard) = &self.core.guard else { return Ok(()) };
        let (store, key) = (guard.store(), self.final_key(key));
        let capability = store.capability();
        if !capability.keeps {
            return Ok(());
        }
        store.set(&key, Bytes::from_static(b"0"), Life::For(LIFE)).await?;
        let leased = if capability.leases { lease(store, &key).await } else { Ok(()) };
        store.delete(&key).await?;
        leased
    }
}

async fn lease(store: &dyn Backend, key: &str) -> Result<()> {
    let token = Token(u128::from(random()));
    store.acquire(key, token, LIFE, Claim::Take, None).await?;
    store.release(key, token).await
}

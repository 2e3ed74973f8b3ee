//! Invalidation of a fragment by its name: in every cache that this program keeps it in.

use std::future::Future;

use super::key::{digested, escaped_in_known_ways, make_fragment_key, put_all};
use super::named::Named;
use super::vary::Vary;
use crate::base::error::{Error, Result};
use crate::base::key::Key;
use crate::base::sync::block_on;
use crate::cache::Cache;

/// One `fragment!` of this program; submitted by generated code.
pub struct Registered(pub &'static Named<'static>);

inventory::collect!(Registered);

/// Removes the text of a fragment for these vary values; whether there was one.
///
/// It is removed from the cache of fragments, and from those that a `fragment!` of this name in the program
/// states. A template that states another cache is reached by [`Named::cache`]. Text that templates fill without
/// escaping, or by the rules of JSON, goes with it; what they escape by rules of the program's own is reached by
/// [`invalidate_all`].
///
/// # Errors
///
/// The first one, after all caches were tried.
///
/// # Example
///
/// ```
/// use cache_runtime::fragment;
///
/// # async fn example() -> cache_runtime::Result<()> {
/// let user = 7;
/// let card = fragment::Named::new("profile_card").of(&[&user]).render(|| "<b>Ada</b>");
/// assert!(fragment::invalidate("profile_card", &[&user]).await?);
/// assert!(!fragment::invalidate("profile_card", &[&user]).await?);
/// # let _ = card;
/// # Ok(())
/// # }
/// ```
pub fn invalidate(
    name: &str,
    // `Sync`, since a list that is written into the call lives until the future is awaited, and futures of handlers
    // are sent from thread to thread.
    vary: &[&(dyn Vary + Sync)],
) -> impl Future<Output = Result<bool>> + Send + use<> {
    remove(name, digested(name, |digest| put_all(vary, digest)))
}

/// [`invalidate`] for code that is not `async`.
pub fn invalidate_blocking(name: &str, vary: &[&dyn Vary]) -> Result<bool> {
    block_on(remove(name, make_fragment_key(name, vary)))
}

fn remove(name: &str, key: Key) -> impl Future<Output = Result<bool>> + Send + use<> {
    let caches = caches_of(name);
    async move {
        let mut outcome = Outcome::default();
        for cache in caches {
            outcome.note(delete(cache, &key).await);
        }
        outcome.finish()
    }
}

/// Makes every text of a fragment a miss, whatever its vary values.
///
/// One write for each cache, and nothing is scanned; which caches, [`invalidate`] says.
///
/// # Errors
///
/// The first one, after all caches were tried.
pub fn invalidate_all(name: &str) -> impl Future<Output = Result<()>> + Send + use<> {
    let (caches, tag) = (caches_of(name), super::key::tag(name));
    async move {
        let mut outcome = Outcome::default();
        for cache in caches {
            outcome.note(invalidate_tag(cache, &tag).await.map(|()| false));
        }
        outcome.finish().map(drop)
    }
}

/// [`invalidate_all`] for code that is not `async`.
pub fn invalidate_all_blocking(name: &str) -> Result<()> {
    block_on(invalidate_all(name))
}

/// The caches of a fragment, each as it is found here and now.
fn caches_of(name: &str) -> Vec<Result<Cache>> {
    let registered = inventory::iter::<Registered>.into_iter().map(|registered| registered.0);
    let stated = registered.filter(|named| named.name() == name).map(Named::find_cache);
    std::iter::once(Named::new(name).find_cache()).chain(stated).collect()
}

async fn delete(cache: Result<Cache>, key: &Key) -> Result<bool> {
    Ok(cache?.delete_many(escaped_in_known_ways(key)).await? > 0)
}

async fn invalidate_tag(cache: Result<Cache>, tag: &str) -> Result<()> {
    cache?.invalidate_tag(tag).await
}

/// What came of several invalidations.
#[derive(Default)]
struct Outcome {
    found: bool,
    error: Option<Error>,
}

impl Outcome {
    fn note(&mut self, result: Result<bool>) {
        match result {
            Ok(found) => self.found |= found,
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    fn finish(self) -> Result<bool> {
        self.error.map_or(Ok(self.found), Err)
    }
}

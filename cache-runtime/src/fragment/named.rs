//! A fragment by its name: where its texts are kept, and for how long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::key::{digested, put_all, tag};
use super::piece::Piece;
use super::vary::{Vary, VaryDigest};
use crate::base::entry::Timeout;
use crate::base::error::{ErrorKind, Result};
use crate::cache::registration::{Annotated, Description};
use crate::cache::written::{Written, written_builders};
use crate::cache::{Cache, caches};

/// The alias of the cache that fragments are kept in, if there is one; else it is `default`.
pub const FRAGMENTS: &str = "template_fragments";

/// A fragment by its name.
///
/// It is what `fragment!` writes as a `static`, and what the bridges to template languages make at run time.
/// Fragments of one name and the same vary values share their entries, wherever they stand.
///
/// # Example
///
/// ```
/// use cache_runtime::Timeout;
/// use cache_runtime::fragment::Named;
///
/// static CARD: Named<'static> = Named::new("profile_card").timeout(Timeout::secs(500));
///
/// let card = CARD.of(&[&7]).render(|| format!("<b>user {}</b>", 7));
/// assert_eq!(card, "<b>user 7</b>");
/// assert!(CARD.of(&[&7]).invalidate_blocking()?);
/// # Ok::<(), cache_runtime::Error>(())
/// ```
pub struct Named<'a> {
    name: &'a str,
    alias: Option<&'a str>,
    version: Option<u32>,
    timeout: Timeout,
    written: Written<'a>,
    hits: AtomicU64,
    computations: AtomicU64,
    /// It was said that there is no cache for it.
    said: AtomicBool,
}

impl<'a> Named<'a> {
    /// The fragment of this name, in the cache [`FRAGMENTS`] or `default`, for that cache's own timeout.
    pub const fn new(name: &'a str) -> Self {
        Self {
            name,
            alias: None,
            version: None,
            timeout: Timeout::Default,
            written: Written::UNKNOWN,
            hits: AtomicU64::new(0),
            computations: AtomicU64::new(0),
            said: AtomicBool::new(false),
        }
    }

    /// The alias of its cache.
    #[must_use]
    pub const fn cache(mut self, alias: &'a str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// The version in its final keys, instead of the cache's own.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// How long its texts are fresh.
    #[must_use]
    pub const fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }

    written_builders! { 'a }

    /// The fragment for these vary values.
    pub fn of(&self, vary: &[&(dyn Vary + Sync)]) -> Piece<'_> {
        self.of_digest(|digest| put_all(vary, digest))
    }

    /// The fragment for the vary values that `put` puts into the digest.
    pub fn of_digest(&self, put: impl FnOnce(&mut VaryDigest)) -> Piece<'_> {
        Piece::new(self, digested(self.name, put))
    }

    /// Makes every text of this name a miss, whatever its vary values; one write, and nothing is scanned.
    pub async fn invalidate_all(&self) -> Result<()> {
        self.find_cache()?.invalidate_tag(self.tag()).await
    }

    /// [`invalidate_all`](Self::invalidate_all) for code that is not `async`.
    pub fn invalidate_all_blocking(&self) -> Result<()> {
        self.find_cache()?.blocking().invalidate_tag(self.tag())
    }

    /// Its cache, here and now.
    ///
    /// # Errors
    ///
    /// Those of [`cache`](crate::cache()).
    pub fn find_cache(&self) -> Result<Cache> {
        let caches = caches();
        let usual = if self.alias.is_none() && caches.knows(FRAGMENTS) { FRAGMENTS } else { "default" };
        let cache = caches.get(self.alias.unwrap_or(usual))?;
        Ok(self.version.map_or_else(|| cache.clone(), |version| cache.with_version(version)))
    }

    /// Whether there is a cache of the alias that it names.
    ///
    /// For a template, that is a mistake to be shown to its author, unlike a cache that fails.
    ///
    /// # Errors
    ///
    /// `UnknownAlias` names the known ones.
    pub fn check_alias(&self) -> Result<()> {
        match self.find_cache() {
            Err(error) if error.kind() == ErrorKind::UnknownAlias => Err(error),
            _ => Ok(()),
        }
    }

    /// A cache that cannot be used is said once, and the fragment is rendered without it.
    pub(super) fn usable_cache(&self) -> Option<Cache> {
        let found = self.find_cache();
        if let Err(error) = &found
            && !self.said.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(fragment = self.name, alias = self.alias, %error, "is rendered uncached");
        }
        found.ok()
    }

    pub(super) fn tag(&self) -> String {
        tag(self.name)
    }

    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    pub(super) fn stays_fresh(&self) -> Timeout {
        self.timeout
    }

    pub(super) fn note(&self, is_computed: bool) {
        let counter = if is_computed { &self.computations } else { &self.hits };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Annotated for Named<'static> {
    fn describe(&self) -> Description {
        // Whether there is a cache for fragments alone depends on the caches; `default` is always there.
        self.written
            .describe(self.name, self.alias.unwrap_or("default"))
            .version(self.version)
            .counts(self.hits.load(Ordering::Relaxed), self.computations.load(Ordering::Relaxed))
    }
}

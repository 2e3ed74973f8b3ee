//! Caches described in code.

use super::registry::{self, Caches, Origin, Slot};
use super::{fallback, settings};
use crate::backend::Described;
use crate::backend::memory::Memory;
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::setup::Setup;
use crate::base::table::Table;

/// The longest key prefix in bytes: it must leave room in a final key for the key.
pub const PREFIX_LIMIT: usize = 100;

/// Named caches that are being described.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use cache_runtime::Caches;
/// use cache_runtime::backend::{dummy::Dummy, memory::Memory};
///
/// # fn main() -> cache_runtime::Result<()> {
/// let caches = Caches::builder()
///     .add("default", Memory::new().max_entries(10_000).timeout(Duration::from_secs(60)))
///     .add("nothing", Dummy::new())
///     .build()?;
///
/// caches.get("default")?.blocking().set("key", &1, Duration::from_secs(5))?;
/// assert_eq!(caches.get("default")?.blocking().get::<i32>("key")?, Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a description builds nothing before `build` or `install`"]
pub struct CachesBuilder {
    slots: Table<String, Slot>,
    clock: Option<Clock>,
    /// This describes the whole, so the embedded file is left out.
    whole: bool,
}

impl CachesBuilder {
    pub(super) fn of(slots: Table<String, Slot>) -> Self {
        Self { slots, clock: None, whole: true }
    }

    /// Describes the cache under `alias`; what was described under it before is replaced.
    pub fn add<O: Described>(mut self, alias: impl Into<String>, setup: Setup<O>) -> Self {
        let slot = Slot::new(Box::new(setup.options), setup.common);
        self.slots.insert(alias.into(), slot);
        self
    }

    /// Describes the cache under `alias` by a URL, as [`Caches::from_url`] does `default`.
    ///
    /// Aliases of one store are kept apart by a prefix: `redis://localhost/1?key_prefix=pages`.
    ///
    /// # Errors
    ///
    /// `Settings`: the text names what is wrong, and does not show the URL, which may hold a password.
    pub fn add_url(mut self, alias: impl Into<String>, url: &str) -> Result<Self> {
        let alias = alias.into();
        let slot = settings::of_url(&alias, url)?;
        self.slots.insert(alias, slot);
        Ok(self)
    }

    /// The clock of these caches, such as one that a test moves; the machine's unless stated.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes the caches: these alone, and `default` in memory if it is not among them.
    ///
    /// # Errors
    ///
    /// `Settings`, if an alias or a key prefix cannot be used. What a backend needs is examined when
    /// its cache is first used, and by [`Caches::check`].
    pub fn build(self) -> Result<Caches> {
        caches_of(self.slots, self.clock.unwrap_or_else(Clock::system), Origin::Code).without_faults()
    }

    /// Makes these caches the program's own, in place of those of the same alias in the settings.
    ///
    /// The settings file and the environment are read now, and their other aliases stay. After
    /// [`Caches::from_toml`] or [`Caches::from_url`] the file that was embedded at compile time is
    /// left out.
    ///
    /// # Errors
    ///
    /// `Settings`, if the settings cannot be used, an alias with `backend = "code"` is still missing,
    /// or the program has used a cache already.
    pub fn install(self) -> Result<()> {
        let mut slots = settings::all_usable(settings::program::slots(self.whole)?)?;
        slots.extend(self.slots);
        settings::all_provided(&slots)?;
        let clock = self.clock.unwrap_or_else(Clock::system);
        let origin = if self.whole { Origin::Environment } else { Origin::File };
        registry::install(caches_of(slots, clock, origin).without_faults()?)
    }
}

/// Caches over these descriptions; a fault of one stays in its place.
pub(super) fn caches_of(mut slots: Table<String, Slot>, clock: Clock, origin: Origin) -> Caches {
    if !slots.contains_key("default") {
        let Setup { options, common } = Memory::new();
        slots.insert("default".to_owned(), Slot::new(Box::new(options), common));
    }
    for (alias, slot) in slots.iter_mut() {
        if let (Ok(_), Err(fault)) = (&slot.described, examine(alias, &slot.common.key_prefix)) {
            slot.described = Err(fault);
        }
    }
    fallback::examine_all(&mut slots);
    Caches::new(slots, clock, origin)
}

/// Refuses an alias or a key prefix that cannot be used; the macros refuse the same (`settings/names.rs` there).
pub(super) fn examine(alias: &str, prefix: &str) -> Result<()> {
    let fault = |text: String| Err(Error::new(ErrorKind::Settings, "settings").context(text));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if alias.is_empty() || !alias.bytes().all(is_word) {
        return fault(format!("the alias `{alias}` must consist of letters, digits, `_` and `-`"));
    }
    if prefix.len() > PREFIX_LIMIT || prefix.chars().any(char::is_control) {
        let what = format!("at most {PREFIX_LIMIT} bytes without control characters");
        return fault(format!("the `key_prefix` of `{alias}` must be {what}"));
    }
    if let Some(number) = prefix.split(':').skip(1).find(|part| is_version(part)) {
        let text = format!(
            "the `key_prefix` of `{alias}` has the number `{number}` behind a `:`, where final keys have their \
             version: clearing another cache would clear this one; write `v{number}`, or another separator"
        );
        return fault(text);
    }
    Ok(())
}

/// Whether final keys may have this text as their version.
fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

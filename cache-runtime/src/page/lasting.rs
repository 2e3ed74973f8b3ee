//! The cache of a policy, which is found once.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, OnceLock};

use crate::base::error::{Error, Result};
use crate::base::sync::Mutex;
use crate::cache::scope::is_scoped;
use crate::cache::{Cache, cache};

/// The cache under the alias of a policy, once it was asked for outside of all scopes: a program has the same caches
/// for as long as it lives.
#[derive(Default)]
pub(crate) struct Lasting {
    found: OnceLock<Cache>,
    is_said: AtomicBool,
}

/// The aliases of which it was said that their pages are not cached.
static SAID: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

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
        if let Some(known) = self.found.get() {
            return Ok(Cow::Borrowed(known));
        }
        let found = cache(alias)?;
        Ok(Cow::Borrowed(self.found.get_or_init(|| found)))
    }

    /// Says what is wrong with the cache under `alias`: once for each alias, whoever has found out.
    ///
    /// The lock of those who have is asked once for each policy: while a cache cannot be used, every request comes here.
    pub(super) fn say(&self, alias: &str, error: &Error) {
        let is_said = self.is_said.load(Ordering::Relaxed) || self.is_said.swap(true, Ordering::Relaxed);
        if !is_said && SAID.lock().insert(alias.to_owned()) {
            tracing::warn!(alias, %error, "pages are not cached");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::base::error::ErrorKind;

    #[test]
    fn what_was_said_is_passed_over_without_a_lock() {
        let lasting = Lasting::default();
        let error = || Error::new(ErrorKind::UnknownAlias, "cache");
        lasting.say("nowhere", &error());

        let held = SAID.lock();
        let (sender, passed) = channel();
        std::thread::spawn(move || {
            lasting.say("nowhere", &error());
            sender.send(())
        });

        assert_eq!(passed.recv_timeout(Duration::from_secs(20)), Ok(()));
        assert!(held.contains("nowhere"));
    }
}

//! What this process keeps in front of the shared store, and until when it is trusted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::message::News;
use crate::backend::memory::{self, Store};
use crate::backend::{Backend, Local, Space, is_tag_record};
use crate::base::clock::{Clock, Moment};
use crate::base::entry::{Held, HeldTag, HeldValue, Shared};
use crate::base::error::Result;
use crate::base::fence::Generation;
use crate::base::sync::Mutex;

/// Entries as the values they are.
///
/// They are served only while they are [trusted](Self::trust): until a moment that hearing from the journal moves on.
/// A value that is on its way here when its key changes is refused, since the change ends the generation that was
/// noted before the store was asked.
pub(super) struct Kept {
    memory: Arc<Store>,
    /// Spaces by what their final keys begin with.
    spaces: Mutex<Spaces>,
    /// Where the records of tags are counters.
    tags: Space,
    trusted_until: AtomicU64,
}

/// Replaced as a whole, so that no value is dropped under the lock.
type Spaces = Arc<Vec<(String, Space)>>;

impl Kept {
    pub(super) fn new(max_entries: usize, clock: &Clock) -> Result<Self> {
        let options = memory::Options { max_entries: Some(max_entries), ..memory::Options::default() };
        let memory = options.build_store(clock)?;
        let tags = memory.space("~t", 0);
        Ok(Self { memory, spaces: Mutex::default(), tags, trusted_until: AtomicU64::new(0) })
    }

    fn local(&self) -> &dyn Local {
        &*self.memory
    }

    /// The live value under a key, if it is trusted.
    #[inline]
    pub(super) fn glance(&self, space: Space, key: &[u8], now: Moment) -> Option<Arc<dyn Shared>> {
        if now.as_millis() >= self.trusted_until.load(Ordering::Acquire) {
            return None;
        }
        self.memory.glance(space, key, now)
    }

    pub(super) fn is_trusted(&self, now: Moment) -> bool {
        now.as_millis() < self.trusted_until.load(Ordering::Acquire)
    }

    /// Everything that was said before `heard_at` was applied.
    pub(super) fn trust(&self, until: Moment) {
        self.trusted_until.fetch_max(until.as_millis(), Ordering::AcqRel);
    }

    /// Trusts nothing, until something is heard.
    pub(super) fn distrust(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    pub(super) fn space(&self, prefix: &str) -> Space {
        let mut spaces = self.spaces.lock();
        if let Some((_, space)) = spaces.iter().find(|(known, _)| known == prefix) {
            return *space;
        }
        let space = self.local().space(prefix, 1);
        *spaces = Arc::new(spaces.iter().cloned().chain([(prefix.to_owned(), space)]).collect());
        space
    }

    fn known(&self) -> Spaces {
        Arc::clone(&self.spaces.lock())
    }

    /// The generation of a key whose final form is its space's prefix and the key; `None` for others.
    pub(super) fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation> {
        let prefix = final_key.strip_suffix(key)?;
        let is_here = self.known().iter().any(|(known, of)| *of == space && known == prefix);
        is_here.then(|| self.local().generation(space, key.as_bytes()))
    }

    pub(super) fn tag(&self, record: &str) -> HeldTag {
        self.local().tag(self.tags, record)
    }

    pub(super) fn keep(&self, space: Space, key: &str, held: Held, seen: Generation) {
        // What is not a plain value is not found at a glance.
        if matches!(held.value, HeldValue::Typed(_)) && held.tags_hold() {
            self.local().fill(space, key.as_bytes(), held, seen);
        }
    }

    /// Forgets what has changed.
    pub(super) fn forget(&self, news: &News) {
        match news {
            News::Keys(keys) => keys.iter().for_each(|key| self.forget_key(key)),
            News::Prefix(cleared) => {
                self.clear(|prefix| prefix.starts_with(cleared.as_str()) || cleared.starts_with(prefix));
            }
            News::Everything => self.clear(|_| true),
        }
    }

    fn forget_key(&self, final_key: &str) {
        if is_tag_record(final_key) {
            self.local().invalidate_tag(self.tags, final_key);
        }
        for (prefix, space) in self.known().iter() {
            if let Some(key) = final_key.strip_prefix(prefix.as_str()) {
                self.local().delete(*space, key.as_bytes());
            }
        }
    }

    fn clear(&self, is_meant: impl Fn(&str) -> bool) {
        for (_, space) in self.known().iter().filter(|(prefix, _)| is_meant(prefix)) {
            self.local().clear(*space);
        }
    }
}

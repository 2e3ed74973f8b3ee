//! The store as a cache of this process uses it: values as they are, by space and key.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

use super::key::Sought;
use super::store::Store;
use crate::backend::{Filled, Local, Space, Usage};
use crate::base::entry::{Held, HeldTag, Life};
use crate::base::error::Result;
use crate::base::fence::Generation;
use crate::base::sync::Mutex;

impl Local for Store {
    fn space(&self, prefix: &str, version: u32) -> Space {
        self.spaces.number(prefix, version)
    }

    #[inline]
    fn get(&self, space: Space, key: &[u8]) -> Option<Held> {
        self.map.get(Sought { space, text: key })
    }

    fn generation(&self, space: Space, key: &[u8]) -> Generation {
        self.fence.generation(self.map.hash(Sought { space, text: key }))
    }

    fn is_current(&self, space: Space, key: &[u8], seen: Generation) -> bool {
        self.fence.holds(self.map.hash(Sought { space, text: key }), seen)
    }

    fn supersede(&self, space: Space, key: &[u8]) {
        self.fence.invalidate(self.map.hash(Sought { space, text: key }), || ());
    }

    fn fill(&self, space: Space, key: &[u8], held: Held, seen: Generation) -> Filled {
        let (key, mut entry) = (Sought { space, text: key }, Some(held));
        let put = || self.put(key, &mut entry);
        let Some((filled, displaced)) = self.fence.fill(self.map.hash(key), seen, put) else {
            return Filled::Refused;
        };
        self.settle(displaced);
        filled
    }

    fn set(&self, space: Space, key: &[u8], held: Held) -> Filled {
        self.replace(Sought { space, text: key }, held, || ())
    }

    fn add(&self, space: Space, key: &[u8], held: Held) -> bool {
        self.insert_absent(Sought { space, text: key }, held, || ())
    }

    fn touch(&self, space: Space, key: &[u8], life: Life) -> bool {
        self.renew(Sought { space, text: key }, life)
    }

    fn delete(&self, space: Space, key: &[u8]) -> bool {
        self.remove(Sought { space, text: key }, || ())
    }

    fn incr(&self, space: Space, key: &[u8], by: i64) -> Result<i64> {
        self.add_to_integer(Sought { space, text: key }, by)
    }

    fn clear(&self, space: Space) {
        self.fence.invalidate_all(|| ());
        self.remove_all(|key| key.space == space);
    }

    fn keys(&self, space: Space) -> Vec<String> {
        let entries = self.map.iter().filter(|(key, held)| key.space == space && self.is_live(held));
        entries.map(|(key, _)| key.to_text()).collect()
    }

    fn tag(&self, space: Space, tag: &str) -> HeldTag {
        self.tags.now(space, tag)
    }

    fn invalidate_tag(&self, space: Space, tag: &str) {
        self.tags.invalidate(space, tag);
    }

    fn weigh(&self, value: &dyn Any) -> Option<u32> {
        self.weighers.weigh(value)
    }

    fn usage(&self) -> Usage {
        Usage {
            entries: self.map.len() as u64,
            weight: self.map.weight(),
            evictions: self.map.evictions(),
            expirations: self.expirations.load(Ordering::Relaxed),
        }
    }
}

/// The numbers of the spaces; one small record for every pair of prefix and version that was ever
/// used.
///
/// [`Space`] zero is not handed out here: it holds the entries of the store's bytes.
#[derive(Default)]
pub(super) struct Spaces(Mutex<HashMap<(String, u32), Space>>);

impl Spaces {
    pub(super) fn number(&self, prefix: &str, version: u32) -> Space {
        let mut spaces = self.0.lock();
        let next = u32::try_from(spaces.len() + 1).expect("memory ends before the spaces do");
        *spaces.entry((prefix.to_owned(), version)).or_insert(Space(next))
    }
}

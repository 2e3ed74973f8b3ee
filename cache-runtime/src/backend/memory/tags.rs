//! The tags of a memory store: a counter for every tag that an entry or a computation holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::backend::Space;
use crate::base::entry::HeldTag;
use crate::base::sync::Mutex;

const PARTS: usize = 16;

type Part = HashMap<Space, HashMap<Box<str>, Arc<AtomicU64>>>;

/// Counters by tag. One that nobody holds is forgotten by the next [`sweep`](Self::sweep) of its
/// part.
#[derive(Default)]
pub(super) struct Tags {
    parts: [Mutex<Part>; PARTS],
    next_swept: AtomicUsize,
}

impl Tags {
    /// The tag as it is now.
    pub(super) fn now(&self, space: Space, tag: &str) -> HeldTag {
        let mut part = self.part(tag).lock();
        let tags = part.entry(space).or_default();
        if let Some(counter) = tags.get(tag) {
            return HeldTag::now(Arc::clone(counter));
        }
        let counter = Arc::<AtomicU64>::default();
        tags.insert(tag.into(), Arc::clone(&counter));
        HeldTag::now(counter)
    }

    /// Ends what every holder of the tag has seen; a tag that nobody holds needs nothing.
    pub(super) fn invalidate(&self, space: Space, tag: &str) {
        let part = self.part(tag).lock();
        if let Some(counter) = part.get(&space).and_then(|tags| tags.get(tag)) {
            counter.fetch_add(1, Ordering::Release);
        }
    }

    /// Forgets the counters of one part that nobody holds; each call takes the next part.
    ///
    /// Counters are handed out under the part's lock only, so one that is held once is held by the
    /// table alone.
    pub(super) fn sweep(&self) {
        let index = self.next_swept.fetch_add(1, Ordering::Relaxed) % PARTS;
        let mut part = self.parts[index].lock();
        part.retain(|_, tags| {
            tags.retain(|_, counter| Arc::strong_count(counter) > 1);
            if tags.capacity() > 4 * tags.len() + 64 {
                tags.shrink_to_fit();
            }
            !tags.is_empty()
        });
    }

    fn part(&self, tag: &str) -> &Mutex<Part> {
        let hash = xxhash_rust::xxh3::xxh3_64(tag.as_bytes());
        &self.parts[usize::try_from(hash % PARTS as u64).expect("less than PARTS")]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn swept(tags: &Tags) -> usize {
        (0..PARTS).for_each(|_| tags.sweep());
        tags.parts.iter().map(|part| part.lock().values().map(HashMap::len).sum::<usize>()).sum()
    }

    #[test]
    fn a_counter_that_nobody_holds_is_forgotten() {
        let tags = Tags::default();
        let held = tags.now(Space(1), "held");
        drop(tags.now(Space(1), "dropped"));

        let left = swept(&tags);

        assert_eq!(left, 1);
        assert!(held.holds());
    }

    #[test]
    fn an_invalidation_reaches_its_space_only() {
        let tags = Tags::default();
        let (here, there) = (tags.now(Space(1), "tag"), tags.now(Space(2), "tag"));

        tags.invalidate(Space(1), "tag");

        assert!(!here.holds());
        assert!(there.holds());
    }
}

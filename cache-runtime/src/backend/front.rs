//! What a process keeps in front of a shared store.

use super::{Operation, Space};
use crate::base::entry::{Held, HeldTag, Record, Ttl};
use crate::base::fence::Generation;

/// What this process keeps of a shared store, as the values they are, while the store says when they change.
pub trait Front: Send + Sync {
    /// The space of the final keys that begin with `prefix`; the same prefix gives the same space.
    fn space(&self, prefix: &str) -> Space;

    /// The generation of a key: to be noted before the store is asked. `None` while changes of the store would not
    /// be heard of, and for a key whose final form is not its space's prefix and the key.
    fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation>;

    /// Whether entries with tags are kept; else a call that has tags asks the store for entry and tags at once.
    fn keeps_tags(&self) -> bool {
        false
    }

    /// The tag of this record as it is now, for an entry to carry; `None` where entries with tags are not kept.
    fn tag(&self, record: &str) -> Option<HeldTag> {
        let _ = record;
        None
    }

    /// The entry under a final key, and what is left of its life: of that entry or of one before it, whichever ends
    /// first.
    fn fetch<'a>(&'a self, final_key: &'a str) -> Operation<'a, Option<(Record, Ttl)>>;

    /// Keeps a value of the store if the key's generation is still `seen`: if it has not changed on its way here.
    fn keep(&self, space: Space, key: &str, held: Held, seen: Generation);

    /// Forgets what is kept under a final key, or what carries the tag whose record it is: the store has yet to be told
    /// that it changed. A generation that was noted before ends.
    fn forget(&self, final_key: &str);

    /// Forgets everything whose final key begins with `prefix`.
    fn forget_all(&self, prefix: &str);
}

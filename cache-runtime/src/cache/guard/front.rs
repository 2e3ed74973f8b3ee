//! What a process keeps in front of a guarded store: it forgets at once what the store has yet to be told.

use std::time::Duration;

use super::pending::Target;
use super::{Guard, boxed};
use crate::backend::{Backend, Front, Operation, Space};
use crate::base::entry::{Held, HeldTag, Record, Ttl};
use crate::base::error::Result;
use crate::base::fence::Generation;

impl Guard {
    fn inner_front(&self) -> &dyn Front {
        self.inner.front().expect("a guard is a front only where its store has one")
    }

    /// Notes what the store has not confirmed. What is kept of it in front ends after that, so that no reader who comes
    /// between the two keeps it again.
    pub(super) fn note(&self, targets: Vec<Target>) {
        let forgotten = self.inner.front().map(|front| (front, targets.clone()));
        self.pending.note(targets);
        if let Some((front, targets)) = forgotten {
            for target in &targets {
                match target {
                    Target::Key(key) => front.forget(key),
                    Target::Prefix(prefix) => front.forget_all(prefix),
                }
            }
        }
    }

    async fn fetch_instead(store: &dyn Backend, key: &str) -> Result<Option<(Record, Ttl)>> {
        // Without a life in front: the fallback is not heard when it changes.
        Ok(store.get(key).await?.map(|record| (record, Ttl::After(Duration::ZERO))))
    }
}

impl Front for Guard {
    fn space(&self, prefix: &str) -> Space {
        self.inner_front().space(prefix)
    }

    fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation> {
        if self.pending.covers(final_key) {
            return None;
        }
        self.inner_front().generation(space, key, final_key)
    }

    fn keeps_tags(&self) -> bool {
        self.inner_front().keeps_tags()
    }

    fn tag(&self, record: &str) -> Option<HeldTag> {
        self.inner_front().tag(record)
    }

    fn fetch<'a>(&'a self, final_key: &'a str) -> Operation<'a, Option<(Record, Ttl)>> {
        let asked = self.run(async move {
            if self.pending.covers(final_key) {
                return Ok(None);
            }
            self.inner_front().fetch(final_key).await
        });
        boxed(self.or_fall_back(asked, move |store| boxed(Self::fetch_instead(store, final_key))))
    }

    fn keep(&self, space: Space, key: &str, held: Held, seen: Generation) {
        self.inner_front().keep(space, key, held, seen);
    }

    fn forget(&self, final_key: &str) {
        self.inner_front().forget(final_key);
    }

    fn forget_all(&self, prefix: &str) {
        self.inner_front().forget_all(prefix);
    }
}

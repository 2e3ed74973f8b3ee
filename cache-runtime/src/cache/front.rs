//! What this process keeps in front of a shared store, for the low-level API.

use std::sync::Arc;

use super::Cache;
use super::held::{hold, recover};
use super::stored::{admit_all, counted, decode, tag_records};
use crate::backend::Front;
use crate::base::clock::Moment;
use crate::base::entry::{HeldTag, HeldValue, Life, Record, Shared, Ttl};
use crate::base::error::Result;
use crate::base::event::MissReason;
use crate::base::key::Key;
use crate::codec::{self, Cacheable, Opened};

impl Cache {
    /// The value under a key, as this process keeps it or as the store behind has it.
    pub(super) async fn find_behind<T: Cacheable>(
        &self,
        front: &dyn Front,
        key: &Key,
    ) -> Result<Result<T, MissReason>> {
        if let Some(kept) = self.in_front(key.as_str().as_bytes())
            && let Ok(value) = recover(HeldValue::Typed(kept))
        {
            return Ok(Ok(value));
        }
        let (core, final_key) = (self.core(), self.final_key(key.as_str()));
        let (seen, asked_at) = (front.generation(self.space(), key.as_str(), &final_key), core.clock.now());
        let Some((record, left)) = counted(self, "get", front.fetch(&final_key).await)? else {
            return Ok(Err(MissReason::Absent));
        };
        let tags = tags_now(self, front, &record);
        let mut opened = admit_all(self, vec![Some(record)]).await?;
        let opened = opened.pop().expect("one record gives one answer");
        let found: Result<T, MissReason> = opened.and_then(|opened| decode(&opened));
        if let (Ok(value), Some(seen), Some(tags)) = (&found, seen, tags) {
            let mut held = hold(self, value, Life::Forever);
            (held.expires_at, held.tags) = (end_of(left, asked_at), tags);
            front.keep(self.space(), key.as_str(), held, seen);
        }
        Ok(found)
    }

    /// The value that this process keeps in front of the store, if it keeps one.
    pub(crate) fn in_front(&self, key: &[u8]) -> Option<Arc<dyn Shared>> {
        let core = self.core();
        core.unguarded.front()?;
        core.unguarded.glance(self.space(), key, core.clock.now())
    }
}

/// When what was asked for at a moment ends: by the store's own clock, and never later.
pub(crate) fn end_of(left: Ttl, asked_at: Moment) -> Moment {
    match left {
        Ttl::Never => Moment::NEVER,
        Ttl::After(left) => asked_at.plus(left),
    }
}

/// The tags of an entry as the front has them now: to be noted before their records are read. `None` if the entry is
/// not kept in front of its store.
#[expect(clippy::option_option, reason = "an entry without tags is kept, and holds none")]
pub(crate) fn tags_now(cache: &Cache, front: &dyn Front, record: &Record) -> Option<Option<Arc<[HeldTag]>>> {
    let records = match codec::open(&record.bytes) {
        // `incr` changes it, and tells nobody.
        Ok(Opened::Integer(_)) => return None,
        Ok(opened) => tag_records(cache, &opened),
        Err(_) => return Some(None),
    };
    if records.is_empty() {
        return Some(None);
    }
    let tags: Option<Vec<_>> = records.iter().map(|record| front.tag(record)).collect();
    tags.map(|tags| Some(tags.into()))
}

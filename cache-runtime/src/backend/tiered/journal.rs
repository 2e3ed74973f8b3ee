//! The journal: messages in the shared store itself, each at its place, and a count of them.
//!
//! It needs nothing of a store but `incr`, `add`, `set` and `get`, and so works in every one. The count begins at
//! random: one that was lost, and begins anew, does not look like the old one.

use std::sync::Weak;
use std::time::Duration;

use bytes::Bytes;

use crate::backend::{Ear, SharedBackend};
use crate::base::entry::{Life, Record};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sync::random;

/// The key of the count. Final keys have a `:` in them, so no entry of a cache is in the way.
const COUNT: &str = "~tier";

/// How long messages can be read: a node that was away for longer forgets everything.
const KEPT_FOR: Life = Life::For(Duration::from_mins(1));

/// The messages of all nodes that share a store.
pub(super) struct Journal {
    pub(super) store: SharedBackend,
}

impl Journal {
    /// The place of the last message; a journal that is not there is begun.
    pub(super) async fn last(&self) -> Result<u64> {
        if let Some(record) = self.store.get(COUNT).await? {
            return number_in(&record);
        }
        self.begin().await?;
        let begun = self.store.get(COUNT).await?;
        begun.as_ref().map_or_else(|| Err(foreign()), number_in)
    }

    /// Writes a message, and has everyone hear it at once where the store has a channel.
    ///
    /// A store that has no room for it has its journal ended instead: it could be read, and would say that nothing has
    /// changed. Who misses the count forgets everything when another begins.
    pub(super) async fn append(&self, message: Bytes) -> Result<()> {
        match self.write(message).await {
            Err(error) if error.kind() == ErrorKind::TooLarge => self.store.delete(COUNT).await.map(drop),
            written => written,
        }
    }

    async fn write(&self, message: Bytes) -> Result<()> {
        let place = self.next().await?;
        self.store.set(&key_of(place), message.clone(), KEPT_FOR).await?;
        if let Some(channel) = self.store.channel() {
            // Whoever does not hear it reads it.
            let _ = channel.tell(COUNT, with_place(place, &message)).await;
        }
        Ok(())
    }

    /// Has the ear hear messages at once, where the store has a channel.
    pub(super) fn listen(&self, ear: Weak<dyn Ear>) {
        if let Some(channel) = self.store.channel() {
            channel.listen(COUNT, ear);
        }
    }

    /// The messages after a place, up to another: those that are there.
    pub(super) async fn read(&self, after: u64, last: u64) -> Result<Vec<(u64, Option<Bytes>)>> {
        let places = after + 1..=last;
        let keys: Vec<_> = places.clone().map(key_of).collect();
        let records = self.store.get_many(&keys).await?;
        Ok(places.zip(records).map(|(place, record)| (place, record.map(|record| record.bytes))).collect())
    }

    /// Begins to count. Another node may be first; all count from the same number then.
    async fn begin(&self) -> Result<()> {
        let start = (random() >> 3).to_string();
        self.store.add(COUNT, start.into(), Life::Forever).await.map(drop)
    }

    /// Counts one more message.
    async fn next(&self) -> Result<u64> {
        match self.store.incr(COUNT, 1).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.begin().await?;
                place_of(self.store.incr(COUNT, 1).await?)
            }
            counted => place_of(counted?),
        }
    }
}

fn with_place(place: u64, message: &[u8]) -> Bytes {
    [&place.to_le_bytes()[..], message].concat().into()
}

/// A message as it is told, with its place before it.
pub(super) fn placed(told: &[u8]) -> Option<(u64, &[u8])> {
    let (place, message) = told.split_first_chunk()?;
    Some((u64::from_le_bytes(*place), message))
}

fn key_of(place: u64) -> String {
    format!("{COUNT}{place}")
}

fn number_in(record: &Record) -> Result<u64> {
    let number = std::str::from_utf8(&record.bytes).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(foreign)
}

fn place_of(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| foreign())
}

#[cold]
fn foreign() -> Error {
    let text = format!("`{COUNT}` is not the count of a journal");
    Error::new(ErrorKind::Unavailable, "journal").context(text)
}

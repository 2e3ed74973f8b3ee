//! The subjects: who does the tasks.

use std::future::Future;
use std::pin::Pin;

mod by_hand;
mod cached_async;
mod cached_concurrent;
mod cached_plain;
mod hitbox;
mod memoize;
mod moka_future;
mod moka_sync;
mod ours;

/// A way to cache a function, and the tasks it can do.
pub struct Subject {
    /// Who it is.
    pub name: &'static str,
    /// What one must know to compare it.
    pub remark: &'static str,
    /// Whether its functions are `async`.
    pub is_async: bool,
    /// Hits, by task.
    pub hits: &'static [(Task, Hits)],
    /// Calls that find nothing, with a body that costs nothing.
    pub misses: Misses,
    /// One call with a slow body, by how one asks.
    pub slow: Slow,
}

/// Which keys and values a hit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// `user:{id}`, an integer; the value is an `Arc`.
    Integer,
    /// `user:{name}`, a text; the value is an `Arc`.
    Text,
    /// `report:{region}:{year}:{id}`; the value is an `Arc`.
    ThreeParts,
    /// `row:{id}`; the value is a struct of 56 bytes, cloned.
    Struct,
}

impl Task {
    /// Every task, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Integer, Self::Text, Self::ThreeParts, Self::Struct];

    /// The task as a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Text => "text",
            Self::ThreeParts => "three parts",
            Self::Struct => "struct",
        }
    }
}

/// Does so many calls, of which all but the first of each key are hits.
pub type Hits = fn(calls: u64);

/// Asks for so many keys, beginning with a first one.
pub type Misses = fn(first: u64, calls: u64);

/// One call with a slow body.
pub enum Slow {
    /// From a thread.
    Sync(fn(id: u64)),
    /// From a task.
    Async(fn(id: u64) -> Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Subject {
    /// What does this task, if the subject can.
    pub fn does(&self, task: Task) -> Option<Hits> {
        self.hits.iter().find(|(offered, _)| *offered == task).map(|(_, hits)| *hits)
    }

    /// Its name and whether it is `async`, as one word in tables that programs exchange.
    pub fn id(&self) -> String {
        format!("{}{}", self.name, if self.is_async { " (async)" } else { "" })
    }
}

/// This project, synchronous.
pub const OURS: &Subject = &ours::SYNC;
/// This project, `async`.
pub const OURS_ASYNC: &Subject = &ours::ASYNC;
/// A lookup written by hand: what the others are compared with.
pub const BY_HAND: &Subject = &by_hand::SYNC;
/// The same lookup in an `async fn`.
pub const BY_HAND_ASYNC: &Subject = &by_hand::ASYNC;
/// `cached` with integers as keys, no bound and no timeout.
pub const CACHED_INTEGER: &Subject = &cached_concurrent::INTEGER;
/// `cached` with strings as keys, no bound and no timeout.
pub const CACHED_STRING: &Subject = &cached_concurrent::STRING;
/// `cached` with integers as keys, bounded as we are.
pub const CACHED_INTEGER_BOUNDED: &Subject = &cached_concurrent::BOUNDED_INTEGER;
/// `cached` with strings as keys, bounded as we are.
pub const CACHED_STRING_BOUNDED: &Subject = &cached_concurrent::BOUNDED;

/// Every subject, in the order of the table.
pub const SUBJECTS: &[&Subject] = &[
    OURS,
    BY_HAND,
    &moka_sync::SUBJECT,
    &cached_plain::SUBJECT,
    CACHED_INTEGER,
    CACHED_INTEGER_BOUNDED,
    CACHED_STRING,
    CACHED_STRING_BOUNDED,
    &memoize::SUBJECT,
    &memoize::SHARED,
    OURS_ASYNC,
    BY_HAND_ASYNC,
    &moka_future::SUBJECT,
    &cached_async::PLAIN,
    &cached_async::CONCURRENT,
    &hitbox::SUBJECT,
];

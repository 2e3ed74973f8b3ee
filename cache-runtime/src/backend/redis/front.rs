//! Client-side caching: what this process keeps, and forgets when the server says that it has changed.
//!
//! Entries with tags are not kept: the record of a tag lives at least as long as its entries, so that every fill gives it
//! a new life, which the server tells as a change; all entries with the tag would be forgotten each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::{Pipeline, Value};
use tokio::sync::Notify;

use super::client::Store;
use super::request::{Ask, Request, Whom};
use crate::backend::memory;
use crate::backend::{Front, Local, Operation, SharedBackend, Space};
use crate::base::clock::Clock;
use crate::base::entry::{Held, HeldValue, Record, Ttl};
use crate::base::error::Result;
use crate::base::fence::Generation;
use crate::base::sync::Mutex;

/// What this process keeps.
///
/// Values are kept only while the server is [heard](Self::hears). A value that is on its way here when its key changes
/// is refused, since the change ends the generation that was noted before the server was asked.
pub(super) struct Kept {
    memory: SharedBackend,
    /// Spaces by what their final keys begin with.
    spaces: Mutex<Spaces>,
    is_heard: AtomicBool,
    is_wanted: AtomicBool,
    /// Tells the listener that there is something new.
    pub(super) news: Notify,
}

/// Replaced as a whole, so that no value is dropped under the lock.
type Spaces = Arc<Vec<(String, Space)>>;

impl Kept {
    pub(super) fn new(max_entries: usize) -> Result<Arc<Self>> {
        let options = memory::Options { max_entries: Some(max_entries), ..memory::Options::default() };
        Ok(Arc::new(Self {
            memory: options.build(&Clock::system())?,
            spaces: Mutex::default(),
            is_heard: AtomicBool::new(false),
            is_wanted: AtomicBool::new(false),
            news: Notify::new(),
        }))
    }

    fn local(&self) -> &dyn Local {
        self.memory.local().expect("a memory store is in this process")
    }

    pub(super) fn memory(&self) -> &SharedBackend {
        &self.memory
    }

    pub(super) fn space(&self, prefix: &str) -> Space {
        let mut spaces = self.spaces.lock();
        if let Some((_, space)) = spaces.iter().find(|(known, _)| known == prefix) {
            return *space;
        }
        let space = self.local().space(prefix, 0);
        let new = [(prefix.to_owned(), space)];
        *spaces = Arc::new(spaces.iter().cloned().chain(new).collect());
        // The server does not tell of it yet.
        self.is_heard.store(false, Ordering::SeqCst);
        drop(spaces);
        self.news.notify_one();
        space
    }

    fn known(&self) -> Spaces {
        Arc::clone(&self.spaces.lock())
    }

    /// What final keys begin with, without those that begin with another.
    pub(super) fn prefixes(&self) -> Vec<String> {
        let mut prefixes: Vec<String> = self.known().iter().map(|(prefix, _)| prefix.clone()).collect();
        prefixes.sort_unstable();
        // Sorted, a prefix of another stands before it.
        prefixes.dedup_by(|next, kept| next.starts_with(kept.as_str()));
        prefixes
    }

    /// The generation of a key, while the server is heard.
    pub(super) fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation> {
        // Before it is asked whether the server is heard: what is forgotten when it no longer is ends this generation.
        let generation = self.local().generation(space, key.as_bytes());
        if !self.is_heard.load(Ordering::SeqCst) {
            self.want();
            return None;
        }
        let prefix = final_key.strip_suffix(key)?;
        let is_here = self.known().iter().any(|(known, of)| *of == space && known == prefix);
        is_here.then_some(generation)
    }

    pub(super) fn keep(&self, space: Space, key: &str, held: Held, seen: Generation) {
        // What is not a plain value is not found at a glance.
        if matches!(held.value, HeldValue::Typed(_)) {
            self.local().fill(space, key.as_bytes(), held, seen);
        }
    }

    /// Forgets what has changed.
    pub(super) fn forget(&self, final_key: &str) {
        for (prefix, space) in self.known().iter() {
            if let Some(key) = final_key.strip_prefix(prefix.as_str()) {
                self.local().delete(*space, key.as_bytes());
            }
        }
    }

    /// Forgets everything whose final key begins with `cleared`, and what shares a space with it.
    fn forget_all(&self, cleared: &str) {
        let known = self.known();
        let meant =
            known.iter().filter(|(prefix, _)| prefix.starts_with(cleared) || cleared.starts_with(prefix));
        meant.for_each(|(_, space)| self.local().clear(*space));
    }

    /// Forgets everything.
    pub(super) fn flush(&self) {
        for (_, space) in self.known().iter() {
            self.local().clear(*space);
        }
    }

    /// The server tells of changes of keys with these prefixes from now on.
    pub(super) fn hears(&self, prefixes: &[String]) -> bool {
        // Under the lock that a new space takes.
        let spaces = self.spaces.lock();
        let is_whole =
            spaces.iter().all(|(prefix, _)| prefixes.iter().any(|heard| prefix.starts_with(heard)));
        self.is_heard.store(is_whole, Ordering::SeqCst);
        is_whole
    }

    /// The server is not heard any more: what it has said may have changed.
    pub(super) fn is_deaf(&self) {
        self.is_heard.store(false, Ordering::SeqCst);
        self.flush();
    }

    pub(super) fn is_heard(&self) -> bool {
        self.is_heard.load(Ordering::SeqCst)
    }

    /// Somebody has asked since the connections were let go.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::SeqCst)
    }

    fn want(&self) {
        if !self.is_wanted.swap(true, Ordering::SeqCst) {
            self.news.notify_one();
        }
    }

    /// Lets go of everything until somebody asks again.
    pub(super) fn close(&self) {
        self.is_wanted.store(false, Ordering::SeqCst);
        self.is_deaf();
        self.news.notify_one();
    }
}

impl Front for Store {
    fn space(&self, prefix: &str) -> Space {
        self.kept.as_ref().map_or(Space(0), |kept| kept.space(prefix))
    }

    fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation> {
        self.kept.as_ref()?.generation(space, key, final_key)
    }

    fn fetch<'a>(&'a self, final_key: &'a str) -> Operation<'a, Option<(Record, Ttl)>> {
        Box::pin(self.with_ttl(final_key))
    }

    fn keep(&self, space: Space, key: &str, held: Held, seen: Generation) {
        if let Some(kept) = &self.kept {
            kept.keep(space, key, held, seen);
        }
    }

    /// Entries with tags are not kept, so the record of a tag has none.
    fn forget(&self, final_key: &str) {
        if let Some(kept) = &self.kept {
            kept.forget(final_key);
        }
    }

    fn forget_all(&self, prefix: &str) {
        if let Some(kept) = &self.kept {
            kept.forget_all(prefix);
        }
    }
}

impl Store {
    /// An entry and what is left of its life, in one write.
    async fn with_ttl(&self, key: &str) -> Result<Option<(Record, Ttl)>> {
        let mut commands = Pipeline::with_capacity(2);
        commands.cmd("GET").arg(key).cmd("PTTL").arg(key);
        let request = Request::new(Whom::Leader, Ask::Commands(commands));
        let answer = self.answer("get", self.route.ask(key, &request).await)?;
        let Value::Array(answers) = answer else { return Err(self.unexpected("get")) };
        let Ok([found, left]) = <[Value; 2]>::try_from(answers) else { return Err(self.unexpected("get")) };
        let left = self.ttl_in("get", &left)?;
        Ok(self.record("get", found)?.zip(left))
    }
}

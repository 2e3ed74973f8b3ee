//! One node: what it keeps in front, what it hears from the others, and what it has to tell them.

use std::collections::VecDeque;
use std::future::Future;
use std::ops::DerefMut;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use event_listener::Event;

use super::heard::{Heard, Next, Turn};
use super::journal::{Journal, placed};
use super::kept::Kept;
use super::message::{Message, News};
use super::{Options, quiet::Quiet};
use crate::backend::{Ear, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::sync::{Mutex, block_on, first_of, random, start_thread};

/// The most messages that wait until the store can be told; more than these become one, of everything.
pub const OWED_AT_MOST: usize = 1000;

/// A memory store in front of a shared one, as one process has it: a node.
///
/// It is a [`Backend`](crate::backend::Backend) as every other. One that the settings describe hears from the others
/// by itself, on a thread of its own; one that is made [`by hand`](Self::by_hand) hears whenever
/// [`listen`](Self::listen) is called, as tests and simulations want it.
pub struct Tier {
    pub(super) kept: Kept,
    pub(super) journal: Journal,
    pub(super) clock: Clock,
    pub(super) front_timeout: Duration,
    /// Leases whose fills replace nothing that a front may hold.
    pub(super) quiet: Quiet,
    node: u64,
    poll_every: Duration,
    trust_for: Duration,
    heard: Mutex<Heard>,
    /// It was closed, and has not forgotten yet how far it had heard.
    is_closed: AtomicBool,
    owed: Mutex<VecDeque<News>>,
    listener: Listener,
}

/// The thread that listens.
struct Listener {
    tier: Weak<Tier>,
    is_by_hand: bool,
    is_started: AtomicBool,
    /// Somebody has asked since the connections were let go.
    is_wanted: AtomicBool,
    news: Event,
}

impl Tier {
    /// A node that hears from the others when [`listen`](Self::listen) is called.
    ///
    /// # Errors
    ///
    /// `Settings`, if a setting cannot be used, or the store is not shared.
    pub fn by_hand(options: &Options, store: SharedBackend, clock: &Clock) -> Result<Arc<Self>> {
        Self::new(options, store, clock, true)
    }

    pub(super) fn new(
        options: &Options,
        store: SharedBackend,
        clock: &Clock,
        is_by_hand: bool,
    ) -> Result<Arc<Self>> {
        options.check(store.capability())?;
        let kept = Kept::new(options.front_entries, clock)?;
        Ok(Arc::new_cyclic(|tier| Self {
            kept,
            journal: Journal { store },
            clock: clock.clone(),
            front_timeout: options.front_timeout,
            quiet: Quiet::default(),
            node: random(),
            poll_every: options.poll_every,
            trust_for: options.trust_for,
            heard: Mutex::default(),
            is_closed: AtomicBool::new(false),
            owed: Mutex::default(),
            listener: Listener::new(tier, is_by_hand),
        }))
    }

    /// Tells the others what they were not told yet, hears what they have said, and applies it.
    ///
    /// After it, what is kept in front is trusted for [`trust_for`](Options::trust_for), counted from the call.
    ///
    /// # Errors
    ///
    /// Those of the shared store; what was heard before stays trusted for as long as it was.
    pub async fn listen(&self) -> Result<()> {
        let asked_at = self.clock.now();
        let told = self.tell_owed().await;
        let before = *self.heard();
        let last = self.journal.last().await?;
        let next = self.heard().compare(before, last);
        let is_whole = match next {
            Next::UpToDate => true,
            Next::Lost => {
                self.lose(last);
                true
            }
            Next::Read(after, last) => self.catch_up(after, last).await?,
        };
        if is_whole {
            self.kept.trust(asked_at.plus(self.trust_for));
        }
        told
    }

    /// Reads and applies messages; whether all were there, or everything was forgotten instead.
    async fn catch_up(&self, after: u64, last: u64) -> Result<bool> {
        for (place, message) in self.journal.read(after, last).await? {
            // Under this lock nobody trusts what is being applied.
            let mut heard = self.heard();
            match message {
                Some(bytes) => match heard.hear(place, || self.apply(&bytes)) {
                    Turn::Next | Turn::Repeated => {}
                    // The node was closed meanwhile, and knows nothing any more.
                    Turn::Early => return Ok(false),
                },
                None if heard.misses(place) => {
                    drop(heard);
                    self.lose(last);
                    return Ok(true);
                }
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Forgets everything, since messages up to the last cannot be had.
    fn lose(&self, last: u64) {
        let mut heard = self.heard();
        // A value's own `drop` may panic: what was not forgotten does not count as heard.
        self.kept.forget(&News::Everything);
        heard.begin_at(last);
    }

    /// Applies a message, unless it is our own: what we did ourselves was forgotten then.
    fn apply(&self, bytes: &[u8]) {
        match Message::decode(bytes) {
            Some(message) if message.node == self.node => {}
            Some(message) => self.kept.forget(&message.news),
            // Of a later release, perhaps.
            None => self.kept.forget(&News::Everything),
        }
    }

    /// Forgets in this process what has changed, and tells the others.
    async fn tell(&self, news: &News) -> Result<()> {
        self.kept.forget(news);
        let message = Message { node: self.node, news: news.clone() };
        self.journal.append(message.encode()).await
    }

    /// Tells what could not be told when it was so.
    async fn tell_owed(&self) -> Result<()> {
        while let Some(news) = self.next_owed() {
            let mut duty = Duty { tier: self, news: Some(news) };
            duty.do_it().await?;
        }
        Ok(())
    }

    fn next_owed(&self) -> Option<News> {
        self.owed.lock().pop_front()
    }

    fn owe(&self, news: News) {
        let mut owed = self.owed.lock();
        if owed.len() >= OWED_AT_MOST {
            owed.clear();
            owed.push_back(News::Everything);
        } else {
            owed.push_back(news);
        }
        drop(owed);
        self.want();
    }

    /// A write to the shared store; if it `has_changed` anything, the others are told before it returns. A write that
    /// fails, or whose caller goes away, may have been done all the same: the others are told later. So they are where
    /// the write was done and telling fails, which is an error: until then they may keep what was changed.
    pub(super) async fn change<T>(
        &self,
        news: News,
        write: impl Future<Output = Result<T>> + Send,
        has_changed: impl FnOnce(&T) -> bool + Send,
    ) -> Result<T> {
        let mut duty = Duty { tier: self, news: Some(news) };
        let written = write.await?;
        if has_changed(&written) {
            duty.do_it().await?;
        } else {
            duty.news = None;
        }
        Ok(written)
    }

    /// Lets go of everything, until somebody asks again.
    pub(super) fn close_front(&self) {
        self.listener.is_wanted.store(false, Ordering::SeqCst);
        self.kept.distrust();
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// How far it has heard; after it was closed, nothing.
    ///
    /// Whoever closes does not wait for this lock: under it values are dropped, whose own `drop` may close the node.
    fn heard(&self) -> impl DerefMut<Target = Heard> {
        let mut heard = self.heard.lock();
        if self.is_closed.swap(false, Ordering::SeqCst) {
            heard.forget();
        }
        heard
    }

    /// Sees to it that the others are heard.
    pub(super) fn want(&self) {
        let listener = &self.listener;
        if listener.is_by_hand || listener.is_wanted.swap(true, Ordering::SeqCst) {
            return;
        }
        if listener.is_started.swap(true, Ordering::SeqCst) {
            listener.news.notify(usize::MAX);
            return;
        }
        let tier = Weak::clone(&listener.tier);
        self.journal.listen(Weak::clone(&tier) as Weak<dyn Ear>);
        let thread = start_thread("cache-tier", Box::new(move || listen_on(&tier)));
        // Without a thread nothing is kept in front; the next caller tries again.
        if thread.is_err() {
            listener.is_started.store(false, Ordering::SeqCst);
            listener.is_wanted.store(false, Ordering::SeqCst);
        }
    }

    fn is_wanted(&self) -> bool {
        self.listener.is_wanted.load(Ordering::SeqCst)
    }
}

impl Ear for Tier {
    fn wants(&self) -> bool {
        self.is_wanted()
    }

    /// Applies the message whose turn it is. What is between it and what was heard before is read at once.
    fn hear(&self, told: &[u8]) {
        let Some((place, message)) = placed(told) else { return };
        let mut heard = self.heard();
        if heard.hear(place, || self.apply(message)) == Turn::Early {
            self.listener.news.notify(1);
        }
    }
}

impl Listener {
    fn new(tier: &Weak<Tier>, is_by_hand: bool) -> Self {
        let (is_started, is_wanted) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { tier: Weak::clone(tier), is_by_hand, is_started, is_wanted, news: Event::new() }
    }
}

/// Something that the others must be told. Dropped undone, it is owed.
struct Duty<'a> {
    tier: &'a Tier,
    news: Option<News>,
}

impl Duty<'_> {
    async fn do_it(&mut self) -> Result<()> {
        let Some(news) = &self.news else { return Ok(()) };
        self.tier.tell(news).await?;
        self.news = None;
        Ok(())
    }
}

impl Drop for Duty<'_> {
    fn drop(&mut self) {
        if let Some(news) = self.news.take() {
            self.tier.kept.forget(&news);
            self.tier.owe(news);
        }
    }
}

/// Listens for as long as the node is there.
fn listen_on(tier: &Weak<Tier>) {
    while let Some(node) = tier.upgrade() {
        if node.is_wanted() {
            // A store that fails or panics is asked again; until then trust runs out.
            let _ = catch_unwind(AssertUnwindSafe(|| block_on(node.listen())));
        }
        let pause = node.clock.sleep(node.poll_every);
        let news = node.listener.news.listen();
        // Not held while it waits, so that it ends with the last who uses it.
        drop(node);
        block_on(first_of(pause, news));
    }
}

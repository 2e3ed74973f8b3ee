//! Lookups that come while others are under way: lined up, and sent together.
//!
//! A caller that is alone asks by itself. What comes before its answer lines up, and tasks of the
//! runtime send all that has lined up in one write, with one timer and one wait for all its answers;
//! nobody waits for others to come. So the more callers ask at once, the less each costs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::one::{Line, within};
use super::{AnswerOf, Connector, Failure, FaultOf, Link, Lookups, Request};
use crate::base::clock::{Clock, Moment};
use crate::base::sync::Mutex;

/// How many keys one request asks for at most.
const KEYS: usize = 250;

/// How many tasks send at once: while one waits for its answers, another gathers.
const SENDERS: usize = 2;

/// About how many bytes of answers are asked for at once: they have the time of one answer.
const ANSWERS: usize = 1 << 18;

/// The lookups of one line.
pub(super) struct Gather<C: Connector>(Mutex<Queue<C>>);

struct Queue<C: Connector> {
    /// Whether a caller asks by itself.
    has_single: bool,
    senders: usize,
    waiting: Vec<Waiting<C>>,
    /// The longest answer of the last batch, in bytes.
    longest: usize,
}

struct Waiting<C: Connector> {
    key: String,
    since: Moment,
    told: oneshot::Sender<AnswerOf<C>>,
}

/// What a lookup is to do.
enum Place<'a, C: Connector> {
    Alone(Alone<'a, C>),
    InLine { answer: oneshot::Receiver<AnswerOf<C>>, wants_sender: bool },
}

/// Asks by itself, until it is dropped.
struct Alone<'a, C: Connector>(&'a Gather<C>);

impl<C: Connector> Drop for Alone<'_, C> {
    fn drop(&mut self) {
        self.0.0.lock().has_single = false;
    }
}

impl<C: Connector> Default for Gather<C> {
    fn default() -> Self {
        Self(Mutex::new(Queue { has_single: false, senders: 0, waiting: Vec::new(), longest: 0 }))
    }
}

impl<C: Connector> Gather<C> {
    fn enter(&self, key: &str) -> Place<'_, C> {
        let mut queue = self.0.lock();
        if !queue.has_single && queue.senders == 0 {
            queue.has_single = true;
            return Place::Alone(Alone(self));
        }
        let (told, answer) = oneshot::channel();
        queue.waiting.push(Waiting { key: key.to_owned(), since: Clock::system().now(), told });
        let wants_sender = queue.senders < SENDERS;
        queue.senders += usize::from(wants_sender);
        Place::InLine { answer, wants_sender }
    }

    /// The next batch, oldest first; `None` ends the sender.
    fn next(&self) -> Option<Vec<Waiting<C>>> {
        let mut queue = self.0.lock();
        if queue.waiting.is_empty() {
            queue.senders -= 1;
            return None;
        }
        let fits = (ANSWERS / queue.longest.max(1)).clamp(1, KEYS);
        let fits = fits.min(queue.waiting.len());
        Some(queue.waiting.drain(..fits).collect())
    }

    /// Ends everyone's wait: a sender has gone away, or the server does not answer.
    fn give_up(&self, failure: &Failure<FaultOf<C>>) {
        let waiting = std::mem::take(&mut self.0.lock().waiting);
        for caller in waiting {
            caller.tell(Err(failure.clone()));
        }
    }
}

impl<C: Connector> Waiting<C> {
    fn tell(self, answer: AnswerOf<C>) {
        // A caller that has gone away wants no answer.
        let _ = self.told.send(answer);
    }
}

/// What the server keeps under a key, or a failure within [`Connector::limit`].
pub(super) async fn get<C: Connector<Link: Lookups>>(line: &Arc<Line<C>>, key: &str) -> AnswerOf<C> {
    match line.gather.enter(key) {
        Place::Alone(_alone) => line.ask(&Request { ask: C::Link::lookup(key), is_repeatable: true }).await,
        Place::InLine { answer, wants_sender } => {
            if wants_sender {
                let sender = Sender { line: Arc::clone(line), is_done: false };
                line.runtime.spawn(sender.send());
            }
            answer.await.unwrap_or(Err(Failure::Stopped))
        }
    }
}

/// Sends what lines up, until nothing does.
struct Sender<C: Connector> {
    line: Arc<Line<C>>,
    is_done: bool,
}

impl<C: Connector<Link: Lookups>> Sender<C> {
    async fn send(mut self) {
        loop {
            // Whoever is ready to ask does so first.
            yield_now().await;
            let Some(batch) = self.line.gather.next() else { break };
            self.answer(batch).await;
        }
        self.is_done = true;
    }

    async fn answer(&self, batch: Vec<Waiting<C>>) {
        let ask = C::Link::lookups(batch.iter().map(|caller| &*caller.key));
        let oldest = batch.iter().map(|caller| caller.since).min();
        let waited = oldest.map_or(Duration::ZERO, |oldest| Clock::system().now().since(oldest));
        let limit = self.line.limit().saturating_sub(waited);
        let request = Request { ask, is_repeatable: true };
        match within(limit, self.line.ask(&request)).await {
            Ok(answer) => match C::Link::apart(answer, batch.len()) {
                Ok(answers) => self.tell(batch, answers),
                Err(answer) => tell_all(batch, &Ok(answer)),
            },
            Err(failure) => {
                // Those who line up have waited for the same server.
                self.line.gather.give_up(&failure);
                tell_all(batch, &Err(failure));
            }
        }
    }

    fn tell(&self, batch: Vec<Waiting<C>>, answers: Vec<<C::Link as Link>::Answer>) {
        let longest = answers.iter().map(C::Link::length).max();
        self.line.gather.0.lock().longest = longest.unwrap_or_default();
        for (caller, answer) in batch.into_iter().zip(answers) {
            caller.tell(Ok(answer));
        }
    }
}

fn tell_all<C: Connector<Link: Lookups>>(batch: Vec<Waiting<C>>, answer: &AnswerOf<C>) {
    for caller in batch {
        caller.tell(answer.clone());
    }
}

impl<C: Connector> Drop for Sender<C> {
    /// The runtime ends, or the task has panicked: nobody is left to send.
    fn drop(&mut self) {
        if !self.is_done {
            self.line.gather.0.lock().senders -= 1;
            self.line.gather.give_up(&Failure::Stopped);
        }
    }
}

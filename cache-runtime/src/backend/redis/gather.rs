//! Lookups that come while others are under way: lined up, and sent together.
//!
//! A caller that is alone asks by itself. What comes before its answer lines up, and tasks of the
//! runtime send all that has lined up in one write, with one timer and one wait for all its answers;
//! nobody waits for others to come. So the more callers ask at once, the less each costs.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::client::BATCH;
use super::connect::{Ask, Line, Request, within};
use super::failure::Failure;
use crate::base::clock::{Clock, Moment};
use crate::base::sync::Mutex;

/// How many tasks send at once: while one waits for its answers, another gathers.
const SENDERS: usize = 2;

/// About how many bytes of answers are asked for at once: they have the time of one answer.
const ANSWERS: usize = 1 << 18;

type Answer = Result<Value, Failure>;

/// The lookups of one line.
#[derive(Default)]
pub(super) struct Gather(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Whether a caller asks by itself.
    has_single: bool,
    senders: usize,
    waiting: Vec<Waiting>,
    /// The longest answer of the last batch, in bytes.
    longest: usize,
}

struct Waiting {
    key: String,
    since: Moment,
    told: oneshot::Sender<Answer>,
}

/// What a lookup is to do.
enum Place<'a> {
    Alone(Alone<'a>),
    InLine { answer: oneshot::Receiver<Answer>, wants_sender: bool },
}

/// Asks by itself, until it is dropped.
struct Alone<'a>(&'a Gather);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.0.lock().has_single = false;
    }
}

impl Gather {
    fn enter(&self, key: &str) -> Place<'_> {
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
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.0.lock();
        if queue.waiting.is_empty() {
            queue.senders -= 1;
            return None;
        }
        let fits = (ANSWERS / queue.longest.max(1)).clamp(1, BATCH);
        let fits = fits.min(queue.waiting.len());
        Some(queue.waiting.drain(..fits).collect())
    }

    /// Ends everyone's wait: a sender has gone away, or the server does not answer.
    fn give_up(&self, failure: &Failure) {
        let waiting = std::mem::take(&mut self.0.lock().waiting);
        tell_all(waiting, &Err(failure.clone()));
    }
}

impl Waiting {
    fn tell(self, answer: Answer) {
        // A caller that has gone away wants no answer.
        let _ = self.told.send(answer);
    }
}

/// The answer to `GET`, or a failure within [`Connector::limit`](super::connect::Connector::limit).
pub(super) async fn get(line: &Arc<Line>, key: &str) -> Answer {
    match line.gather.enter(key) {
        Place::Alone(_alone) => {
            line.ask(&Request { ask: Ask::Command(command(key)), is_repeatable: true }).await
        }
        Place::InLine { answer, wants_sender } => {
            if wants_sender {
                let sender = Sender { line: Arc::clone(line), is_done: false };
                line.runtime.spawn(sender.send());
            }
            answer.await.unwrap_or(Err(Failure::Stopped))
        }
    }
}

fn command(key: &str) -> Cmd {
    let mut get = Cmd::with_capacity(2, "GET".len() + key.len());
    get.arg("GET").arg(key);
    get
}

/// Sends what lines up, until nothing does.
struct Sender {
    line: Arc<Line>,
    is_done: bool,
}

impl Sender {
    async fn send(mut self) {
        loop {
            // Whoever is ready to ask does so first.
            yield_now().await;
            let Some(batch) = self.line.gather.next() else { break };
            self.answer(batch).await;
        }
        self.is_done = true;
    }

    async fn answer(&self, batch: Vec<Waiting>) {
        let mut gets = Pipeline::with_capacity(batch.len());
        let now = Clock::system().now();
        let mut waited = Duration::ZERO;
        for caller in &batch {
            gets.cmd("GET").arg(&caller.key);
            waited = waited.max(now.since(caller.since));
        }
        let request = Request { ask: Ask::Commands(gets), is_repeatable: true };
        let limit = self.line.limit().saturating_sub(waited);
        match within(limit, self.line.ask(&request)).await {
            Ok(Value::Array(answers)) if answers.len() == batch.len() => self.tell(batch, answers),
            Ok(other) => tell_all(batch, &Ok(other)),
            Err(failure) => {
                // Those who line up have waited for the same server.
                self.line.gather.give_up(&failure);
                tell_all(batch, &Err(failure));
            }
        }
    }

    fn tell(&self, batch: Vec<Waiting>, answers: Vec<Value>) {
        self.line.gather.0.lock().longest = answers.iter().map(length_of).max().unwrap_or_default();
        for (caller, answer) in batch.into_iter().zip(answers) {
            caller.tell(Ok(answer));
        }
    }
}

fn tell_all(batch: Vec<Waiting>, answer: &Answer) {
    for caller in batch {
        caller.tell(answer.clone());
    }
}

impl Drop for Sender {
    /// The runtime ends, or the task has panicked: nobody is left to send.
    fn drop(&mut self) {
        if !self.is_done {
            self.line.gather.0.lock().senders -= 1;
            self.line.gather.give_up(&Failure::Stopped);
        }
    }
}

fn length_of(answer: &Value) -> usize {
    if let Value::BulkString(bytes) = answer { bytes.len() } else { 0 }
}

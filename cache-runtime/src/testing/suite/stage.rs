//! Where a check takes place: the store, keys of its own, the time, and the words of the promise.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;

use crate::backend::{SharedBackend, Token};
use crate::base::clock::{Clock, Stopwatch};
use crate::base::entry::{Life, Record};
use crate::base::error::Result;
use crate::base::sync::{block_on, random};
use crate::testing::TestClock;

/// A future that a check may keep among others.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A check; it panics where a promise is broken.
pub(super) type Check = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How time passes for a store that is examined.
#[derive(Debug, Clone)]
pub struct Time(Passing);

#[derive(Debug, Clone)]
enum Passing {
    ByHand(TestClock),
    ByItself,
}

impl Time {
    /// The store was built with this clock, which the suite may move.
    #[must_use]
    pub fn of(clock: &TestClock) -> Self {
        Self(Passing::ByHand(clock.clone()))
    }

    /// The store has a clock of its own, as a server does: the suite uses short lives and asks
    /// until they end.
    #[must_use]
    pub fn real() -> Self {
        Self(Passing::ByItself)
    }
}

/// Long enough not to end during a check.
pub(super) const LONG: Life = Life::For(Duration::from_hours(1));
/// Shorter than [`LONG`], and still longer than a check takes.
pub(super) const MEDIUM: Life = Life::For(Duration::from_mins(1));
/// Ends during a check, by [`Stage::until`].
pub(super) const SHORT: Life = Life::For(Duration::from_millis(150));
/// How long the suite asks a store with a clock of its own for what is due.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it asks.
const PAUSE: Duration = Duration::from_millis(10);

/// Where a check takes place.
pub(super) struct Stage {
    pub(super) backend: SharedBackend,
    time: Time,
    promise: &'static str,
    prefix: String,
}

impl Stage {
    pub(super) fn new(backend: SharedBackend, time: Time, promise: &'static str) -> Self {
        Self { backend, time, promise, prefix: format!("suite:{:016x}:", random()) }
    }

    /// A key of this check.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Removes what the check has left.
    pub(super) async fn leave(&self) {
        self.done("clear", self.backend.clear(&self.prefix).await);
    }

    /// Panics with the promise unless `kept`.
    #[track_caller]
    pub(super) fn expect(&self, kept: bool, found: &str) {
        assert!(kept, "`{}` breaks its promise\n  {}\nfound: {found}", self.backend.name(), self.promise);
    }

    /// Panics with the promise unless both are equal.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "checks compare what they just computed")]
    pub(super) fn equal<T: PartialEq + std::fmt::Debug>(&self, what: &str, found: T, expected: T) {
        self.expect(found == expected, &format!("{what} gave {found:?}, not {expected:?}"));
    }

    /// The answer of an operation, which must not fail.
    #[track_caller]
    pub(super) fn done<T>(&self, what: &str, answer: Result<T>) -> T {
        match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.expect(false, &format!("{what} failed: {error}"));
                unreachable!("the line above panics")
            }
        }
    }

    pub(super) async fn set(&self, key: &str, value: &[u8], life: Life) {
        self.done("set", self.backend.set(key, Bytes::copy_from_slice(value), life).await);
    }

    pub(super) async fn get(&self, key: &str) -> Option<Bytes> {
        self.done("get", self.backend.get(key).await).map(|record| record.bytes)
    }

    /// Panics unless `key` holds `value`.
    pub(super) async fn holds(&self, key: &str, value: &[u8]) {
        let found = self.get(key).await;
        self.equal(&format!("get of {key:?}"), found.as_deref(), Some(value));
    }

    /// Panics unless nothing is under `key`.
    pub(super) async fn lacks(&self, key: &str) {
        let found = self.get(key).await;
        self.equal(&format!("get of {key:?}"), found, None);
    }

    /// Lets [`SHORT`] pass: moves the clock, or asks again and again whether it has.
    pub(super) async fn until<F: Future<Output = bool>>(&self, what: &str, has_ended: impl Fn() -> F) {
        let Passing::ByHand(clock) = &self.time.0 else { return self.ask_until(what, has_ended).await };
        let Life::For(time) = SHORT else { unreachable!("a short life ends") };
        clock.advance(time);
        self.expect(has_ended().await, what);
    }

    async fn ask_until<F: Future<Output = bool>>(&self, what: &str, has_ended: impl Fn() -> F) {
        let asked = Stopwatch::start();
        while !has_ended().await {
            self.expect(asked.elapsed() < PATIENCE, what);
            Clock::system().sleep(PAUSE).await;
        }
    }

    /// Runs `count` operations at once: as many futures as one task can hold, and for a store in
    /// this process also as threads.
    pub(super) async fn at_once<'a, T: Send>(
        &'a self,
        count: usize,
        operation: impl Fn(usize) -> Running<'a, T> + Sync,
    ) -> Vec<T> {
        if self.backend.capability().shared {
            return join((0..count).map(operation).collect()).await;
        }
        let operation = &operation;
        std::thread::scope(|threads| {
            let running: Vec<_> =
                (0..count).map(|index| threads.spawn(move || block_on(operation(index)))).collect();
            running.into_iter().map(|thread| thread.join().expect("the operation did not panic")).collect()
        })
    }
}

/// A token that no other attempt has.
pub(super) fn token() -> Token {
    Token(u128::from(random()) << 64 | u128::from(random()))
}

pub(super) fn record(value: &[u8]) -> Record {
    Record { bytes: Bytes::copy_from_slice(value) }
}

/// Polls all futures until each has ended.
async fn join<T>(mut running: Vec<Running<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, answer) in running.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

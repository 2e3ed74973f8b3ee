//! A store with faults: everything that a store can do to its caller, at the test's word.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use event_listener::Event;

use crate::backend::{Operation, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sync::Mutex;

mod backend;
mod call;

pub use call::Call;

/// What a store does instead of answering well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Does nothing and returns an error of this kind.
    Fail(ErrorKind),
    /// Does what was asked and returns an error of this kind: the answer was lost.
    LoseAnswer(ErrorKind),
    /// Does not answer until the store is [healed](FaultyBackend::heal); then it does what was
    /// asked.
    Hang,
    /// Does what was asked after this time, by the clock of the store.
    Delay(Duration),
    /// Does what was asked at once, and answers after this time.
    DelayAnswer(Duration),
    /// Answers a [read](Call::READS) with these bytes, whatever is stored.
    Garbage(Bytes),
    /// Panics when it is polled.
    Panic,
}

/// A store around another that counts its calls and misbehaves where a test wants it.
///
/// It has no [`local`](crate::backend::Backend::local) face, so that a memory store behind it is used as bytes are
/// used in a server; with [`as_shared`](Self::as_shared) it also claims that other processes see
/// it.
///
/// # Example
///
/// ```
/// use cache_runtime::backend::{Backend, memory::Memory};
/// use cache_runtime::base::error::ErrorKind;
/// use cache_runtime::testing::{Call, Fault, FaultyBackend, TestClock};
///
/// # async fn example() -> cache_runtime::base::error::Result<()> {
/// let clock = TestClock::new();
/// let store = FaultyBackend::memory(&clock.clock()).as_shared();
/// store.inject(Call::Get, Fault::Fail(ErrorKind::Unavailable));
///
/// assert!(store.get("key").await.is_err());
/// store.heal();
/// assert!(store.get("key").await?.is_none());
/// assert_eq!(store.calls(Call::Get), 2);
/// # Ok(())
/// # }
/// ```
pub struct FaultyBackend {
    inner: SharedBackend,
    clock: Clock,
    shared: bool,
    bounded: bool,
    limit: Option<Duration>,
    leaseless: bool,
    state: Mutex<State>,
    healed: Event,
}

#[derive(Default)]
struct State {
    faults: BTreeMap<Call, (Fault, Lasting)>,
    calls: BTreeMap<Call, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Once,
    UntilHealed,
}

impl FaultyBackend {
    /// A store around `inner`; delays follow `clock`.
    #[must_use]
    pub fn over(inner: SharedBackend, clock: &Clock) -> Self {
        let (state, healed) = (Mutex::default(), Event::new());
        Self {
            inner,
            clock: clock.clone(),
            shared: false,
            bounded: false,
            limit: None,
            leaseless: false,
            state,
            healed,
        }
    }

    /// A store around a memory store of its own.
    ///
    /// # Panics
    ///
    /// Never: the default bounds are valid.
    #[must_use]
    pub fn memory(clock: &Clock) -> Self {
        let options = crate::backend::memory::Options::default();
        Self::over(options.build(clock).expect("the default bounds are valid"), clock)
    }

    /// The same store, saying that other processes share it: the call path uses leases then.
    #[must_use]
    pub fn as_shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The same store, saying that each of its answers comes within a limit of its own, as a server's
    /// client does: the call path trusts it then, as far as it can.
    #[must_use]
    pub fn as_bounded(mut self) -> Self {
        self.bounded = true;
        self
    }

    /// The same store, saying how long a call is to wait for its answers, all together.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The same store, saying that it has no leases: the call path asks for none then.
    #[must_use]
    pub fn without_leases(mut self) -> Self {
        self.leaseless = true;
        self
    }

    /// Every such call meets this fault, until [`heal`](Self::heal).
    ///
    /// # Panics
    ///
    /// If `fault` is [`Fault::Garbage`] and `call` returns no bytes.
    pub fn inject(&self, call: Call, fault: Fault) {
        self.put(call, fault, Lasting::UntilHealed);
    }

    /// The next such call meets this fault, and no other.
    ///
    /// # Panics
    ///
    /// If `fault` is [`Fault::Garbage`] and `call` returns no bytes.
    pub fn inject_once(&self, call: Call, fault: Fault) {
        self.put(call, fault, Lasting::Once);
    }

    /// Every call meets this fault, until [`heal`](Self::heal); garbage is met by those that read.
    pub fn inject_all(&self, fault: &Fault) {
        let reads = matches!(fault, Fault::Garbage(_));
        let calls: &[Call] = if reads { &Call::READS } else { &Call::ALL };
        for &call in calls {
            self.inject(call, fault.clone());
        }
    }

    /// Ends all faults; calls that hang go on.
    pub fn heal(&self) {
        self.state.lock().faults.clear();
        self.healed.notify(usize::MAX);
    }

    /// How often this operation was called, with or without a fault: each is a round trip.
    pub fn calls(&self, call: Call) -> u64 {
        self.state.lock().calls.get(&call).copied().unwrap_or(0)
    }

    /// How often any operation was called.
    pub fn total_calls(&self) -> u64 {
        self.state.lock().calls.values().sum()
    }

    fn put(&self, call: Call, fault: Fault, lasting: Lasting) {
        let fits = !matches!(fault, Fault::Garbage(_)) || Call::READS.contains(&call);
        assert!(fits, "`{}` returns no stored bytes that could be garbage", call.as_str());
        self.state.lock().faults.insert(call, (fault, lasting));
    }

    /// Counts the call, and takes the fault that it meets.
    fn meet(&self, call: Call) -> Option<Fault> {
        let mut state = self.state.lock();
        *state.calls.entry(call).or_default() += 1;
        let (fault, lasting) = state.faults.get(&call)?.clone();
        if lasting == Lasting::Once {
            state.faults.remove(&call);
        }
        Some(fault)
    }

    /// Does `operation` as well as the fault allows.
    async fn attempt<T>(
        &self,
        call: Call,
        garbage: impl FnOnce(Bytes) -> Option<T>,
        operation: Operation<'_, T>,
    ) -> Result<T> {
        let heard = self.healed.listen();
        match self.meet(call) {
            None => {}
            Some(Fault::Fail(kind)) => return Err(injected(kind, call)),
            Some(Fault::LoseAnswer(kind)) => return operation.await.and(Err(injected(kind, call))),
            Some(Fault::Hang) => heard.await,
            Some(Fault::Delay(time)) => self.clock.sleep(time).await,
            Some(Fault::DelayAnswer(time)) => {
                let answer = operation.await;
                self.clock.sleep(time).await;
                return answer;
            }
            Some(Fault::Garbage(bytes)) => {
                if let Some(answer) = garbage(bytes) {
                    return Ok(answer);
                }
            }
            Some(Fault::Panic) => panic!("injected panic in `{}`", call.as_str()),
        }
        operation.await
    }

    fn pass<'a, T: Send + 'a>(&'a self, call: Call, operation: Operation<'a, T>) -> Operation<'a, T> {
        Box::pin(self.attempt(call, |_| None, operation))
    }
}

fn injected(kind: ErrorKind, call: Call) -> Error {
    Error::new(kind, call.as_str()).context("injected by the test")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::backend::Backend;
    use crate::base::entry::{Life, Record};
    use crate::base::sync::block_on;

    fn is_pending<T>(future: &mut Operation<'_, T>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.as_mut().poll(&mut context).is_pending()
    }

    fn record(text: &'static str) -> Record {
        Record { bytes: Bytes::from_static(text.as_bytes()) }
    }

    #[test]
    fn a_hanging_call_goes_on_when_the_store_is_healed() {
        let store = FaultyBackend::memory(&Clock::by_hand());
        store.inject(Call::Set, Fault::Hang);
        let mut set = store.set("key", Bytes::from_static(b"value"), Life::Forever);
        assert!(is_pending(&mut set));

        store.heal();
        block_on(set).unwrap();

        assert_eq!(block_on(store.get("key")).unwrap(), Some(record("value")));
    }

    #[test]
    fn a_delayed_call_follows_the_clock() {
        let clock = Clock::by_hand();
        let store = FaultyBackend::memory(&clock);
        store.inject(Call::Get, Fault::Delay(Duration::from_secs(1)));
        let mut get = store.get("key");
        assert!(is_pending(&mut get));

        clock.advance(Duration::from_secs(1));

        assert!(!is_pending(&mut get));
    }

    #[test]
    fn a_lost_answer_was_given_nevertheless() {
        let store = FaultyBackend::memory(&Clock::by_hand());
        store.inject_once(Call::Add, Fault::LoseAnswer(ErrorKind::TimedOut));

        let added = block_on(store.add("key", Bytes::from_static(b"value"), Life::Forever));

        assert_eq!(added.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(block_on(store.get("key")).unwrap(), Some(record("value")));
    }

    #[test]
    fn garbage_is_read_whatever_is_stored() {
        let store = FaultyBackend::memory(&Clock::by_hand());
        store.inject_all(&Fault::Garbage(Bytes::from_static(b"garbage")));

        let keys = ["a".to_owned(), "b".to_owned()];
        let (one, many) = block_on(async { (store.get("a").await, store.get_many(&keys).await) });

        assert_eq!(one.unwrap(), Some(record("garbage")));
        assert_eq!(many.unwrap(), vec![Some(record("garbage")); 2]);
    }

    #[test]
    fn a_fault_injected_once_is_met_once() {
        let store = Arc::new(FaultyBackend::memory(&Clock::by_hand()));
        store.inject_once(Call::Get, Fault::Fail(ErrorKind::Unavailable));

        let answers = [block_on(store.get("key")), block_on(store.get("key"))];

        assert!(answers[0].is_err());
        assert!(answers[1].is_ok());
        assert_eq!(store.total_calls(), 2);
    }
}

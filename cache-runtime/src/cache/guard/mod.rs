//! The guard around a store that may fail: a dead store is left alone, and no invalidation is lost on it.
//!
//! Every operation asks the [`Circuit`] first. While it is open the answer is `Unavailable` at once, for the price of
//! a few loads and an error that names the last failure. An invalidation that the store did not confirm is noted as [`Pending`]; what it
//! covers is not read from the store until a later operation has delivered it, before doing its own work.
//!
//! Limits: what is pending is lost with the process. It is delivered by calls, a batch by each, and by a thread
//! ([`Delivery`]), which tries every two seconds: for those who do not call, and what takes longer than calls wait.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::backend::{Backend, Operation, SharedBackend};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::StoreState;
use crate::base::sync::{Mutex, first_of};

mod circuit;
mod delivery;
mod fallback;
mod front;
mod operations;
mod pending;

use circuit::{Circuit, Pass};
use delivery::Delivery;
use fallback::Fallback;
use pending::{Pending, Target};

/// A store, its circuit, and what it has not been told yet.
pub(crate) struct Guard {
    inner: SharedBackend,
    clock: Clock,
    circuit: Circuit,
    pending: Pending,
    is_delivering: AtomicBool,
    delivery: Delivery,
    refused: AtomicU64,
    fallback: Option<Arc<Fallback>>,
    /// Those for which this one answers: their entries are in its fallback as well.
    answered: Mutex<Vec<Weak<Self>>>,
}

impl Guard {
    /// A guard around `inner`, the store of the cache with this key prefix.
    pub(crate) fn around(
        inner: SharedBackend,
        clock: Clock,
        key_prefix: &str,
        fallback: Option<SharedBackend>,
    ) -> Arc<Self> {
        let name = format!("{} {key_prefix}", inner.name());
        Arc::new_cyclic(|guard| Self {
            inner,
            clock,
            circuit: Circuit::of(name.trim_end().to_owned()),
            pending: Pending::of(key_prefix),
            is_delivering: AtomicBool::new(false),
            delivery: Delivery::of(guard),
            refused: AtomicU64::new(0),
            fallback: fallback.map(Fallback::over).map(Arc::new),
            answered: Mutex::default(),
        })
    }

    /// Notes that this one answers for another.
    pub(crate) fn answers_for(&self, other: &Arc<Self>) {
        self.answered.lock().push(Arc::downgrade(other));
    }

    /// What the final keys begin with that may be in its fallback: its own, and of those for which it answers.
    fn all_prefixes(&self) -> Vec<String> {
        let mut prefixes = self.pending.all_prefixes();
        let answered: Vec<_> = self.answered.lock().iter().filter_map(Weak::upgrade).collect();
        prefixes.extend(answered.iter().flat_map(|other| other.all_prefixes()));
        prefixes
    }

    /// Notes a version that this process uses: it is cleared as well, if more is pending than can be kept.
    pub(crate) fn knows_version(&self, version: u32) {
        self.pending.knows_version(version);
    }

    /// The store itself, whatever the circuit says, and whatever is pending.
    pub(crate) fn store(&self) -> &dyn Backend {
        &*self.inner
    }

    /// What the store looks like from here.
    pub(crate) fn state(&self) -> StoreState {
        StoreState {
            circuit: self.circuit.state(),
            openings: self.circuit.openings(),
            refused: self.refused.load(Ordering::Relaxed),
            pending: self.pending.len(),
            delivered: self.pending.delivered(),
            overflows: self.pending.overflows(),
            fallbacks: self.fallback.as_ref().map_or(0, |fallback| fallback.answers()),
        }
    }

    /// Does an operation, unless the circuit is open; what is pending is delivered before.
    async fn run<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<T> {
        let pass = self.admit()?;
        let answer = async {
            self.deliver_in_passing().await?;
            operation.await
        };
        let answer = answer.await;
        pass.ends(&answer);
        answer
    }

    /// The same for an operation that cannot be done before an invalidation of its key was delivered. The store has
    /// not failed then: it is well enough to hear of it.
    async fn run_unless_covered<T>(
        &self,
        name: &'static str,
        key: &str,
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let done = self.run(async {
            if self.pending.covers(key) {
                return Ok(None);
            }
            operation.await.map(Some)
        });
        done.await?.ok_or_else(|| {
            let text = "the store has not been told yet that this key was invalidated";
            Error::new(ErrorKind::Unavailable, name).context(text)
        })
    }

    /// Does an operation after which what `targets` names must not be read: unless the store confirms it, it is pending.
    async fn run_invalidating<T>(
        &self,
        targets: impl Fn() -> Vec<Target>,
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut unconfirmed = Unconfirmed { guard: self, targets, is_confirmed: false };
        let begun = self.pending.sequence();
        let answer = self.run(operation).await;
        unconfirmed.is_confirmed = !answer.as_ref().is_err_and(Error::may_leave_the_old);
        if answer.is_ok() && self.pending.is_any() {
            self.pending.settle(&(unconfirmed.targets)(), begun);
        }
        answer
    }

    /// What `operation` answers, or while the circuit is open the same operation of the fallback.
    async fn or_fall_back<'a, T>(
        &'a self,
        operation: impl Future<Output = Result<T>>,
        instead: impl FnOnce(&'a dyn Backend) -> Operation<'a, T>,
    ) -> Result<T> {
        self.or_fall_back_where(|_| true, operation, instead).await
    }

    /// The same, where only such an answer of the fallback counts: what else it says of a lease that the store may have
    /// given is no news of it.
    async fn or_fall_back_where<'a, T>(
        &'a self,
        counts: impl FnOnce(&T) -> bool,
        operation: impl Future<Output = Result<T>>,
        instead: impl FnOnce(&'a dyn Backend) -> Operation<'a, T>,
    ) -> Result<T> {
        let error = match operation.await {
            Err(error) if error.is_temporary() => error,
            answer => return answer,
        };
        let Some((fallback, store)) = self.substitute().await else { return Err(error) };
        fallback.counts();
        match instead(store).await {
            Ok(answer) if !counts(&answer) => Err(error),
            answer => answer,
        }
    }

    /// Does an invalidation in the fallback too. The answer stays that of the store, which others read.
    async fn also_in_fallback<'a, T, U>(
        &'a self,
        operation: impl Future<Output = Result<T>>,
        there: impl FnOnce(&'a dyn Backend) -> Operation<'a, U>,
    ) -> Result<T> {
        let answer = operation.await;
        if let Some((_, store)) = self.substitute().await {
            there(store).await?;
        }
        answer
    }

    /// The fallback, if there is one and the store is in an outage.
    async fn substitute(&self) -> Option<(&Fallback, &dyn Backend)> {
        let (fallback, outage) = (self.fallback.as_ref()?, self.circuit.outage()?);
        let store = fallback.for_outage(outage, || self.all_prefixes()).await?;
        Some((fallback, store))
    }

    fn admit(&self) -> Result<Pass<'_>> {
        let limit = self.inner.capability().limit;
        self.circuit.admit(&self.clock, limit).ok_or_else(|| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            let text = "the store has failed several times, and is left alone for a moment";
            let last = self.circuit.last_failure();
            let last = if last.is_empty() { "no answer within the time of a call" } else { &last };
            Error::new(ErrorKind::Unavailable, "store").context(format!("{text}; the last failure: {last}"))
        })
    }

    /// Delivers one batch of what is pending within the limit of an answer, unless another is at it. What takes longer,
    /// as clearing a version does in a large store, is from then on the thread's: one caller has waited for it.
    async fn deliver_in_passing(&self) -> Result<()> {
        if !self.pending.is_any() || self.delivery.is_left_to_thread() {
            return Ok(());
        }
        self.deliver_within(self.inner.capability().limit).await.unwrap_or_else(|| {
            self.delivery.leave_to_thread();
            let text = "the store takes long to hear what it has missed";
            Err(Error::new(ErrorKind::TimedOut, "deliver").context(text))
        })
    }

    /// How the store has taken a batch; `None` if that takes longer.
    async fn deliver_within(&self, limit: Duration) -> Option<Result<()>> {
        let mut answer = None;
        first_of(async { answer = Some(self.deliver().await) }, self.clock.sleep(limit)).await;
        answer
    }

    /// What is done of a batch is settled, whatever becomes of the rest.
    async fn deliver(&self) -> Result<()> {
        if self.is_delivering.swap(true, Ordering::Acquire) {
            return Ok(());
        }
        let _turn = Turn(&self.is_delivering);
        let batch = self.pending.batch();
        for prefix in batch.prefixes {
            self.inner.clear(&prefix).await?;
            self.pending.has_delivered(&[Target::Prefix(prefix)], batch.until);
        }
        if !batch.keys.is_empty() {
            self.inner.delete_many(&batch.keys).await?;
            let keys: Vec<_> = batch.keys.into_iter().map(Target::Key).collect();
            self.pending.has_delivered(&keys, batch.until);
        }
        Ok(())
    }
}

/// Makes an invalidation pending unless it was confirmed: also for a caller that goes away, and for a panic.
struct Unconfirmed<'a, F: Fn() -> Vec<Target>> {
    guard: &'a Guard,
    targets: F,
    is_confirmed: bool,
}

impl<F: Fn() -> Vec<Target>> Drop for Unconfirmed<'_, F> {
    fn drop(&mut self) {
        if !self.is_confirmed {
            self.guard.note((self.targets)());
            self.guard.delivery.want();
        }
    }
}

/// The right to deliver.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Boxes an operation, as the trait has them.
fn boxed<'a, T>(operation: impl Future<Output = Result<T>> + Send + 'a) -> Operation<'a, T> {
    Box::pin(operation)
}

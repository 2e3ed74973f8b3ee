//! One call that found nothing at first: its cache, its key, and what its function says about storing.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use bytes::Bytes;

use super::budget::Budget;
use super::flight::{AtStore, Flight, Flights, Id, Leader, Purpose};
use super::function::Function;
use crate::backend::{Generation, Token};
use crate::base::clock::Moment;
use crate::base::entry::{HeldTag, Timeout};
use crate::base::error::{Error, ErrorKind, Result, during};
use crate::base::event::{Event, MissReason};
use crate::base::key::Key;
use crate::base::sync::Counted;
use crate::cache::{Cache, tag_hash};

/// What a function, or a caller of `get_or_set`, says about storing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) timeout: Timeout,
    pub(super) none: Option<Timeout>,
    pub(super) err: Option<Timeout>,
    pub(super) wait: Duration,
}

/// One call.
pub(super) struct Call {
    pub(super) cache: Cache,
    pub(super) policy: Policy,
    pub(super) function: Option<&'static Function>,
    pub(super) purpose: Purpose,
    pub(super) leader: Leader,
    pub(super) tags: Vec<String>,
    pub(super) id: Arc<Id>,
    /// The key as a shared store sees it; empty for a local one.
    pub(super) final_key: String,
    /// What was read from a shared store and cannot be used.
    pub(super) past: Option<Bytes>,
    pub(super) budget: Budget,
    /// What the store did not do.
    failure: OnceLock<Error>,
    /// Who held, or sought, the lease in a flight that this call waited for or displaced.
    pub(super) heir_of: Option<Token>,
    /// Whether those who wait go on by themselves, all at once, where the answer is not for them; else one
    /// of them computes next. The body may change its mind.
    pub(super) releases: Option<Arc<AtomicBool>>,
    /// Becomes true once the value is stored.
    pub(super) is_kept: Option<Arc<AtomicBool>>,
    /// The flight that this call leads.
    pub(super) leads: Option<Counted<Flight<Stamps>>>,
    /// The flight that this call has displaced; its leader may still be about to seek the lease.
    pub(super) displaced: Option<Counted<Flight<Stamps>>>,
}

/// What tells whether an invalidation came between: noted before a body runs, compared afterwards.
#[derive(Clone)]
pub(super) struct Stamps {
    pub(super) generation: Generation,
    /// In a local store.
    pub(super) tags: Option<Arc<[HeldTag]>>,
    /// For a shared store: what this process knows of the records of the tags.
    shared_tags: Vec<(Generation, String)>,
}

static FLIGHTS: LazyLock<Arc<Flights<Stamps>>> = LazyLock::new(|| Arc::new(Flights::new()));

impl Call {
    pub(super) fn new(cache: Cache, key: Key, policy: Policy, purpose: Purpose) -> Self {
        let final_key = if cache.local().is_some() { String::new() } else { cache.final_key(key.as_str()) };
        let id = Arc::new(Id { cache: cache.core().id, version: cache.number(), key });
        let budget = Budget::new(cache.core().backend.capability());
        Self {
            cache,
            policy,
            function: None,
            purpose,
            leader: Leader::Blocking,
            tags: Vec::new(),
            id,
            final_key,
            past: None,
            budget,
            failure: OnceLock::new(),
            heir_of: None,
            releases: None,
            is_kept: None,
            leads: None,
            displaced: None,
        }
    }

    pub(super) fn key(&self) -> &str {
        self.id.key.as_str()
    }

    pub(super) fn flights() -> &'static Arc<Flights<Stamps>> {
        &FLIGHTS
    }

    pub(super) fn now(&self) -> Moment {
        self.cache.core().clock.now()
    }

    pub(super) fn note(&self, event: Event) {
        self.cache.core().counters.note(event);
    }

    pub(super) fn missed(&self, reason: MissReason) {
        self.cache.core().counters.miss(reason);
    }

    /// Asks the shared store within the budget of this call; what fails is counted, here and once.
    pub(super) async fn spend<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<T> {
        self.deals(AtStore::Since(self.now()));
        let answer = self.budget.spend(&self.cache.core().clock, operation).await;
        if let Err(error) = &answer
            && self.budget.fails()
        {
            self.note(failure(error));
            let _ = self.failure.set(error.repeat());
        }
        self.deals(if self.budget.is_spent() { AtStore::Failed } else { AtStore::No });
        answer
    }

    /// Why `operation` has nothing of the store.
    pub(super) fn why_the_store_failed(&self, operation: &'static str) -> Error {
        let failure = self.failure.get().map(Error::repeat);
        during(operation)(failure.unwrap_or_else(|| Error::new(ErrorKind::Unavailable, operation)))
    }

    /// Tells those who wait for this call how it gets on with its store. One that goes away while it waits for an
    /// answer says nothing more, so that they know since when it did.
    pub(super) fn deals(&self, at_store: AtStore) {
        if let Some(flight) = &self.leads {
            flight.deals(at_store);
        }
    }

    /// What the leader of a flight has waited for the store since this call waits for it is this call's time as well;
    /// and where the store has failed the leader, this call does not ask it again.
    pub(super) fn shares_the_wait(&self, flight: &Flight<Stamps>, since: Moment) {
        match flight.at_store() {
            AtStore::No => {}
            AtStore::Since(asked) => self.budget.shares(self.now().since(asked.max(since))),
            AtStore::Failed => self.budget.shares(Duration::MAX),
        }
    }

    /// Whether nothing more is asked of the store; one that was too slow for the budget is counted.
    pub(super) fn leaves_the_store(&self) -> bool {
        let is_spent = self.budget.is_spent();
        if is_spent && self.budget.fails() {
            self.note(Event::StoreError);
        }
        is_spent
    }

    /// Counts a value that a shared store had.
    pub(super) fn hits(&self) {
        self.cache.core().counters.hits.raise();
        if let Some(function) = self.function {
            function.note_hit();
        }
    }

    /// Counts a body that is about to run.
    pub(super) fn computes(&self) {
        self.note(Event::Computation);
        if let Some(function) = self.function {
            function.note_computation();
        }
    }

    pub(super) fn stamps(&self) -> Stamps {
        let Some(local) = self.cache.local() else {
            let generation_of = |record: String| (self.cache.generation(&record), record);
            let shared_tags = self.tags.iter().map(|tag| generation_of(self.tag_record(tag))).collect();
            return Stamps { generation: self.cache.generation(&self.final_key), tags: None, shared_tags };
        };
        let tag_space = self.cache.tag_space();
        let tags: Vec<_> = self.tags.iter().map(|tag| local.tag(tag_space, tag)).collect();
        let generation = local.generation(self.cache.space(), self.key().as_bytes());
        Stamps { generation, tags: (!tags.is_empty()).then(|| tags.into()), shared_tags: Vec::new() }
    }

    /// Whether nothing was invalidated since the stamps were taken, as far as this process knows.
    pub(super) fn holds(&self, stamps: &Stamps) -> bool {
        let is_current = match self.cache.local() {
            Some(local) => local.is_current(self.cache.space(), self.key().as_bytes(), stamps.generation),
            None => self.cache.is_current(&self.final_key, stamps.generation),
        };
        is_current
            && stamps.tags.as_deref().is_none_or(|tags| tags.iter().all(HeldTag::holds))
            && stamps.shared_tags.iter().all(|(seen, record)| self.cache.is_current(record, *seen))
    }

    /// Whether the leader that this call has displaced holds the lease.
    pub(super) fn has_displaced(&self, holder: Token) -> bool {
        self.displaced.as_ref().is_some_and(|flight| flight.token() == Some(holder))
    }

    /// Ends what was begun before: for a refresh.
    pub(super) fn supersede(&self) {
        match self.cache.local() {
            Some(local) => local.supersede(self.cache.space(), self.key().as_bytes()),
            None => self.cache.supersede(&self.final_key),
        }
    }

    /// A refresh whose value was not stored has replaced the one in a shared store, which goes as soon as the store
    /// hears of it; a fill has replaced none.
    pub(super) fn outdates_the_entry(&self) {
        if self.purpose == Purpose::Refresh && self.cache.local().is_none() {
            self.cache.outdates(&self.final_key);
        }
    }

    fn tag_record(&self, tag: &str) -> String {
        self.cache.tag_record(tag_hash(tag))
    }
}

/// What an error is counted as.
pub(super) fn failure(error: &Error) -> Event {
    match error.kind() {
        ErrorKind::Unserializable | ErrorKind::Unsupported => Event::Unserializable,
        ErrorKind::TooLarge => Event::TooLarge,
        _ => Event::StoreError,
    }
}

/// How many computations of this cache are running or queued in this process; for tests.
#[cfg(any(test, feature = "testing"))]
pub fn flights_of(cache: &Cache) -> usize {
    FLIGHTS.count(|id| id.cache == cache.core().id)
}

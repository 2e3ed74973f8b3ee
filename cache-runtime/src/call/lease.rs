//! The lease: of all processes that share a store, one computes; the others wait for its value.

use std::sync::Arc;
use std::time::Duration;

use super::Step;
use super::flight::Purpose;
use super::heartbeat::{self, Beat};
use super::join::Patience;
use super::keep::Keep;
use super::lookup;
use super::one::Call;
use super::shape::Outcome;
use crate::backend::{Acquired, Claim, SharedBackend, Token};
use crate::base::clock::Clock;
use crate::base::error::Result;
use crate::base::event::Event;
use crate::base::sync::random;
use crate::cache::orphans::Orphans;

/// How long a lease lives after it was taken or last extended: a dead process frees its keys within this time.
pub const LEASE_LIFE: Duration = Duration::from_secs(3);

/// The longest that a lease is extended: a computation that takes longer cannot store its value.
pub const LEASE_LIMIT: Duration = Duration::from_mins(1);

/// How often a waiting process asks at first, and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// How many values that cannot be used are passed over before the call computes alone.
const PASSES: u8 = 3;

/// The right to fill one key, sought or held; extended in the background until it is let go.
#[must_use]
pub(super) struct Lease {
    backend: SharedBackend,
    clock: Clock,
    key: String,
    token: Token,
    /// The store has given it, or was asked and has not answered yet.
    may_be_ours: bool,
    beat: Option<Arc<Beat>>,
    orphans: Arc<Orphans>,
}

impl Lease {
    /// A lease of the call's key that is about to be asked for.
    pub(super) fn sought(call: &Call) -> Self {
        let core = call.cache.core();
        let token = Token(u128::from(random()) << 64 | u128::from(random()));
        let (backend, clock, key) = (Arc::clone(&core.backend), core.clock.clone(), call.final_key.clone());
        let orphans = Arc::clone(&core.orphans);
        Self { backend, clock, key, token, may_be_ours: false, beat: None, orphans }
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// The lease has ended in the store: nothing is left to release.
    pub(super) fn has_ended(mut self) {
        self.may_be_ours = false;
    }

    /// Ends the lease before its caller goes on: nobody is to wait for a value that does not come.
    pub(super) fn let_go(self, call: &Call) -> Step<'_, ()> {
        Box::pin(async move {
            if call.budget.is_spent() {
                return; // Perhaps the store answers, but not in time: the background may wait for it.
            }
            // A caller that is dropped here leaves it to the background.
            let released = call.spend(async { self.backend.release(&self.key, self.token).await }).await;
            if released.is_err() {
                self.orphans.note(self.token);
            }
            self.has_ended();
        })
    }

    fn ask<'a>(&'a mut self, call: &'a Call, claim: Claim) -> Step<'a, Result<Acquired>> {
        Box::pin(async move {
            self.may_be_ours = true;
            let past = call.past.as_ref();
            let answer = call
                .spend(async { self.backend.acquire(&self.key, self.token, LEASE_LIFE, claim, past).await })
                .await;
            // A store that has failed is left alone: what it may have given, or gives when it goes on, is nobody's.
            self.may_be_ours = matches!(answer, Ok(Acquired::Granted));
            if answer.is_err() {
                self.orphans.note(self.token);
            }
            answer
        })
    }

    fn held(mut self) -> Self {
        self.beat = Some(heartbeat::extend(&self.backend, &self.clock, &self.key, self.token));
        self
    }

    /// It may have ended for no other reason than that it was not extended: past [`LEASE_LIMIT`], or while the store was away.
    pub(super) fn may_have_lapsed(&self) -> bool {
        self.beat.as_ref().is_some_and(|beat| beat.may_have_lapsed(self.clock.now()))
    }
}

impl Drop for Lease {
    /// A caller that goes away lets others compute at once.
    fn drop(&mut self) {
        self.beat = None;
        if self.may_be_ours {
            self.orphans.note(self.token);
            heartbeat::release(&self.backend, &self.clock, &self.key, self.token);
        }
    }
}

/// The answer to a claim.
pub(super) enum Claimed<R> {
    /// Another process has computed it meanwhile.
    Found(R),
    /// It is ours to compute and to store.
    Ours(Lease),
    /// It is to be computed without storing: the store has failed, or waiting was long enough.
    Alone,
}

/// Claims the lease of the call's key, or waits for the value of its holder.
///
/// A lease that an abandoned or late flight of this process holds is taken at once, and so is one that nobody wants.
pub(super) async fn claim<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
    mut lease: Lease,
) -> Claimed<O::Return> {
    let mut patience = Patience::new(call);
    let (mut pause, mut passes, mut seen) = (FIRST_PAUSE, 0, None);
    let usual = if call.purpose == Purpose::Refresh { Claim::Take } else { Claim::IfAbsent };
    let mut asked = call.heir_of.filter(|_| usual != Claim::Take).map_or(usual, Claim::TakeFrom);
    loop {
        let left = call.budget.left();
        let Ok(answer) = lease.ask(call, asked).await else { return Claimed::Alone };
        match answer {
            Acquired::Granted => return Claimed::Ours(lease.held()),
            Acquired::Found(record) => {
                if let Ok(returned) = lookup::read::<O, K>(call, record).await {
                    return Claimed::Found(returned);
                }
                passes += 1;
                if passes > PASSES || call.leaves_the_store() {
                    return Claimed::Alone;
                }
            }
            Acquired::Held(holder)
                if asked != Claim::TakeFrom(holder)
                    && (call.has_displaced(holder) || call.cache.core().orphans.has(holder)) =>
            {
                asked = Claim::TakeFrom(holder);
            }
            Acquired::Held(holder) if call.now() >= patience.deadline() => {
                call.note(Event::WaitLimit);
                if !patience.renew(call) {
                    return Claimed::Alone;
                }
                // Of many who have waited as long, one takes over from the holder that all have waited
                // for; whoever finds another in its place waits for that one.
                let is_late = seen.is_none_or(|seen| seen == holder);
                asked = if is_late { Claim::TakeFrom(holder) } else { usual };
            }
            Acquired::Held(holder) => {
                seen = Some(holder);
                call.budget.give_back(left);
                patience.waits(call);
                call.cache.core().clock.sleep(jittered(pause)).await;
                pause = (pause * 2).min(LAST_PAUSE);
                asked = usual;
            }
        }
    }
}

/// Between half of the pause and the whole, so that many processes do not ask at once.
fn jittered(pause: Duration) -> Duration {
    let millis = u64::try_from(pause.as_millis()).expect("at most LAST_PAUSE");
    Duration::from_millis(millis / 2 + random() % (millis / 2 + 1))
}

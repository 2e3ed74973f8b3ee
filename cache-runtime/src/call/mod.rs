//! ① One cached call: key → lookup → flight → lease → compute → store.
//!
//! [`Function::lookup`] is the part that never waits: it renders the key on the stack and looks into
//! a store of this process, so that a hit in memory allocates nothing and makes no future. What
//! follows a miss is `run`: a shared store is asked, the call joins the flight of its key, and
//! whoever leads it takes the lease, computes, and stores. A synchronous call is the same future,
//! run on its own thread.
//!
//! The cache is an aid: no failure of it becomes the caller's. What fails is counted, and the body
//! runs.

mod begin;
mod function;
mod keep;
mod shape;

#[doc(hidden)]
pub mod dispatch;

mod lookup;

mod flight;
mod join;
mod recursion;

mod heartbeat;
mod lease;

mod budget;
mod store;

mod miss;
mod one;

mod entry;

pub(crate) mod direct;
mod get_or_set;
mod refresh;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;

pub use begin::{Intent, Lookup};
pub use budget::STORE_BUDGET;
pub use entry::{BlockingEntry, FunctionEntry};
pub use function::{DEFAULT_WAIT, Function};
pub use keep::{Keep, LocalSame, LocalWhole, LocallyCacheable, Raw, Same, Whole};
pub use lease::{LEASE_LIFE, LEASE_LIMIT};
pub use miss::{Judge, Miss, Usual, Verdict};
#[cfg(any(test, feature = "testing"))]
pub use one::flights_of;
pub use refresh::{force_refresh, force_refresh_blocking};
pub use shape::{Fallible, FallibleKept, Optional, Outcome, Plain, Shape, Sorted};

use crate::base::clock::Stopwatch;
use crate::base::entry::TagStamp;
use crate::base::event::Event;
use crate::codec::TAG_LIMIT;
use flight::{Purpose, Seat, State};
use join::{Patience, Turn};
use lease::{Claimed, Lease};
use one::{Call, Stamps};
use store::{Fate, Ground};

/// A future in a place of its own: a call inside of a body inside of a call … keeps little on the stack.
type Apart<F> = Pin<Box<F>>;

/// What a call does with a shared store, whatever its function returns.
///
/// The body of an `async fn` is compiled by whoever awaits it; behind `dyn` it is compiled here, once, and not
/// in every crate that has cached functions.
type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`run`], apart from the stack of a caller that is not `async`.
fn running<O, K, J, B>(call: Box<Call>, judge: J, body: B) -> Apart<impl Future<Output = O::Return>>
where
    O: Outcome,
    K: Keep<O::Value>,
    J: Judge<O::Value>,
    B: Future<Output = O::Return>,
{
    Box::pin(run::<O, K, J, B>(call, judge, body))
}

/// Finds the value of a call that memory did not have, or computes it.
async fn run<O, K, J, B>(mut call: Box<Call>, judge: J, body: B) -> O::Return
where
    O: Outcome,
    K: Keep<O::Value>,
    J: Judge<O::Value>,
    B: Future<Output = O::Return>,
{
    if call.cache.local().is_none()
        && let Some(returned) = ask_shared::<O, K>(&mut call).await
    {
        return returned;
    }
    let mut patience = Patience::new(&call);
    loop {
        match join::turn(&mut call, Call::flights(), &mut patience).await {
            Turn::Lead(seat) => return lead::<O, K, J, B>(call, seat, judge, body).await,
            Turn::Alone => return alone(&call, body).await,
            Turn::Answer(held) => match lookup::unpack::<O, K>(held) {
                Some(returned) => return returned,
                None => return alone(&call, body).await,
            },
            Turn::LookAgain => {
                if let Some(returned) = look_again::<O, K>(&mut call).await {
                    return returned;
                }
            }
        }
    }
}

/// The first look into a shared store; counted as a hit or by its reason.
fn ask_shared<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
) -> Apart<impl Future<Output = Option<O::Return>>> {
    Box::pin(async {
        if call.purpose == Purpose::Refresh {
            return None;
        }
        match lookup::ask::<O, K>(call).await {
            Ok(returned) => {
                call.hits();
                Some(returned)
            }
            Err(reason) => {
                call.missed(reason);
                None
            }
        }
    })
}

/// What came in since the first lookup, which was counted, as this is not; a refresh does not look.
async fn look_again<O: Outcome, K: Keep<O::Value>>(call: &mut Call) -> Option<O::Return> {
    match (call.purpose, call.cache.local()) {
        (Purpose::Refresh, _) => None,
        (Purpose::Fill, Some(local)) => lookup::look_for::<O, K>(local, call).ok(),
        (Purpose::Fill, None) => ask_again::<O, K>(call).await,
    }
}

fn ask_again<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
) -> Apart<impl Future<Output = Option<O::Return>>> {
    Box::pin(async { lookup::ask::<O, K>(call).await.ok() })
}

/// Computes for everyone who waits: re-check, lease, body, store.
fn lead<O, K, J, B>(
    mut call: Box<Call>,
    seat: Seat<Stamps>,
    judge: J,
    body: B,
) -> Apart<impl Future<Output = O::Return>>
where
    O: Outcome,
    K: Keep<O::Value>,
    J: Judge<O::Value>,
    B: Future<Output = O::Return>,
{
    Box::pin(async move {
        let right = match prepare::<O, K>(&mut call, &seat).await {
            Prepared::Found(returned) => {
                seat.land(|| answer::<O, K>(&returned));
                return returned;
            }
            Prepared::Compute(right) => right,
        };
        call.computes();
        seat.computes(call.now());
        let watch = Stopwatch::start();
        let returned = recursion::computing(&call.id, body).await;
        let fate = match right {
            Some(Right { lease, tags }) => {
                let ground = Ground { stamps: seat.born(), lease, tags, cost: watch.elapsed() };
                store::store::<O, K>(&call, ground, &returned, judge).await
            }
            None => store::unstored::<O>(&call, seat.born(), &returned, judge),
        };
        seat.land(|| match fate {
            Fate::Shared => answer::<O, K>(&returned),
            Fate::Private if releases(&call) => State::Released,
            Fate::Private | Fate::Refused => State::Unshared,
        });
        returned
    })
}

fn releases(call: &Call) -> bool {
    call.releases.as_ref().is_some_and(|all| all.load(Ordering::Relaxed))
}

/// What a leader has before its body runs.
enum Prepared<R> {
    /// The value: another has computed it meanwhile.
    Found(R),
    /// The right to store, or none: then the value is computed only.
    Compute(Option<Right>),
}

/// The right to store a value.
struct Right {
    lease: Option<Lease>,
    tags: Vec<TagStamp>,
}

async fn prepare<O: Outcome, K: Keep<O::Value>>(call: &mut Call, seat: &Seat<Stamps>) -> Prepared<O::Return> {
    if call.cache.local().is_none() {
        return prepare_shared::<O, K>(call, seat).await;
    }
    match look_again::<O, K>(call).await {
        Some(returned) => Prepared::Found(returned),
        None => Prepared::Compute(Some(Right { lease: None, tags: Vec::new() })),
    }
}

fn prepare_shared<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
    seat: &Seat<Stamps>,
) -> Apart<impl Future<Output = Prepared<O::Return>>> {
    Box::pin(async {
        let capability = call.cache.core().backend.capability();
        if !capability.keeps || call.leaves_the_store() {
            return Prepared::Compute(None);
        }
        if call.tags.len() > TAG_LIMIT {
            call.note(Event::TooLarge); // Known before a lease is taken, which others would wait for.
            return Prepared::Compute(None);
        }
        if !capability.leases {
            return match look_again::<O, K>(call).await {
                Some(returned) => Prepared::Found(returned),
                None => Prepared::Compute(with_tags(call, None).await),
            };
        }
        let sought = Lease::sought(call);
        seat.seeks(sought.token());
        match lease::claim::<O, K>(call, sought).await {
            Claimed::Found(returned) => Prepared::Found(returned),
            Claimed::Ours(lease) => Prepared::Compute(with_tags(call, Some(lease)).await),
            Claimed::Alone => Prepared::Compute(None),
        }
    })
}

/// Adds the tags as a shared store has them now; without them nothing can be stored.
async fn with_tags(call: &Call, lease: Option<Lease>) -> Option<Right> {
    if call.leaves_the_store() {
        return None;
    }
    if call.tags.is_empty() {
        return Some(Right { lease, tags: Vec::new() });
    }
    let tags = store::stamp(call).await?;
    Some(Right { lease, tags })
}

/// Computes without a look at others, and without storing.
async fn alone<R>(call: &Call, body: impl Future<Output = R>) -> R {
    call.computes();
    recursion::computing(&call.id, body).await
}

fn answer<O: Outcome, K: Keep<O::Value>>(returned: &O::Return) -> State {
    lookup::pack::<O, K>(returned).map_or(State::Unshared, State::Ready)
}

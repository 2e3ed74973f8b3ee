//! The store: whether a computed value is kept, for how long, and whether nothing came between.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;

use super::flight::Purpose;
use super::keep::Keep;
use super::lease::{LEASE_LIMIT, Lease};
use super::lookup;
use super::miss::Judge;
use super::one::{Call, Stamps, failure};
use super::shape::{Outcome, Sorted};
use super::{Apart, Step};
use crate::backend::Filled;
use crate::base::entry::{Held, Kind, Life, TagStamp, Timeout};
use crate::base::error::{Error, Result};
use crate::base::event::Event;
use crate::cache::stored;
use crate::codec::{self, Meta};

/// Who may have a computed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Everyone who waits for it.
    Shared,
    /// Its caller alone, as the function has it.
    Private,
    /// Its caller alone, since an invalidation came between.
    Refused,
}

/// What was had before the body ran.
pub(super) struct Ground<'a> {
    pub(super) stamps: &'a Stamps,
    pub(super) lease: Option<Lease>,
    /// The tags as a shared store had them.
    pub(super) tags: Vec<TagStamp>,
    /// What the body has cost.
    pub(super) cost: Duration,
}

/// Stores what was computed, if it is to be stored.
pub(super) async fn store<O: Outcome, K: Keep<O::Value>>(
    call: &Call,
    mut ground: Ground<'_>,
    returned: &O::Return,
    judge: impl Judge<O::Value>,
) -> Fate {
    let (fate, timeout) = decide::<O>(call, returned, judge);
    let life = timeout.and_then(|timeout| timeout.life(call.cache.core().common.timeout));
    let fate = match (life, call.cache.local()) {
        (None, _) => fate,
        (Some(life), Some(_)) => keep::<O, K>(call, ground.stamps, returned, life),
        (Some(life), None) => fill::<O, K>(call, &mut ground, returned, life).await,
    };
    if let Some(lease) = ground.lease {
        lease.let_go(call).await;
    }
    fate
}

/// Who may have a value that nobody has the right to store.
pub(super) fn unstored<O: Outcome>(
    call: &Call,
    stamps: &Stamps,
    returned: &O::Return,
    judge: impl Judge<O::Value>,
) -> Fate {
    let (fate, timeout) = decide::<O>(call, returned, judge);
    // Whoever has come between has taken the old value away, and may have stored a newer one.
    if timeout.is_some() && call.holds(stamps) {
        call.outdates_the_entry();
    }
    fate
}

/// Reads the tags of the call as a shared store has them, before the body runs.
pub(super) fn stamp(call: &Call) -> Step<'_, Option<Vec<TagStamp>>> {
    // The value's own timeout is not known yet; the fill lengthens the life of the records. Until then
    // they outlive the body, as far as that may store at all.
    let life = match call.policy.timeout.life(call.cache.core().common.timeout) {
        Some(Life::Forever) => Life::Forever,
        Some(Life::For(time)) => Life::For(time.max(LEASE_LIMIT)),
        None => Life::For(LEASE_LIMIT),
    };
    Box::pin(async move { call.spend(stored::stamp(&call.cache, &call.tags, life)).await.ok() })
}

/// Who may have the value, and the timeout to store it for, if it is to be stored.
fn decide<O: Outcome>(
    call: &Call,
    returned: &O::Return,
    judge: impl Judge<O::Value>,
) -> (Fate, Option<Timeout>) {
    let usual = |stated: Timeout| if stated == Timeout::Default { call.policy.timeout } else { stated };
    match O::sort(returned) {
        Sorted::Value(value) => {
            let verdict = judge.judge(value);
            let fate = if verdict.keep { Fate::Shared } else { Fate::Private };
            (fate, verdict.keep.then(|| usual(verdict.timeout.unwrap_or_default())))
        }
        Sorted::Nothing => (Fate::Shared, call.policy.none.map(usual)),
        Sorted::Failure => match call.policy.err {
            Some(timeout) => (Fate::Shared, Some(usual(timeout))),
            None => (Fate::Private, None),
        },
    }
}

/// Keeps the value in memory as it is.
fn keep<O: Outcome, K: Keep<O::Value>>(
    call: &Call,
    stamps: &Stamps,
    returned: &O::Return,
    life: Life,
) -> Fate {
    let Some(value) = lookup::pack::<O, K>(returned) else { return Fate::Private };
    let weight = weigh::<O, K>(call, returned);
    let held = Held { value, expires_at: life.expires_at(call.now()), tags: stamps.tags.clone(), weight };
    match keep_held(call, stamps, held) {
        Filled::Stored => stored(call, true),
        Filled::Refused => stored(call, false),
        Filled::TooLarge => {
            call.note(Event::TooLarge);
            Fate::Shared
        }
    }
}

/// What a return value weighs in memory; a stored `None` or `Err` is taken for the least there is.
fn weigh<O: Outcome, K: Keep<O::Value>>(call: &Call, returned: &O::Return) -> u32 {
    if let Sorted::Value(value) = O::sort(returned) { K::weigh(value, &call.cache) } else { 1 }
}

fn keep_held(call: &Call, stamps: &Stamps, held: Held) -> Filled {
    let local = call.cache.local().expect("only calls of a local store keep values as they are");
    if !held.tags_hold() {
        return Filled::Refused;
    }
    local.fill(call.cache.space(), call.key().as_bytes(), held, stamps.generation)
}

/// Fills a shared store with the value as bytes.
fn fill<O: Outcome, K: Keep<O::Value>>(
    call: &Call,
    ground: &mut Ground<'_>,
    returned: &O::Return,
    life: Life,
) -> Apart<impl Future<Output = Fate>> {
    Box::pin(async move {
        let meta = Meta { life, compute: ground.cost, tags: &ground.tags };
        let filled = match encode::<O, K>(call, returned, &meta) {
            Some(Ok(bytes)) => fill_bytes(call, ground, bytes, life).await,
            Some(Err(error)) => {
                call.note(failure(&error));
                Err(error)
            }
            None => return Fate::Private,
        };
        if filled.as_ref().is_err_and(Error::may_leave_the_old) {
            call.outdates_the_entry();
        }
        filled.map_or(Fate::Shared, |is_stored| stored(call, is_stored))
    })
}

/// What was returned as an entry; `None` for an error that is not kept.
fn encode<O: Outcome, K: Keep<O::Value>>(
    call: &Call,
    returned: &O::Return,
    meta: &Meta<'_>,
) -> Option<Result<Bytes>> {
    let encoding = call.cache.encoding();
    match O::sort(returned) {
        Sorted::Value(value) => Some(K::encode(Kind::Value, value, meta, &encoding)),
        Sorted::Nothing => Some(Ok(codec::encode_nothing(meta))),
        Sorted::Failure => O::encode_failure(returned, meta, &encoding),
    }
}

/// Fills under the lease, unless an invalidation came between; whether it did.
fn fill_bytes<'a>(
    call: &'a Call,
    ground: &'a mut Ground<'_>,
    bytes: Bytes,
    life: Life,
) -> Step<'a, Result<bool>> {
    Box::pin(async move {
        let backend = &call.cache.core().backend;
        if !call.tags.is_empty() {
            // Lengthens the life of the records; one that has another version now was invalidated.
            let tags = call.spend(stored::stamp(&call.cache, &call.tags, life)).await?;
            if tags != ground.tags {
                return Ok(false);
            }
        }
        if !call.holds(ground.stamps) {
            return Ok(false);
        }
        let Some(lease) = &ground.lease else { return fill_unleased(call, ground, bytes, life).await };
        let (key, token) = (&call.final_key, lease.token());
        let fill = async {
            match call.purpose {
                Purpose::Fill => backend.fill(key, token, bytes, life).await,
                Purpose::Refresh => call.cache.refill(key, token, bytes, life).await,
            }
        };
        let filled = call.spend(fill).await;
        // What another has stored since goes as well, which costs a computation; what was refreshed here must not stay.
        if matches!(filled, Ok(false)) && lease.may_have_lapsed() {
            call.outdates_the_entry();
        }
        if filled.is_ok()
            && let Some(lease) = ground.lease.take()
        {
            lease.has_ended();
        }
        filled
    })
}

/// Fills a store without leases, which knows no fence: an invalidation by this process that came while
/// the value was on its way is noticed afterwards, and the value is removed again.
///
/// What remains: between the two it can be read, one of another process is not noticed, and a caller that
/// goes away meanwhile removes nothing.
async fn fill_unleased(call: &Call, ground: &Ground<'_>, bytes: Bytes, life: Life) -> Result<bool> {
    let backend = &call.cache.core().backend;
    call.spend(async { backend.set(&call.final_key, bytes, life).await }).await?;
    if call.holds(ground.stamps) {
        return Ok(true);
    }
    call.spend(async { backend.delete(&call.final_key).await }).await?;
    Ok(false)
}

/// Counts whether the value was stored, or an invalidation came between; and says who may have it.
fn stored(call: &Call, is_stored: bool) -> Fate {
    let (event, fate) =
        if is_stored { (Event::Fill, Fate::Shared) } else { (Event::RefusedFill, Fate::Refused) };
    call.note(event);
    if let Some(kept) = &call.is_kept {
        kept.store(is_stored, Ordering::Relaxed);
    }
    fate
}

//! The lookup: what is stored under the key, in the form that the function returns, or why there is nothing.

use super::Step;
use super::keep::Keep;
use super::one::Call;
use super::shape::{Outcome, Sorted};
use crate::backend::{Front, Local};
use crate::base::entry::{Held, HeldValue, Kind, Record, Ttl};
use crate::base::error;
use crate::base::event::MissReason;
use crate::cache::front::{end_of, tags_now};
use crate::cache::stored::Versions;
use crate::cache::{Cache, stored};
use crate::codec::{self, Opened};

/// Looks a key up in a store of this process.
#[inline]
pub(super) fn look(local: &dyn Local, cache: &Cache, key: &[u8]) -> Result<HeldValue, MissReason> {
    let Some(held) = local.get(cache.space(), key) else { return Err(MissReason::Absent) };
    if cache.core().clock.now() >= held.expires_at {
        return Err(MissReason::Expired);
    }
    if !held.tags_hold() {
        return Err(MissReason::Invalidated);
    }
    Ok(held.value)
}

/// What the function returns for a value held in memory; `None` if it is of another type.
pub(super) fn unpack<O: Outcome, K: Keep<O::Value>>(held: HeldValue) -> Option<O::Return> {
    match held {
        HeldValue::Typed(held) => K::take(held).map(O::wrap),
        HeldValue::Integer(integer) => K::take_integer(integer).map(O::wrap),
        HeldValue::Nothing => O::nothing(),
        HeldValue::Failure(error) => O::take_failure(error),
    }
}

/// A return value as it is held in memory; `None` for an error that is not kept.
pub(super) fn pack<O: Outcome, K: Keep<O::Value>>(returned: &O::Return) -> Option<HeldValue> {
    match O::sort(returned) {
        Sorted::Value(value) => Some(K::hold(value)),
        Sorted::Nothing => Some(HeldValue::Nothing),
        Sorted::Failure => O::hold_failure(returned),
    }
}

/// Looks for what a call asks in a store of this process.
pub(super) fn look_for<O: Outcome, K: Keep<O::Value>>(
    local: &dyn Local,
    call: &Call,
) -> Result<O::Return, MissReason> {
    let held = look(local, &call.cache, call.key().as_bytes());
    held.and_then(|held| unpack::<O, K>(held).ok_or(MissReason::OtherLayout))
}

/// Asks a shared store: one round trip, with the records of the tags that the call knows beforehand.
pub(super) async fn ask<O: Outcome, K: Keep<O::Value>>(call: &mut Call) -> Result<O::Return, MissReason> {
    let backend = &call.cache.core().backend;
    if backend.front().is_some_and(|front| call.tags.is_empty() || front.keeps_tags()) {
        return Box::pin(ask_behind::<O, K>(call)).await;
    }
    let (record, known) = fetch(call).await?;
    read_with::<O, K>(call, record, known).await
}

/// What a shared store has, with the records of the call's tags.
fn fetch(call: &Call) -> Step<'_, Result<(Record, Versions), MissReason>> {
    Box::pin(async {
        let found = if call.tags.is_empty() {
            let found = call.spend(async { call.cache.core().backend.get(&call.final_key).await }).await;
            found.map(|record| (record, Versions::default()))
        } else {
            call.spend(stored::get_with_tags(&call.cache, &call.final_key, &call.tags)).await
        };
        match found {
            Ok((Some(record), known)) => Ok((record, known)),
            Ok((None, _)) => Err(MissReason::Absent),
            Err(_) => Err(MissReason::Unreachable),
        }
    })
}

/// [`fetch`] where values are kept in front of the store, with what is left of the entry's life.
fn fetch_behind<'a>(call: &'a Call, front: &'a dyn Front) -> Step<'a, Result<(Record, Ttl), MissReason>> {
    Box::pin(async {
        let found = call.spend(async { front.fetch(&call.final_key).await }).await;
        found.map_err(|_| MissReason::Unreachable)?.ok_or(MissReason::Absent)
    })
}

/// Asks a shared store in front of which this process keeps values, and lets it keep what was found.
async fn ask_behind<O: Outcome, K: Keep<O::Value>>(call: &mut Call) -> Result<O::Return, MissReason> {
    let cache = call.cache.clone();
    let Some(front) = cache.core().backend.front() else { return Err(MissReason::Absent) };
    if let Some(value) = cache.in_front(call.key().as_bytes()).and_then(K::take) {
        return Ok(O::wrap(value));
    }
    let seen = front.generation(cache.space(), call.key(), &call.final_key);
    let asked_at = call.now();
    let (record, left) = fetch_behind(call, front).await?;
    let tags = tags_now(&cache, front, &record);
    let weight = u32::try_from(record.bytes.len()).unwrap_or(u32::MAX).max(1);
    let returned = read::<O, K>(call, record).await?;
    if let (Some(seen), Some(tags), Some(value)) = (seen, tags, pack::<O, K>(&returned)) {
        let held = Held { value, expires_at: end_of(left, asked_at), tags, weight };
        front.keep(cache.space(), call.key(), held, seen);
    }
    Ok(returned)
}

/// Reads what a shared store returned; what cannot be used is remembered as past.
pub(super) async fn read<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
    record: Record,
) -> Result<O::Return, MissReason> {
    read_with::<O, K>(call, record, Versions::default()).await
}

/// [`read`] for one who knows the versions of some tags.
async fn read_with<O: Outcome, K: Keep<O::Value>>(
    call: &mut Call,
    record: Record,
    known: Versions,
) -> Result<O::Return, MissReason> {
    let returned = match codec::open(&record.bytes) {
        Ok(opened) => admit(call, &opened, known).await.and_then(|()| decode::<O, K>(&opened)),
        Err(reason) => Err(reason),
    };
    if returned.as_ref().is_err_and(|reason| *reason != MissReason::Unreachable) {
        call.past = Some(record.bytes);
    }
    returned
}

/// Whether no tag of the entry was invalidated; the store is asked only for those that are not `known`.
async fn admit(call: &Call, opened: &Opened, known: Versions) -> Result<(), MissReason> {
    if !stored::is_tagged(opened) {
        return Ok(());
    }
    match tags_hold(call, opened, known).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(MissReason::Invalidated),
        Err(_) => Err(MissReason::Unreachable),
    }
}

fn tags_hold<'a>(call: &'a Call, opened: &'a Opened, known: Versions) -> Step<'a, error::Result<bool>> {
    Box::pin(call.spend(stored::tags_hold(&call.cache, opened, known)))
}

fn decode<O: Outcome, K: Keep<O::Value>>(opened: &Opened) -> Result<O::Return, MissReason> {
    let kind = match opened {
        Opened::Integer(_) => Kind::Value,
        Opened::Entry(entry) => entry.kind,
    };
    match kind {
        Kind::Value => K::decode(opened).map(O::wrap),
        Kind::Nothing => O::nothing().ok_or(MissReason::OtherLayout),
        Kind::Failure => O::decode_failure(opened),
    }
}

//! Which cache answers for which: every alias that is named as a fallback exists, and none leads back to itself.

use super::registry::Slot;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::nearest::unknown;
use crate::base::table::Table;

/// Gives every cache whose fallback cannot be used its fault.
pub(super) fn examine_all(slots: &mut Table<String, Slot>) {
    let faults: Vec<_> =
        slots.keys().filter_map(|alias| Some((alias.clone(), examine(slots, alias).err()?))).collect();
    for (alias, fault) in faults {
        if let Some(slot) = slots.get_mut(&alias).filter(|slot| slot.described.is_ok()) {
            slot.described = Err(fault);
        }
    }
}

/// The error of a store that cannot fail.
pub(super) fn needless(alias: &str) -> Error {
    fault(format!("the store of `{alias}` is in this process and does not fail; leave its `fallback` out"))
}

/// The error of a shared store whose own entries would be cleared with each outage.
pub(super) fn of_the_same_keys(alias: &str, other: &str) -> Error {
    fault(format!(
        "the entries of `{other}` would be mixed with those of `{alias}`, for which it answers: give one of them another `key_prefix`"
    ))
}

fn examine(slots: &Table<String, Slot>, alias: &str) -> Result<()> {
    leads_somewhere(slots, alias)?;
    let prefix = |alias: &str| slots.get(alias).map(|slot| &slot.common.key_prefix);
    let mut others = slots.keys().filter(|other| *other != alias && prefix(other) == prefix(alias));
    let both = others.find_map(|other| {
        let at = fallbacks(slots, alias).find(|at| fallbacks(slots, other).any(|there| there == *at))?;
        Some((other, at))
    });
    both.map_or(Ok(()), |(other, at)| {
        Err(fault(format!(
            "`{at}` answers for `{alias}` and for `{other}`, whose entries would be mixed there: give one of them another `key_prefix`"
        )))
    })
}

/// The cache that answers for one, the cache that answers for that, and so on; not round and round.
fn fallbacks<'a>(slots: &'a Table<String, Slot>, alias: &'a str) -> impl Iterator<Item = &'a str> {
    let next = |alias: &&str| slots.get(*alias)?.common.fallback.as_deref();
    std::iter::successors(Some(alias), next).skip(1).take(slots.len())
}

fn leads_somewhere(slots: &Table<String, Slot>, alias: &str) -> Result<()> {
    let fallback_of = |alias: &str| slots.get(alias)?.common.fallback.as_deref();
    let mut at = alias;
    // A way that is longer than there are caches leads in a circle.
    for _ in 0..slots.len() {
        let Some(next) = fallback_of(at) else { return Ok(()) };
        if next != "default" && !slots.contains_key(next) {
            let known: Vec<_> = slots.keys().map(String::as_str).collect();
            return Err(fault(format!("the fallback of `{at}`: {}", unknown("alias", next, &known))));
        }
        at = next;
    }
    match fallback_of(at) {
        Some(_) => Err(fault(format!("the `fallback` of `{alias}` leads in a circle"))),
        None => Ok(()),
    }
}

fn fault(text: String) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(text)
}

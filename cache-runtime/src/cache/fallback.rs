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

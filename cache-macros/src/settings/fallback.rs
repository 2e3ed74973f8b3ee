//! Which cache answers for which: what the runtime's `cache/fallback.rs` examines.

use super::tables::Caches;
use super::unknown_alias;
use super::value::Value;

/// Checks that every alias exists that answers for this one, that none leads back, and that none of them answers for
/// another cache of the same keys.
pub(super) fn check(caches: &Caches, alias: &str) -> Result<(), String> {
    let Some(fallbacks) = all_of(caches, alias)? else { return Ok(()) };
    let others = caches.keys().filter(|other| *other != alias && have_one_prefix(caches, alias, other));
    for other in others {
        let Ok(Some(theirs)) = all_of(caches, other) else { continue };
        if let Some(both) = fallbacks.iter().find(|fallback| theirs.contains(fallback)) {
            return Err(format!(
                "[caches.{alias}]: `{both}` answers for `{alias}` and for `{other}`, whose entries would be mixed there: \
                 give one of them another `key_prefix`"
            ));
        }
    }
    Ok(())
}

/// The cache that answers for this one, the cache that answers for that, and so on; `None` if the file does not say.
fn all_of<'a>(caches: &'a Caches, alias: &'a str) -> Result<Option<Vec<&'a str>>, String> {
    let mut found = Vec::new();
    loop {
        let at = found.last().copied().unwrap_or(alias);
        let Some(Value::Text(next)) = caches.get(at).and_then(|fields| fields.get("fallback")) else {
            return Ok(Some(found));
        };
        if next.contains("${") {
            return Ok(None);
        }
        if !caches.contains_key(next) && next != "default" {
            return Err(format!("[caches.{at}] `fallback`: {}", unknown_alias(next, caches)));
        }
        if next == alias || found.contains(&next.as_str()) {
            return Err(format!("[caches.{at}]: the `fallback` of `{alias}` leads in a circle"));
        }
        found.push(next);
    }
}

/// Whether the final keys of both begin with the same text; not, if that is filled in later.
fn have_one_prefix(caches: &Caches, one: &str, other: &str) -> bool {
    let prefix = |alias: &str| match caches.get(alias).and_then(|fields| fields.get("key_prefix")) {
        Some(Value::Text(prefix)) => (!prefix.contains("${")).then_some(prefix.as_str()),
        _ => Some(""),
    };
    prefix(one).is_some() && prefix(one) == prefix(other)
}

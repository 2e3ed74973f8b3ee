//! What the bridges to template languages share: a fragment and its timeout as a template has them.

#[cfg(any(feature = "minijinja", feature = "tera"))]
use std::time::Duration;

use super::named::Named;
use crate::base::entry::Timeout;
use crate::base::error::Result;

/// The fragment that a template describes.
///
/// # Errors
///
/// Those of [`Named::check_alias`].
pub(super) fn described<'a>(
    name: &'a str,
    timeout: Timeout,
    alias: Option<&'a str>,
    version: Option<u32>,
) -> Result<Named<'a>> {
    let mut named = Named::new(name).timeout(timeout);
    if let Some(alias) = alias {
        named = named.cache(alias);
    }
    if let Some(version) = version {
        named = named.version(version);
    }
    named.check_alias()?;
    Ok(named)
}

/// So many seconds; what is negative or no number at all is not kept.
#[cfg(any(feature = "minijinja", feature = "tera"))]
pub(super) fn timeout_of_seconds(seconds: f64) -> Timeout {
    if seconds == f64::INFINITY {
        return Timeout::NEVER;
    }
    Timeout::After(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// `"500"`, `"15m"`, `"never"`; `None` for text that is no length of time.
pub(super) fn timeout_of_text(text: &str) -> Option<Timeout> {
    let text = text.trim();
    if text == "never" {
        return Some(Timeout::NEVER);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Timeout::secs(u64::try_from(seconds).unwrap_or_default()));
    }
    humantime::parse_duration(text).ok().map(Timeout::After)
}

//! Where the site caches: in this process, or in the store that `CACHE_URL` names.

use cache_runtime::{Caches, Result};

/// Makes the caches the program's own.
pub(crate) fn install() -> Result<()> {
    let caches = match std::env::var("CACHE_URL") {
        Ok(url) if !url.is_empty() => {
            // By itself, CACHE_URL speaks of `default` alone, and CACHE_MARKETING_URL of the other one.
            let (default, marketing) = (with_prefix(&url, "site"), with_prefix(&url, "site-pages"));
            Caches::from_url(&default)?.add_url("marketing", &marketing)?
        }
        _ => Caches::from_toml(include_str!("cache.toml"))?,
    };
    caches.install()
}

/// The URL with this prefix of keys, which keeps caches of one store apart.
fn with_prefix(url: &str, prefix: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}key_prefix={prefix}")
}

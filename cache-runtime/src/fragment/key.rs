//! The key of a fragment: its readable name, then the digest of its vary values.

use super::vary::{Vary, VaryDigest};
use crate::base::key::Key;

/// The key of a fragment, as the low-level API takes it: `fragment:{name}:{digest of the vary values}`.
///
/// [`VaryDigest`] says what the digest is. It is the same for the same values in every release, on every
/// platform, and in every language of templates. The value under it is an `Arc<str>`.
///
/// # Example
///
/// ```
/// use cache_runtime::fragment::make_fragment_key;
///
/// let key = make_fragment_key("sidebar", &[]);
/// assert_eq!(key.as_str(), "fragment:sidebar:e3b0c44298fc1c149afbf4c8996fb924");
/// assert_ne!(make_fragment_key("sidebar", &[&1]), make_fragment_key("sidebar", &[&"1"]));
/// ```
pub fn make_fragment_key(name: &str, vary: &[&dyn Vary]) -> Key {
    digested(name, |digest| vary.iter().for_each(|value| value.vary(digest)))
}

/// Puts vary values that threads may share into the digest.
pub(super) fn put_all(vary: &[&(dyn Vary + Sync)], digest: &mut VaryDigest) {
    for value in vary {
        value.vary(digest);
    }
}

/// The key of a fragment whose vary values `put` puts into the digest.
pub(super) fn digested(name: &str, put: impl FnOnce(&mut VaryDigest)) -> Key {
    let mut digest = VaryDigest::new();
    put(&mut digest);
    Key::from(format!("fragment:{name}:{:032x}", digest.finish()))
}

/// The tag that every entry of a fragment carries.
pub(super) fn tag(name: &str) -> String {
    format!("fragment:{name}")
}

//! The key of a fragment: its readable name, then the digest of its vary values.

use super::vary::{Vary, VaryDigest};
use crate::base::key::Key;

/// How a template escapes what it prints inside of a fragment.
///
/// The text goes into templates as finished markup: one that was made without escaping, or by other rules, is
/// another text, under a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "minijinja", feature = "tera", feature = "askama")),
    expect(dead_code, reason = "only templates escape otherwise")
)]
pub(super) enum Escaping {
    /// As markup is, or it is markup by the word of its author.
    Markup,
    /// Not at all.
    Text,
    /// By rules of this name.
    #[cfg_attr(
        all(feature = "askama", not(any(feature = "minijinja", feature = "tera"))),
        expect(dead_code, reason = "only templates do")
    )]
    Named(String),
}

/// The ways that an invalidation by vary values knows beforehand, as they end keys.
const KNOWN: [&str; 3] = ["", ":text", ":json"];

#[cfg_attr(
    not(any(feature = "minijinja", feature = "tera", feature = "askama")),
    expect(dead_code, reason = "only templates escape otherwise")
)]
impl Escaping {
    /// The key of the text that is escaped so.
    pub(super) fn of(&self, key: &Key) -> Key {
        match self {
            Self::Markup => key.clone(),
            Self::Text => ended(key, ":text"),
            Self::Named(name) if name == "json" => ended(key, ":json"),
            Self::Named(name) => {
                let mut digest = VaryDigest::new();
                digest.text(name);
                ended(key, &format!(":{:032x}", digest.finish()))
            }
        }
    }
}

fn ended(key: &Key, end: &str) -> Key {
    Key::from(format!("{key}{end}"))
}

/// The keys of the texts that were escaped in one of the known ways, of the fragment whose markup has this key.
pub(super) fn escaped_in_known_ways(key: &Key) -> [Key; 3] {
    KNOWN.map(|end| ended(key, end))
}

/// The key of a fragment, as the low-level API takes it: `fragment:{name}:{digest of the vary values}`.
///
/// [`VaryDigest`] says what the digest is. It is the same for the same values in every release, on every
/// platform, and in every language of templates. The value under it is an `Arc<str>`.
///
/// Text that a template fills without escaping, or by the rules of JSON, stands beside it: its key ends in `:text` or
/// `:json`.
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

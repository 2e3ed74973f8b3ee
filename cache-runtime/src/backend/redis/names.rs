//! Keys beside keys: the name of a lease, and patterns that match a prefix literally.

use super::slot::{TAG, hash_tag, slot_of, tag_of};

/// What the name of every lease ends in.
const LEASE: &str = "~l";

/// The pattern that matches the name of every lease.
pub(super) const LEASES: &str = "*~l";

/// The name of a key's lease, which shares the key's slot in a cluster.
///
/// A key without a hash tag becomes the tag of its lease. One that holds a `}` cannot, for a tag ends there:
/// its lease has a tag of the same slot.
pub(super) fn lease_of(key: &str) -> String {
    if hash_tag(key).is_some() {
        format!("{key}{LEASE}")
    } else if key.contains('}') {
        format!("{{{}}}{key}{LEASE}", tag_of(slot_of(key)))
    } else {
        format!("{{{key}}}{LEASE}")
    }
}

/// Whether a name is that of a lease.
///
/// A user's key that ends in `~l` and holds a hash tag is taken for one: it is neither listed nor
/// cleared as an entry.
pub(super) fn is_lease(name: &str) -> bool {
    name.ends_with(LEASE) && hash_tag(name).is_some()
}

/// Whether a name is that of the lease of a key that begins with `prefix`.
pub(super) fn is_lease_under(name: &str, prefix: &str) -> bool {
    let bare = name.strip_prefix('{').is_some_and(|name| name.starts_with(prefix));
    let behind_tag = name.get(SLOT_TAG..).is_some_and(|name| name.starts_with(prefix));
    is_lease(name) && (bare || behind_tag || name.starts_with(prefix))
}

/// The length of a slot's tag in its braces.
const SLOT_TAG: usize = TAG + "{}".len();

/// The pattern that matches what begins with `prefix`, whatever characters it holds.
pub(super) fn beginning_with(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 8);
    for character in prefix.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('*');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_shares_the_slot_of_its_key() {
        let cases = [("site:1:k", "{site:1:k}~l"), ("site:{7}:k", "site:{7}:k~l")];
        for (key, lease) in cases {
            assert_eq!(lease_of(key), lease);
        }
        for key in ["site:1:k", "site:{7}:k", "a{}b", "a}b", "}", "{", "{}", "a}{b", "}{x}", "{a{b}"] {
            assert!(is_lease(&lease_of(key)), "{key}");
            assert_eq!(slot_of(&lease_of(key)), slot_of(key), "{key}");
        }
    }

    #[test]
    fn a_lease_is_found_by_the_prefix_of_its_key() {
        for key in ["site:1:k", "site:1:{7}", "site:1:{}", "site:1:}"] {
            assert!(is_lease_under(&lease_of(key), "site:1:"), "{key}");
            assert!(!is_lease_under(&lease_of(key), "site:10:"), "{key}");
        }
        assert!(!is_lease_under("site:1:k~l", "site:1:"));
    }

    #[test]
    fn a_pattern_holds_no_magic_but_its_last_star() {
        assert_eq!(beginning_with(r"a*b?[c-d]\^"), r"a\*b\?\[c\-d\]\\\^*");
    }
}

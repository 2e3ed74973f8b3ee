//! Keys → the names of items: which namespace a key belongs to, and what the protocol does not take.

use std::fmt::Write as _;

/// The longest name that the protocol takes.
const LONGEST: usize = 250;

/// What stands before the digest of a name that is not taken as it is.
const MARK: &str = "~#";

/// The bytes of the mark and of the digest behind it.
const TAIL: usize = MARK.len() + 32;

/// What the name of a namespace's record ends in.
const RECORD: &str = "~v";

/// The namespace of a key: what `clear` is asked to remove together.
///
/// The key of a cache is `{key_prefix}:{version}:{key}`, and no mere number stands behind a colon in the
/// prefix; so the namespace ends with the first number of 32 bits between two colons. A key of another
/// form belongs to what stands before its own last part.
pub(super) fn namespace_of(key: &str) -> &str {
    let mut colons = key.match_indices(':').map(|(at, _)| at);
    let mut last = colons.next();
    for colon in colons {
        if let Some(before) = last
            && is_version(&key[before + 1..colon])
        {
            return &key[..=colon];
        }
        last = Some(colon);
    }
    last.map_or("", |colon| &key[..=colon])
}

fn is_version(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u32>().is_ok()
}

/// The name of the item of a key at this version of its namespace.
pub(super) fn item_name(key: &str, version: Option<u64>) -> String {
    match version {
        Some(version) => {
            let (namespace, rest) = key.split_at(namespace_of(key).len());
            taken(format!("{namespace}{version:016x}:{rest}"))
        }
        None => taken(key.to_owned()),
    }
}

/// The name of the item that holds the version of a namespace.
pub(super) fn record_name(namespace: &str) -> String {
    taken(format!("{namespace}{RECORD}"))
}

/// A name as the protocol takes it: itself, or a readable head, `~#` and 128 bits of SHA-256 in hexadecimal.
///
/// One that looks like such a name is treated the same way, so that no key is taken for another's.
fn taken(name: String) -> String {
    if name.len() <= LONGEST && name.chars().all(is_taken) && !has_tail(&name) {
        return name;
    }
    let digest = hmac_sha256::Hash::hash(name.as_bytes());
    let head = &name[..name.floor_char_boundary(LONGEST - TAIL)];
    let mut short: String = head.chars().take_while(|letter| is_taken(*letter)).collect();
    short.push_str(MARK);
    for byte in &digest[..16] {
        // Writing to a text does not fail.
        let _ = write!(short, "{byte:02x}");
    }
    short
}

fn is_taken(letter: char) -> bool {
    !letter.is_whitespace() && !letter.is_control()
}

fn has_tail(name: &str) -> bool {
    name.as_bytes().last_chunk::<TAIL>().is_some_and(|tail| {
        tail.starts_with(MARK.as_bytes()) && tail[MARK.len()..].iter().all(u8::is_ascii_hexdigit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_of_a_cache_ends_with_its_version() {
        let cases = [
            (":1:user:7", ":1:"),
            ("site:1:user:7:x", "site:1:"),
            ("site:eu:12:k", "site:eu:12:"),
            ("7:1:k", "7:1:"),
            ("site:99999999999:2:k", "site:99999999999:2:"),
            ("a*:x", "a*:"),
            ("a:b:x", "a:b:"),
            ("plain", ""),
            ("site:1:", "site:1:"),
        ];
        for (key, namespace) in cases {
            assert_eq!(namespace_of(key), namespace, "{key}");
        }
    }

    #[test]
    fn a_plain_key_is_readable_in_its_name() {
        assert_eq!(item_name("site:1:user:7", Some(0xab)), "site:1:00000000000000ab:user:7");
        assert_eq!(item_name("site:1:ключ", Some(0xab)), "site:1:00000000000000ab:ключ");
        assert_eq!(item_name("site:~t:0123456789abcdef", None), "site:~t:0123456789abcdef");
        assert_eq!(record_name("site:1:"), "site:1:~v");
    }

    #[test]
    fn what_the_protocol_does_not_take_is_hashed_behind_a_readable_head() {
        let long = "k".repeat(250);
        for key in ["two words", "a\r\nb", "nul\0", "del\u{7f}", "wide\u{a0}space", long.as_str()] {
            let name = item_name(&format!(":1:{key}"), Some(7));

            assert!(name.len() <= LONGEST && name.chars().all(is_taken), "{name}");
            assert!(has_tail(&name) && name.starts_with(":1:0000000000000007:"), "{name}");
        }
    }

    #[test]
    fn different_keys_have_different_names() {
        let keys = ["two words", "two  words", "two\twords", &"k".repeat(250), &"k".repeat(249)];
        let mut names: Vec<_> = keys.iter().map(|key| item_name(key, Some(7))).collect();
        names.sort();
        names.dedup();

        assert_eq!(names.len(), keys.len());
    }

    #[test]
    fn no_key_imitates_a_hashed_name() {
        let hashed = item_name("two words", None);

        assert_ne!(item_name(&hashed, None), hashed);
    }
}

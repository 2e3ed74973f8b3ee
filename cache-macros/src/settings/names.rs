//! Which aliases and key prefixes can be used: what the runtime's `cache/builder.rs` examines.

/// What a prefix is, for a message.
pub(super) const PREFIX: &str = "text of at most 100 bytes without control characters, and with no number behind a `:`, where \
                                 final keys have their version";

/// Whether an alias can be used.
pub(super) fn is_alias(alias: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !alias.is_empty() && alias.bytes().all(is_word)
}

/// Whether a key prefix can be used.
pub(super) fn is_prefix(prefix: &str) -> bool {
    let is_version = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    prefix.len() <= 100 && !prefix.contains(char::is_control) && !prefix.split(':').skip(1).any(is_version)
}

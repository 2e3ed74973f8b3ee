//! The backends and settings there are: the same as the runtime's, which a test compares.

use std::collections::BTreeMap;

use super::redis;
use super::value::Value;

/// A backend, as the settings name it.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    /// Values can be kept as they are: what `local` needs. The store that only code describes may.
    pub(crate) in_process: bool,
    /// It has the settings of every cache.
    pub(crate) described_here: bool,
    pub(crate) settings: &'static [Setting],
    /// Which of its settings contradict each other.
    pub(crate) contradiction: Contradiction,
}

/// Says what cannot be, of the settings of one cache.
pub(crate) type Contradiction = fn(&BTreeMap<String, Value>) -> Option<&'static str>;

/// For backends whose settings are all independent.
const NONE: Contradiction = |_| None;

/// A setting, and what it takes.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
}

/// What a setting takes.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Text,
    Count,
    Number32,
    Bytes,
    Duration,
    Timeout,
    Word(&'static [&'static str]),
}

const fn setting(name: &'static str, takes: Takes) -> Setting {
    Setting { name, takes }
}

/// The settings of every cache.
pub(crate) const COMMON: &[Setting] = &[
    setting("timeout", Takes::Timeout),
    setting("key_prefix", Takes::Text),
    setting("version", Takes::Number32),
    setting("codec", Takes::Word(&["bincode", "postcard", "json", "msgpack"])),
    setting("compression", Takes::Word(&["lz4", "zstd"])),
    setting("compress_above", Takes::Bytes),
];

/// The backends.
pub(crate) const BACKENDS: &[Backend] = &[
    Backend {
        name: "memory",
        in_process: true,
        described_here: true,
        settings: &[
            setting("location", Takes::Text),
            setting("max_entries", Takes::Count),
            setting("max_weight", Takes::Bytes),
            setting("shards", Takes::Count),
        ],
        contradiction: NONE,
    },
    Backend { name: "dummy", in_process: true, described_here: true, settings: &[], contradiction: NONE },
    Backend {
        name: "redis",
        in_process: false,
        described_here: true,
        settings: &[
            setting("location", Takes::Text),
            setting("username", Takes::Text),
            setting("password", Takes::Text),
            setting("database", Takes::Number32),
            setting("protocol", Takes::Word(&["resp2", "resp3", "2", "3"])),
            setting("connect_timeout", Takes::Duration),
            setting("answer_timeout", Takes::Duration),
            setting("ca_file", Takes::Text),
            setting("read_from", Takes::Word(&["leader", "replicas"])),
            setting("replicas", Takes::Text),
            setting("leader_after_write", Takes::Duration),
            setting("wait_replicas", Takes::Number32),
            setting("sentinel_username", Takes::Text),
            setting("sentinel_password", Takes::Text),
            setting("client_cache", Takes::Count),
            // The names that the URL of a unix socket uses.
            setting("user", Takes::Text),
            setting("pass", Takes::Text),
            setting("db", Takes::Number32),
        ],
        contradiction: redis::contradiction,
    },
    Backend { name: "code", in_process: true, described_here: false, settings: &[], contradiction: NONE },
];

impl Takes {
    /// Whether `value` is of this kind; what the environment fills in later is.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        if let Value::Text(text) = value {
            return text.contains("${") || self.accepts_text(text);
        }
        match (self, value) {
            (Self::Count | Self::Bytes | Self::Duration | Self::Timeout, Value::Integer(number)) => {
                *number >= 0
            }
            (Self::Number32, Value::Integer(number)) => u32::try_from(*number).is_ok(),
            (Self::Duration | Self::Timeout, Value::Float(seconds)) => {
                std::time::Duration::try_from_secs_f64(*seconds).is_ok()
            }
            _ => false,
        }
    }

    fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Count => text.parse::<u64>().is_ok(),
            Self::Number32 => text.parse::<u32>().is_ok(),
            Self::Bytes => is_bytes(text),
            Self::Duration => is_duration(text),
            Self::Timeout => text == "never" || is_duration(text),
            Self::Word(words) => words.contains(&text),
        }
    }

    /// What it takes, for a message.
    pub(crate) fn described(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Count | Self::Number32 => "a whole number".to_owned(),
            Self::Bytes => "bytes, such as 1048576 or \"64 MiB\"".to_owned(),
            Self::Duration => "seconds, or text such as \"250ms\" or \"1h 30m\"".to_owned(),
            Self::Timeout => "seconds, or text such as \"15m\" or \"never\"".to_owned(),
            Self::Word(words) => format!("one of {}", crate::diagnostics::list(words, "none")),
        }
    }
}

fn is_duration(text: &str) -> bool {
    text.parse::<u64>().is_ok() || humantime::parse_duration(text).is_ok()
}

fn is_bytes(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return false,
    };
    number.parse::<u64>().is_ok_and(|number| number.checked_mul(factor).is_some())
}

//! The backends and settings there are: the same as the runtime's, which a test compares.

use std::collections::BTreeMap;
use std::time::Duration;

use super::servers::are_servers;
use super::tiered::{self, behind};
use super::value::Value;
use super::{bytes, names, redis};

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
    /// What final keys begin with.
    Prefix,
    /// Text that names servers, or a list of such texts.
    Servers,
    Folder,
    Count,
    Number32,
    /// A number above zero.
    Bound,
    Bound32,
    Bytes,
    BoundOfBytes,
    Duration,
    /// A length of time of at least a millisecond.
    Limit,
    Timeout,
    Word(&'static [&'static str]),
    Flag,
    /// Text that begins with one of these schemes.
    Url(&'static [&'static str]),
    /// The name of a table in a database.
    Table,
    /// The URL of a shared store, of whatever kind.
    Behind,
}

const fn setting(name: &'static str, takes: Takes) -> Setting {
    Setting { name, takes }
}

/// The settings of every cache.
pub(crate) const COMMON: &[Setting] = &[
    setting("timeout", Takes::Timeout),
    setting("key_prefix", Takes::Prefix),
    setting("version", Takes::Number32),
    setting("codec", Takes::Word(&["bincode", "postcard", "json", "msgpack"])),
    setting("compression", Takes::Word(&["lz4", "zstd"])),
    setting("compress_above", Takes::Bytes),
    setting("fallback", Takes::Text),
];

/// The backends.
pub(crate) const BACKENDS: &[Backend] = &[
    Backend {
        name: "memory",
        in_process: true,
        described_here: true,
        settings: &[
            setting("location", Takes::Text),
            setting("max_entries", Takes::Bound),
            setting("max_weight", Takes::BoundOfBytes),
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
            setting("connect_timeout", Takes::Limit),
            setting("answer_timeout", Takes::Limit),
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
    Backend {
        name: "memcached",
        in_process: false,
        described_here: true,
        settings: &[
            setting("location", Takes::Servers),
            setting("connect_timeout", Takes::Limit),
            setting("answer_timeout", Takes::Limit),
        ],
        contradiction: NONE,
    },
    Backend {
        name: "filesystem",
        in_process: false,
        described_here: true,
        settings: &[
            setting("location", Takes::Folder),
            setting("max_entries", Takes::Bound),
            setting("max_bytes", Takes::BoundOfBytes),
            setting("answer_timeout", Takes::Limit),
        ],
        contradiction: NONE,
    },
    Backend {
        name: "database",
        in_process: false,
        described_here: true,
        settings: &[
            setting("location", Takes::Url(&["sqlite", "postgres", "postgresql", "mysql", "mariadb"])),
            setting("username", Takes::Text),
            setting("password", Takes::Text),
            setting("table", Takes::Table),
            setting("create_table", Takes::Flag),
            setting("max_entries", Takes::Bound),
            setting("max_connections", Takes::Bound32),
            setting("connect_timeout", Takes::Limit),
            setting("answer_timeout", Takes::Limit),
        ],
        contradiction: NONE,
    },
    Backend {
        name: "tiered",
        in_process: false,
        described_here: true,
        settings: &[
            setting("location", Takes::Behind),
            setting("front_entries", Takes::Count),
            setting("front_timeout", Takes::Duration),
            setting("poll_every", Takes::Duration),
            setting("trust_for", Takes::Duration),
        ],
        contradiction: tiered::contradiction,
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
            (Self::Servers, Value::Texts(texts)) => {
                texts.iter().any(|text| text.contains("${")) || are_servers(texts.iter().map(String::as_str))
            }
            (Self::Count | Self::Bytes | Self::Duration | Self::Timeout, Value::Integer(number)) => {
                *number >= 0
            }
            (Self::Bound | Self::BoundOfBytes | Self::Limit, Value::Integer(number)) => *number > 0,
            (Self::Number32, Value::Integer(number)) => u32::try_from(*number).is_ok(),
            (Self::Bound32, Value::Integer(number)) => u32::try_from(*number).is_ok_and(|number| number > 0),
            (Self::Limit, Value::Float(seconds)) => Duration::try_from_secs_f64(*seconds).is_ok_and(is_limit),
            (Self::Duration | Self::Timeout, Value::Float(seconds)) => {
                Duration::try_from_secs_f64(*seconds).is_ok()
            }
            (Self::Flag, Value::Flag(_)) => true,
            _ => false,
        }
    }

    fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Prefix => names::is_prefix(text),
            Self::Servers => are_servers([text]),
            Self::Folder => is_folder(text),
            Self::Count => text.parse::<u64>().is_ok(),
            Self::Number32 => text.parse::<u32>().is_ok(),
            Self::Bound => text.parse::<u64>().is_ok_and(|number| number > 0),
            Self::Bound32 => text.parse::<u32>().is_ok_and(|number| number > 0),
            Self::Bytes => bytes::read(text).is_some(),
            Self::BoundOfBytes => bytes::read(text).is_some_and(|bytes| bytes > 0),
            Self::Duration => duration(text).is_some(),
            Self::Limit => duration(text).is_some_and(is_limit),
            Self::Timeout => text == "never" || duration(text).is_some(),
            Self::Word(words) => words.contains(&text),
            Self::Flag => text.parse::<bool>().is_ok(),
            Self::Url(schemes) => text.split_once("://").is_some_and(|(scheme, _)| schemes.contains(&scheme)),
            Self::Table => is_table(text),
            Self::Behind => behind(text).is_some(),
        }
    }

    /// What it takes, for a message.
    pub(crate) fn described(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Prefix => names::PREFIX.to_owned(),
            Self::Servers => {
                "servers such as \"host:11211,[::1]:11211\", \"unix:/path\", or a list of them, each once"
                    .to_owned()
            }
            Self::Folder => "an absolute path, or a URL such as \"file:///var/cache/site\"".to_owned(),
            Self::Count | Self::Number32 => "a whole number".to_owned(),
            Self::Bound | Self::Bound32 => "a whole number, at least one".to_owned(),
            Self::BoundOfBytes => "bytes, at least one, such as 1048576 or \"64 MiB\"".to_owned(),
            Self::Limit => "at least a millisecond: seconds, or text such as \"250ms\"".to_owned(),
            Self::Bytes => "bytes, such as 1048576 or \"64 MiB\"".to_owned(),
            Self::Duration => "seconds, or text such as \"250ms\" or \"1h 30m\"".to_owned(),
            Self::Timeout => "seconds, or text such as \"15m\" or \"never\"".to_owned(),
            Self::Word(words) => format!("one of {}", crate::diagnostics::list(words, "none")),
            Self::Flag => "true or false".to_owned(),
            Self::Url(schemes) => {
                format!("a URL whose scheme is one of {}", crate::diagnostics::list(schemes, "none"))
            }
            Self::Behind => "the URL of a shared store, such as \"redis://host/1\"".to_owned(),
            Self::Table => "the name of a table, such as \"cache_entries\" or \"schema.table\"".to_owned(),
        }
    }
}

/// An absolute path; what stands in a URL is looked at when it is read.
fn is_folder(text: &str) -> bool {
    let path =
        text.strip_prefix("file://").map_or(text, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
    let path = std::path::Path::new(path);
    path.is_absolute() && path.components().all(|part| part != std::path::Component::ParentDir)
}

/// `table` or `schema.table`: letters, digits, `_`, `-`, `$` and spaces within, at most forty each.
fn is_table(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-$ ".contains(letter);
    let is_name =
        |name: &str| !name.is_empty() && name.len() <= 40 && name.trim() == name && name.chars().all(is_part);
    match text.split_once('.') {
        Some((schema, name)) => is_name(schema) && is_name(name),
        None => is_name(text),
    }
}

fn duration(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    }
}

fn is_limit(time: Duration) -> bool {
    time >= Duration::from_millis(1)
}

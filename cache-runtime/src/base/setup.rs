//! A cache as it is described before it is built: what every cache has, around what its backend needs.

use super::entry::Timeout;
use super::error::Result;
use super::fields::Fields;

/// How values become bytes in a shared store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Codec {
    /// Compact and positional; the default.
    #[default]
    Bincode,
    /// Compact and positional, with a published wire format.
    Postcard,
    /// Text that people can read in the store.
    Json,
    /// Compact and self-describing: carries every serde type.
    Msgpack,
}

impl Codec {
    /// The names of the codecs in the settings.
    pub const NAMES: &[(&str, Self)] = &[
        ("bincode", Self::Bincode),
        ("postcard", Self::Postcard),
        ("json", Self::Json),
        ("msgpack", Self::Msgpack),
    ];
}

/// How large payloads are made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Fast, pure Rust.
    Lz4,
    /// Smaller, at level 1.
    Zstd,
}

impl Compression {
    /// The names of the compressions in the settings.
    pub const NAMES: &[(&str, Self)] = &[("lz4", Self::Lz4), ("zstd", Self::Zstd)];
}

/// What every cache has, whatever its backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Common {
    /// The timeout of entries that state none.
    pub timeout: Timeout,
    /// What the final keys of this cache begin with.
    pub key_prefix: String,
    /// The version that stands in the final keys.
    pub version: u32,
    /// How values become bytes.
    pub codec: Codec,
    /// How payloads of at least `compress_above` bytes are made smaller.
    pub compression: Option<Compression>,
    /// The smallest payload worth compressing, in bytes.
    pub compress_above: usize,
    /// The alias of the cache whose store answers while this one is left alone.
    pub fallback: Option<String>,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            timeout: Timeout::After(super::entry::DEFAULT_TIMEOUT),
            key_prefix: String::new(),
            version: 1,
            codec: Codec::default(),
            compression: None,
            compress_above: 1024,
            fallback: None,
        }
    }
}

impl Common {
    /// The settings that every cache has, in the order of the documentation.
    pub const SETTINGS: &[&str] = &[
        "backend",
        "timeout",
        "key_prefix",
        "version",
        "codec",
        "compression",
        "compress_above",
        "fallback",
    ];

    /// Takes what every cache has.
    pub(crate) fn from_fields(fields: &mut Fields) -> Result<Self> {
        let mut common = Self::default();
        if let Some(timeout) = fields.timeout("timeout")? {
            common.timeout = timeout;
        }
        if let Some(prefix) = fields.text("key_prefix")? {
            common.key_prefix = prefix;
        }
        if let Some(version) = fields.count("version")? {
            common.version =
                u32::try_from(version).map_err(|_| fields.fault("`version` takes a 32-bit number"))?;
        }
        if let Some(codec) = fields.codec("codec")? {
            common.codec = codec;
        }
        common.compression = fields.compression("compression")?;
        if let Some(bytes) = fields.bytes("compress_above")? {
            common.compress_above = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        common.fallback = fields.text("fallback")?;
        Ok(common)
    }
}

/// A cache that is being described; `O` holds what its backend needs.
#[derive(Debug, Clone)]
#[must_use = "a description builds nothing until it is added to `Caches::builder()`"]
pub struct Setup<O> {
    pub(crate) options: O,
    pub(crate) common: Common,
}

impl<O> Setup<O> {
    /// A cache over a backend with these options.
    pub fn over(options: O) -> Self {
        Self { options, common: Common::default() }
    }

    /// The timeout of entries that state none; five minutes if this is not called.
    pub fn timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.common.timeout = timeout.into();
        self
    }

    /// What the final keys begin with, so that several programs can share one store.
    ///
    /// No mere number may stand behind a `:` in it: `shop:1` reads like `shop` at version 1.
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.common.key_prefix = prefix.into();
        self
    }

    /// The version in the final keys; another version sees other entries.
    pub fn version(mut self, version: u32) -> Self {
        self.common.version = version;
        self
    }

    /// How values become bytes; memory keeps them as they are.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.common.codec = codec;
        self
    }

    /// Compresses payloads of at least a kilobyte (or of [`compress_above`](Self::compress_above)).
    pub fn compression(mut self, compression: Compression) -> Self {
        self.common.compression = Some(compression);
        self
    }

    /// The smallest payload worth compressing, in bytes.
    pub fn compress_above(mut self, bytes: usize) -> Self {
        self.common.compress_above = bytes;
        self
    }

    /// The cache whose store answers while this one fails, and is left alone: one in memory, mostly.
    ///
    /// It is empty at the beginning of every outage. What other processes invalidate meanwhile does not reach it.
    pub fn fallback(mut self, alias: impl Into<String>) -> Self {
        self.common.fallback = Some(alias.into());
        self
    }
}

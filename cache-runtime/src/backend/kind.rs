//! The backends there are, as the settings name them, compiled in or not.

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use super::database;
#[cfg(feature = "filesystem")]
use super::filesystem;
#[cfg(feature = "memcached")]
use super::memcached;
#[cfg(feature = "redis")]
use super::redis;
use super::{Described, dummy, memory};
use crate::base::error::Result;
use crate::base::fields::Fields;

/// A backend as the settings file names it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name in `backend = "…"`.
    pub name: &'static str,
    /// The schemes of its URLs.
    pub schemes: &'static [&'static str],
    /// The cargo feature that compiles it in; empty if it always is.
    pub feature: &'static str,
    /// Whether it is compiled in.
    pub available: bool,
    /// The settings it understands besides those of every cache.
    pub settings: &'static [&'static str],
    /// Takes these settings.
    pub read: fn(&mut Fields) -> Result<Box<dyn Described>>,
}

impl Kind {
    /// The backend of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BACKENDS.iter().find(|kind| kind.name == name)
    }

    /// The backend whose URLs have this scheme.
    pub fn of_scheme(scheme: &str) -> Option<&'static Self> {
        BACKENDS.iter().find(|kind| kind.schemes.contains(&scheme))
    }
}

/// Every backend there is, in the order of the documentation.
pub const BACKENDS: &[Kind] = &[memory::KIND, dummy::KIND, REDIS, MEMCACHED, FILESYSTEM, DATABASE];

/// The schemes of Redis, in all its shapes, whether or not it is compiled in.
pub(super) const REDIS_SCHEMES: &[&str] = &[
    "redis",
    "rediss",
    "unix",
    "valkey",
    "valkeys",
    "valkey+unix",
    "redis+cluster",
    "rediss+cluster",
    "redis+sentinel",
    "rediss+sentinel",
    "valkey+cluster",
    "valkeys+cluster",
    "valkey+sentinel",
    "valkeys+sentinel",
];

#[cfg(feature = "redis")]
const REDIS: Kind = redis::KIND;
#[cfg(not(feature = "redis"))]
const REDIS: Kind = left_out("redis", REDIS_SCHEMES, |_| lacking("redis"));

#[cfg(feature = "memcached")]
const MEMCACHED: Kind = memcached::KIND;
#[cfg(not(feature = "memcached"))]
const MEMCACHED: Kind = left_out("memcached", &["memcached"], |_| lacking("memcached"));

/// A backend that is known, but not compiled in: its feature has its name.
#[cfg(not(all(feature = "redis", feature = "memcached")))]
const fn left_out(
    name: &'static str,
    schemes: &'static [&'static str],
    read: fn(&mut Fields) -> Result<Box<dyn Described>>,
) -> Kind {
    Kind { name, schemes, feature: name, available: false, settings: &[], read }
}

#[cfg(not(all(feature = "redis", feature = "memcached")))]
fn lacking(name: &str) -> Result<Box<dyn Described>> {
    use crate::base::error;
    let text = format!("the backend `{name}` needs the feature `{name}` of `cache-runtime`");
    Err(error::Error::new(error::ErrorKind::Unsupported, "settings").context(text))
}

#[cfg(feature = "filesystem")]
const FILESYSTEM: Kind = filesystem::KIND;
#[cfg(not(feature = "filesystem"))]
const FILESYSTEM: Kind = Kind {
    name: "filesystem",
    schemes: &["file"],
    feature: "filesystem",
    available: false,
    settings: &[],
    read: |_| {
        use crate::base::error;
        let text = "the backend `filesystem` needs the feature `filesystem` of `cache-runtime`";
        Err(error::Error::new(error::ErrorKind::Unsupported, "settings").context(text))
    },
};

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
const DATABASE: Kind = database::KIND;
#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
const DATABASE: Kind = Kind {
    name: "database",
    schemes: &["sqlite", "postgres", "postgresql", "mysql", "mariadb"],
    feature: "sqlite, postgres or mysql",
    available: false,
    settings: &[],
    read: |_| {
        use crate::base::error;
        let text =
            "the backend `database` needs the feature `sqlite`, `postgres` or `mysql` of `cache-runtime`";
        Err(error::Error::new(error::ErrorKind::Unsupported, "settings").context(text))
    },
};

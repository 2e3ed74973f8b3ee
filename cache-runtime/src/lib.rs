//! Declarative caching for Rust.

pub mod base;

pub mod codec;

pub mod backend;

pub mod cache;

pub mod call;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use base::entry::{Timeout, Ttl};
pub use base::error::{Error, ErrorKind, Result};
pub use base::event::Statistics;
pub use base::key::{self, KeyPart};
pub use base::setup::{Codec, Compression};
pub use cache::{BlockingCache, Cache, Caches, CachesBuilder, Diagnostic, Severity, cache, caches};
/// The attributes; see each for its options.
pub use cache_macros::*;
pub use call::{force_refresh, force_refresh_blocking};
pub use codec::Cacheable;

#[doc(hidden)]
pub mod __private;

//! Declarative caching: an attribute above a function, and its results are kept in memory, or in a store that many processes share.
//!
//! ```
//! use cache_runtime::cached;
//!
//! /// Computed once for every user, then served from the cache for fifteen minutes.
//! #[cached(key = "greeting:{user}", timeout = "15m")]
//! fn greeting(user: u64) -> String {
//!     format!("Hello, {user}!")
//! }
//!
//! # fn main() -> cache_runtime::Result<()> {
//! assert_eq!(greeting(7), "Hello, 7!"); // runs the body
//! assert_eq!(greeting(7), "Hello, 7!"); // is served from the cache
//! assert!(greeting::invalidate(7)?); // the next call runs the body again
//! # Ok(())
//! # }
//! ```
//!
//! [`macro@cached`] documents the options and the companions; [`Cache`] is the low-level API under the
//! same caches; [`cache::settings`] says where caches are described. What an attribute writes is an
//! ordinary use of [`call`], so that all of it can be written by hand.
//!
//! # The path of a call
//!
//! ```text
//! key ──► lookup ──────────► hit: the value, without an allocation
//!            │  (skipped by a refresh)
//!            ▼ miss, with a counted reason
//!         flight.join ─────► another computes: wait for its value
//!            │
//!            ▼ this one leads
//!         lease ───────────► another process computes: wait for its value
//!            │  (in shared stores)
//!            ▼
//!         compute ─────────► store, unless an invalidation came between
//! ```
//!
//! A failure on this path is counted, and the body runs: the cache is an aid.
//!
//! # The layers
//!
//! `base ← codec | backend ← cache ← call ← page | fragment`: a module names only what stands to its left.
//!
//! # Features
//!
//! Codecs: `bincode` (default), `postcard`, `json`, `msgpack`. Compression: `lz4`, `zstd`. Stores
//! besides memory: `redis`, `redis-tls`; `memcached`; `filesystem`; `sqlite`, `postgres`, `mysql`, `database-tls`.
//! Pages: `axum`, `axum-extra`, `actix`; `tower` for layers over any HTTP service, `http` for the rules alone. Bridges
//! for fragments of templates: `minijinja`, `askama`, `tera`. Parts of keys: `uuid`, `chrono`, `jiff`. `testing` brings
//! the clock that tests move, a store with faults, and the examination of a backend.

#[cfg(feature = "http")]
pub mod page;

#[cfg(feature = "actix")]
pub use page::adapter::actix;

pub mod fragment;

pub mod call;

pub mod cache;

pub mod codec;

pub mod backend;

pub mod base;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use base::entry::{Timeout, Ttl};
pub use base::error::{Error, ErrorKind, Result};
pub use base::event::Statistics;
pub use base::key::{self, KeyPart};
pub use base::setup::{Codec, Compression};
pub use cache::{BlockingCache, Cache, Caches, CachesBuilder, Diagnostic, Severity, cache, caches};
#[cfg(feature = "axum")]
pub use cache_macros::cache_page;
#[cfg(any(feature = "axum", feature = "actix"))]
pub use cache_macros::{cache_control, condition, never_cache, vary_on_cookie, vary_on_headers};
pub use cache_macros::{cached, fragment};
pub use call::{force_refresh, force_refresh_blocking};
pub use codec::{Cacheable, Storable};
#[cfg(feature = "http")]
pub use page::SharedInput;

#[doc(hidden)]
pub mod __private;

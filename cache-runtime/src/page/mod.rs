//! ② One cached page: admits → key → the call around the handler → dress.

mod request;

pub mod control;

pub mod headers;

pub mod lifetime;

pub mod condition;

pub mod range;

pub mod cache_status;

pub mod conditioned;

pub mod dressing;

#[cfg(feature = "tower")]
pub mod adapter;

mod date;
mod directives;
mod list;

#[cfg(feature = "tower")]
pub use adapter::tower::condition::Condition;
#[cfg(feature = "tower")]
pub use adapter::tower::conditional::ConditionalPages;
pub use dressing::{NeverCache, SetCacheControl, VaryOn};
pub use request::PageRequest;

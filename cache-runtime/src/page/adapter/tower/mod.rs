//! Layers over any HTTP service: a route's pages, a site's pages.

pub mod condition;
pub mod conditional;
pub mod headers;

mod body;
mod conditional_body;
mod layer;
mod service;

pub use crate::page::{CachePage, CacheSite};
pub use body::PageBody;
pub use service::PageService;
#[cfg(feature = "axum")]
pub(super) use service::is_silent;

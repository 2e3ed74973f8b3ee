//! Layers over any HTTP service: a route's pages, a site's pages.

pub mod condition;
pub mod conditional;
pub mod headers;

mod body;
mod conditional_body;
mod layer;
mod service;

pub use body::PageBody;
pub use layer::{CachePage, CacheSite};
pub use service::PageService;

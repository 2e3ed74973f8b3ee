//! Layers over any HTTP service: a route's pages, a site's pages.

mod body;
mod layer;
mod service;

pub use body::PageBody;
pub use layer::{CachePage, CacheSite};
pub use service::PageService;

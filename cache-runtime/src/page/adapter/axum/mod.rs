//! What `#[cache_page]` writes on axum: the extractor in front, and the call of the handler.

mod handler;

pub use handler::{CachedPage, PageInput, serve};

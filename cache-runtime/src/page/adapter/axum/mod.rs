//! What `#[cache_page]` writes on axum: the extractor in front, and the call of the handler.

mod handler;
mod shared;

pub use handler::{PageInput, Response, serve};

//! What `#[cache_page]` writes on axum: the extractor in front, and the call of the handler.

mod admin;
mod conditioned;
mod dressed;
mod handler;
mod last;
mod shared;
#[cfg(feature = "axum-extra")]
mod varied;

pub use admin::admin;
pub use handler::{PageInput, Response, serve};
pub use last::{LastInput, Via};

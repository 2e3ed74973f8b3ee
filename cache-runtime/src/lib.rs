//! Declarative caching for Rust.

pub mod backend;
pub mod base;
pub mod cache;
pub mod call;
pub mod codec;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

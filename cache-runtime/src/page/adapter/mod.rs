//! Pages in the words of web frameworks.

#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "axum")]
mod axum;

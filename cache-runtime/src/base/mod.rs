//! ⑥ The words that every layer speaks.
//!
//! Nothing here knows a codec, a store or a cached function; everything else may name this module.

pub(crate) mod ambient;
pub mod clock;
mod discard;
pub mod entry;
pub mod error;
pub mod event;
pub(crate) mod fence;
pub mod fields;
pub(crate) mod hits;
pub mod key;
pub(crate) mod nearest;
pub mod setup;
pub(crate) mod sync;
pub mod table;

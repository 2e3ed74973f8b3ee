//! ② One cached page: admits → key → the call around the handler → dress.

mod request;

pub mod control;

pub mod headers;

pub mod lifetime;

pub mod condition;

pub mod range;

pub mod cache_status;

mod date;
mod directives;
mod list;

pub use request::PageRequest;

//! ② One cached page: admits → key → the call around the handler → dress.

mod request;

pub mod control;

mod list;

pub use request::PageRequest;

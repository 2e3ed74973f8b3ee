//! ② One cached page: admits → key → the call around the handler → dress.

mod request;

pub use request::PageRequest;

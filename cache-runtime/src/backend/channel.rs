//! How processes that share a store tell each other something at once.

use std::sync::Weak;

use bytes::Bytes;

use super::Operation;

/// How processes that share a store tell each other something at once; nobody may rely on being heard.
pub trait Channel: Send + Sync {
    /// Tells everyone who listens to this name now.
    fn tell<'a>(&'a self, name: &'a str, message: Bytes) -> Operation<'a, ()>;

    /// Has the ear hear what is told under this name, for as long as it is there and wants to. What is told while the
    /// connection is being made, or made anew, is not heard.
    fn listen(&self, name: &str, ear: Weak<dyn Ear>);
}

/// Hears what others tell.
pub trait Ear: Send + Sync {
    /// Whether it wants to hear now.
    fn wants(&self) -> bool;

    /// Takes a message; it must not wait.
    fn hear(&self, message: &[u8]);
}

//! What may be handed to a cache to store: a value it can keep, or what such a value lends out.

use super::Cacheable;

/// What `set`, `set_many` and `add` take: any [`Cacheable`] value; a `str`, kept as the `String` that `get`
/// returns; a slice, kept as a `Vec`.
///
/// There is nothing to implement.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a cache",
    label = "this type lacks `Serialize`, `DeserializeOwned`, `Clone`, `Send`, `Sync` or `'static`",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `Clone` for it",
    note = "a reference is handed over as it is: `cache.set(key, text, ..)` for a `text: &str`"
)]
pub trait Storable: Sync {
    /// What is kept, and read again.
    type Kept: Cacheable;

    /// Lends the value in the form that is kept.
    fn lend<R>(&self, to: impl FnOnce(&Self::Kept) -> R) -> R;
}

impl<T: Cacheable> Storable for T {
    type Kept = T;

    fn lend<R>(&self, to: impl FnOnce(&T) -> R) -> R {
        to(self)
    }
}

impl Storable for str {
    type Kept = String;

    fn lend<R>(&self, to: impl FnOnce(&String) -> R) -> R {
        to(&self.to_owned())
    }
}

impl<T: Cacheable> Storable for [T] {
    type Kept = Vec<T>;

    fn lend<R>(&self, to: impl FnOnce(&Vec<T>) -> R) -> R {
        to(&self.to_vec())
    }
}

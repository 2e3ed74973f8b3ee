//! The shape of a return type, decided by the type itself, so that an alias of `Result` is a `Result`.
//!
//! Each stage is a method of several types, a narrow one dereferencing to a wider one: the compiler takes
//! the method of the first type that fits, and else walks on. The widest one fits every type, and its
//! bounds say what is missing. Nothing of it remains at run time.

mod bounds;
mod constant;
mod kept;
mod lacking;
mod outcome;

pub use constant::Constant;
pub use kept::{errors, nothing};
pub use outcome::returned;

use super::entry::FunctionEntry;
use super::keep::Keep;
use super::shape::{Outcome, Sorted};
use crate::base::entry::Timeout;

/// What `closure` says of `value`; gives the closure's argument its type.
#[inline]
pub fn over<V: ?Sized, T>(value: &V, closure: impl FnOnce(&V) -> T) -> T {
    closure(value)
}

/// The entry with the timeout that `closure` gives the value.
pub fn timed<O: Outcome, K: Keep<O::Value>, T: Into<Timeout>>(
    entry: FunctionEntry<O, K>,
    value: &O::Value,
    closure: impl FnOnce(&O::Value) -> T,
) -> FunctionEntry<O, K> {
    entry.timeout(closure(value))
}

/// [`timed`] by the value in what the function would have returned, if there is one.
pub fn timed_returned<O: Outcome, K: Keep<O::Value>, T: Into<Timeout>>(
    entry: FunctionEntry<O, K>,
    returned: &O::Return,
    closure: impl FnOnce(&O::Value) -> T,
) -> FunctionEntry<O, K> {
    match O::sort(returned) {
        Sorted::Value(value) => entry.timeout(closure(value)),
        Sorted::Nothing | Sorted::Failure => entry,
    }
}

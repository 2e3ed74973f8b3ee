//! The bounds of a value, each under a name whose absence the compiler explains in our words.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::entry::{HeldValue, Kind, Shared};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::MissReason;
use crate::cache::Cache;
use crate::call::keep::Keep;
use crate::codec::{Encoding, Meta, Opened};

macro_rules! bounds {
    ($($(#[$attribute:meta])* $name:ident: $bound:path;)*) => {$(
        $(#[$attribute])*
        pub trait $name {}

        #[diagnostic::do_not_recommend]
        impl<T: $bound> $name for T {}
    )*};
}

bounds! {
    /// A value that serde writes.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `serde::Serialize`",
        label = "this value lacks `serde::Serialize`",
        note = "derive `serde::Serialize` and `serde::Deserialize` for it, or return another type",
        note = "or add `local` to keep values in this process as they are, without serde (caches in memory only)"
    )]
    Serializable: Serialize;

    /// A value that serde reads.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `serde::Deserialize`",
        label = "this value lacks `serde::Deserialize` (without borrowing)",
        note = "derive `serde::Serialize` and `serde::Deserialize` for it, or return another type",
        note = "or add `local` to keep values in this process as they are, without serde (caches in memory only)"
    )]
    Deserializable: DeserializeOwned;

    /// A value that serde writes and reads.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `serde::Serialize` and `serde::Deserialize`",
        label = "this value lacks `serde::Serialize` and `serde::Deserialize` (without borrowing)",
        note = "derive both for it, or return another type",
        note = "or add `local` to keep values in this process as they are, without serde (caches in memory only)"
    )]
    Serde: SerdeBoth;

    /// A value that serde writes and reads, and that is cloned for each caller.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `Clone`, `serde::Serialize` and `serde::Deserialize`",
        label = "this value lacks `Clone`, `serde::Serialize` and `serde::Deserialize` (without borrowing)",
        note = "derive them for it, or return another type",
        note = "or add `local` to keep values in this process as they are, without serde (caches in memory only): \
                they need `Clone + Send + Sync + 'static`"
    )]
    Storable: SerdeAndClone;

    /// A value that is cloned for each caller.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `Clone`",
        label = "this value lacks `Clone`",
        note = "derive `Clone` for it, or return an `Arc` of it; `local` would not help here"
    )]
    Clonable: Clone;

    /// A value that is cloned for each caller, in this process.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be kept in this process: it lacks `Clone`",
        label = "this value lacks `Clone`",
        note = "derive `Clone` for it, or return an `Arc` of it: `local` needs `Clone + Send + Sync + 'static`"
    )]
    LocallyClonable: Clone;

    /// A value that moves between threads.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `Send`",
        label = "this value lacks `Send`, and a cache is read by many threads",
        note = "use `Arc` for `Rc`, and `Mutex` for `RefCell`; `local` would not help here"
    )]
    Sendable: Send;

    /// A value that many threads look at.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be stored in a cache: it lacks `Sync`",
        label = "this value lacks `Sync`, and a cache is read by many threads",
        note = "use `Arc` for `Rc`, and `Mutex` or atomics for `Cell` and `RefCell`; `local` would not help here"
    )]
    Shareable: Sync;
}

/// What serde writes and reads.
pub trait SerdeBoth: Serialize + DeserializeOwned {}

impl<T: Serialize + DeserializeOwned> SerdeBoth for T {}

/// What serde writes and reads, and can be cloned.
pub trait SerdeAndClone: SerdeBoth + Clone {}

impl<T: SerdeBoth + Clone> SerdeAndClone for T {}

/// A shape with errors; no shape that asks for it has them.
#[diagnostic::on_unimplemented(
    message = "`cache_err` stores `Err`, and this function returns no `Result`",
    label = "this is no `Result`",
    note = "leave `cache_err` out: every value is stored"
)]
pub trait HasErr {}

/// A shape with `None`; no shape that asks for it has one.
#[diagnostic::on_unimplemented(
    message = "`cache_none` stores `None`, and this function returns no `Option`",
    label = "this is no `Option`",
    note = "leave `cache_none` out; `Ok(None)` is a value like any other, and is stored"
)]
pub trait HasNone {}

/// How a value is kept that cannot be: programs with it do not compile.
pub struct Unstored;

/// Keeps nothing: the bounds on the way here have been refused, and one complaint is enough.
impl<V> Keep<V> for Unstored {
    fn hold(_: &V) -> HeldValue {
        HeldValue::Nothing
    }

    fn take(_: Arc<dyn Shared>) -> Option<V> {
        None
    }

    fn weigh(_: &V, _: &Cache) -> u32 {
        0
    }

    fn encode(_: Kind, _: &V, _: &Meta<'_>, _: &Encoding) -> Result<Bytes> {
        Err(Error::new(ErrorKind::Unsupported, "encode"))
    }

    fn decode(_: &Opened) -> Result<V, MissReason> {
        Err(MissReason::OtherLayout)
    }
}

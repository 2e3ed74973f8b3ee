//! The shape of a return type, decided by the type itself, so that an alias of `Result` is a `Result`.
//!
//! Each stage is a method of two types, the narrow one dereferencing to the wide one: the compiler takes
//! the narrow method where the type fits, and else walks on. Nothing of it remains at run time.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::shape::{Fallible, LocalSame, LocalWhole, Optional, Plain, Same, Shape, Whole};
use crate::base::entry::Timeout;

/// A return type that is to be sorted.
pub struct Returned<R>(AnyReturned<R>);

/// A return type that is neither a `Result` nor an `Option`.
pub struct AnyReturned<R>(PhantomData<fn() -> R>);

/// Begins to decide the shape of functions that return an `R`.
pub const fn returned<R>() -> Returned<R> {
    Returned(AnyReturned(PhantomData))
}

impl<R> Deref for Returned<R> {
    type Target = AnyReturned<R>;

    fn deref(&self) -> &AnyReturned<R> {
        &self.0
    }
}

impl<V, E> Returned<std::result::Result<V, E>> {
    /// `Ok` is the value.
    pub const fn outcome(&self) -> Valued<Fallible<V, E>, V> {
        Valued(AnyValued(Shape::result(), PhantomData))
    }

    /// `Ok` is the value.
    pub const fn result(&self) -> Valued<Fallible<V, E>, V> {
        self.outcome()
    }
}

impl<V> Returned<Option<V>> {
    /// `Some` is the value.
    pub const fn outcome(&self) -> Valued<Optional<V>, V> {
        Valued(AnyValued(Shape::option(), PhantomData))
    }

    /// `Some` is the value.
    pub const fn option(&self) -> Valued<Optional<V>, V> {
        self.outcome()
    }
}

impl<R> AnyReturned<R> {
    /// The whole is the value.
    pub const fn outcome(&self) -> Valued<Plain<R>, R> {
        self.plain()
    }

    /// The whole is the value.
    pub const fn plain(&self) -> Valued<Plain<R>, R> {
        Valued(AnyValued(Shape::plain(), PhantomData))
    }
}

/// An outcome whose value is to be kept in some way.
pub struct Valued<O, V>(AnyValued<O, V>);

/// An outcome whose value is not an `Arc`.
pub struct AnyValued<O, V>(Shape<O, Whole>, PhantomData<fn() -> V>);

impl<O, V> Deref for Valued<O, V> {
    type Target = AnyValued<O, V>;

    fn deref(&self) -> &AnyValued<O, V> {
        &self.0
    }
}

impl<O, U> Valued<O, Arc<U>> {
    /// Kept as the very `Arc`.
    pub const fn kept(&self) -> Shape<O, Same> {
        self.0.0.kept()
    }

    /// Kept as the very `Arc`, in this process.
    pub const fn kept_local(&self) -> Shape<O, LocalSame> {
        self.0.0.kept()
    }
}

impl<O, V> AnyValued<O, V> {
    /// Kept as a value that is cloned for each caller.
    pub const fn kept(&self) -> Shape<O, Whole> {
        self.0
    }

    /// Kept as a value that is cloned for each caller, in this process.
    pub const fn kept_local(&self) -> Shape<O, LocalWhole> {
        self.0.kept()
    }
}

/// A constant that stands for a length of time: seconds, a `Duration`, or a `Timeout`.
pub struct Constant<T>(pub T);

impl Constant<u64> {
    /// So many seconds.
    pub const fn timeout(self) -> Timeout {
        Constant(self.duration()).timeout()
    }

    /// So many seconds.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Constant<Duration> {
    /// This time, which must not be zero.
    pub const fn timeout(self) -> Timeout {
        assert!(self.0.as_millis() > 0, "a timeout of zero would keep nothing: use `when = …` or `unless = …`");
        Timeout::After(self.0)
    }

    /// This time.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Constant<Timeout> {
    /// This timeout, which must not be zero.
    pub const fn timeout(self) -> Timeout {
        match self.0 {
            Timeout::After(time) => Constant(time).timeout(),
            other => other,
        }
    }
}

/// What `closure` says of `value`; gives the closure's argument its type.
#[inline]
pub fn over<V: ?Sized, T>(value: &V, closure: impl FnOnce(&V) -> T) -> T {
    closure(value)
}

/// The path around an item: `shop::report` of `shop::report::Here`.
pub fn outer(path: &str) -> &str {
    path.rsplit_once("::").map_or("", |(outer, _)| outer)
}

//! The first stage: `Result`, `Option`, or neither.

use std::marker::PhantomData;
use std::ops::Deref;

use super::kept::Valued;
use crate::call::shape::{Fallible, Optional, Plain, Shape};

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

#[expect(clippy::unused_self, reason = "the method is found by the type of `self`")]
impl<V, E> Returned<Result<V, E>> {
    /// `Ok` is the value.
    pub const fn outcome(&self) -> Valued<Fallible<V, E>, V> {
        Valued::new(Shape::result())
    }

    /// `Ok` is the value.
    pub const fn result(&self) -> Valued<Fallible<V, E>, V> {
        self.outcome()
    }
}

#[expect(clippy::unused_self, reason = "the method is found by the type of `self`")]
impl<V> Returned<Option<V>> {
    /// `Some` is the value.
    pub const fn outcome(&self) -> Valued<Optional<V>, V> {
        Valued::new(Shape::option())
    }

    /// `Some` is the value.
    pub const fn option(&self) -> Valued<Optional<V>, V> {
        self.outcome()
    }
}

#[expect(clippy::unused_self, reason = "the method is found by the type of `self`")]
impl<R> AnyReturned<R> {
    /// The whole is the value.
    pub const fn outcome(&self) -> Valued<Plain<R>, R> {
        self.plain()
    }

    /// The whole is the value.
    pub const fn plain(&self) -> Valued<Plain<R>, R> {
        Valued::new(Shape::plain())
    }
}

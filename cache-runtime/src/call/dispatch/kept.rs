//! The second stage: how the value is kept, and `None` and `Err` beside it.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::bounds::{HasErr, HasNone, LocallyClonable, Sendable, Shareable, Unstored};
use super::lacking::Lacking;
use crate::call::keep::{LocalSame, LocalWhole, LocallyCacheable, Same, Whole};
use crate::call::shape::{Fallible, FallibleKept, Optional, Shape};
use crate::codec::Cacheable;

/// An outcome whose value is to be kept in some way.
pub struct Valued<O, V>(WholeValued<O, V>);

/// An outcome whose value is not an `Arc`.
pub struct WholeValued<O, V>(Unstorable<O, V>);

/// An outcome whose value lacks what it takes to be kept.
pub struct Unstorable<O, V>(Shape<O, Whole>, Lacking<Value<O, V>>);

/// The value of an outcome.
pub struct Value<O, V>(PhantomData<fn() -> (O, V)>);

impl<O, V> Valued<O, V> {
    pub(super) const fn new(shape: Shape<O, Whole>) -> Self {
        Self(WholeValued(Unstorable(shape, Lacking::of(Value(PhantomData)))))
    }
}

impl<O, V> Deref for Valued<O, V> {
    type Target = WholeValued<O, V>;

    fn deref(&self) -> &WholeValued<O, V> {
        &self.0
    }
}

impl<O, V> Deref for WholeValued<O, V> {
    type Target = Unstorable<O, V>;

    fn deref(&self) -> &Unstorable<O, V> {
        &self.0
    }
}

impl<O, U: Send + Sync + 'static> Valued<O, Arc<U>>
where
    Arc<U>: Cacheable,
{
    /// Kept as the very `Arc`.
    pub const fn kept(&self) -> Shape<O, Same> {
        self.0.0.0.kept()
    }
}

impl<O, U: Send + Sync + 'static> Valued<O, Arc<U>> {
    /// Kept as the very `Arc`, in this process.
    pub const fn kept_local(&self) -> Shape<O, LocalSame> {
        self.0.0.0.kept()
    }
}

impl<O, V: Cacheable> WholeValued<O, V> {
    /// Kept as a value that is cloned for each caller.
    pub const fn kept(&self) -> Shape<O, Whole> {
        self.0.0
    }
}

impl<O, V: LocallyCacheable> WholeValued<O, V> {
    /// Kept as a value that is cloned for each caller, in this process.
    pub const fn kept_local(&self) -> Shape<O, LocalWhole> {
        self.0.0.kept()
    }
}

impl<O, V> Deref for Unstorable<O, V> {
    type Target = Lacking<Value<O, V>>;

    fn deref(&self) -> &Lacking<Value<O, V>> {
        &self.1
    }
}

impl<O, V> Unstorable<O, V> {
    /// Not kept: the compiler says which bound is missing.
    pub const fn kept_local(&self) -> Shape<O, Unstored>
    where
        V: LocallyClonable + Sendable + Shareable,
    {
        self.0.kept()
    }
}

/// A shape whose errors are to be kept.
pub struct Errors<S>(UnstorableErrors<S>);

/// A shape whose error lacks what it takes to be kept.
pub struct UnstorableErrors<S>(Lacking<NoErrors<S>>);

/// A shape without errors.
pub struct NoErrors<S>(S);

/// Begins to decide how the errors of a shape are kept.
pub const fn errors<S>(shape: S) -> Errors<S> {
    Errors(UnstorableErrors(Lacking::of(NoErrors(shape))))
}

impl<S> Deref for Errors<S> {
    type Target = UnstorableErrors<S>;

    fn deref(&self) -> &UnstorableErrors<S> {
        &self.0
    }
}

impl<S> Deref for UnstorableErrors<S> {
    type Target = Lacking<NoErrors<S>>;

    fn deref(&self) -> &Lacking<NoErrors<S>> {
        &self.0
    }
}

impl<V, E: Cacheable, K> Errors<Shape<Fallible<V, E>, K>> {
    /// Kept as a value is.
    pub const fn kept(&self) -> Shape<FallibleKept<V, E, Whole>, K> {
        self.0.0.end().0.errors_kept()
    }
}

impl<V, E: LocallyCacheable, K> Errors<Shape<Fallible<V, E>, K>> {
    /// Kept as a value is, in this process.
    pub const fn kept_local(&self) -> Shape<FallibleKept<V, E, LocalWhole>, K> {
        self.0.0.end().0.errors_kept()
    }
}

impl<V, E, K> UnstorableErrors<Shape<Fallible<V, E>, K>> {
    /// Not kept: the compiler says which bound is missing.
    pub const fn kept_local(&self) -> Shape<Fallible<V, E>, K>
    where
        E: LocallyClonable + Sendable + Shareable,
    {
        self.0.end().0
    }
}

impl<S: Copy> NoErrors<S> {
    /// Not kept: there are none.
    pub const fn kept(&self) -> S
    where
        S: HasErr,
    {
        self.0
    }

    /// Not kept: there are none.
    pub const fn kept_local(&self) -> S
    where
        S: HasErr,
    {
        self.0
    }
}

/// A shape whose `None` is to be kept.
pub struct Nothing<S>(NoNothing<S>);

/// A shape without `None`.
pub struct NoNothing<S>(S);

/// Checks that a shape has a `None`.
pub const fn nothing<S>(shape: S) -> Nothing<S> {
    Nothing(NoNothing(shape))
}

impl<S> Deref for Nothing<S> {
    type Target = NoNothing<S>;

    fn deref(&self) -> &NoNothing<S> {
        &self.0
    }
}

impl<V, K> Nothing<Shape<Optional<V>, K>> {
    /// Kept.
    pub const fn kept(&self) -> Shape<Optional<V>, K> {
        self.0.0
    }
}

impl<S: Copy> NoNothing<S> {
    /// Not kept: there is none.
    pub const fn kept(&self) -> S
    where
        S: HasNone,
    {
        self.0
    }
}

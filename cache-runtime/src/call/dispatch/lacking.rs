//! What a value lacks to be kept, in one complaint: the steps from a value that lacks little to one that
//! lacks all.

use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bounds::{Clonable, Deserializable, Sendable, Serde, Serializable, Shareable, Storable, Unstored};
use super::kept::{NoErrors, Value};
use crate::call::shape::{Fallible, Shape};

/// Something whose value lacks what it takes to be kept, though serde may read and write it.
pub struct Lacking<S>(WithoutRead<S>);

/// It is not read by serde, or not written.
pub struct WithoutRead<S>(WithoutWrite<S>);

/// It is not written by serde.
pub struct WithoutWrite<S>(WithoutSerde<S>);

/// It is neither read nor written.
pub struct WithoutSerde<S>(WithoutAll<S>);

/// Nor is it cloned.
pub struct WithoutAll<S>(S);

impl<S> Lacking<S> {
    pub(super) const fn of(subject: S) -> Self {
        Self(WithoutRead(WithoutWrite(WithoutSerde(WithoutAll(subject)))))
    }

    /// What lies behind the steps.
    pub(super) const fn end(&self) -> &S {
        &self.0.0.0.0.0
    }
}

macro_rules! steps {
    ($($from:ident => $to:ident;)*) => {$(
        impl<S> Deref for $from<S> {
            type Target = $to<S>;

            fn deref(&self) -> &$to<S> {
                &self.0
            }
        }
    )*};
}

steps! {
    Lacking => WithoutRead;
    WithoutRead => WithoutWrite;
    WithoutWrite => WithoutSerde;
    WithoutSerde => WithoutAll;
}

impl<S> Deref for WithoutAll<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// The method `kept` of every step; its bounds are never met, and the compiler says what is missing.
macro_rules! lacking {
    ($([$($other:ident),*] $value:ident in $subject:ty => $shape:ty;)*) => {$(
        lacking!(Lacking: [$($other),*] $value [Serialize + DeserializeOwned] [Clonable + Sendable + Shareable] $subject => $shape);
        lacking!(WithoutRead: [$($other),*] $value [Serialize] [Deserializable] $subject => $shape);
        lacking!(WithoutWrite: [$($other),*] $value [DeserializeOwned] [Serializable] $subject => $shape);
        lacking!(WithoutSerde: [$($other),*] $value [Clone] [Serde] $subject => $shape);
        lacking!(WithoutAll: [$($other),*] $value [] [Storable] $subject => $shape);
    )*};
    ($step:ident: [$($other:ident),*] $value:ident [$($has:tt)*] [$($lacks:tt)*] $subject:ty => $shape:ty) => {
        impl<$($other,)* $value: $($has)*> $step<$subject> {
            /// Not kept: the compiler says which bound is missing.
            pub const fn kept(&self) -> $shape
            where
                $value: $($lacks)*,
            {
                unreachable!()
            }
        }
    };
}

lacking! {
    [O] V in Value<O, V> => Shape<O, Unstored>;
    [V, K] E in NoErrors<Shape<Fallible<V, E>, K>> => Shape<Fallible<V, E>, K>;
}

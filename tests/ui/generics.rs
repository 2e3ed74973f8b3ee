//! Parameters of type that decide nothing in the key.

use cache_runtime::{KeyPart, cached};

#[cached(key = "total:{id}")]
fn total<T: Default, const N: usize>(id: u64) -> u64 {
    id
}

#[cached(key = "first:{id}")]
fn first<T: Default>(id: u64) -> T {
    T::default()
}

trait Shape {
    type Area;
}

#[cached(key = "area:{S}")]
fn area<S: Shape>() -> S::Area {
    todo!()
}

trait Id: KeyPart {}

#[cached(key = "user:{id}")]
fn rendered<T: KeyPart>(id: T) -> u64 {
    1
}

#[cached(key = "user:{id}")]
fn without_a_name(id: impl KeyPart) -> u64 {
    1
}

#[cached(key = "user:{id}")]
fn hidden(id: &dyn Id) -> u64 {
    1
}

#[cached]
fn hidden_from_a_derived_key(id: &dyn Id, _: u8) -> u64 {
    1
}

#[cached(key = "first:{list[0]}")]
fn first_of<const N: usize>(list: &[u8; N]) -> u8 {
    list[0]
}

fn main() {}

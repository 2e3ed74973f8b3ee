//! Parameters of type that decide nothing in the key.

use cache_runtime::cached;

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

fn main() {}

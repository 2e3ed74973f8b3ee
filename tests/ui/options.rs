//! Options that are unknown, repeated, contradictory, or without sense.

use cache_runtime::cached;

#[cached(kye = "a", timeout = 5)]
fn unknown() -> u64 {
    1
}

#[cached(key = "a", timeout = 5, timeout = 6)]
fn repeated() -> u64 {
    1
}

#[cached(key = 5, timeout, cache = default, ignore, tags = "a", local = true, companions = true, outcome = maybe)]
fn wrong_values() -> u64 {
    1
}

#[cached(key = "a", timeout = 0)]
fn zero() -> u64 {
    1
}

#[cached(key = "a", timeout = "0s", cache_none = "5 parsecs", wait = |v| 5)]
fn zero_text() -> Option<u64> {
    None
}

#[cached(key = "a", cache = "", ignore(), tags = [])]
fn empty() -> u64 {
    1
}

#[cached(key = "a", cache_none, cache_err)]
fn both() -> Option<u64> {
    None
}

#[cached(key = "a", cache_err, outcome = plain)]
fn no_error() -> u64 {
    1
}

#[cached(key = "a", unless = true)]
fn not_a_closure() -> u64 {
    1
}

#[cached(key = "a" timeout = 5, "b")]
fn no_comma() -> u64 {
    1
}

struct Shop;

impl Shop {
    #[cached(key = "a", in_impl)]
    fn shown(shop: &Self) -> u64 {
        1
    }
}

fn main() {}

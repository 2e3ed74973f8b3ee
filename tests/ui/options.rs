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

#[cached("a:{n}")]
fn key_without_a_word(n: u64) -> u64 {
    n
}

#[cached("15m", 60, true)]
fn other_values_without_a_word() -> u64 {
    1
}

#[cached(stale = "1h", stale_if_error = "1d", jitter = 10, early, detached, batch = ids)]
fn planned() -> u64 {
    1
}

#[cached(ttl = 60, size = 100, sync_writes = true, result = true, option = true, convert = r#"{ 1 }"#, name = "ONE", unless_exc)]
fn of_other_caches() -> u64 {
    1
}

#[cached(key = "a", vary = ["accept"])]
fn of_pages() -> u64 {
    1
}

#[cached(key = "a", wait = 0, timeout = 1.5)]
fn no_wait() -> u64 {
    1
}

#[cached(key = "a", wait = "0s", timeout = -5, cache_none = 0)]
fn no_wait_as_text() -> Option<u64> {
    None
}

struct Shop;

impl Shop {
    #[cached(key = "a", in_impl)]
    fn shown(shop: &Self) -> u64 {
        1
    }
}

#[cached(key = "a:{year}", version = "2", when = |year| year < 2026)]
fn text_and_closure(year: u16) -> u64 {
    1
}

fn main() {}

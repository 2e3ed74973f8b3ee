//! Refresh flags that cannot work.

use cache_runtime::cached;

#[cached(key = "a:{force_refresh}", force_refresh)]
fn in_the_key(force_refresh: bool) -> u64 {
    1
}

#[cached(key = "a", force_refresh)]
fn missing(fresh: bool) -> u64 {
    1
}

#[cached(key = "a", force_refresh)]
fn silent(_force_refresh: bool) -> u64 {
    1
}

#[cached(key = "a", force_refresh)]
fn not_a_bool(force_refresh: u8) -> u64 {
    1
}

#[cached(key = "a", force_refresh = fresh, ignore(fresh))]
fn ignored_too(fresh: bool) -> u64 {
    1
}

#[cached(key = "a:{id}", force_refresh = id)]
fn not_a_condition(id: u64) -> u64 {
    1
}

#[cached(key = "a:{n}", force_refresh = n + 1, when = n)]
fn not_conditions(n: u64) -> u64 {
    1
}

fn main() {}

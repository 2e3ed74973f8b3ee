//! Constants that are no length of time, or none to speak of.

use std::time::Duration;

use cache_runtime::{Timeout, cached};

const NOTHING: u64 = 0;
const SMALL: u32 = 5;

#[cached(key = "a", timeout = NOTHING)]
fn zero() -> u64 {
    1
}

#[cached(key = "b", timeout = Duration::from_micros(5))]
fn too_short() -> u64 {
    1
}

#[cached(key = "c", timeout = Timeout::secs(0))]
fn zero_timeout() -> u64 {
    1
}

#[cached(key = "d", timeout = SMALL)]
fn not_seconds() -> u64 {
    1
}

#[cached(key = "e", timeout = Some(5))]
fn not_a_time() -> u64 {
    1
}

#[cached(key = "f", wait = Timeout::NEVER)]
fn endless_wait() -> u64 {
    1
}

#[cached(key = "g", wait = Duration::ZERO)]
fn no_wait() -> u64 {
    1
}

fn main() {}

//! Arguments that have no key text.

use cache_runtime::{KeyPart, cached};

struct User {
    id: u64,
}

#[cached(key = "user:{user}")]
fn spelled_out(user: &User) -> u64 {
    user.id
}

#[cached]
fn derived(user: User, score: f64) -> u64 {
    user.id
}

#[derive(KeyPart)]
struct Page {
    user: User,
}

#[derive(KeyPart)]
union Either {
    number: u32,
    bytes: [u8; 4],
}

#[derive(KeyPart)]
#[key_part(rename = "x")]
struct Attributed(u8);

fn main() {}

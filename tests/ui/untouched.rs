//! A function whose attribute is wrong stays callable: its callers see no further error.

use cache_runtime::cached;

#[cached(key = "user:{idd}")]
fn user(id: u64) -> u64 {
    id
}

fn main() {
    let name: String = user(5);
}

//! Several mistakes in one attribute are reported at once, each at its word.

use cache_runtime::cached;

#[cached(key = "user:{idd}", tiemout = 5, timeout = 0, ignore(dbb), force_refresh)]
const fn wrong(db: &str, id: u64) -> &str {
    db
}

fn main() {}

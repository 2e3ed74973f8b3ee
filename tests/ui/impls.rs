//! Functions in an `impl` whose attribute was not told so: the name that is missing says what to write.

use cache_runtime::cached;

struct Shop;

impl Shop {
    #[cached(key = "tax:{amount}")]
    fn tax(amount: u32) -> u32 {
        amount / 5
    }
}

fn main() {}

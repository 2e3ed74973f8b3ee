//! A method in the `impl` of a trait, where no siblings can stand: the first name that is refused says what to write.

use cache_runtime::cached;

struct Shop;

trait Priced {
    fn price(&self, day: u32) -> u32;
}

impl Priced for Shop {
    #[cached(key = "price:{day}", ignore(self))]
    fn price(&self, day: u32) -> u32 {
        day
    }
}

fn main() {}

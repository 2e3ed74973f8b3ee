//! Private functions, and functions inside of functions.

use cache_runtime::cached;

/// The sum of what private functions say.
#[must_use]
pub fn total(n: u32) -> u32 {
    #[cached]
    fn nested(n: u32) -> u32 {
        n * 2
    }
    nested(n) + private(&[n], |n| n)
}

#[cached(key = "private:{list}", ignore(_unused), companions = false, wait = "1s", version = 2)]
fn private(list: &[u32], _unused: impl Fn(u32) -> u32) -> u32 {
    list.iter().sum()
}

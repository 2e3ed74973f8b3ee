//! A mistake that the tour shows: the compiler finds it.

use cache_runtime::cached;

#[cached(key = "largest:{contry}", timeout = "1h")]
fn largest(country: &str) -> String {
    format!("the largest city of {country}")
}

fn main() {
    largest("DE");
}

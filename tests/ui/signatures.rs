//! Functions that have no place for a cache.

use std::future::Future;

use cache_runtime::cached;

#[cached(key = "a")]
const fn constant() -> u64 {
    1
}

#[cached(key = "a")]
unsafe fn not_safe() -> u64 {
    1
}

#[cached(key = "a")]
extern "C" fn foreign() -> u64 {
    1
}

#[cached(key = "a")]
unsafe extern "C" fn variadic(mut arguments: ...) -> u64 {
    1
}

#[cached(key = "a")]
fn nothing() {}

#[cached(key = "a")]
fn unit() -> () {}

#[cached(key = "a")]
fn hidden() -> impl Iterator<Item = u8> {
    std::iter::once(1)
}

#[cached(key = "a")]
fn future() -> impl Future<Output = u8> {
    async { 1 }
}

#[cached(key = "a:{text}")]
fn reference(text: &str) -> &str {
    text
}

#[cached(key = "a")]
fn lasting_reference() -> Option<&'static [u8]> {
    None
}

trait Provides {
    #[cached(key = "a", ignore(self))]
    fn provide(&self) -> u64;
}

#[cached(key = "a")]
struct Shop;

#[cached(key = "a")]
impl Shop {
    fn price(&self) -> u64 {
        1
    }
}

struct Boxed;

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&self, id: u64) -> u64;
}

#[async_trait::async_trait]
impl Fetch for Boxed {
    #[cached(key = "a:{id}", ignore(self), companions = false)]
    async fn fetch(&self, id: u64) -> u64 {
        id
    }
}

#[cached(key = "a")]
async fn handler() -> impl axum::response::IntoResponse {
    "a page"
}

fn main() {}

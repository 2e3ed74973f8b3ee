//! What is no handler whose pages could be cached.

use axum::extract::State;
use cache_runtime::cache_page;

#[cache_page(60)]
fn synchronous() -> String {
    String::new()
}

#[cache_page(60)]
async fn borrowed<'a>(state: State<&'a str>) -> &'a str {
    state.0
}

#[cache_page(60)]
async fn borrowed_inside(state: State<&'static [u8]>) -> Result<&[u8], ()> {
    Ok(state.0)
}

struct Shop;

impl Shop {
    #[cache_page(60)]
    async fn method(&self) -> String {
        String::new()
    }

    #[cache_page(60)]
    async fn associated() -> Option<Self> {
        None
    }
}

#[cache_page(60)]
async fn sometimes(#[cfg(unix)] state: State<u8>) {}

#[cache_page(60)]
async fn too_many(
    _a: State<u8>,
    _b: State<u8>,
    _c: State<u8>,
    _d: State<u8>,
    _e: State<u8>,
    _f: State<u8>,
    _g: State<u8>,
    _h: State<u8>,
    _i: State<u8>,
    _j: State<u8>,
    _k: State<u8>,
    _l: State<u8>,
    _m: State<u8>,
    _n: State<u8>,
    _o: State<u8>,
    _p: State<u8>,
    _q: State<u8>,
) {
}

#[cache_page(60)]
struct NoFunction;

#[cache_page(0, kye = "a")]
fn everything_at_once(&self) -> &u8 {
    &0
}

fn main() {}

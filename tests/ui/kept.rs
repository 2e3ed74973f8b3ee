//! `None` and `Err` are kept only where there are any.

use cache_runtime::cached;

type Maybe = Option<u8>;

#[cached(key = "a", cache_err)]
fn no_errors() -> Maybe {
    None
}

#[cached(key = "b", cache_none)]
fn no_none() -> Result<Option<u8>, String> {
    Ok(None)
}

fn main() {}

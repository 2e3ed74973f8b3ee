//! Values that cannot be stored: the missing bound is named, and so is `local` where it helps.

use std::cell::Cell;
use std::rc::Rc;

use cache_runtime::cached;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct WithoutSerde;

#[derive(Clone, Serialize)]
struct WithoutDeserialize;

#[derive(Serialize, Deserialize)]
struct WithoutClone;

#[cached(key = "a")]
fn no_serde() -> WithoutSerde {
    WithoutSerde
}

#[cached(key = "b")]
async fn no_deserialize() -> Result<WithoutDeserialize, String> {
    Ok(WithoutDeserialize)
}

#[cached(key = "c")]
fn no_clone() -> Option<WithoutClone> {
    None
}

#[cached(key = "d", local)]
fn no_clone_local() -> WithoutClone {
    WithoutClone
}

#[cached(key = "e", local)]
fn not_shared() -> Rc<u8> {
    Rc::new(1)
}

#[cached(key = "f", local)]
fn not_sync() -> Cell<u8> {
    Cell::new(1)
}

#[cached(key = "g", cache_err)]
fn error_without_serde() -> std::io::Result<u8> {
    Ok(1)
}

fn main() {}

//! What cannot be part of the key of a page, and expressions of the wrong type.

use axum::extract::{Path, State};
use cache_runtime::cache_page;

#[derive(Clone)]
struct Db;

#[cache_page(60, key = "{db}")]
async fn no_key_part(State(db): State<Db>) {
    drop(db);
}

#[cache_page(60, key = "{id}")]
async fn wrapper(id: Path<String>) {
    drop(id);
}

#[cache_page(60, key = "{id.0}")]
async fn what_a_wrapper_holds(id: Path<String>) {
    drop(id);
}

#[cache_page(60, when = id + 1)]
async fn no_bool(Path(id): Path<u8>) {
    drop(id);
}

#[cache_page(60, force_refresh = request.header("a"))]
async fn no_flag() {}

#[cache_page(60, max_body = 'l')]
async fn no_number() {}

#[cache_page(60, when = request.body().is_empty())]
async fn no_method() {}

fn main() {}

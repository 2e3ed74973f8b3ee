//! Placeholders that say nothing.

use cache_runtime::cached;

#[cached(key = "user:{idd}")]
fn misspelt(id: u64) -> u64 {
    id
}

#[cached(key = "user:{id}", tags = ["user:{uid.x}", "{id"])]
fn in_a_tag(id: u64) -> u64 {
    id
}

#[cached(key = "user:{now()}:{id}")]
fn no_argument(id: u64) -> u64 {
    id
}

#[cached(key = "user:{id}{page}")]
fn nothing_between(id: u64, page: u64) -> u64 {
    id + page
}

#[cached(key = "user:{id}-{page}v{size}")]
fn unsafe_separators(id: u64, page: u64, size: u64) -> u64 {
    id + page + size
}

#[cached(key = "user:{id:?}")]
fn format_specification(id: u64) -> u64 {
    id
}

#[cached(key = "user:{id +}")]
fn no_expression(id: u64) -> u64 {
    id
}

#[cached(key = "user:{}")]
fn empty_placeholder(id: u64) -> u64 {
    id
}

#[cached(key = "user:id}")]
fn stray(id: u64) -> u64 {
    id
}

#[cached(key = "")]
fn empty() -> u64 {
    1
}

#[cached(key = "list:{id}", ignore(page), tags = ["page:{page}"])]
fn tag_outside_of_the_key(id: u64, page: u64) -> u64 {
    id + page
}

fn main() {}

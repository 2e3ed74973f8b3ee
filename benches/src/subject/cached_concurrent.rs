//! `cached` 4.1, `#[concurrent_cached]`: with integers as keys, with strings, and bounded as we are.

use std::sync::Arc;

use cached::macros::concurrent_cached;

use super::{Slow, Subject, Task};
use crate::task::{Row, ask, ask_anew, shared_row, slow_row};

pub(super) const INTEGER: Subject = Subject {
    name: "cached `#[concurrent_cached]`, integer key",
    remark: "no bound, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| by_id(question.id))),
        (Task::Struct, |calls| ask(calls, |question| row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, miss),
    slow: Slow::Sync(|id| drop(slow(id))),
};

pub(super) const STRING: Subject = Subject {
    name: "cached `#[concurrent_cached]`, string key",
    remark: "no bound, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| by_id_as_text(question.id))),
        (Task::Text, |calls| ask(calls, |question| by_name(&question.name))),
        (Task::ThreeParts, |calls| {
            ask(calls, |question| report(question.region, question.year, question.id));
        }),
        (Task::Struct, |calls| ask(calls, |question| row_as_text(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, miss_as_text),
    slow: Slow::Sync(|id| drop(slow_as_text(id))),
};

pub(super) const BOUNDED_INTEGER: Subject = Subject {
    name: "cached `#[concurrent_cached]`, integer key, bounded",
    remark: "100,000 entries, 5 minutes",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| bounded_by_number(question.id))),
        (Task::Struct, |calls| ask(calls, |question| bounded_row_by_number(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, bounded_miss_by_number),
    slow: Slow::Sync(|id| drop(bounded_slow_by_number(id))),
};

pub(super) const BOUNDED: Subject = Subject {
    name: "cached `#[concurrent_cached]`, string key, bounded",
    remark: "100,000 entries, 5 minutes; `sync_writes = \"by_key\"` is not offered here",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| bounded_by_id(question.id))),
        (Task::Text, |calls| ask(calls, |question| bounded_by_name(&question.name))),
        (Task::ThreeParts, |calls| {
            ask(calls, |question| bounded_report(question.region, question.year, question.id));
        }),
        (Task::Struct, |calls| ask(calls, |question| bounded_row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, bounded_miss),
    slow: Slow::Sync(|id| drop(bounded_slow(id))),
};

#[concurrent_cached]
fn by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[concurrent_cached]
fn row(id: u64) -> Row {
    Row::of(id)
}

#[concurrent_cached]
fn miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[concurrent_cached]
fn slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

#[concurrent_cached(key = "String", convert = { format!("user:{id}") })]
fn by_id_as_text(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[concurrent_cached(key = "String", convert = { format!("name:{name}") })]
fn by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[concurrent_cached(key = "String", convert = { format!("report:{region}:{year}:{id}") })]
fn report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[concurrent_cached(key = "String", convert = { format!("row:{id}") })]
fn row_as_text(id: u64) -> Row {
    Row::of(id)
}

#[concurrent_cached(key = "String", convert = { format!("miss:{id}") })]
fn miss_as_text(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[concurrent_cached(key = "String", convert = { format!("slow:{id}") })]
fn slow_as_text(id: u64) -> Arc<Row> {
    slow_row(id)
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("user:{id}") })]
fn bounded_by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("name:{name}") })]
fn bounded_by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("report:{region}:{year}:{id}") })]
fn bounded_report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("row:{id}") })]
fn bounded_row(id: u64) -> Row {
    Row::of(id)
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("miss:{id}") })]
fn bounded_miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300, key = "String", convert = { format!("slow:{id}") })]
fn bounded_slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
fn bounded_by_number(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
fn bounded_row_by_number(id: u64) -> Row {
    Row::of(id)
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
fn bounded_miss_by_number(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
fn bounded_slow_by_number(id: u64) -> Arc<Row> {
    slow_row(id)
}

//! `cached` 4.1, `#[cached]` with its defaults: one lock, no bound, the arguments are the key.

use std::sync::Arc;

use cached::macros::cached;

use super::{Slow, Subject, Task};
use crate::task::{Row, ask, ask_anew, shared_row, slow_row};

pub(super) const SUBJECT: Subject = Subject {
    name: "cached `#[cached]`",
    remark: "one lock; no bound, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| by_id(question.id))),
        (Task::Text, |calls| ask(calls, |question| by_name(&question.name))),
        (Task::ThreeParts, |calls| {
            ask(calls, |question| report(question.region, question.year, question.id));
        }),
        (Task::Struct, |calls| ask(calls, |question| row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, miss),
    slow: Slow::Sync(|id| drop(slow(id))),
};

#[cached]
fn by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[cached(key = "String", convert = { name.to_owned() })]
fn by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[cached(key = "String", convert = { format!("{region}:{year}:{id}") })]
fn report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[cached]
fn row(id: u64) -> Row {
    Row::of(id)
}

#[cached]
fn miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[cached]
fn slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

//! `memoize`: a map for each thread, or one behind a mutex.

use std::sync::Arc;

use memoize::memoize;

use super::{Slow, Subject, Task};
use crate::task::{Row, ask, ask_anew, shared_row, slow_row};

pub(super) const SUBJECT: Subject = Subject {
    name: "memoize",
    remark: "a map for each thread: threads share nothing; no bound, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| by_id(question.id))),
        (Task::Text, |calls| ask(calls, |question| by_name(question.name.clone()))),
        (Task::ThreeParts, |calls| {
            ask(calls, |question| report(question.region.to_owned(), question.year, question.id));
        }),
        (Task::Struct, |calls| ask(calls, |question| row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, miss),
    slow: Slow::Sync(|id| drop(slow(id))),
};

pub(super) const SHARED: Subject = Subject {
    name: "memoize `SharedCache`",
    remark: "one mutex; no bound, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| shared_by_id(question.id))),
        (Task::Text, |calls| ask(calls, |question| shared_by_name(question.name.clone()))),
        (Task::ThreeParts, |calls| {
            ask(calls, |question| shared_report(question.region.to_owned(), question.year, question.id));
        }),
        (Task::Struct, |calls| ask(calls, |question| shared_whole_row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, shared_miss),
    slow: Slow::Sync(|id| drop(shared_slow(id))),
};

#[memoize]
fn by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[memoize]
fn by_name(name: String) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[memoize]
fn report(region: String, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[memoize]
fn row(id: u64) -> Row {
    Row::of(id)
}

#[memoize]
fn miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[memoize]
fn slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

#[memoize(SharedCache)]
fn shared_by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[memoize(SharedCache)]
fn shared_by_name(name: String) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[memoize(SharedCache)]
fn shared_report(region: String, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[memoize(SharedCache)]
fn shared_whole_row(id: u64) -> Row {
    Row::of(id)
}

#[memoize(SharedCache)]
fn shared_miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[memoize(SharedCache)]
fn shared_slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

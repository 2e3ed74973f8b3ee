//! `cached` 4.1 for async functions, with its defaults.

use std::sync::Arc;

use cached::macros::{cached, concurrent_cached};

use super::{Slow, Subject, Task};
use crate::task::{Row, ask_anew_async, ask_async, shared_row, slow_row_async};

pub(super) const PLAIN: Subject = Subject {
    name: "cached `#[cached]`",
    remark: "one lock; no bound, no timeout",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| by_id(question.id).await)),
        (Task::Text, |calls| ask_async(calls, async |question| by_name(&question.name).await)),
        (Task::ThreeParts, |calls| {
            ask_async(calls, async |question| report(question.region, question.year, question.id).await);
        }),
        (Task::Struct, |calls| ask_async(calls, async |question| row(question.id).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, miss),
    slow: Slow::Async(|id| Box::pin(async move { drop(slow(id).await) })),
};

pub(super) const CONCURRENT: Subject = Subject {
    name: "cached `#[concurrent_cached]`, string key",
    remark: "no bound, no timeout",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| concurrent_by_id(question.id).await)),
        (Task::Text, |calls| ask_async(calls, async |question| concurrent_by_name(&question.name).await)),
        (Task::ThreeParts, |calls| {
            ask_async(calls, async |question| {
                concurrent_report(question.region, question.year, question.id).await
            });
        }),
        (Task::Struct, |calls| ask_async(calls, async |question| concurrent_row(question.id).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, concurrent_miss),
    slow: Slow::Async(|id| Box::pin(async move { drop(concurrent_slow(id).await) })),
};

#[cached]
async fn by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[cached(key = "String", convert = { name.to_owned() })]
async fn by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[cached(key = "String", convert = { format!("{region}:{year}:{id}") })]
async fn report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[cached]
async fn row(id: u64) -> Row {
    Row::of(id)
}

#[cached]
async fn miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[cached]
async fn slow(id: u64) -> Arc<Row> {
    slow_row_async(id).await
}

#[concurrent_cached(key = "String", convert = { format!("user:{id}") })]
async fn concurrent_by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[concurrent_cached(key = "String", convert = { format!("name:{name}") })]
async fn concurrent_by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[concurrent_cached(key = "String", convert = { format!("report:{region}:{year}:{id}") })]
async fn concurrent_report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[concurrent_cached(key = "String", convert = { format!("row:{id}") })]
async fn concurrent_row(id: u64) -> Row {
    Row::of(id)
}

#[concurrent_cached(key = "String", convert = { format!("miss:{id}") })]
async fn concurrent_miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[concurrent_cached(key = "String", convert = { format!("slow:{id}") })]
async fn concurrent_slow(id: u64) -> Arc<Row> {
    slow_row_async(id).await
}

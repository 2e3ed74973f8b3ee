//! This project: functions as a person writes them.

use std::sync::Arc;

use cache_runtime::cached;

use super::{Slow, Subject, Task};
use crate::task::{Row, ask, ask_anew, ask_anew_async, ask_async, shared_row, slow_row, slow_row_async};

pub(super) const SYNC: Subject = Subject {
    name: "cache-runtime",
    remark: "100,000 entries, 5 minutes",
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

pub(super) const ASYNC: Subject = Subject {
    name: "cache-runtime",
    remark: "100,000 entries, 5 minutes",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| by_id_async(question.id).await)),
        (Task::Text, |calls| ask_async(calls, async |question| by_name_async(&question.name).await)),
        (Task::ThreeParts, |calls| {
            ask_async(calls, async |question| {
                report_async(question.region, question.year, question.id).await
            });
        }),
        (Task::Struct, |calls| ask_async(calls, async |question| row_async(question.id).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, miss_async),
    slow: Slow::Async(|id| Box::pin(async move { drop(slow_async(id).await) })),
};

#[cached(key = "user:{id}")]
fn by_id(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[cached(key = "name:{name}")]
fn by_name(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[cached(key = "report:{region}:{year}:{id}")]
fn report(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[cached(key = "row:{id}")]
fn row(id: u64) -> Row {
    Row::of(id)
}

#[cached(key = "miss:{id}")]
fn miss(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[cached(key = "slow:{id}")]
fn slow(id: u64) -> Arc<Row> {
    slow_row(id)
}

#[cached(key = "user-async:{id}")]
async fn by_id_async(id: u64) -> Arc<Row> {
    Arc::new(Row::of(id))
}

#[cached(key = "name-async:{name}")]
async fn by_name_async(name: &str) -> Arc<Row> {
    Arc::new(Row::of(name.len() as u64))
}

#[cached(key = "report-async:{region}:{year}:{id}")]
async fn report_async(region: &str, year: u16, id: u64) -> Arc<Row> {
    Arc::new(Row::of(id + u64::from(year) + region.len() as u64))
}

#[cached(key = "row-async:{id}")]
async fn row_async(id: u64) -> Row {
    Row::of(id)
}

#[cached(key = "miss-async:{id}")]
async fn miss_async(id: u64) -> Arc<Row> {
    let _ = id;
    shared_row()
}

#[cached(key = "slow-async:{id}")]
async fn slow_async(id: u64) -> Arc<Row> {
    slow_row_async(id).await
}

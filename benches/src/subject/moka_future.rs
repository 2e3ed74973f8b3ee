//! `moka` for async callers, with the key rendered on the stack.

use std::sync::{Arc, LazyLock};

use moka::future::Cache;

use super::{Slow, Subject, Task};
use crate::key::StackKey;
use crate::task::{Question, Row, ask_anew_async, ask_async, shared_row, slow_row_async};

pub(super) const SUBJECT: Subject = Subject {
    name: "moka",
    remark: "`get_with_by_ref`, key on the stack; 100,000 entries, no timeout",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| by_id(question.id).await)),
        (Task::Text, |calls| ask_async(calls, async |question| by_name(&question.name).await)),
        (Task::ThreeParts, |calls| ask_async(calls, async |question| report(question).await)),
        (Task::Struct, |calls| ask_async(calls, async |question| row(question.id).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, miss),
    slow: Slow::Async(|id| Box::pin(async move { drop(slow(id).await) })),
};

static SHARED: LazyLock<Cache<String, Arc<Row>>> = LazyLock::new(|| Cache::new(100_000));
static WHOLE: LazyLock<Cache<String, Row>> = LazyLock::new(|| Cache::new(100_000));
static MISSED: LazyLock<Cache<String, Arc<Row>>> = LazyLock::new(|| Cache::new(100_000));

async fn by_id(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("user:", id);
    SHARED.get_with_by_ref(key.as_str(), async { Arc::new(Row::of(id)) }).await
}

async fn by_name(name: &str) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text("name:");
    key.text(name);
    SHARED.get_with_by_ref(key.as_str(), async { Arc::new(Row::of(0)) }).await
}

async fn report(question: &Question) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text("report:");
    key.text(question.region);
    key.text(":");
    key.integer(question.year);
    key.text(":");
    key.integer(question.id);
    SHARED.get_with_by_ref(key.as_str(), async { Arc::new(Row::of(question.id)) }).await
}

async fn row(id: u64) -> Row {
    let mut key = StackKey::new();
    key.text_and_integer("row:", id);
    WHOLE.get_with_by_ref(key.as_str(), async { Row::of(id) }).await
}

async fn miss(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("miss:", id);
    MISSED.get_with_by_ref(key.as_str(), async { shared_row() }).await
}

async fn slow(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("slow:", id);
    MISSED.get_with_by_ref(key.as_str(), slow_row_async(id)).await
}

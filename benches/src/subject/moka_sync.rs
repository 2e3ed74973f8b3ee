//! `moka`, synchronous, with the key rendered on the stack.

use std::sync::{Arc, LazyLock};

use moka::sync::Cache;

use super::{Slow, Subject, Task};
use crate::key::StackKey;
use crate::task::{Question, Row, ask, ask_anew, shared_row, slow_row};

pub(super) const SUBJECT: Subject = Subject {
    name: "moka",
    remark: "`get_with_by_ref`, key on the stack; 100,000 entries, no timeout",
    is_async: false,
    hits: &[
        (Task::Integer, |calls| ask(calls, |question| by_id(question.id))),
        (Task::Text, |calls| ask(calls, |question| by_name(&question.name))),
        (Task::ThreeParts, |calls| ask(calls, report)),
        (Task::Struct, |calls| ask(calls, |question| row(question.id))),
    ],
    misses: |first, calls| ask_anew(first, calls, miss),
    slow: Slow::Sync(|id| drop(slow(id))),
};

static SHARED: LazyLock<Cache<String, Arc<Row>>> = LazyLock::new(|| Cache::new(100_000));
static WHOLE: LazyLock<Cache<String, Row>> = LazyLock::new(|| Cache::new(100_000));
static MISSED: LazyLock<Cache<String, Arc<Row>>> = LazyLock::new(|| Cache::new(100_000));

fn by_id(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("user:", id);
    SHARED.get_with_by_ref(key.as_str(), || Arc::new(Row::of(id)))
}

fn by_name(name: &str) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text("name:");
    key.text(name);
    SHARED.get_with_by_ref(key.as_str(), || Arc::new(Row::of(0)))
}

fn report(question: &Question) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text("report:");
    key.text(question.region);
    key.text(":");
    key.integer(question.year);
    key.text(":");
    key.integer(question.id);
    SHARED.get_with_by_ref(key.as_str(), || Arc::new(Row::of(question.id)))
}

fn row(id: u64) -> Row {
    let mut key = StackKey::new();
    key.text_and_integer("row:", id);
    WHOLE.get_with_by_ref(key.as_str(), || Row::of(id))
}

fn miss(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("miss:", id);
    MISSED.get_with_by_ref(key.as_str(), shared_row)
}

fn slow(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("slow:", id);
    MISSED.get_with_by_ref(key.as_str(), || slow_row(id))
}

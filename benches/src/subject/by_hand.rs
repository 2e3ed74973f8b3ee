//! A lookup written by hand: `quick_cache`, with the key rendered on the stack.
//!
//! There is no expiry, no count of hits, no flight here: it is the least that a bounded concurrent
//! cache can cost.

use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;

use super::{Slow, Subject, Task};
use crate::key::StackKey;
use crate::task::{
    Question, Row, ask, ask_anew, ask_anew_async, ask_async, shared_row, slow_row, slow_row_async,
};

pub(super) const SYNC: Subject = Subject {
    name: "quick_cache, by hand",
    remark: "100,000 entries, no timeout",
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

pub(super) const ASYNC: Subject = Subject {
    name: "quick_cache, by hand",
    remark: "100,000 entries, no timeout",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| by_id_async(question.id).await)),
        (Task::Text, |calls| ask_async(calls, async |question| by_name_async(&question.name).await)),
        (Task::ThreeParts, |calls| ask_async(calls, async |question| report_async(question).await)),
        (Task::Struct, |calls| ask_async(calls, async |question| row_async(question.id).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, async |id| miss(id)),
    slow: Slow::Async(|id| Box::pin(async move { drop(slow_async(id).await) })),
};

type Store<V> = Cache<Box<[u8]>, V, UnitWeighter, RandomState>;

static SHARED: LazyLock<Store<Arc<Row>>> = LazyLock::new(store);
static WHOLE: LazyLock<Store<Row>> = LazyLock::new(store);
static MISSED: LazyLock<Store<Arc<Row>>> = LazyLock::new(store);

fn store<V: Clone>() -> Store<V> {
    Cache::with(
        100_000,
        100_000,
        UnitWeighter,
        RandomState::default(),
        quick_cache::sync::DefaultLifecycle::default(),
    )
}

#[inline]
fn look_up<V: Clone>(store: &Store<V>, render: impl FnOnce(&mut StackKey), body: impl FnOnce() -> V) -> V {
    let mut key = StackKey::new();
    render(&mut key);
    if let Some(value) = store.get(key.as_bytes()) {
        return value;
    }
    let value = body();
    store.insert(key.as_bytes().into(), value.clone());
    value
}

#[inline]
fn render_report(key: &mut StackKey, literal: &str, question: &Question) {
    key.text(literal);
    key.text(question.region);
    key.text_and_integer(":", question.year);
    key.text_and_integer(":", question.id);
}

#[inline]
fn render_name(key: &mut StackKey, literal: &str, name: &str) {
    key.text(literal);
    key.text(name);
}

fn by_id(id: u64) -> Arc<Row> {
    look_up(&SHARED, |key| key.text_and_integer("user:", id), || Arc::new(Row::of(id)))
}

fn by_name(name: &str) -> Arc<Row> {
    look_up(&SHARED, |key| render_name(key, "name:", name), || Arc::new(Row::of(0)))
}

fn report(question: &Question) -> Arc<Row> {
    look_up(&SHARED, |key| render_report(key, "report:", question), || Arc::new(Row::of(question.id)))
}

fn row(id: u64) -> Row {
    look_up(&WHOLE, |key| key.text_and_integer("row:", id), || Row::of(id))
}

fn miss(id: u64) -> Arc<Row> {
    look_up(&MISSED, |key| key.text_and_integer("miss:", id), shared_row)
}

fn slow(id: u64) -> Arc<Row> {
    look_up(&MISSED, |key| key.text_and_integer("slow:", id), || slow_row(id))
}

async fn by_id_async(id: u64) -> Arc<Row> {
    look_up(&SHARED, |key| key.text_and_integer("user-async:", id), || Arc::new(Row::of(id)))
}

async fn by_name_async(name: &str) -> Arc<Row> {
    look_up(&SHARED, |key| render_name(key, "name-async:", name), || Arc::new(Row::of(0)))
}

async fn report_async(question: &Question) -> Arc<Row> {
    look_up(&SHARED, |key| render_report(key, "report-async:", question), || Arc::new(Row::of(question.id)))
}

async fn row_async(id: u64) -> Row {
    look_up(&WHOLE, |key| key.text_and_integer("row-async:", id), || Row::of(id))
}

async fn slow_async(id: u64) -> Arc<Row> {
    let mut key = StackKey::new();
    key.text_and_integer("slow-async:", id);
    if let Some(value) = MISSED.get(key.as_bytes()) {
        return value;
    }
    let value = slow_row_async(id).await;
    MISSED.insert(key.as_bytes().into(), Arc::clone(&value));
    value
}

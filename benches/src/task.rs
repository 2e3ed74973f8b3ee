//! The tasks: which keys are asked for, which values come back, and what a body costs.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many different keys the hits go to, in an order that is no sequence.
pub const KEYS: u64 = 1024;

/// How long a slow body takes.
pub const SLOW: Duration = Duration::from_millis(50);

/// A value without allocations of its own: what a clone of it costs is seven words to copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The number it was asked for by.
    pub id: u64,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Inhabitants, this year and before.
    pub population: [u64; 4],
}

impl Row {
    /// The row of this number.
    pub fn of(id: u64) -> Self {
        Self { id, latitude: 52.5, longitude: 13.4, population: [id, id + 1, id + 2, id + 3] }
    }
}

/// What is asked for: three arguments, of which a task uses one or all.
#[derive(Debug)]
pub struct Question {
    /// An integer.
    pub id: u64,
    /// A text, as short as a name is.
    pub name: String,
    /// A text of which there are few.
    pub region: &'static str,
    /// A small integer.
    pub year: u16,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| (0..KEYS).map(question).collect());

fn question(number: u64) -> Question {
    let id = 100_000 + number * 617;
    let region = ["emea", "apac", "amer", "anz"][usize::try_from(number % 4).expect("less than four")];
    let year = 2000 + u16::try_from(number % 25).expect("less than 25");
    Question { id, name: format!("marie.curie-{id}"), region, year }
}

/// Asks `calls` times, going through all questions again and again.
pub fn ask<R>(calls: u64, mut answer: impl FnMut(&'static Question) -> R) {
    let questions: &'static [Question] = &QUESTIONS;
    for call in 0..calls {
        let number = usize::try_from(call.wrapping_mul(617) % KEYS).expect("less than KEYS");
        black_box(answer(black_box(&questions[number])));
    }
}

/// [`ask`] for answers that are awaited, one after the other, on this thread.
pub fn ask_async<R>(calls: u64, mut answer: impl AsyncFnMut(&'static Question) -> R) {
    let questions: &'static [Question] = &QUESTIONS;
    block_on(async {
        for call in 0..calls {
            let number = usize::try_from(call.wrapping_mul(617) % KEYS).expect("less than KEYS");
            black_box(answer(black_box(&questions[number])).await);
        }
    });
}

/// Asks for numbers that nobody has asked for, beginning with `first`.
pub fn ask_anew<R>(first: u64, calls: u64, mut answer: impl FnMut(u64) -> R) {
    for id in first..first + calls {
        black_box(answer(black_box(id)));
    }
}

/// [`ask_anew`] for answers that are awaited.
pub fn ask_anew_async<R>(first: u64, calls: u64, mut answer: impl AsyncFnMut(u64) -> R) {
    block_on(async {
        for id in first..first + calls {
            black_box(answer(black_box(id)).await);
        }
    });
}

/// The body of a miss that costs nothing: what remains is the cost of the cache.
pub fn shared_row() -> Arc<Row> {
    static ROW: LazyLock<Arc<Row>> = LazyLock::new(|| Arc::new(Row::of(0)));
    Arc::clone(&ROW)
}

static SLOW_BODIES: AtomicU32 = AtomicU32::new(0);

/// A body that takes its time, and is counted.
pub fn slow_row(id: u64) -> Arc<Row> {
    SLOW_BODIES.fetch_add(1, Ordering::Relaxed);
    std::thread::sleep(SLOW);
    Arc::new(Row::of(id))
}

/// [`slow_row`] for async callers.
pub async fn slow_row_async(id: u64) -> Arc<Row> {
    SLOW_BODIES.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(SLOW).await;
    Arc::new(Row::of(id))
}

/// How many slow bodies ran since this was last asked.
pub fn slow_bodies() -> u32 {
    SLOW_BODIES.swap(0, Ordering::Relaxed)
}

fn block_on(work: impl Future<Output = ()>) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime of one thread needs nothing");
    }
    RUNTIME.with(|runtime| runtime.block_on(work));
}

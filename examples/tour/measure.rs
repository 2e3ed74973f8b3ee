//! One question, asked cold and warm.

use std::error::Error;
use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cache_examples::{Align, Table, count, duration, speed_up};
use cache_runtime::cache;
use cache_runtime::key::Key;

/// The most warm calls of one question.
const CALLS: u32 = 1000;
/// About how long they take together, where they are slow.
const PATIENCE: Duration = Duration::from_millis(200);

/// What was measured.
pub(crate) struct Measured {
    call: &'static str,
    key: Key,
    cold: Duration,
    warm: Duration,
    hits: u64,
    misses: u64,
    answer: String,
}

impl Measured {
    /// Nothing was won where nothing came from the cache.
    fn speed_up(&self) -> String {
        if self.hits == 0 { "–".to_owned() } else { speed_up(self.cold, self.warm) }
    }
}

/// A question: the call as it is written, its key, and how its answer is told.
pub(crate) struct Question<T> {
    pub(crate) call: &'static str,
    pub(crate) key: Key,
    pub(crate) tell: fn(&T) -> String,
}

impl<T> Question<T> {
    /// Asks once, and then again and again.
    pub(crate) async fn measure<A>(self, ask: impl Fn() -> A) -> Result<Measured, Box<dyn Error>>
    where
        A: Future<Output = rusqlite::Result<T>>,
    {
        let cache = cache("default")?;
        let before = cache.stats();
        let watch = Instant::now();
        let answer = ask().await?;
        let cold = watch.elapsed();
        let warm = warm(&ask).await?;
        let after = cache.stats();
        Ok(Measured {
            call: self.call,
            key: self.key,
            cold,
            warm,
            hits: after.hits - before.hits,
            misses: after.total_misses() - before.total_misses(),
            answer: (self.tell)(&answer),
        })
    }
}

/// The mean time of a warm call; the first tells how many more there is time for.
async fn warm<T, A>(ask: &impl Fn() -> A) -> rusqlite::Result<Duration>
where
    A: Future<Output = rusqlite::Result<T>>,
{
    let watch = Instant::now();
    black_box(ask().await?);
    let affordable = PATIENCE.as_nanos() / watch.elapsed().as_nanos().max(1);
    let calls = u32::try_from(affordable).unwrap_or(CALLS).clamp(2, CALLS);
    let watch = Instant::now();
    for _ in 0..calls {
        black_box(ask().await?);
    }
    Ok(watch.elapsed() / calls)
}

/// The table of everything that was measured.
pub(crate) fn table(measured: &[Measured]) -> Table<7> {
    let mut table = Table::new([
        ("call", Align::Left),
        ("cold", Align::Right),
        ("warm", Align::Right),
        ("speed-up", Align::Right),
        ("hits", Align::Right),
        ("misses", Align::Right),
        ("key", Align::Left),
    ]);
    for one in measured {
        let cells = [
            one.call.to_owned(),
            duration(one.cold),
            duration(one.warm),
            one.speed_up(),
            count(one.hits),
            count(one.misses),
            one.key.to_string(),
        ];
        table.row(cells, one.answer.as_str());
    }
    table
}

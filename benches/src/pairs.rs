//! Two ways to do the same, in turns of the same round: on a busy machine only such ratios mean something.

use std::future::Future;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::report::median;

/// About how long one turn takes.
const TURN: Duration = Duration::from_millis(60);
/// The most operations in one turn.
const MOST: usize = 1 << 20;

/// What one operation took in a turn, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Spent {
    /// By the clock on the wall, which says how many there are in a second.
    wall: f64,
    /// Of this process's processors, which servers have no part in.
    processor: f64,
}

/// How one side did beside the other: medians of the rounds.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// Operations per second.
    pub per_second: f64,
    /// Their number over that of the other side.
    pub rate: f64,
    /// Processor time of one operation, in nanoseconds.
    pub processor: f64,
    /// The same over that of the other side.
    pub processor_ratio: f64,
}

/// Gives both sides a turn in each of `rounds` rounds, with so many callers at once, each of which asks one
/// operation after the other.
///
/// An operation is told its number within the turn. One round more comes before, for what is done only once.
pub async fn compare<A, B>(
    rounds: usize,
    callers: usize,
    ours: impl Fn(usize) -> A + Clone + Send + 'static,
    bare: impl Fn(usize) -> B + Clone + Send + 'static,
) -> Compared
where
    A: Future<Output = ()> + Send + 'static,
    B: Future<Output = ()> + Send + 'static,
{
    let calls = calls_in_a_turn(callers, &ours).await;
    turn(callers, calls, &bare).await;
    let mut spent = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // Who comes second finds the machine as the first has left it.
        spent.push(if round % 2 == 0 {
            let by_us = turn(callers, calls, &ours).await;
            (by_us, turn(callers, calls, &bare).await)
        } else {
            let by_bare = turn(callers, calls, &bare).await;
            (turn(callers, calls, &ours).await, by_bare)
        });
    }
    let of = |figure: fn(&(Spent, Spent)) -> f64| median(spent.iter().map(figure).collect());
    Compared {
        per_second: of(|(ours, _)| 1e9 / ours.wall),
        rate: of(|(ours, bare)| bare.wall / ours.wall),
        processor: of(|(ours, _)| ours.processor),
        processor_ratio: of(|(ours, bare)| ours.processor / bare.processor),
    }
}

/// As many operations as fill a turn: by the processor time of this process, of which a server leaves about a third, so
/// that a busy machine does not make turns empty; by the clock where that takes far too long.
async fn calls_in_a_turn<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    ask: &(impl Fn(usize) -> F + Clone + Send + 'static),
) -> usize {
    let mut calls = 4 * callers;
    loop {
        let (start, processor) = (Instant::now(), processor_time());
        turn(callers, calls, ask).await;
        let (wall, processor) = (start.elapsed(), processor_time().saturating_sub(processor));
        if processor * 4 > TURN || wall > TURN * 8 || calls >= MOST {
            return calls;
        }
        calls *= 2;
    }
}

/// One turn of one side.
async fn turn<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    calls: usize,
    ask: &(impl Fn(usize) -> F + Clone + Send + 'static),
) -> Spent {
    let each = calls.div_ceil(callers);
    let (start, processor) = (Instant::now(), processor_time());
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let ask = ask.clone();
            tokio::spawn(async move {
                for call in 0..each {
                    ask(call * callers + caller).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("every answer is right");
    }
    let (wall, processor) = (start.elapsed(), processor_time().saturating_sub(processor));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, and thousands of calls")]
    let one = |time: Duration| time.as_nanos() as f64 / (each * callers) as f64;
    Spent { wall: one(wall), processor: one(processor) }
}

/// Does `count` operations, so many at once: what comes before a measurement.
pub async fn all_at_once<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    count: usize,
    ask: impl Fn(usize) -> F + Clone + Send + 'static,
) {
    turn(callers, count.next_multiple_of(callers), &move |call| ask(call % count)).await;
}

/// What this process has had of the processors.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a process's time begins at zero");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("less than a second"))
}

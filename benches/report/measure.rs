//! Times, taken so that a busy machine matters little: CPU time of the measuring thread, in rounds
//! in which everyone has a turn, compared within each round.

use std::sync::Barrier;
use std::time::Duration;

use cache_benches::report::median;
use rustix::time::{ClockId, clock_gettime};

/// About how long one turn takes.
const TURN: Duration = Duration::from_millis(4);
/// Fewer calls than this in a turn would not see every key.
const LEAST_CALLS: u64 = 1024;

/// Something to be measured.
pub(crate) struct Contestant<'a> {
    work: Box<dyn Fn(u64) + Sync + 'a>,
    calls: u64,
}

impl<'a> Contestant<'a> {
    /// Does `work`, which does so many calls; how many fill a turn is found out.
    pub(crate) fn new(work: impl Fn(u64) + Sync + 'a) -> Self {
        work(2 * LEAST_CALLS);
        let mut calls = LEAST_CALLS;
        while calls < 1 << 24 && time(|| work(calls)) < TURN {
            calls *= 2;
        }
        Self { work: Box::new(work), calls }
    }

    /// Does `work` with so many calls in every turn.
    pub(crate) fn with_calls(calls: u64, work: impl Fn(u64) + Sync + 'a) -> Self {
        Self { work: Box::new(work), calls }
    }

    /// Nanoseconds for one call, in this turn.
    fn turn(&self) -> f64 {
        let spent = time(|| (self.work)(self.calls));
        #[expect(clippy::cast_precision_loss, reason = "a few milliseconds, a few million calls")]
        let each = spent.as_nanos() as f64 / self.calls as f64;
        each
    }
}

/// Nanoseconds for one call: by contestant, then by round.
pub(crate) struct Times(Vec<Vec<f64>>);

impl Times {
    /// The median of a contestant's rounds.
    pub(crate) fn median(&self, contestant: usize) -> f64 {
        median(self.0[contestant].clone())
    }

    /// The median of the ratios of two contestants within each round.
    pub(crate) fn ratio(&self, of: usize, to: usize) -> f64 {
        median(self.0[of].iter().zip(&self.0[to]).map(|(of, to)| of / to).collect())
    }

    /// The median of the differences of two contestants within each round.
    pub(crate) fn difference(&self, of: usize, less: usize) -> f64 {
        median(self.0[of].iter().zip(&self.0[less]).map(|(of, less)| of - less).collect())
    }
}

/// Gives every contestant a turn in each of `rounds` rounds, on so many threads at once; the time of
/// a round is the mean of the threads'.
pub(crate) fn compare(contestants: &[Contestant<'_>], rounds: usize, threads: usize) -> Times {
    let barrier = Barrier::new(threads);
    let by_thread: Vec<Vec<Vec<f64>>> = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| one_thread(contestants, rounds, &barrier))).collect();
        running.into_iter().map(|thread| thread.join().expect("no contestant panics")).collect()
    });
    #[expect(clippy::cast_precision_loss, reason = "a handful of threads")]
    let mean = |contestant: usize, round: usize| {
        by_thread.iter().map(|times| times[contestant][round]).sum::<f64>() / threads as f64
    };
    let rounds_of = |contestant| (0..rounds).map(|round| mean(contestant, round)).collect();
    Times((0..contestants.len()).map(rounds_of).collect())
}

fn one_thread(contestants: &[Contestant<'_>], rounds: usize, barrier: &Barrier) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    // One round more, for what a thread does only once.
    for round in 0..=rounds {
        for (contestant, times) in contestants.iter().zip(&mut times) {
            barrier.wait();
            let each = contestant.turn();
            if round > 0 {
                times.push(each);
            }
        }
    }
    times
}

/// The CPU time that this thread spends on `work`.
fn time(work: impl FnOnce()) -> Duration {
    let start = cpu_time();
    work();
    cpu_time().saturating_sub(start)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a thread's time begins at zero");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("less than a second"))
}

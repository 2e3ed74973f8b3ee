//! Stampedes: many callers ask at once for a key that nobody has, and the bodies that run are counted.

use std::sync::Barrier;

use cache_benches::subject::{Slow, Subject};
use cache_benches::task::slow_bodies;

/// Callers that are threads.
pub(crate) const THREADS: usize = 64;
/// Callers that are tasks.
pub(crate) const TASKS: usize = 1000;

/// A key that only stampedes ask for.
const KEY: u64 = 7;

/// How many bodies ran.
pub(crate) fn bodies(subject: &Subject) -> u32 {
    slow_bodies();
    match subject.slow {
        Slow::Sync(call) => from_threads(call),
        Slow::Async(call) => from_tasks(call),
    }
    slow_bodies()
}

fn from_threads(call: fn(u64)) {
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                call(KEY);
            });
        }
    });
}

fn from_tasks(call: fn(u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) {
    let runtime = super::runtime();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(call(KEY))).collect();
        for task in tasks {
            task.await.expect("no call panics");
        }
    });
}

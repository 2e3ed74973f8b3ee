//! The cost of a miss: what a call that finds nothing takes over its bare body.

use std::sync::atomic::{AtomicU64, Ordering};

use cache_benches::subject::SUBJECTS;
use cache_benches::task::{ask_anew, shared_row};

use super::measure::{Contestant, compare};

/// Few enough that nobody has to evict.
const CALLS: u64 = 2000;

/// Nanoseconds over the bare body, in the order of the subjects.
pub(crate) fn measure(rounds: usize) -> Vec<f64> {
    let next = AtomicU64::new(1 << 40);
    let bare = Contestant::with_calls(CALLS, |calls| ask_anew(0, calls, |_| shared_row()));
    let mut contestants = vec![bare];
    for subject in SUBJECTS {
        let next = &next;
        contestants.push(Contestant::with_calls(CALLS, move |calls| {
            (subject.misses)(next.fetch_add(calls, Ordering::Relaxed), calls);
        }));
    }
    let times = compare(&contestants, rounds, 1);
    (1..contestants.len()).map(|subject| times.difference(subject, 0)).collect()
}

//! Does one task of one subject so many times: what callgrind counts the instructions of.
//!
//! `one_hit SUBJECT TASK CALLS`; the name of a subject is as `allocations` prints it. What is before
//! and after the hits stays out of the count with `--toggle-collect=*counted*`.

use cache_benches::subject::{Hits, SUBJECTS, Task};
use cache_benches::task::KEYS;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [subject, task, calls] = arguments.as_slice() else { panic!("usage: one_hit SUBJECT TASK CALLS") };
    let subject = SUBJECTS.iter().find(|known| known.id() == *subject).expect("such a subject");
    let task = Task::ALL.into_iter().find(|known| known.name() == task).expect("such a task");
    let hits = subject.does(task).expect("the subject can do this task");
    hits(2 * KEYS);
    counted(hits, calls.parse().expect("a number of calls"));
}

#[inline(never)]
fn counted(hits: Hits, calls: u64) {
    hits(calls);
}

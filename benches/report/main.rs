//! Measures this project and its peers in one run, prints the table as Markdown, and writes it, with a
//! chart, into `benches/results/`.
//!
//! `cargo bench -p cache-benches --bench report [-- --rounds N]`

mod chart;
mod counts;
mod hits;
mod measure;
mod misses;
mod shared;
mod stampede;
mod table;

use std::path::Path;

use cache_benches::report::machine;
use cache_benches::subject::{SUBJECTS, Subject, Task};
use counts::Counts;
use hits::Hits;
use shared::{Shared, Store};

/// Enough that a median is calm; a round of all takes a few seconds.
const ROUNDS: usize = 51;
/// Misses grow caches, and round trips take long: they have fewer.
const ROUNDS_OF_MISSES: usize = 21;

/// Everything that was measured.
struct Report {
    machine: String,
    counts: Counts,
    one: Hits,
    two: Hits,
    misses: Vec<f64>,
    bodies: Vec<u32>,
    shared: Vec<Shared>,
}

fn main() -> std::io::Result<()> {
    let report = Report::measure(rounds());
    let text = table::markdown(&report);
    println!("{text}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("README.md"), text)?;
    std::fs::write(results.join("hits.svg"), chart::svg(&report))
}

impl Report {
    fn measure(rounds: usize) -> Self {
        let machine = machine::describe();
        let store = Store::install();
        let shared = step("hits in Redis", || store.measure(rounds.min(ROUNDS_OF_MISSES)));
        let counts = step("allocations", Counts::take);
        let one = step("hits on one thread", || Hits::measure(&Task::ALL, rounds, 1));
        let two = step("hits on two threads", || Hits::measure(&Task::ALL, rounds, 2));
        let misses = step("misses", || misses::measure(rounds.min(ROUNDS_OF_MISSES)));
        let bodies = step("stampedes", || SUBJECTS.iter().map(|subject| stampede::bodies(subject)).collect());
        Self { machine, counts, one, two, misses, bodies, shared }
    }

    /// How many bodies a stampede on this subject ran.
    fn bodies(&self, subject: &Subject) -> u32 {
        let place = SUBJECTS.iter().position(|known| known.id() == subject.id());
        self.bodies[place.expect("every subject is in the list")]
    }
}

/// Says what is being done, for it takes minutes.
fn step<R>(name: &str, work: impl FnOnce() -> R) -> R {
    eprintln!("measuring {name} …");
    work()
}

/// The number after `--rounds`; what else cargo says does not concern us.
fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(ROUNDS, |number| number.parse().expect("`--rounds` is followed by a number"))
}

/// A runtime as a program with two cores has it.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("the operating system gives two threads")
}

//! Measures every store beside its bare client in one run, prints the tables as Markdown, and writes them, with a
//! chart, into `benches/results/`.
//!
//! `cargo bench -p cache-benches --bench stores [-- --rounds N] [--entries N] [--only NAME]`
//!
//! Each store has real servers of its own, which are started before its turn and end after it. `--entries` says how
//! many entries a store has at most; `--only` measures the stores whose names contain a text, and writes nothing.

mod bare;
mod chart;
mod entries;
mod fronts;
mod report;
mod stage;
mod table;
mod work;

use std::path::Path;

use report::{Plan, Report};

/// Enough that a median is calm; a round is two turns.
const ROUNDS: usize = 9;

fn main() -> std::io::Result<()> {
    let number = |option, usual| {
        after(option).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("`{option}` has a number")))
    };
    let only = after("--only");
    let is_part = only.is_some();
    let plan = Plan { rounds: number("--rounds", ROUNDS), entries: number("--entries", usize::MAX), only };
    let report = Report::measure(plan);
    let text = table::markdown(&report);
    println!("{text}");
    if is_part {
        return Ok(());
    }
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("stores.md"), text)?;
    std::fs::write(results.join("stores.svg"), chart::svg(&report))
}

/// The argument after this one; what else cargo says does not concern us.
fn after(option: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != option).nth(1)
}

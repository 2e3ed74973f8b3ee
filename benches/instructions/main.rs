//! Counts the instructions of a hit with callgrind, ours and the lookup by hand, and fails if ours
//! exceeds its bound: unlike a time, the number is the same on a busy machine.
//!
//! `cargo bench -p cache-benches --bench instructions`

use std::process::{Command, ExitCode};

use cache_benches::subject::{BY_HAND, BY_HAND_ASYNC, OURS, OURS_ASYNC, Subject, Task};

const HITS: u64 = 4096;

/// The most instructions that our hit may take, compared with the lookup by hand. Beyond that lookup
/// it checks an expiry and tags, looks for a scope, counts the hit for the cache and for the function,
/// and asks the value for its type.
const BOUND: f64 = 1.35;

fn main() -> ExitCode {
    let mut is_within = true;
    println!("| a hit, in instructions | cache-runtime | by hand | ratio |\n| --- | ---: | ---: | ---: |");
    for (ours, hand) in [(OURS, BY_HAND), (OURS_ASYNC, BY_HAND_ASYNC)] {
        for task in Task::ALL {
            let (own, by_hand) = (instructions(ours, task), instructions(hand, task));
            let ratio = own / by_hand;
            let kind = if ours.is_async { ", async" } else { "" };
            println!("| {}{kind} | {own:.1} | {by_hand:.1} | {ratio:.2} |", task.name());
            is_within &= ratio <= BOUND;
        }
    }
    if is_within {
        return ExitCode::SUCCESS;
    }
    eprintln!("a hit takes more than {BOUND} times the instructions of the lookup by hand");
    ExitCode::FAILURE
}

fn instructions(subject: &Subject, task: Task) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted*"])
        .args([env!("CARGO_BIN_EXE_one_hit"), &subject.id(), task.name(), &HITS.to_string()])
        .output()
        .expect("valgrind is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Collected :")).expect("callgrind says it");
    let collected: f64 = line.1.trim().parse().expect("one number for all");
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let each = collected / HITS as f64;
    each
}

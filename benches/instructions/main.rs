//! Counts the instructions of a hit with callgrind, ours and the lookup by hand, of a page's hit and the bare handler,
//! and fails if ours exceeds its bound: unlike a time, the number is the same on a busy machine.
//!
//! `cargo bench -p cache-benches --bench instructions`

use std::process::{Command, ExitCode};

use cache_benches::page::allocated::Allocated;
use cache_benches::page::{ATTRIBUTE, BARE, ROUTE, SITE, Site};
use cache_benches::subject::{BY_HAND, BY_HAND_ASYNC, OURS, OURS_ASYNC, Subject, Task};

const HITS: u64 = 4096;

/// Requests of a page: each takes some ten thousand instructions.
const REQUESTS: u64 = 512;

/// The most instructions that our hit may take, compared with the lookup by hand, for each task.
///
/// That lookup renders a key, finds the value and clones it; the map and its hash take nearly the same on both sides.
/// What a hit keeps besides, in instructions for `text`, is owed to promises that the other does not make:
///
/// - 45: the text stands for itself in a key, since everything in it that could imitate a separator would be encoded;
/// - 22: the store is behind `dyn`, chosen by settings;
/// - 18: the entry is of this cache and version, is not expired, carries no tag that was invalidated, and is a value;
/// - 28: the value is of this function's type;
/// - 25: no scope, refresh or bypass is around the call, the cache was found before, and the hit is counted, for the
///   function and its cache.
///
/// Integers are rendered in fewer instructions than by hand, so the tasks that have one come closer; the hand's lookup
/// of a text is the shortest of all. A `struct` is cloned, which is little beside the check of its type. Each bound
/// leaves what the optimiser's choice of what to inline makes out: five in a hundred.
const fn bound(task: Task) -> f64 {
    match task {
        Task::Integer | Task::ThreeParts => 1.4,
        Task::Struct => 1.5,
        Task::Text => 1.75,
    }
}

/// The most instructions, through the router and back, that a page from memory may take, compared with the bare
/// handler. What the server does besides is the same for both: reading a request from a socket and writing the answer takes
/// several times as many.
const PAGE_BOUND: f64 = 1.85;

/// How many allocations more than the bare handler a page from memory may take: an attribute has one, for its visit.
const MORE_ALLOCATIONS: f64 = 1.0;

fn main() -> ExitCode {
    let are_within = [functions(), pages()];
    if are_within == [true; 2] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn functions() -> bool {
    let mut is_within = true;
    println!(
        "| a hit, in instructions | cache-runtime | by hand | ratio | at most |\n| --- | ---: | ---: | ---: | ---: |"
    );
    for (ours, hand) in [(OURS, BY_HAND), (OURS_ASYNC, BY_HAND_ASYNC)] {
        for task in Task::ALL {
            let (own, by_hand) = (of_hit(ours, task), of_hit(hand, task));
            let ratio = own / by_hand;
            let kind = if ours.is_async { ", async" } else { "" };
            println!("| {}{kind} | {own:.1} | {by_hand:.1} | {ratio:.2} | {} |", task.name(), bound(task));
            is_within &= ratio <= bound(task);
        }
    }
    if !is_within {
        eprintln!("a hit takes more instructions than its bound allows, compared with the lookup by hand");
    }
    is_within
}

fn pages() -> bool {
    let mut is_within = true;
    let allocated = Allocated::said_by(env!("CARGO_BIN_EXE_allocations"));
    let allocated = |site: &Site| allocated.of(site).expect("it is in this process").count;
    let bare = of_page(BARE);
    println!(
        "\n| a page from memory, in process | instructions | ratio | allocations |\n| --- | ---: | ---: | ---: |"
    );
    println!("| {} | {bare:.0} | 1 | {} |", BARE.name, allocated(BARE));
    for site in [ATTRIBUTE, ROUTE, SITE] {
        let own = of_page(site);
        println!("| {} | {own:.0} | {:.2} | {} |", site.name, own / bare, allocated(site));
        is_within &= own / bare <= PAGE_BOUND;
        is_within &= allocated(site) <= allocated(BARE) + MORE_ALLOCATIONS;
    }
    if !is_within {
        eprintln!(
            "a page from memory takes more than {PAGE_BOUND} times the instructions of the bare handler, or more than \
             {MORE_ALLOCATIONS} allocations besides its own"
        );
    }
    is_within
}

fn of_hit(subject: &Subject, task: Task) -> f64 {
    instructions(env!("CARGO_BIN_EXE_one_hit"), &[&subject.id(), task.name()], HITS)
}

fn of_page(site: &Site) -> f64 {
    instructions(env!("CARGO_BIN_EXE_one_page"), &[site.name], REQUESTS)
}

/// Instructions for each of `count` things that a program does last.
fn instructions(program: &str, arguments: &[&str], count: u64) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted*", program])
        .args(arguments)
        .arg(count.to_string())
        .output()
        .expect("valgrind is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Collected :")).expect("callgrind says it");
    let collected: f64 = line.1.trim().parse().expect("one number for all");
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let each = collected / count as f64;
    each
}

//! Measures cached pages and their peers as running servers in one run, prints the table as Markdown, and writes it,
//! with a chart, into `benches/results/`.
//!
//! `cargo bench -p cache-benches --bench pages [-- --rounds N] [-- --short]`
//!
//! Needs `wrk`; leaves out, by name, what else is not installed: `apt-get install wrk nginx-light gunicorn python3-django
//! python3-django-redis`.

mod load;
mod program;
mod servers;
mod table;
mod visitors;

use std::path::Path;

use cache_benches::page::allocated::Allocated;
use cache_benches::page::{BARE, SHARED, SIZES};
use cache_benches::report::{machine, median};
use cache_tests::Server;
use load::{Turn, turn};
use program::Program;
use servers::{Subject, Who, site_command, start_all};
use visitors::{VISITORS, ask, runs, stampede};

/// Enough that a median is calm.
const ROUNDS: usize = 9;
/// Seconds of one turn.
const SECONDS: u32 = 2;
/// How often a page is asked for until every process of a server has it.
const WARMING: usize = 16;
/// Processes that share one Redis, in the stampede on many.
const PROCESSES: usize = 4;

/// Everything that was measured.
struct Report {
    machine: String,
    entrants: Vec<Entrant>,
    missing: Vec<String>,
    allocated: Allocated,
    /// Handler runs of so many processes that share one Redis.
    shared_runs: Option<u32>,
}

/// One subject, and how it did.
struct Entrant {
    subject: Subject,
    /// By size, then by round.
    turns: Vec<Vec<Turn>>,
    /// Handler runs for one cold page, and visitors who were served.
    stampede: Option<(u32, u32)>,
}

fn main() -> std::io::Result<()> {
    if !program::is_there("wrk") {
        eprintln!("`wrk` is not installed: apt-get install wrk");
        std::process::exit(1);
    }
    let is_short = std::env::args().any(|argument| argument == "--short");
    let (rounds, seconds) = if is_short { (1, 1) } else { (rounds(), SECONDS) };
    let report = Report::measure(rounds, seconds)?;
    let text = table::markdown(&report);
    println!("{text}");
    if is_short {
        return Ok(());
    }
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("pages.md"), text)?;
    std::fs::write(results.join("pages.svg"), table::chart(&report).svg())
}

impl Report {
    fn measure(rounds: usize, seconds: u32) -> std::io::Result<Self> {
        let machine = machine::describe();
        let (subjects, mut missing) = start_all();
        let mut entrants = Vec::new();
        for subject in subjects {
            match warm(&subject) {
                Ok(()) => entrants.push(Entrant::new(subject)),
                Err(reason) => missing.push(format!("{}: {reason}", subject.name)),
            }
        }
        for reason in &missing {
            eprintln!("left out: {reason}");
        }
        for entrant in &mut entrants {
            entrant.stampede = stampede(&[&entrant.subject.front.address]).ok();
        }
        for round in 0..rounds {
            eprintln!("round {} of {rounds} …", round + 1);
            load_all(&mut entrants, seconds);
        }
        let allocated = Allocated::said_by(env!("CARGO_BIN_EXE_allocations"));
        Ok(Self { machine, entrants, missing, allocated, shared_runs: shared_runs()? })
    }

    fn entrant(&self, who: Who) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| entrant.subject.who == who)
    }
}

/// Every subject has a turn at every size, one after the other.
fn load_all(entrants: &mut [Entrant], seconds: u32) {
    for (at, size) in SIZES.into_iter().enumerate() {
        for entrant in &mut *entrants {
            let turn = turn(&entrant.subject.front, size, seconds);
            entrant.turns[at].push(turn);
        }
    }
}

impl Entrant {
    fn new(subject: Subject) -> Self {
        Self { subject, turns: vec![Vec::new(); SIZES.len()], stampede: None }
    }

    /// The median of the rounds, at one size.
    fn median(&self, size: usize, of: impl Fn(&Turn) -> f64) -> f64 {
        median(self.turns[size].iter().map(of).collect())
    }

    /// Compared with another within each round; the median.
    fn ratio(&self, to: &Self, size: usize, of: impl Fn(&Turn) -> f64) -> f64 {
        let pairs = self.turns[size].iter().zip(&to.turns[size]);
        median(pairs.map(|(own, other)| of(own) / of(other)).collect())
    }
}

/// Asks for each page until it must be there, and makes sure that it has its size and, where there is a cache, is kept.
fn warm(subject: &Subject) -> std::io::Result<()> {
    let server = &subject.front;
    for size in SIZES {
        for _ in 0..WARMING {
            let length = ask(&server.address, size.path)?.len();
            if length != size.bytes {
                return Err(std::io::Error::other(format!("{} has {length} bytes", size.path)));
            }
        }
    }
    let before = runs(&[&server.address])?;
    for size in SIZES {
        ask(&server.address, size.path)?;
    }
    let ran = runs(&[&server.address])? - before;
    if ran > 0 && subject.who != Who::Site(BARE.name) {
        return Err(std::io::Error::other(format!("{ran} of 3 pages were not kept")));
    }
    Ok(())
}

/// Handler runs where the visitors of one cold page come to four processes with one Redis.
fn shared_runs() -> std::io::Result<Option<u32>> {
    let redis = Server::redis().start();
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| Program::start(&mut site_command(SHARED, Some(&redis))))
        .collect::<std::io::Result<_>>()?;
    let addresses: Vec<&str> = processes.iter().map(|process| process.address.as_str()).collect();
    let (runs, served) = stampede(&addresses)?;
    Ok((served as usize == VISITORS).then_some(runs))
}

/// The number after `--rounds`; what else cargo says does not concern us.
fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(ROUNDS, |number| number.parse().expect("`--rounds` is followed by a number"))
}

//! Measures hits in front of a shared store against hits in memory, and simulates fleets of up to a thousand nodes;
//! prints both as Markdown, and draws the fleets into `benches/results/fleet.svg`.
//!
//! `cargo bench -p cache-benches --bench tiers [-- --rounds N]`

mod chart;
mod hits;

use std::path::Path;

use cache_tests::{FleetPlan, FleetReport};

const ROUNDS: usize = 101;

/// How large the fleets are.
const SIZES: [usize; 6] = [3, 10, 30, 100, 300, 1000];

fn main() -> std::io::Result<()> {
    hits::measure(rounds()).print();
    let fleets = SIZES.map(|nodes| (nodes, FleetPlan::of(nodes).simulate()));
    print(&fleets);
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("fleet.svg"), chart::svg(&fleets))
}

fn print(fleets: &[(usize, FleetReport)]) {
    println!(
        "\n| nodes | in front | messages heard a second | requests a second | stale | stale for, half | at most |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (nodes, fleet) in fleets {
        let FleetReport { heard, requests, usual_staleness, worst_staleness, .. } = fleet;
        let (in_front, stale) = (fleet.in_front * 100.0, fleet.stale * 100.0);
        println!(
            "| {nodes} | {in_front:.1} % | {heard:.0} | {requests:.0} | {stale:.2} % | {usual_staleness:?} | \
             {worst_staleness:?} |"
        );
    }
}

/// The number after `--rounds`; what else cargo says does not concern us.
fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(ROUNDS, |number| number.parse().expect("`--rounds` is followed by a number"))
}

//! Simulates fleets of up to a thousand nodes, prints them as Markdown, and draws them into
//! `benches/results/fleet.svg`.
//!
//! `cargo bench -p cache-benches --bench fleet`

mod chart;

use std::path::Path;

use cache_tests::{FleetPlan, FleetReport};

/// How large the fleets are.
const SIZES: [usize; 6] = [3, 10, 30, 100, 300, 1000];

fn main() -> std::io::Result<()> {
    let fleets = SIZES.map(|nodes| (nodes, FleetPlan::of(nodes).simulate()));
    print(&fleets);
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("fleet.svg"), chart::svg(&fleets))
}

fn print(fleets: &[(usize, FleetReport)]) {
    println!(
        "| nodes | in front | messages heard a second | requests a second | stale | stale for, half | at most |"
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

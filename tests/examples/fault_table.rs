//! Prints the table of faults: every networked set-up under every fault, with callers that ask and invalidate all the time.
//!
//! Names of set-ups as arguments (`redis`, `cluster`, …: a part of the name, in any case) choose some of them. Rows are told
//! as they come, and printed in order at the end.

use cache_tests::{Row, SetUp, fault_table};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).map(|name| name.to_lowercase()).collect();
    let is_wanted = |set_up: &SetUp| {
        let name = set_up.as_str().to_lowercase();
        wanted.is_empty() || wanted.iter().any(|wanted| name.contains(wanted))
    };
    let set_ups: Vec<_> = SetUp::ALL.into_iter().filter(is_wanted).collect();
    let rows = fault_table(&set_ups, |row| {
        eprintln!("{row}");
        for remark in &row.remarks {
            eprintln!("{remark}");
        }
    });
    println!("{}", Row::HEAD);
    for row in rows {
        println!("{row}");
    }
}

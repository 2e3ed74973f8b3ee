//! Every networked set-up under every fault, as the table in `tests/README.md` has it: its bounds are kept.

use std::time::Duration;

use cache_tests::{Row, SetUp, fault_table};

/// What a caller waits for at most, whatever the store does: twice the `wait` of five seconds, at which those who still wait
/// for another's computation compute alone. Three seconds are common: the life of a lease that could not be released.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn every_call_is_answered_rightly_and_in_time_whatever_happens_to_a_store() {
    let rows = fault_table(&SetUp::ALL, |_| ());

    println!("{}", Row::HEAD);
    for row in &rows {
        println!("{row}");
    }
    let unsound: Vec<_> = rows.iter().filter(|row| !row.is_sound(LONGEST)).collect();
    assert!(unsound.is_empty(), "{unsound:#?}");
    assert!(rows.len() > 70, "{} rows", rows.len());
}

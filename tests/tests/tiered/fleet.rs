//! Whole fleets, simulated: fresh within the bounds, whatever their size, and though some are cut off.

use std::time::Duration;

use cache_runtime::backend::tiered::Options;
use cache_tests::FleetPlan;

use crate::stage::options;

/// A fleet that a build without optimisation simulates in seconds.
fn plan(nodes: usize) -> FleetPlan {
    FleetPlan { keys: 100, reads: 20, changes: 20, time: Duration::from_secs(12), ..FleetPlan::of(nodes) }
}

#[test]
fn a_fleet_that_hears_is_stale_for_one_poll_at_most() {
    let Options { poll_every, .. } = options();
    for nodes in [2, 20, 100] {
        let report = plan(nodes).simulate();

        assert!(report.worst_staleness <= poll_every, "{report:?}");
        assert!(report.stale > 0.0 && report.stale < 0.05, "{report:?}");
        assert_eq!((report.unreachable, report.old_at_the_end), (0, 0), "{report:?}");
    }
}

#[test]
fn nodes_that_are_cut_off_are_stale_for_as_long_as_they_trust_and_no_longer() {
    let Options { poll_every, trust_for, .. } = options();
    let report = FleetPlan { cut_off: 30, ..plan(50) }.simulate();

    assert!(report.worst_staleness > poll_every, "{report:?}");
    assert!(report.worst_staleness <= trust_for, "{report:?}");
    assert!(report.unreachable > 0, "{report:?}");
    assert_eq!(report.old_at_the_end, 0, "{report:?}");
}

#[test]
fn most_lookups_of_a_fleet_are_answered_in_front() {
    let of = |nodes| FleetPlan { reads: 200, changes: 2, ..plan(nodes) }.simulate();
    let (small, large) = (of(2), of(40));

    assert!(small.in_front > 0.9 && large.in_front > 0.9, "{small:?} {large:?}");
}

#[test]
fn a_fleet_goes_the_same_way_for_the_same_seed() {
    let plan = FleetPlan { cut_off: 50, time: Duration::from_secs(3), ..plan(10) };

    assert_eq!(plan.simulate(), plan.simulate());
}

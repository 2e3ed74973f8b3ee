//! The times of a hit as a chart.

use cache_benches::report::chart::{Chart, Row};
use cache_benches::subject::{OURS, SUBJECTS, Subject, Task};

use super::Report;
use super::table::name;

/// Bars for the task with three parts in its key, on one thread: the shorter the better.
pub(crate) fn svg(report: &Report) -> String {
    let rows = SUBJECTS.iter().filter_map(|subject| row(report, subject)).collect();
    let title = "A hit in memory: nanoseconds, three parts in the key".to_owned();
    Chart { title, subtitle: report.machine.clone(), rows }.svg()
}

fn row(report: &Report, subject: &Subject) -> Option<Row> {
    let value = report.one.of(subject, Task::ThreeParts)?.nanoseconds;
    let note = counted(report.counts.allocations_per_hit(subject));
    Some(Row { label: name(subject), is_ours: subject.name == OURS.name, value, note })
}

fn counted(allocations: f64) -> String {
    match allocations {
        0.0 => "no allocation".to_owned(),
        1.0 => "1 allocation".to_owned(),
        _ => format!("{allocations:.1} allocations"),
    }
}

//! The cost of a hit as a chart: over the number of callers, and over the number of entries.

use cache_benches::pairs::Compared;
use cache_benches::report::lines::{Line, Lines, Panel};

use super::report::{Report, Store};
use super::work::{CALLERS, Task};

/// Two planes: the lower the better.
pub(crate) fn svg(report: &Report) -> String {
    let by_callers = Panel {
        name: "µs, by callers at once (1 kB)".to_owned(),
        lines: lines(report, |store| {
            let hits = CALLERS.iter().filter_map(|callers| Some((*callers, store.did(Task::Hit, *callers)?)));
            hits.collect()
        }),
    };
    let by_entries = Panel {
        name: "µs, by entries (100 bytes, 64 callers)".to_owned(),
        lines: lines(report, |store| store.sizes.iter().map(|size| (size.entries, size.compared)).collect()),
    };
    let title = "A hit of each store: microseconds on the wall".to_owned();
    Lines { title, subtitle: report.machine.clone(), panels: vec![by_callers, by_entries] }.svg()
}

fn lines(report: &Report, hits: impl Fn(&Store) -> Vec<(usize, Compared)>) -> Vec<Line> {
    let of_stores = report.stores.iter().map(|store| Line {
        label: store.name.to_owned(),
        points: hits(store)
            .into_iter()
            .map(|(number, hit)| (as_float(number), 1e6 / hit.per_second))
            .collect(),
    });
    of_stores.filter(|line| !line.points.is_empty()).collect()
}

fn as_float(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a million at most")]
    let float = number as f64;
    float
}

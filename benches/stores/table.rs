//! The report as Markdown.

use std::fmt::Write;

use cache_benches::report::goal::{self, Goal};
use cache_benches::report::short;

use super::entries::SIZES;
use super::report::{Report, Store};
use super::work::{CALLERS, CROWD, Task};

const FACT: &str = "a string takes every text";

const METHOD: &str = "All in one run of `cargo bench -p cache-benches --bench stores`, each store beside its bare \
    client on servers of their own. Each figure is the median of rounds in which both sides have a turn with the same \
    keys, values of 1,000 bytes, codec and number of callers; a ratio is taken within each round before its median is. \
    Rates are by the clock on the wall, and include the server, which shares the processors; processor time is that of \
    this process, which servers have no part in. Only ratios mean something on a busy machine.";

/// The whole report.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = String::from("# Stores, measured\n\n");
    writeln!(text, "{}; {} rounds. {METHOD}\n", report.machine, report.plan.rounds).expect(FACT);
    text += "![Cost of a hit by callers and by entries](stores.svg)\n\n";
    text += &goal::table(&bars(report));
    text += &works(report);
    text += &callers(report);
    text += &sizes(report);
    text + &fronts(report)
}

fn bars(report: &Report) -> Vec<Goal> {
    let of_stores = report.stores.iter().filter_map(|store| {
        let (bar, hit) = (store.bar?, store.did(Task::Hit, CROWD)?);
        Some(Goal::at_least(
            &format!("hits per second / bare client, {}, {CROWD} at once", store.name),
            bar,
            hit.rate,
        ))
    });
    let of_fronts = report.fronts.iter().filter_map(|front| {
        Some(Goal::at_most(&format!("{} / memory", front.name), front.bar?, front.to_memory))
    });
    of_stores.chain(of_fronts).collect()
}

/// What each store did, with its bare client beside it.
fn works(report: &Report) -> String {
    let mut text = String::from(
        "## Beside the bare client\n\nA hit and a miss are `get`; a fill is `get_or_set` of a key that is not there, \
         with its lease and its fence, where the bare client sends `get` and `set`.\n\n\
         | store | work | callers | per second | of the bare client's | processor, µs | to the bare client's |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for store in &report.stores {
        for (work, compared) in &store.works {
            let (name, task, callers, rate) =
                (store.name, work.task.name(), work.callers, short(compared.rate));
            let (processor, ratio) = (compared.processor / 1000.0, short(compared.processor_ratio));
            let per_second = compared.per_second;
            writeln!(
                text,
                "| {name} | {task} | {callers} | {per_second:.0} | {rate} | {processor:.1} | {ratio} |"
            )
            .expect(FACT);
        }
    }
    text += "\nThe bare clients:\n\n";
    for store in report.stores.iter().filter(|store| !store.works.is_empty()) {
        writeln!(text, "- {}: {}.", store.name, store.client).expect(FACT);
    }
    text + "\n"
}

/// Hits by the number of callers, whose rates stand above.
fn callers(report: &Report) -> String {
    let mut text = format!(
        "## By callers\n\nMicroseconds on the wall for one hit (and its rate over the bare client's).\n\n| store |{}\n",
        CALLERS.map(|callers| format!(" {callers} |")).concat()
    );
    writeln!(text, "| --- |{}", " ---: |".repeat(CALLERS.len())).expect(FACT);
    for store in report.stores.iter().filter(|store| !store.works.is_empty()) {
        write!(text, "| {} |", store.name).expect(FACT);
        for compared in CALLERS.iter().filter_map(|callers| store.did(Task::Hit, *callers)) {
            write!(text, " {} ({}) |", short(1e6 / compared.per_second), short(compared.rate)).expect(FACT);
        }
        text += "\n";
    }
    text + "\n"
}

/// Hits by the number of entries.
fn sizes(report: &Report) -> String {
    let mut text = format!(
        "## By entries\n\nMicroseconds on the wall for one hit of {CROWD} callers, on values of 100 bytes (and over the \
         bare client's, which asks for a thousand entries of its own in the same store; memory beside itself).\n\n\
         | store |{}\n",
        SIZES.map(|entries| format!(" {entries} |")).concat()
    );
    writeln!(text, "| --- |{}", " ---: |".repeat(SIZES.len())).expect(FACT);
    for Store { name, sizes, .. } in report.stores.iter().filter(|store| !store.sizes.is_empty()) {
        write!(text, "| {name} |").expect(FACT);
        for size in sizes {
            let (time, ratio) = (1e6 / size.compared.per_second, 1.0 / size.compared.rate);
            write!(text, " {} ({}) |", short(time), short(ratio)).expect(FACT);
        }
        text += "\n";
    }
    text + "\n"
}

fn fronts(report: &Report) -> String {
    let mut text = String::from(
        "## In front of Redis\n\nHits that ask no server: 1,024 keys, one thread, processor time.\n\n\
         | hit of 1 kB | nanoseconds | to memory |\n| --- | ---: | ---: |\n",
    );
    for front in &report.fronts {
        writeln!(text, "| {} | {:.1} | {} |", front.name, front.nanoseconds, short(front.to_memory))
            .expect(FACT);
    }
    text
}

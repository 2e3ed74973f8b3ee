//! The report as Markdown.

use std::fmt::Write;

use cache_benches::subject::{
    CACHED_INTEGER, CACHED_INTEGER_BOUNDED, CACHED_STRING, CACHED_STRING_BOUNDED, OURS, OURS_ASYNC, SUBJECTS,
    Subject, Task,
};

use super::Report;
use super::hits::Hits;
use super::stampede::{TASKS, THREADS};

/// The whole report.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = String::from("# Measured\n\n");
    writeln!(text, "{}. {METHOD}\n", report.machine).expect(FACT);
    text += "![Time of a hit in memory](hits.svg)\n\n";
    text += &bars(report);
    for hits in [&report.one, &report.two] {
        text += &times(hits);
    }
    text += &shared(report);
    text += &costs(report);
    text + &remarks()
}

const FACT: &str = "a string takes every text";

const METHOD: &str = "All in one run of `cargo bench -p cache-benches --bench report`: CPU time of the \
    asking thread, in rounds in which everyone has a turn; 1,024 keys that are all there; medians. A ratio \
    is taken within each round before its median is.";

struct Bar {
    measure: String,
    wanted: &'static str,
    measured: f64,
    is_met: bool,
}

fn bars(report: &Report) -> String {
    let mut rows = Vec::new();
    let allocations = report.counts.allocations_per_hit(OURS) + report.counts.allocations_per_hit(OURS_ASYNC);
    rows.push(at_most("allocations on a hit, sync and async, all tasks", "0", allocations, 0.0));
    for (kind, ours) in [("", OURS), (", async", OURS_ASYNC)] {
        for task in [Task::Integer, Task::Text, Task::ThreeParts] {
            let ratio = report.one.of(ours, task).expect("we do every task").to_hand;
            let name = format!("hit / lookup by hand, {}{kind}", task.name());
            rows.push(at_most(&name, "≤ 1.2", ratio, 1.2));
        }
    }
    for (cached, how) in [(CACHED_STRING_BOUNDED, "as bounded"), (CACHED_STRING, "unbounded")] {
        for task in [Task::Integer, Task::Text, Task::ThreeParts] {
            let ratio = report.one.ratio(OURS, cached, task);
            let name = format!("hit / `cached` with a string key, {how}, {}", task.name());
            rows.push(at_most(&name, "≤ 0.6", ratio, 0.6));
        }
    }
    for (cached, how) in [(CACHED_INTEGER_BOUNDED, "as bounded"), (CACHED_INTEGER, "unbounded")] {
        let ratio = report.one.ratio(OURS, cached, Task::Integer);
        rows.push(at_most(&format!("hit / `cached` with an integer key, {how}"), "≤ 1.1", ratio, 1.1));
    }
    for (ours, callers) in [(OURS, format!("{THREADS} threads")), (OURS_ASYNC, format!("{TASKS} tasks"))] {
        let name = format!("bodies that run for {callers} with one cold key");
        rows.push(at_most(&name, "1", report.bodies(ours).into(), 1.0));
    }
    for shared in &report.shared {
        let bar = if shared.callers > 1 { ("≥ 0.9", 0.9) } else { ("as near to 1 as it comes", 0.0) };
        let name = format!("hits per second in Redis / bare client, {} at once", shared.callers);
        rows.push(at_least(&name, bar, shared.to_bare));
    }
    let mut text =
        String::from("## The bars\n\n| measure | bar | measured | |\n| --- | --- | ---: | --- |\n");
    for Bar { measure, wanted, measured, is_met } in rows {
        let verdict = if is_met { "met" } else { "**missed**" };
        writeln!(text, "| {measure} | {wanted} | {} | {verdict} |", short(measured)).expect(FACT);
    }
    text + "\n"
}

fn at_most(measure: &str, wanted: &'static str, measured: f64, most: f64) -> Bar {
    Bar { measure: measure.to_owned(), wanted, measured, is_met: measured <= most }
}

fn at_least(measure: &str, (wanted, least): (&'static str, f64), measured: f64) -> Bar {
    Bar { measure: measure.to_owned(), wanted, measured, is_met: measured >= least }
}

/// Hits in Redis, by the wall clock: most of a hit's time is not ours.
fn shared(report: &Report) -> String {
    let mut text = String::from(
        "## A hit in Redis\n\nOne multiplexed connection on loopback, 1,024 keys, rows of 60 bytes; the bare \
         client sends `GET` and decodes the same bytes.\n\n\
         | callers at once | hits per second | to the bare client |\n| ---: | ---: | ---: |\n",
    );
    for shared in &report.shared {
        let (callers, ours, ratio) = (shared.callers, shared.ours, short(shared.to_bare));
        writeln!(text, "| {callers} | {ours:.0} | {ratio} |").expect(FACT);
    }
    text + "\n"
}

/// Nanoseconds of every hit, and how they compare with the lookup by hand.
fn times(hits: &Hits) -> String {
    let threads =
        if hits.threads == 1 { "one thread".to_owned() } else { format!("{} threads", hits.threads) };
    let mut text = format!("## A hit in memory, {threads}: ns (to the lookup by hand)\n\n| |");
    for task in hits.tasks() {
        write!(text, " {} |", task.name()).expect(FACT);
    }
    write!(text, "\n| --- |{}\n", " ---: |".repeat(hits.tasks().count())).expect(FACT);
    for subject in SUBJECTS {
        write!(text, "| {} |", name(subject)).expect(FACT);
        for task in hits.tasks() {
            match hits.of(subject, task) {
                Some(hit) => write!(text, " {:.1} ({:.2}) |", hit.nanoseconds, hit.to_hand).expect(FACT),
                None => text += " |",
            }
        }
        text += "\n";
    }
    text + "\n"
}

/// What hits, misses, entries and stampedes cost.
fn costs(report: &Report) -> String {
    let mut text = format!(
        "## What it costs\n\nEntries: 50,000 with an integer in the key and one shared value, so that the \
         bytes are those of the cache. Bodies: {THREADS} threads, or {TASKS} tasks, ask for one key that is \
         not there; the body takes 50 ms.\n\n\
         | | allocations per hit | miss over the bare body, ns | allocations per miss | bytes per entry | bodies |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for (subject, (miss, bodies)) in SUBJECTS.iter().zip(report.misses.iter().zip(&report.bodies)) {
        let (hit, filled) =
            (report.counts.allocations_per_hit(subject), report.counts.allocations_per_miss(subject));
        let bytes = report.counts.bytes_per_entry(subject);
        let (hit, filled) = (short(hit), short(filled));
        writeln!(text, "| {} | {hit} | {miss:.0} | {filled} | {bytes:.0} | {bodies} |", name(subject))
            .expect(FACT);
    }
    text + "\n"
}

fn remarks() -> String {
    let mut text = String::from("## Who is who\n\n");
    for subject in SUBJECTS {
        writeln!(text, "- {}: {}.", name(subject), subject.remark).expect(FACT);
    }
    text
}

/// A subject as a person reads it.
pub(crate) fn name(subject: &Subject) -> String {
    let kind = if subject.is_async { ", async" } else { "" };
    format!("{}{kind}", subject.name)
}

/// At most two digits after the point, and no zeros there.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

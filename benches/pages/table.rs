//! The report as Markdown, and its chart.

use std::fmt::Write;

use cache_benches::page::{ATTRIBUTE, BARE, ROUTE, SHARED, SITE, SITES, SIZES, Site};
use cache_benches::report::chart::{Chart, Row};
use cache_benches::report::goal::{self, Goal};
use cache_benches::report::short;

use super::load::{CONNECTIONS, Turn};
use super::servers::Who;
use super::visitors::VISITORS;
use super::{Entrant, PROCESSES, Report};

const FACT: &str = "a string takes every text";

/// The size that the bars speak of, in [`SIZES`].
const SMALL: usize = 0;

/// The whole report.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = String::from("# Pages, measured\n\n");
    let method = format!(
        "All in one run of `cargo bench -p cache-benches --bench pages`: real servers, each with two threads or workers, \
         loaded by `wrk` over {CONNECTIONS} open connections on the same machine, one after the other in every round; medians. \
         A ratio is taken within each round before its median is. CPU: user and system time of the server's own \
         processes, for one request."
    );
    writeln!(text, "{}. {method}\n\n![Hits per second](pages.svg)\n", report.machine).expect(FACT);
    text += &goal::table(&goals(report));
    for size in 0..SIZES.len() {
        text += &times(report, size);
    }
    text += &allocations(report);
    text += &stampedes(report);
    text + &remarks(report)
}

fn goals(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    let rate = |turn: &Turn| turn.per_second;
    let of = |name: &'static str| report.entrant(Who::Site(name));
    for ours in [ATTRIBUTE, ROUTE, SITE] {
        let Some((own, bare)) = of(ours.name).zip(of(BARE.name)) else { continue };
        let name = short_name(ours.name);
        let per_second = own.ratio(bare, SMALL, rate);
        goals.push(Goal::at_least(&format!("hits per second / bare handler, {name}"), 0.95, per_second));
        let cpu = own.ratio(bare, SMALL, |turn| turn.cpu);
        goals.push(Goal::at_most(&format!("CPU of a hit / bare handler, {name}"), 1.15, cpu));
    }
    if let Some((own, peer)) = of(ATTRIBUTE.name).zip(of("axum-response-cache")) {
        let ratio = own.ratio(peer, SMALL, rate);
        goals.push(Goal::open("hits per second / axum-response-cache", "as near to 1 as it comes", ratio));
    }
    let peers = [
        (Who::Site("tower-http-cache"), 1.3),
        (Who::Site("hitbox-tower"), 1.3),
        (Who::Site("http-cache-tower-server"), 1.3),
        (Who::Nginx, 1.1),
        (Who::DjangoLocMem, 10.0),
    ];
    for (peer, least) in peers {
        if let Some((own, peer)) = of(ATTRIBUTE.name).zip(report.entrant(peer)) {
            // No cache on this server reaches more than the handler alone does.
            let most = of(BARE.name).map_or(String::new(), |bare| short(bare.ratio(peer, SMALL, rate)));
            let name = format!("hits per second / {} (the bare handler: {most})", peer.subject.name);
            goals.push(Goal::at_least(&name, least, own.ratio(peer, SMALL, rate)));
        }
    }
    goals.extend(copies(report));
    for ours in [ATTRIBUTE, ROUTE, SITE, SHARED] {
        if let Some((runs, _)) = of(ours.name).and_then(|own| own.stampede) {
            let name = format!("handler runs, {VISITORS} cold visitors, {}", short_name(ours.name));
            goals.push(Goal::at_most(&name, 1.0, runs.into()));
        }
    }
    if let Some(runs) = report.shared_runs {
        let name = format!("handler runs, {VISITORS} cold visitors, {PROCESSES} processes on one Redis");
        goals.push(Goal::at_most(&name, 1.0, runs.into()));
    }
    goals
}

/// A copy of a body would be among the bytes that are allocated.
fn copies(report: &Report) -> Vec<Goal> {
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let body = SIZES[SMALL].bytes as f64;
    let bytes = |site: &Site| report.allocated.of(site).map(|each| each.bytes);
    let goal = |own: &Site| {
        let copied = (bytes(own)? - bytes(BARE)?).max(0.0) / body;
        Some(Goal::at_most(
            &format!("copies of the body on a hit, {}", short_name(own.name)),
            0.0,
            copied.floor(),
        ))
    };
    [ATTRIBUTE, ROUTE, SITE].into_iter().filter_map(goal).collect()
}

fn allocations(report: &Report) -> String {
    let mut text = String::from(
        "## Allocations for one hit\n\nAsked in process, the page of 10 kB, from the router to the end of the body.\n\n\
         | | allocations | bytes |\n| --- | ---: | ---: |\n",
    );
    for site in SITES {
        if let Some(each) = report.allocated.of(site) {
            writeln!(text, "| {} | {} | {:.0} |", site.name, short(each.count), each.bytes).expect(FACT);
        }
    }
    text + "\n"
}

/// Without the name that all of ours have.
fn short_name(name: &str) -> &str {
    name.strip_prefix("cache-runtime, ").unwrap_or(name)
}

fn times(report: &Report, size: usize) -> String {
    let mut text = format!(
        "## A page of {}\n\n| | hits per second | to the bare handler | CPU, µs | to the bare handler | median, ms | 99 %, ms |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        SIZES[size].name
    );
    let bare = report.entrant(Who::Site(BARE.name));
    for entrant in &report.entrants {
        let ratio =
            |of: fn(&Turn) -> f64| bare.map_or(String::new(), |bare| short(entrant.ratio(bare, size, of)));
        writeln!(
            text,
            "| {} | {:.0} | {} | {:.1} | {} | {} | {} |",
            entrant.subject.name,
            entrant.median(size, |turn| turn.per_second),
            ratio(|turn| turn.per_second),
            entrant.median(size, |turn| turn.cpu),
            ratio(|turn| turn.cpu),
            short(entrant.median(size, |turn| turn.median)),
            short(entrant.median(size, |turn| turn.slowest)),
        )
        .expect(FACT);
    }
    text + "\n"
}

fn stampedes(report: &Report) -> String {
    let mut text = format!(
        "## {VISITORS} visitors of one cold page\n\nAll are connected before one asks; the handler takes 50 ms.\n\n\
         | | handler runs | visitors served |\n| --- | ---: | ---: |\n"
    );
    for Entrant { subject, stampede, .. } in &report.entrants {
        match stampede {
            Some((runs, served)) => writeln!(text, "| {} | {runs} | {served} |", subject.name),
            None => writeln!(text, "| {} | failed | |", subject.name),
        }
        .expect(FACT);
    }
    text + "\n"
}

fn remarks(report: &Report) -> String {
    let mut text = String::from("## Who is who\n\n");
    for Entrant { subject, .. } in &report.entrants {
        writeln!(text, "- {}: {}.", subject.name, subject.remark).expect(FACT);
    }
    for reason in &report.missing {
        writeln!(text, "- Left out: {reason}.").expect(FACT);
    }
    text
}

/// Hits per second with the small page: the longer the better.
pub(crate) fn chart(report: &Report) -> Chart {
    let row = |entrant: &Entrant| Row {
        label: entrant.subject.name.clone(),
        is_ours: entrant.subject.is_ours,
        value: entrant.median(SMALL, |turn| turn.per_second),
        note: format!("{} ms at 99 %", short(entrant.median(SMALL, |turn| turn.slowest))),
    };
    let rows = report.entrants.iter().map(row).collect();
    Chart { title: "Hits per second, a page of 10 kB".to_owned(), subtitle: report.machine.clone(), rows }
}

//! Counts what each subject allocates: for a hit, and for each entry it keeps; with `pages`, what each site allocates
//! for a request of a page that is there.
//!
//! Prints lines of `kind`, subject, task and number, separated by tabs.
//! A program of its own, because counting slows every allocation.

use allocation_counter::measure;
use cache_benches::page::{Asked, Kind, SITES, requests};
use cache_benches::subject::{SUBJECTS, Subject};

/// Hits to count; enough that a peer's upkeep at every few hundred reads shows.
const HITS: u64 = 65_536;
/// Entries to keep: half of what a bounded cache may hold here, in one thread.
const ENTRIES: u64 = 50_000;
/// Requests of a page to count.
const REQUESTS: usize = 1024;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("pages") {
        pages();
    } else {
        functions();
    }
}

fn pages() {
    for site in SITES.iter().filter(|site| site.kind != Kind::OursShared) {
        let asked = Asked::warm(site);
        let requests = requests(REQUESTS);
        let counted = measure(|| asked.ask(requests));
        print("pages", site.name, "count", counted.count_total.into(), REQUESTS as u64);
        print("pages", site.name, "bytes", counted.bytes_total.into(), REQUESTS as u64);
    }
}

fn functions() {
    for subject in SUBJECTS {
        // First, while the subject is empty: what it sets aside beforehand belongs to its entries.
        let kept = measure(|| (subject.misses)(0, ENTRIES));
        line("bytes", subject, "", kept.bytes_current.into(), ENTRIES);
        line("misses", subject, "", kept.count_total.into(), ENTRIES);
        for (task, hits) in subject.hits {
            hits(HITS);
            let counted = measure(|| hits(HITS));
            line("hits", subject, task.name(), counted.count_total.into(), HITS);
        }
    }
}

fn line(kind: &str, subject: &Subject, task: &str, sum: i128, of: u64) {
    print(kind, &subject.id(), task, sum, of);
}

fn print(kind: &str, name: &str, task: &str, sum: i128, of: u64) {
    #[expect(clippy::cast_precision_loss, reason = "sums of a few millions")]
    let each = sum as f64 / of as f64;
    println!("{kind}\t{name}\t{task}\t{each}");
}

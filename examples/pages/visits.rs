//! The visits, scene by scene, and what came of them.

use std::error::Error;
use std::time::Duration;

use cache_examples::{Align, Paint, Table, count, duration};
use cache_runtime::testing::TestClock;

use crate::SECRET;
use crate::client::{Answer, Client, Visit};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How often a page is asked for once it is warm; the fastest counts.
const WARM: u32 = 20;
/// How often a stale page is asked for until the one that is made behind it is there.
const PATIENCE: u32 = 10_000;

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

pub(crate) async fn all(client: &Client, clock: &TestClock, paint: Paint) -> Outcome {
    compressed(client, paint).await?;
    stale(client, clock, paint).await?;
    operators(client, paint).await
}

/// One page that is compressed for each visitor, and one that is stored compressed.
async fn compressed(client: &Client, paint: Paint) -> Outcome {
    let visits: [(&str, Visit<'_>, &str); 4] = [
        ("/list/US, plain", ("GET", "/list/US", &[]), "outside: one entry for all"),
        ("/list/US, gzip", ("GET", "/list/US", &[GZIP]), "a hit at once, compressed again for each visitor"),
        (
            "/packed/US, gzip",
            ("GET", "/packed/US", &[GZIP]),
            "inside: an entry for each encoding, compressed once",
        ),
        ("/packed/US, plain", ("GET", "/packed/US", &[]), "Vary: Accept-Encoding keeps them apart"),
    ];
    heading("Compressed outside of the cache, and inside", paint);
    let mut table = Table::new([
        ("asked", Align::Left),
        ("bytes", Align::Right),
        ("first", Align::Right),
        ("next", Align::Right),
        ("Cache-Status, first", Align::Left),
    ]);
    for (label, visit, remark) in visits {
        let (first, next) = first_and_next(client, visit).await?;
        let (bytes, times) = (count(next.body.len() as u64), [first.time, next.time].map(duration));
        let [first_time, next_time] = times;
        table.row([label.to_owned(), bytes, first_time, next_time, said(&first)], remark);
    }
    print(&table, paint);
    Ok(())
}

/// The first answer, and the fastest of the next ones.
async fn first_and_next(client: &Client, visit: Visit<'_>) -> Outcome<(Answer, Answer)> {
    let first = client.visit(visit).await?;
    let mut next = client.visit(visit).await?;
    for _ in 1..WARM {
        let again = client.visit(visit).await?;
        if again.time < next.time {
            next = again;
        }
    }
    Ok((first, next))
}

/// A page that is older than it should be.
async fn stale(client: &Client, clock: &TestClock, paint: Paint) -> Outcome {
    const PAGE: Visit<'_> = ("GET", "/largest", &[]);
    heading("Grown stale: stale_while_revalidate = \"10m\"", paint);
    let mut steps = Steps::new();
    steps.said("/largest", &client.visit(PAGE).await?);
    clock.advance(Duration::from_secs(90));
    steps.said("… 90 seconds later", &client.visit(PAGE).await?);
    steps.said("… when it was made anew", &fresh(client, PAGE).await?);
    print(&steps.0, paint);
    Ok(())
}

/// The page as soon as it is fresh again.
async fn fresh(client: &Client, page: Visit<'_>) -> Outcome<Answer> {
    for _ in 0..PATIENCE {
        let answer = client.visit(page).await?;
        if !said(&answer).contains("ttl=-") {
            return Ok(answer);
        }
    }
    Err("the page stays stale".into())
}

/// What operators see and do.
async fn operators(client: &Client, paint: Paint) -> Outcome {
    heading("For operators, who bring a secret", paint);
    let bearer = format!("Bearer {SECRET}");
    let secret = [("authorization", bearer.as_str())];
    let drop_page = "/admin/cache/invalidate?url=/largest";
    let mut steps = Steps::new();
    steps.said("GET /admin/cache, a stranger", &client.visit(("GET", "/admin/cache", &[])).await?);
    steps.said(&format!("POST {drop_page}"), &client.visit(("POST", drop_page, &secret)).await?);
    steps.said("/largest", &client.visit(("GET", "/largest", &[])).await?);
    steps.said("PURGE /list/US, a stranger", &client.visit(("PURGE", "/list/US", &[])).await?);
    steps.said("PURGE /list/US", &client.visit(("PURGE", "/list/US", &secret)).await?);
    steps.said("/list/US", &client.visit(("GET", "/list/US", &[])).await?);
    print(&steps.0, paint);
    let listed = client.visit(("GET", "/admin/cache", &secret)).await?;
    println!("\n  GET /admin/cache");
    for line in String::from_utf8_lossy(&listed.body).lines() {
        println!("    {}", line.replace('\t', "  "));
    }
    Ok(())
}

/// Visits, one by one.
struct Steps(Table<4>);

impl Steps {
    fn new() -> Self {
        Self(Table::new([
            ("asked", Align::Left),
            ("status", Align::Right),
            ("time", Align::Right),
            ("Cache-Status", Align::Left),
        ]))
    }

    fn said(&mut self, label: &str, answer: &Answer) {
        let status = answer.status.as_u16().to_string();
        self.0.row([label.to_owned(), status, duration(answer.time), said(answer)], "");
    }
}

/// What the innermost cache says that had a part in the answer.
fn said(answer: &Answer) -> String {
    let said = answer.header("cache-status");
    said.split(", ").next().unwrap_or_default().to_owned()
}

fn heading(title: &str, paint: Paint) {
    println!("\n{}\n", paint.bold(title));
}

fn print<const N: usize>(table: &Table<N>, paint: Paint) {
    for line in table.lines(paint) {
        println!("{line}");
    }
}

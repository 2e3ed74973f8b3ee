//! What follows the table: a crowd, refreshes, invalidations, a typo, and what all that added up to.

use std::error::Error;
use std::future::Future;
use std::time::Instant;

use cache_examples::{Align, Db, Paint, Table, count, duration};
use cache_runtime::{cache, force_refresh};
use tokio::task::JoinSet;

use crate::queries::{capital, distances, largest};

type Outcome = Result<(), Box<dyn Error>>;

/// The title of a scene.
pub(crate) fn heading(title: &str, paint: Paint) {
    println!("\n{}\n", paint.bold(title));
}

/// A table, line by line.
pub(crate) fn print<const N: usize>(table: &Table<N>, paint: Paint) {
    for line in table.lines(paint) {
        println!("{line}");
    }
}

/// Many tasks ask at once for what nobody has asked before.
pub(crate) async fn crowd(db: &Db, quick: bool, paint: Paint) -> Outcome {
    const CROWD: u64 = 1000;
    let country = if quick { "FR" } else { "US" };
    heading("A thousand tasks ask at once", paint);
    let before = cache("default")?.stats();
    let watch = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..CROWD {
        let db = db.clone();
        tasks.spawn(async move { distances(&db, country).await });
    }
    while let Some(answer) = tasks.join_next().await {
        answer??;
    }
    let elapsed = duration(watch.elapsed());
    let after = cache("default")?.stats();
    let bodies = after.computations - before.computations;
    println!(
        "  distances(\"{country}\") × {}: {bodies} computed, all were answered in {elapsed}",
        count(CROWD)
    );
    Ok(())
}

/// Ways to ask for a fresh value.
pub(crate) async fn refresh(db: &Db, paint: Paint) -> Outcome {
    heading("Refreshed, although it is there", paint);
    let mut steps = Steps::new();
    steps.call("capital(db, \"FR\", false)", async { capital(db, "FR", false) }).await?;
    steps.call("capital(db, \"FR\", true)", async { capital(db, "FR", true) }).await?;
    steps.call("capital::refresh(db, \"FR\")", async { capital::refresh(db, "FR") }).await?;
    steps.call("largest(db, \"DE\", 4)", largest(db, "DE", 4)).await?;
    let scope = force_refresh(async { largest(db, "DE", 4).await.and_then(|_| capital(db, "FR", false)) });
    steps.call("force_refresh(async { largest(…), capital(…) })", scope).await?;
    print(&steps.table, paint);
    Ok(())
}

/// Invalidations: by arguments, and by tag.
pub(crate) async fn invalidation(db: &Db, paint: Paint) -> Outcome {
    heading("Invalidated, by arguments and by tag", paint);
    let cache = cache("default")?;
    let mut steps = Steps::new();
    steps.call("largest(db, \"DE\", 4)", largest(db, "DE", 4)).await?;
    steps.said("largest::invalidate(\"DE\", 4)", largest::invalidate("DE", 4).await);
    steps.said("largest::peek(\"DE\", 4)", found(largest::peek("DE", 4).await));
    steps.call("largest(db, \"DE\", 4)", largest(db, "DE", 4)).await?;
    steps.call("distances(db, \"DE\")", distances(db, "DE")).await?;
    let invalidated = cache.invalidate_tag("country:DE").await;
    steps.said("cache.invalidate_tag(\"country:DE\")", invalidated.map(|()| "both lose their value"));
    steps.said("largest::peek(\"DE\", 4)", found(largest::peek("DE", 4).await));
    steps.said("distances::peek(\"DE\")", found(distances::peek("DE").await));
    steps.said("capital::peek(\"FR\")", found(capital::peek("FR")));
    print(&steps.table, paint);
    Ok(())
}

/// A mistake that the compiler finds, and what it says; a test compiles it and compares.
pub(crate) fn typo(paint: Paint) {
    heading("A typo does not compile", paint);
    for line in include_str!("typo.rs").lines().skip_while(|line| !line.starts_with('#')).take(4) {
        println!("  {}", paint.dim(line));
    }
    println!();
    for line in include_str!("typo.stderr").replace("$WORKSPACE/", "").trim_end().lines() {
        let line = if line.starts_with("error") { paint.red(line) } else { line.to_owned() };
        println!("{}", format!("  {line}").trim_end());
    }
}

/// What all that added up to.
pub(crate) fn farewell(paint: Paint) -> Outcome {
    heading("In all", paint);
    let stats = cache("default")?.stats();
    let reasons = stats.misses.iter().filter(|(_, times)| **times > 0);
    let reasons: Vec<_> = reasons.map(|(reason, times)| format!("{} {reason}", count(*times))).collect();
    let (hits, misses) = (count(stats.hits), count(stats.total_misses()));
    println!("  {hits} hits, {misses} misses ({})", reasons.join(", "));
    let (bodies, waits, errors) = (count(stats.computations), count(stats.waits), count(stats.errors));
    println!("  {bodies} computed, {waits} waited for another's computation, {errors} errors of the store");
    if let Some(entries) = stats.entries {
        println!("  {} entries are kept in memory", count(entries));
    }
    Ok(())
}

/// Calls, each with what came of it.
struct Steps {
    table: Table<3>,
}

impl Steps {
    fn new() -> Self {
        let head = [("call", Align::Left), ("time", Align::Right), ("what happened", Align::Left)];
        Self { table: Table::new(head) }
    }

    /// Calls a cached function, and looks at the counters for what it did.
    async fn call<T>(&mut self, text: &str, call: impl Future<Output = rusqlite::Result<T>>) -> Outcome {
        let before = cache("default")?.stats().computations;
        let watch = Instant::now();
        call.await?;
        let time = duration(watch.elapsed());
        let happened = match cache("default")?.stats().computations - before {
            0 => "from the cache".to_owned(),
            1 => "computed".to_owned(),
            bodies => format!("{bodies} computed"),
        };
        self.table.row([text.to_owned(), time, happened], "");
        Ok(())
    }

    /// What an operation of the cache itself returned; these do tell of a store that is down.
    fn said<T: ToString>(&mut self, text: &str, said: cache_runtime::Result<T>) {
        let said = said.map_or_else(|error| error.kind().as_str().to_owned(), |value| value.to_string());
        self.table.row([text.to_owned(), String::new(), said], "");
    }
}

/// What a look without computing found.
fn found<T>(peeked: cache_runtime::Result<Option<T>>) -> cache_runtime::Result<&'static str> {
    Ok(if peeked?.is_some() { "there" } else { "nothing" })
}

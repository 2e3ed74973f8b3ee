//! Lookups in databases against the bare client, in one run, printed as Markdown.
//!
//! `cargo bench -p cache-benches --bench databases [-- --rounds N]`
//!
//! Both sides have eight connections and the same table; every value has a kilobyte. The bars: `get` with 64
//! callers at least 0.8 of the bare client's throughput.

mod bare;

use std::future::Future;
use std::time::{Duration, Instant};

use bare::Bare;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::database::{Database, Options};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_tests::{Folder, SqlServer};

/// How many rounds there are unless stated.
const ROUNDS: usize = 21;
/// How many entries the table has.
const ENTRIES: usize = 1000;
/// Lookups in one turn.
const LOOKUPS: usize = 2048;
/// How many callers ask at once.
const CALLERS: [usize; 3] = [1, 8, 64];
/// How many keys one `get_many` names.
const MANY: usize = 100;
/// Connections of each side.
const CONNECTIONS: u32 = 8;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("the operating system gives two threads");
    let folder = Folder::new();
    let file = format!("sqlite://{}", folder.file("cache.db").display());
    let servers = [("PostgreSQL", SqlServer::postgres()), ("MariaDB", SqlServer::mariadb())];
    let places =
        [("SQLite", file)].into_iter().chain(servers.each_ref().map(|(name, server)| (*name, server.url())));
    println!(
        "| store | lookup | callers | per second | over the bare client |\n| --- | --- | --- | --- | --- |"
    );
    for (name, url) in places {
        runtime.block_on(measure(name, &url));
    }
}

/// Prints the rows of one engine.
async fn measure(name: &str, url: &str) {
    Database::url(url)
        .expect("the harness writes URLs that we read")
        .create_table()
        .await
        .expect("it answers");
    let options = Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..Options::at(url) };
    let store = options.build(&Clock::system()).expect("the options are sound");
    let keys: Vec<String> = (0..ENTRIES).map(|index| format!("bench:1:row:{index}")).collect();
    let entries: Vec<_> = keys.iter().map(|key| (key.clone(), vec![7; 1024].into())).collect();
    store.set_many(&entries, Life::Forever).await.expect("it takes entries");
    let bare = Bare::connect(url, CONNECTIONS).await;
    for callers in CALLERS {
        let ours = |index: usize| get(store.clone(), keys[index % ENTRIES].clone());
        let theirs = |index: usize| bare.clone().get(keys[index % ENTRIES].clone());
        row(name, "`get`", callers, LOOKUPS, ours, theirs).await;
    }
    let some =
        |index: usize| keys.iter().cycle().skip(index % ENTRIES).take(MANY).cloned().collect::<Vec<_>>();
    let ours = |index: usize| get_many(store.clone(), some(index));
    let theirs = |index: usize| bare.clone().get_many(some(index));
    row(name, "`get_many` of 100", 1, LOOKUPS / 16, ours, theirs).await;
}

async fn get(store: SharedBackend, key: String) {
    assert_eq!(store.get(&key).await.expect("it answers").expect("it is there").bytes.len(), 1024);
}

async fn get_many(store: SharedBackend, keys: Vec<String>) {
    assert_eq!(store.get_many(&keys).await.expect("it answers").into_iter().flatten().count(), MANY);
}

/// Turns of both, one after the other, in every round; prints the medians.
async fn row<F, G>(
    name: &str,
    lookup: &str,
    callers: usize,
    lookups: usize,
    ours: impl Fn(usize) -> F,
    theirs: impl Fn(usize) -> G,
) where
    F: Future<Output = ()> + Send + 'static,
    G: Future<Output = ()> + Send + 'static,
{
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..=rounds() {
        let by_us = turn(callers, lookups, &ours).await;
        let by_bare = turn(callers, lookups, &theirs).await;
        // The first round makes the connections.
        if round > 0 {
            rates.push(by_us);
            ratios.push(by_us / by_bare);
        }
    }
    println!("| {name} | {lookup} | {callers} | {:.0} | {:.2} |", median(rates), median(ratios));
}

/// Lookups per second of one turn.
async fn turn<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    lookups: usize,
    ask: &impl Fn(usize) -> F,
) -> f64 {
    let start = Instant::now();
    let mut next = 0;
    while next < lookups {
        let asked: Vec<_> = (next..next + callers).map(|index| tokio::spawn(ask(index * 31))).collect();
        for lookup in asked {
            lookup.await.expect("every value is right");
        }
        next += callers;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand lookups")]
    let lookups = next as f64;
    lookups / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The number after `--rounds`; what else cargo says does not concern us.
fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(ROUNDS, |number| number.parse().expect("`--rounds` is followed by a number"))
}

//! Servers that fail while cached functions are called: every answer is right, and nobody waits for long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::database::Options;
use cache_runtime::{Caches, cached};
use cache_tests::SqlServer;

use crate::stage::{Place, eventually};

/// How many callers there are.
const CALLERS: u64 = 16;

/// A call waits for its store for 250 ms, and at worst then for another that leads and waits as long. The rest is for a
/// machine that does much else.
const LONGEST: Duration = Duration::from_millis(2 * 250 + 1000);

#[cached(key = "tripled:{number}", timeout = 1)]
async fn tripled(number: u64) -> u64 {
    tokio::task::yield_now().await;
    number * 3
}

/// What callers see while something happens to their store.
struct Load {
    caches: Caches,
    is_over: AtomicBool,
    calls: AtomicU64,
    longest: AtomicU64,
}

impl Load {
    async fn call(self: Arc<Self>, caller: u64) {
        let mut round = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            round += 1;
            let number = (caller + round) % 20;
            let start = Instant::now();
            let found = self.caches.clone().scope(tripled(number)).await;
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap();
            assert_eq!(found, number * 3);
            self.longest.fetch_max(micros, Ordering::Relaxed);
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn hits(&self) -> u64 {
        self.caches.get("default").unwrap().stats().hits
    }

    async fn more_hits_come(&self) {
        let before = self.hits();
        eventually("calls find values", async || self.hits() > before + 10).await;
    }
}

async fn callers_are_served(mut server: SqlServer, fault: fn(&mut SqlServer)) {
    let place = Place::at(&server.url());
    place.store().await;
    let database = cache_runtime::backend::database::Database::over(Options {
        table: place.table.clone(),
        ..Options::at(&place.url)
    });
    let caches = Caches::builder().add("default", database).build().unwrap();
    let load = Arc::new(Load {
        caches,
        is_over: AtomicBool::new(false),
        calls: AtomicU64::new(0),
        longest: AtomicU64::new(0),
    });
    let callers: Vec<_> = (0..CALLERS).map(|caller| tokio::spawn(Arc::clone(&load).call(caller))).collect();
    load.more_hits_come().await;

    let before = load.calls.load(Ordering::Relaxed);
    let server = tokio::task::spawn_blocking(move || {
        fault(&mut server);
        server
    });
    let server = server.await.unwrap();
    let meanwhile = load.calls.load(Ordering::Relaxed) - before;
    let since = Instant::now();
    load.more_hits_come().await;
    let recovered = since.elapsed();
    load.is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    drop(server);

    let longest = Duration::from_micros(load.longest.load(Ordering::Relaxed));
    println!("{meanwhile} calls during the fault, longest {longest:?}, hits again after {recovered:?}");
    assert!(meanwhile >= CALLERS, "{meanwhile} calls were answered meanwhile");
    assert!(longest < LONGEST, "{longest:?}");
}

/// Stands still for longer than every limit.
fn hangs(server: &mut SqlServer) {
    server.pause();
    std::thread::park_timeout(Duration::from_millis(1500));
    server.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_killed_and_restarted_under_load() {
    callers_are_served(SqlServer::postgres(), SqlServer::restart).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mariadb_that_is_killed_and_restarted_under_load() {
    callers_are_served(SqlServer::mariadb(), SqlServer::restart).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_stands_still_under_load() {
    callers_are_served(SqlServer::postgres(), hangs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mariadb_that_stands_still_under_load() {
    callers_are_served(SqlServer::mariadb(), hangs).await;
}

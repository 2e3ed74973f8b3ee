//! Hits in Redis: a cached function against a bare `GET` and the same decoding, on a connection of the same kind.

use std::time::{Duration, Instant};

use cache_benches::report::median;
use cache_benches::task::{KEYS, Row};
use cache_runtime::backend::redis::Redis;
use cache_runtime::{Caches, cached};
use cache_tests::Server;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// How many callers ask at once.
pub(crate) const CALLERS: [usize; 2] = [1, 64];
/// Round trips in one turn.
const CALLS: u64 = 4096;

/// Hits per second with so many callers.
pub(crate) struct Shared {
    /// How many callers asked at once.
    pub(crate) callers: usize,
    /// Ours; the median.
    pub(crate) ours: f64,
    /// Compared with the bare client; the median of the rounds.
    pub(crate) to_bare: f64,
}

/// A server whose cache is known to this program as `shared`.
pub(crate) struct Store {
    server: Server,
}

impl Store {
    /// Starts the server; before any cached function is called.
    pub(crate) fn install() -> Self {
        let server = Server::redis().start();
        let redis = Redis::url(&server.url()).expect("the harness writes URLs that we read");
        Caches::builder().add("shared", redis).install().expect("no cache was used yet");
        Self { server }
    }

    /// Measures hits with one caller and with many.
    pub(crate) fn measure(&self, rounds: usize) -> Vec<Shared> {
        super::runtime().block_on(async {
            let bare = self.bare().await;
            for id in 0..KEYS {
                let row = bincode::serde::encode_to_vec(Row::of(id), bincode::config::standard());
                let () = bare.clone().set(key(id), row.expect("a row")).await.expect("the server takes it");
                assert_eq!(shared_row(id).await, Row::of(id));
            }
            let mut measured = Vec::new();
            for callers in CALLERS {
                measured.push(compare(&bare, rounds, callers).await);
            }
            measured
        })
    }

    async fn bare(&self) -> ConnectionManager {
        let limits = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(Duration::from_millis(50)))
            .set_response_timeout(Some(Duration::from_millis(100)));
        let client = redis::Client::open(format!("{}/?protocol=resp3", self.server.url()));
        let client = client.expect("the harness writes URLs that the client reads");
        client.get_connection_manager_with_config(limits).await.expect("the server is up")
    }
}

#[cached(key = "row:{id}", cache = "shared", timeout = "1h")]
async fn shared_row(id: u64) -> Row {
    tokio::task::yield_now().await;
    Row::of(id)
}

async fn bare_row(mut connection: ConnectionManager, id: u64) -> Row {
    let bytes: Vec<u8> = connection.get(key(id)).await.expect("the server answers");
    let decoded = bincode::serde::decode_from_slice(&bytes, bincode::config::standard());
    decoded.expect("what was written reads back").0
}

fn key(id: u64) -> String {
    format!("bare:{id}")
}

/// Turns of both, one after the other, in every round.
async fn compare(bare: &ConnectionManager, rounds: usize, callers: usize) -> Shared {
    let (mut ours, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let by_us = turn(callers, shared_row).await;
        let connection = bare.clone();
        let by_bare = turn(callers, move |id| bare_row(connection.clone(), id)).await;
        ours.push(by_us);
        ratios.push(by_us / by_bare);
    }
    // The first round made the connections.
    Shared { callers, ours: median(ours.split_off(1)), to_bare: median(ratios.split_off(1)) }
}

/// Calls per second of one turn.
async fn turn<F: Future<Output = Row> + Send + 'static>(
    callers: usize,
    ask: impl Fn(u64) -> F + Clone + Send + 'static,
) -> f64 {
    let each = CALLS / callers as u64;
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers as u64)
        .map(|caller| {
            let ask = ask.clone();
            tokio::spawn(async move {
                for call in 0..each {
                    let id = (caller * 617 + call * 31) % KEYS;
                    assert_eq!(ask(id).await.id, id);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("every row is right");
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    let calls = (each * callers as u64) as f64;
    calls / start.elapsed().as_secs_f64()
}

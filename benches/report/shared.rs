//! Hits in Redis: a cached function against a bare `GET` and the same decoding, on a connection of the same kind.

use std::time::Duration;

use cache_benches::pairs::compare;
use cache_benches::task::{KEYS, Row};
use cache_runtime::backend::redis::Redis;
use cache_runtime::{Caches, cached};
use cache_tests::Server;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// How many callers ask at once.
pub(crate) const CALLERS: [usize; 2] = [1, 64];

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
                let connection = bare.clone();
                let by_hand = move |call| bare_hit(connection.clone(), scattered(call));
                let compared = compare(rounds, callers, |call| hit(scattered(call)), by_hand).await;
                measured.push(Shared { callers, ours: compared.per_second, to_bare: compared.rate });
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

async fn hit(id: u64) {
    assert_eq!(shared_row(id).await.id, id);
}

async fn bare_hit(connection: ConnectionManager, id: u64) {
    assert_eq!(bare_row(connection, id).await.id, id);
}

/// Goes through the keys in an order that is no sequence.
fn scattered(call: usize) -> u64 {
    (call as u64).wrapping_mul(617) % KEYS
}

async fn bare_row(mut connection: ConnectionManager, id: u64) -> Row {
    let bytes: Vec<u8> = connection.get(key(id)).await.expect("the server answers");
    let decoded = bincode::serde::decode_from_slice(&bytes, bincode::config::standard());
    decoded.expect("what was written reads back").0
}

fn key(id: u64) -> String {
    format!("bare:{id}")
}

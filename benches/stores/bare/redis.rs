//! Redis by the crate `redis`: one multiplexed connection that is made anew when it ends.

use std::time::Duration;

use ::redis::AsyncCommands;
use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};

use super::{Bare, LIFE};

#[derive(Clone)]
pub(crate) struct RedisClient(ConnectionManager);

impl RedisClient {
    /// Connects to the server at this URL, with limits, as ours has them.
    pub(crate) async fn connect(url: &str, patience: Duration) -> Self {
        let limits = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        let client = ::redis::Client::open(format!("{url}/?protocol=resp3"));
        let client = client.expect("the harness writes URLs that the client reads");
        Self(client.get_connection_manager_with_config(limits).await.expect("the server is up"))
    }
}

impl Bare for RedisClient {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.0.clone().get(key).await.expect("the server answers")
    }

    async fn get_many(&self, keys: Vec<String>) -> Vec<Vec<u8>> {
        let found: Vec<Option<Vec<u8>>> = self.0.clone().mget(keys).await.expect("the server answers");
        found.into_iter().flatten().collect()
    }

    async fn set(&self, key: String, value: Vec<u8>) {
        let () = self.0.clone().set_ex(key, value, LIFE).await.expect("the server takes it");
    }
}

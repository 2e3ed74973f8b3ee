//! A cluster of Redis by the crate `redis`, which sends each key of `MGET` to its node.

use std::time::Duration;

use ::redis::AsyncCommands;
use ::redis::cluster::ClusterClientBuilder;
use ::redis::cluster_async::ClusterConnection;

use super::{Bare, LIFE};

#[derive(Clone)]
pub(crate) struct ClusterClient(ClusterConnection);

impl ClusterClient {
    /// Connects to the nodes at these URLs, with limits, as ours has them.
    pub(crate) async fn connect(urls: Vec<String>, patience: Duration) -> Self {
        let client = ClusterClientBuilder::new(urls)
            .connection_timeout(patience)
            .response_timeout(patience)
            .use_protocol(::redis::ProtocolVersion::RESP3)
            .build()
            .expect("the harness writes URLs that the client reads");
        Self(client.get_async_connection().await.expect("the nodes are up"))
    }
}

impl Bare for ClusterClient {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.0.clone().get(key).await.expect("the cluster answers")
    }

    async fn get_many(&self, keys: Vec<String>) -> Vec<Vec<u8>> {
        let found: Vec<Option<Vec<u8>>> = self.0.clone().mget(keys).await.expect("the cluster answers");
        found.into_iter().flatten().collect()
    }

    async fn set(&self, key: String, value: Vec<u8>) {
        let () = self.0.clone().set_ex(key, value, LIFE).await.expect("the cluster takes it");
    }
}

//! Memcached by the crate `memcache`: a pool with as many connections as there are callers.

use std::sync::Arc;
use std::time::Duration;

use memcache::exp::AsyncMemcache;

use super::{Bare, LIFE};

#[derive(Clone)]
pub(crate) struct MemcachedClient(Arc<AsyncMemcache>);

impl MemcachedClient {
    pub(crate) async fn connect(address: String) -> Self {
        let client = AsyncMemcache::builder().max_idle(256).connect_async([address]).await;
        Self(Arc::new(client.expect("the server is up")))
    }
}

impl Bare for MemcachedClient {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.0.get(key).await.expect("the server answers")
    }

    async fn get_many(&self, keys: Vec<String>) -> Vec<Vec<u8>> {
        let found = self.0.get_many::<Vec<u8>, _>(keys).await.expect("the server answers");
        found.into_values().collect()
    }

    async fn set(&self, key: String, value: Vec<u8>) {
        self.0.set(key, &value[..], Duration::from_secs(LIFE)).await.expect("the server takes it");
    }
}

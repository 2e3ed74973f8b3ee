//! The bare clients: what one would write by hand with the client that each store is known by.

mod cluster;
mod files;
mod memcached;
mod redis;
mod sql;

use std::future::Future;

pub(crate) use cluster::ClusterClient;
pub(crate) use files::Files;
pub(crate) use memcached::MemcachedClient;
pub(crate) use redis::RedisClient;
pub(crate) use sql::Sql;

/// How long what a bare client stores lives, in seconds.
const LIFE: u64 = 3600;

/// A client of one store, without anything in front of it.
pub(crate) trait Bare: Clone + Send + Sync + 'static {
    /// The bytes under a key.
    fn get(&self, key: String) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// The bytes that there are under these keys, in whatever order the client gives them.
    fn get_many(&self, keys: Vec<String>) -> impl Future<Output = Vec<Vec<u8>>> + Send;

    /// Stores bytes for an hour.
    fn set(&self, key: String, value: Vec<u8>) -> impl Future<Output = ()> + Send;
}

//! Another program's lists under keys of a cache that has several servers.

use cache_runtime::Timeout;
use cache_runtime::base::event::CircuitState;

use crate::stage::{caches_at, shared_cluster};

const LONG: Timeout = Timeout::secs(600);

#[tokio::test]
async fn a_list_in_a_cluster_is_a_miss_that_a_fill_heals() {
    let cluster = shared_cluster();
    let cache = caches_at(&cluster.url()).get("default").unwrap();
    let key = cluster.key_on(0, ":1:foreign:");
    let _: i64 = cluster.node(0).command(&["RPUSH", &key, "another program's"]);
    let key = key.strip_prefix(":1:").unwrap();

    assert_eq!(cache.get_or_set(key, LONG, || async { 1_u64 }).await, 1);

    assert_eq!(cache.get::<u64>(key).await.unwrap(), Some(1));
    let stats = cache.stats();
    assert_eq!((stats.misses["undecodable"], stats.errors), (1, 0));
    assert_eq!(stats.store.unwrap().circuit, CircuitState::Closed);
}

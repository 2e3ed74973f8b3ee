//! Redis tells of changes by itself; what is not heard is read.

use std::time::{Duration, Instant};

use cache_runtime::backend::redis::{Protocol, Redis};
use cache_runtime::backend::tiered::Tiered;
use cache_runtime::{Cache, Caches};
use cache_tests::Server;

/// So long that no test waits for it.
const SELDOM: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(10);

fn node_with(server: &Server, poll_every: Duration, protocol: Protocol) -> Cache {
    let redis = Redis::url(&server.url()).unwrap().protocol(protocol);
    let redis = redis.connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    let tiers = Tiered::over_store(redis).poll_every(poll_every).trust_for(poll_every * 2);
    Caches::builder().add("default", tiers).build().unwrap().get("default").unwrap()
}

fn node(server: &Server, poll_every: Duration) -> Cache {
    node_with(server, poll_every, Protocol::Resp3)
}

async fn get(node: &Cache) -> Option<String> {
    node.get("key").await.unwrap()
}

/// Waits until a lookup does not ask the server.
async fn keeps(node: &Cache) {
    eventually("the value is in front", async || {
        get(node).await;
        futures_util::FutureExt::now_or_never(get(node)).flatten().is_some()
    })
    .await;
}

async fn sees(node: &Cache, value: &str) {
    eventually("the change is seen", async || get(node).await.as_deref() == Some(value)).await;
}

/// Asks again and again until it is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::task::yield_now().await;
    }
}

/// How many processes hear what is told.
fn listeners(server: &Server) -> usize {
    let (_, count): (String, usize) = server.command(&["PUBSUB", "NUMSUB", "~tier"]);
    count
}

#[tokio::test]
async fn a_change_is_heard_at_once_where_the_store_has_a_channel() {
    let server = Server::redis().start();
    let (here, there) = (node(&server, SELDOM), node(&server, SELDOM));
    here.set("key", "old", 60).await.unwrap();
    keeps(&there).await;
    eventually("the node listens", async || listeners(&server) == 1).await;

    let begun = Instant::now();
    here.set("key", "new", 60).await.unwrap();
    sees(&there, "new").await;

    assert!(begun.elapsed() < SELDOM / 2, "by the channel: {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_node_whose_channel_was_cut_listens_again() {
    let server = Server::redis().start();
    let (here, there) = (node(&server, SELDOM), node(&server, SELDOM));
    here.set("key", "old", 60).await.unwrap();
    keeps(&there).await;
    eventually("the node listens", async || listeners(&server) == 1).await;

    let _: i64 = server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    eventually("the node listens again", async || listeners(&server) == 1).await;
    here.set("key", "new", 60).await.unwrap();

    sees(&there, "new").await;
}

#[tokio::test]
async fn a_change_that_was_not_heard_is_read() {
    let server = Server::redis().start();
    let every = Duration::from_millis(50);
    let (here, there) = (node(&server, every), node_with(&server, every, Protocol::Resp2));
    here.set("key", "old", 60).await.unwrap();
    keeps(&there).await;
    assert_eq!(listeners(&server), 0);

    here.set("key", "new", 60).await.unwrap();

    sees(&there, "new").await;
}

#[tokio::test]
async fn nobody_listens_for_a_node_that_is_gone() {
    let server = Server::redis().start();
    let there = node(&server, Duration::from_millis(50));
    get(&there).await;
    eventually("the node listens", async || listeners(&server) == 1).await;

    drop(there);

    eventually("nobody listens", async || listeners(&server) == 0).await;
}

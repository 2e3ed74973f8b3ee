//! Redis tells of changes by itself; what is not heard is read.

use std::time::{Duration, Instant};

use cache_runtime::backend::redis::{Protocol, Redis};
use cache_runtime::backend::tiered::Tiered;
use cache_runtime::{Cache, Caches};
use cache_tests::{Sentinels, Server};

/// So long that no test waits for it.
const SELDOM: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(25);

fn node_with(server: &Server, poll_every: Duration, protocol: Protocol) -> Cache {
    let redis = Redis::url(&server.url()).unwrap().protocol(protocol);
    over(redis.connect_timeout(PATIENCE).answer_timeout(PATIENCE), poll_every)
}

/// Reads the journal seldom, and is told soon that a server does not answer.
fn node_at(url: &str) -> Cache {
    over(Redis::url(url).unwrap(), SELDOM)
}

fn over(redis: Redis, poll_every: Duration) -> Cache {
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

/// How many listen at whoever is the master after the first was killed.
fn listeners_elsewhere(sentinels: &Sentinels) -> usize {
    sentinels.master_but(&[0]).map_or(0, |index| listeners(sentinels.server(index)))
}

#[tokio::test]
async fn a_change_is_heard_at_once_from_the_master_that_another_has_followed() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);
    let (here, there) = (node_at(&sentinels.url()), node_at(&sentinels.url()));
    eventually("a master takes it", async || here.set("key", "old", 60).await.is_ok()).await;
    eventually("the node listens", async || {
        let _ = there.get::<String>("key").await;
        listeners(sentinels.server(0)) == 1
    })
    .await;

    sentinels.server_mut(0).kill();
    eventually("the node listens to the next master", async || listeners_elsewhere(&sentinels) == 1).await;
    eventually("the next master takes it", async || here.set("key", "new", 60).await.is_ok()).await;

    eventually("the change is seen", async || there.get("key").await.ok() == Some(Some("new".to_owned())))
        .await;
}

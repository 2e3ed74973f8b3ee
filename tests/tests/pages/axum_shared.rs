//! Pages in a store that several processes share, and a store that is away.

use std::time::Duration;

use axum::Router;
use axum::routing::get as on_get;
use cache_runtime::backend::redis::Redis;
use cache_runtime::page::{self, CachePage};
use cache_runtime::{Caches, Codec, Compression, Timeout};
use cache_tests::Server;

use crate::stage::{Answer, Runs, ask, send};

/// One process among several: caches of its own over the same server.
struct Node {
    caches: Caches,
    app: Router,
}

impl Node {
    fn new(server: &Server, runs: &Runs, vary: &'static str) -> Self {
        let redis = || Redis::url(&server.url()).unwrap().timeout(Timeout::secs(60)).codec(Codec::Json);
        let caches = Caches::builder()
            .add("default", redis())
            .add("small", redis().key_prefix("small").compression(Compression::Zstd).compress_above(100))
            .build()
            .unwrap();
        let runs = runs.clone();
        let handler = move || {
            let run = runs.next();
            async move { ([("vary", vary)], format!("run {run} {}", "x".repeat(2000))) }
        };
        let app = Router::new()
            .route("/page", on_get(handler.clone()).layer(CachePage::seconds(60).tags(["shop"])))
            .route("/small", on_get(handler).layer(CachePage::seconds(60).cache("small")));
        Self { caches, app }
    }

    async fn get(&self, uri: &str) -> Answer {
        self.caches.clone().scope(send(&self.app, ask("GET", uri, &[("accept-language", "de")]))).await
    }
}

/// HT091, and item 10 of pages: every backend, compressed by the cache's setting, whatever codec it has.
#[tokio::test]
async fn nodes_share_pages_and_their_invalidations() {
    let (server, runs) = (Server::redis().start(), Runs::default());
    let (one, two) =
        (Node::new(&server, &runs, "Accept-Language"), Node::new(&server, &runs, "Accept-Language"));

    for uri in ["/page", "/small"] {
        let first = one.get(uri).await;
        let second = two.get(uri).await;
        assert!(!first.is_hit() && second.is_hit(), "{uri} {}", second.header("cache-status"));
        assert_eq!(first.body, second.body);
        assert_eq!(first.header("etag"), second.header("etag"));
    }
    two.caches.clone().scope(page::invalidate("/page")).await.unwrap();

    assert!(!one.get("/page").await.is_hit());
    assert!(two.get("/page").await.is_hit());
    assert!(two.get("/small").await.is_hit());
}

/// HT089: a handler that began before an invalidation, in a store that others share.
#[tokio::test]
async fn a_page_that_was_being_made_during_an_invalidation_is_not_served() {
    let (server, runs) = (Server::redis().start(), Runs::default());
    let (one, two) =
        (Node::new(&server, &runs, "Accept-Language"), Node::new(&server, &runs, "Accept-Language"));
    let counted = runs.clone();
    let caches = two.caches.clone();
    let handler = move || {
        let (run, caches) = (counted.next(), caches.clone());
        async move {
            if run == 1 {
                caches.scope(page::invalidate_tag("shop")).await.unwrap();
            }
            ([("vary", "Accept-Language")], format!("run {run}"))
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).tags(["shop"]));
    let visit = || one.caches.clone().scope(send(&app, ask("GET", "/page", &[])));

    assert_eq!(visit().await.text(), "run 1");
    let second = visit().await;

    assert_eq!(second.text(), "run 2");
    assert!(visit().await.is_hit());
}

/// HT094.
#[tokio::test]
async fn with_the_store_away_the_handler_answers() {
    let (server, runs) = (Server::redis().start(), Runs::default());
    let node = Node::new(&server, &runs, "Accept-Language");
    node.get("/page").await;

    drop(server);
    let begun = std::time::Instant::now();
    let answer = node.get("/page").await;

    assert_eq!(answer.status, 200);
    assert!(answer.text().starts_with("run 2"));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(node.caches.clone().scope(page::invalidate("/page")).await.is_err());
}

/// One visit of a page that is stored costs one round trip, though it carries tags.
#[tokio::test]
async fn a_hit_asks_the_store_once() {
    let (server, runs) = (Server::redis().start(), Runs::default());
    let node = Node::new(&server, &runs, "");
    node.get("/page").await;
    let commands = || {
        let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
        let stats: String = redis::cmd("INFO").arg("commandstats").query(&mut connection).unwrap();
        let calls = |command: &str| {
            let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
            line.map_or(0, |rest| rest.split(',').next().unwrap().parse::<u64>().unwrap())
        };
        (calls("mget"), calls("get"))
    };

    let before = commands();
    assert!(node.get("/page").await.is_hit());
    let after = commands();

    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 0));
}

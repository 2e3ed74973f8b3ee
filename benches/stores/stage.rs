//! The stores and their servers, one after the other.

use std::time::Duration;

use cache_runtime::backend::Described;
use cache_runtime::backend::database::Database;
use cache_runtime::backend::filesystem::Filesystem;
use cache_runtime::backend::memcached::Memcached;
use cache_runtime::backend::memory::Memory;
use cache_runtime::backend::redis::Redis;
use cache_runtime::base::setup::Setup;
use cache_runtime::{Cache, Caches};
use cache_tests::{Cluster, Folder, MemcachedServer, Server, SqlServer};

use super::bare::{ClusterClient, Files, MemcachedClient, RedisClient, Sql};
use super::report::{Report, Subject};

/// A busy machine is no failure: nothing here runs into a limit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// More entries than any work makes.
const ROOM: u64 = 10_000_000;

const USUAL_BAR: Option<f64> = Some(0.9);
const SQL_BAR: Option<f64> = Some(0.8);

/// A runtime as a program with two cores has it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("the operating system gives two threads")
}

/// Gives each store its turn.
pub(crate) async fn all(report: &mut Report) {
    memory(report).await;
    redis(report).await;
    cluster(report).await;
    kept(report).await;
    memcached(report).await;
    files(report, "files", "`std::fs` in `spawn_blocking`", false).await;
    files(report, "files, by a thread that blocks", "`std::fs`", true).await;
    sqlite(report).await;
    server(report, "PostgreSQL", SqlServer::postgres).await;
    server(report, "MariaDB", SqlServer::mariadb).await;
}

fn cache<O: Described>(setup: Setup<O>) -> Cache {
    let caches = Caches::builder().add("default", setup).build();
    caches.and_then(|caches| caches.get("default")).expect("the settings are sound")
}

async fn memory(report: &mut Report) {
    if report.wants("memory") {
        let of = || cache(Memory::new().max_entries(usize::try_from(ROOM).expect("it has 64 bits")));
        report.add_memory("memory", &of(), &of()).await;
    }
}

async fn redis(report: &mut Report) {
    if report.wants("Redis") {
        let server = Server::redis().start();
        let bare = RedisClient::connect(&server.url(), PATIENCE).await;
        let (name, client, cache) = ("Redis", "`redis`, one connection", cache(redis_at(&server.url())));
        report.add(Subject { name, client, bar: USUAL_BAR, cache, bare, grows: true }).await;
    }
}

async fn cluster(report: &mut Report) {
    if report.wants("Redis cluster") {
        let cluster = Cluster::start(&Server::redis(), 15_000);
        let urls = cluster.nodes().iter().map(Server::url).collect();
        let bare = ClusterClient::connect(urls, PATIENCE).await;
        let (client, cache) = ("`redis`, its client for clusters", cache(redis_at(&cluster.url())));
        report.add(Subject { name: "Redis cluster", client, bar: USUAL_BAR, cache, bare, grows: true }).await;
    }
}

/// Client-side caching: hits that pass no bar of a server, for they do not ask it.
async fn kept(report: &mut Report) {
    if report.wants("Redis, client-side caching") {
        let server = Server::redis().start();
        let bare = RedisClient::connect(&server.url(), PATIENCE).await;
        let cache = cache(redis_at(&server.url()).client_cache(10_000));
        let (name, client) = ("Redis, client-side caching", "`redis`, one connection");
        report.add(Subject { name, client, bar: USUAL_BAR, cache, bare, grows: false }).await;
    }
}

/// A cache in Redis that waits as long as it takes.
pub(crate) fn redis_at(url: &str) -> Redis {
    let redis = Redis::url(url).expect("the harness writes URLs that we read");
    redis.connect_timeout(PATIENCE).answer_timeout(PATIENCE)
}

async fn memcached(report: &mut Report) {
    if report.wants("Memcached") {
        let server = MemcachedServer::start_with(&["-m", "4096"]);
        let bare = MemcachedClient::connect(server.address()).await;
        let setup = Memcached::url(&server.url()).expect("the harness writes URLs that we read");
        let cache = cache(setup.connect_timeout(PATIENCE).answer_timeout(PATIENCE));
        let (name, client) = ("Memcached", "`memcache`, a connection for each caller");
        report.add(Subject { name, client, bar: USUAL_BAR, cache, bare, grows: true }).await;
    }
}

/// In memory, where the system has a place for that, so that no disk is measured.
async fn files(report: &mut Report, name: &'static str, client: &'static str, blocks: bool) {
    if report.wants(name) {
        let folder = Folder::in_memory();
        let bare = Files::under(folder.file("bare"), blocks);
        let setup = Filesystem::at(folder.file("store")).max_entries(ROOM).max_bytes(1 << 40);
        let cache = cache(setup.answer_timeout(PATIENCE));
        let bar = if blocks { None } else { USUAL_BAR };
        report.add(Subject { name, client, bar, cache, bare, grows: !blocks }).await;
    }
}

async fn sqlite(report: &mut Report) {
    if report.wants("SQLite") {
        let folder = Folder::in_memory();
        sql(report, "SQLite", &format!("sqlite://{}", folder.file("cache.db").display())).await;
    }
}

async fn server(report: &mut Report, name: &'static str, start: fn() -> SqlServer) {
    if report.wants(name) {
        let server = start();
        sql(report, name, &server.url()).await;
    }
}

async fn sql(report: &mut Report, name: &'static str, url: &str) {
    let setup = Database::url(url).expect("the harness writes URLs that we read").max_entries(ROOM);
    setup.create_table().await.expect("the database takes a table");
    let bare = Sql::connect(url, PATIENCE).await;
    let cache = cache(setup.connect_timeout(PATIENCE).answer_timeout(PATIENCE));
    let client = "`sqlx`, a pool of eight";
    report.add(Subject { name, client, bar: SQL_BAR, cache, bare, grows: true }).await;
}

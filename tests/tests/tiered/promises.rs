//! The shared suite over two tiers: the contract of the store behind is kept by both.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::tiered::{Options, Tier};
use cache_runtime::backend::{Described, SharedBackend, database, redis};
use cache_runtime::base::clock::Clock;
use cache_runtime::testing::{Time, backend_suite};
use cache_tests::{Cluster, Folder, Sentinels, Server, SqlServer};

const PATIENCE: Duration = Duration::from_secs(20);

/// A front over this store that hears by itself.
fn tiered(behind: SharedBackend) -> SharedBackend {
    let options = Options::over(Arc::new(Behind(behind)));
    options.build(&Clock::system()).unwrap()
}

/// A store that is there already.
struct Behind(SharedBackend);

impl Described for Behind {
    fn build_in(&self, _: &mut cache_runtime::backend::Site) -> cache_runtime::Result<SharedBackend> {
        Ok(Arc::clone(&self.0))
    }
}

async fn keeps_every_promise(behind: SharedBackend) {
    let store = tiered(behind);

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

fn over_redis(url: &str) -> SharedBackend {
    let defaults = redis::Options::at(url);
    let options = redis::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
    options.build(&Clock::system()).unwrap()
}

async fn over_database(url: &str) -> SharedBackend {
    let defaults = database::Options::at(url);
    let options = database::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
    database::Database::over(options.clone()).create_table().await.unwrap();
    options.build(&Clock::system()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiered_over_redis_keeps_every_promise() {
    let server = Server::redis().start();

    keeps_every_promise(over_redis(&server.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiered_over_a_cluster_keeps_every_promise() {
    let cluster = Cluster::start(&Server::redis(), 15_000);

    keeps_every_promise(over_redis(&cluster.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiered_over_a_master_behind_sentinels_keeps_every_promise() {
    let sentinels = Sentinels::start(&Server::redis(), None);

    keeps_every_promise(over_redis(&sentinels.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiered_over_postgres_keeps_every_promise() {
    let server = SqlServer::postgres();

    keeps_every_promise(over_database(&server.url()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiered_over_sqlite_keeps_every_promise() {
    let folder = Folder::new();

    keeps_every_promise(over_database(&format!("sqlite://{}", folder.file("cache.db").display())).await)
        .await;
}

#[test]
fn a_front_over_what_lags_behind_or_is_one_itself_is_refused() {
    let at =
        |options: redis::Options| Options::over(Arc::new(options)).build(&Clock::system()).err().unwrap();
    let defaults = || redis::Options::at("redis://h");

    let lagging = at(redis::Options { replicas: Some("replica".to_owned()), ..defaults() });
    let keeping = at(redis::Options { client_cache: Some(9), ..defaults() });

    assert!(lagging.to_string().contains("lags behind"), "{lagging}");
    assert!(keeping.to_string().contains("a front itself"), "{keeping}");
}

#[tokio::test]
async fn a_front_over_a_store_of_this_process_is_refused() {
    let clock = Clock::by_hand();
    let store = cache_runtime::backend::memory::Options::default().build(&clock).unwrap();

    let error = Tier::by_hand(&crate::stage::options(), store, &clock).err().unwrap();

    assert!(error.to_string().contains("other processes share"), "{error}");
}

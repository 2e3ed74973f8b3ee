//! Where a test takes place: caches over one store, and a way to let time pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::database::Database;
use cache_runtime::backend::filesystem::Filesystem;
use cache_runtime::backend::memcached::Memcached;
use cache_runtime::backend::memory::Memory;
use cache_runtime::backend::redis::Redis;
use cache_runtime::base::clock::Clock;
use cache_runtime::testing::{FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches};
use cache_tests::{Folder, MemcachedServer, Server, SqlServer};

/// A life that ends during a test; see [`Stage::pass`].
pub(crate) const SHORT: Duration = Duration::from_secs(1);
/// A life that outlasts a test.
pub(crate) const LONG: Duration = Duration::from_hours(1);

const PATIENCE: Duration = Duration::from_secs(5);

/// Three caches over one store: `default`, `v2` (version 2) and `prefixed`.
pub(crate) struct Stage {
    pub(crate) caches: Caches,
    pub(crate) cache: Cache,
    clock: Option<TestClock>,
    servers: Servers,
}

/// What there is as long as the test runs.
enum Servers {
    None,
    Redis { _server: Server },
    Memcached { _servers: [MemcachedServer; 2] },
    Files { _folder: Folder },
}

impl Stage {
    /// Over a memory store.
    pub(crate) fn memory() -> Self {
        let clock = TestClock::new();
        let memory = || Memory::new().location("stage");
        let caches = Caches::builder()
            .clock(clock.clock())
            .add("default", memory())
            .add("v2", memory().version(2))
            .add("prefixed", memory().key_prefix("prefix"));
        Self::of(caches.build().unwrap(), Some(clock))
    }

    /// Over a store of bytes that says that other processes share it.
    pub(crate) fn shared() -> Self {
        let clock = TestClock::new();
        let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());
        Self::over(&store, &clock)
    }

    /// Over a store that the test holds as well.
    pub(crate) fn over(store: &Arc<FaultyBackend>, clock: &TestClock) -> Self {
        let custom = || Custom::new(Arc::clone(store) as Arc<dyn Backend>);
        let caches = Caches::builder()
            .clock(clock.clock())
            .add("default", custom())
            .add("v2", custom().version(2))
            .add("prefixed", custom().key_prefix("prefix"));
        Self::of(caches.build().unwrap(), Some(clock.clone()))
    }

    /// Over a Redis server of its own.
    pub(crate) fn redis() -> Self {
        let server = Server::redis().start();
        // A server that shares two cores with every other test may take its time.
        let redis = || Redis::url(&server.url()).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
        let caches = Caches::builder()
            .add("default", redis())
            .add("v2", redis().version(2))
            .add("prefixed", redis().key_prefix("prefix"));
        Self { servers: Servers::Redis { _server: server }, ..Self::of(caches.build().unwrap(), None) }
    }

    /// Over two Memcached servers of its own.
    pub(crate) fn memcached() -> Self {
        let servers = [MemcachedServer::start(), MemcachedServer::start()];
        let memcached = || {
            let all = Memcached::servers(servers.iter().map(MemcachedServer::address)).unwrap();
            all.connect_timeout(PATIENCE).answer_timeout(PATIENCE)
        };
        let caches = Caches::builder()
            .add("default", memcached())
            .add("v2", memcached().version(2))
            .add("prefixed", memcached().key_prefix("prefix"));
        Self { servers: Servers::Memcached { _servers: servers }, ..Self::of(caches.build().unwrap(), None) }
    }

    /// Over a folder of its own.
    pub(crate) fn files() -> Self {
        let (folder, clock) = (Folder::in_memory(), TestClock::new());
        let files = || Filesystem::at(folder.path()).answer_timeout(PATIENCE);
        let caches = Caches::builder()
            .clock(clock.clock())
            .add("default", files())
            .add("v2", files().version(2))
            .add("prefixed", files().key_prefix("prefix"));
        Self { servers: Servers::Files { _folder: folder }, ..Self::of(caches.build().unwrap(), Some(clock)) }
    }

    /// Over a file of SQLite.
    pub(crate) fn sqlite() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite://{}", folder.file("cache.db").display());
        Self { servers: Servers::Files { _folder: folder }, ..Self::database(&url) }
    }

    /// Over a table in PostgreSQL.
    pub(crate) fn postgres() -> Self {
        Self::database(&SqlServer::shared_postgres().url())
    }

    /// Over a table in MariaDB.
    pub(crate) fn mariadb() -> Self {
        Self::database(&SqlServer::shared_mariadb().url())
    }

    fn database(url: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let table = format!("stage {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let database = || {
            let database = Database::url(url).unwrap().table(&table);
            database.connect_timeout(PATIENCE).answer_timeout(PATIENCE)
        };
        database().create_table_blocking().unwrap();
        let caches = Caches::builder()
            .add("default", database())
            .add("v2", database().version(2))
            .add("prefixed", database().key_prefix("prefix"));
        Self::of(caches.build().unwrap(), None)
    }

    fn of(caches: Caches, clock: Option<TestClock>) -> Self {
        let cache = caches.get("default").unwrap();
        Self { caches, cache, clock, servers: Servers::None }
    }

    /// Whether the store can say what it keeps.
    pub(crate) fn lists_keys(&self) -> bool {
        !matches!(self.servers, Servers::Memcached { .. })
    }

    pub(crate) fn get(&self, alias: &str) -> Cache {
        self.caches.get(alias).unwrap()
    }

    /// Lets this time pass: moves the clock, or waits until an entry of such a life has gone.
    pub(crate) async fn pass(&self, time: Duration) {
        if let Some(clock) = &self.clock {
            return clock.advance(time);
        }
        self.cache.set("witness", &0, time).await.unwrap();
        while self.cache.has_key("witness").await.unwrap() {
            Clock::system().sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Makes a test on every store of each of these functions.
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        crate::stage::on_every_store!(@on memory: $($name),*);
        crate::stage::on_every_store!(@on shared: $($name),*);
        crate::stage::on_every_store!(@on redis: $($name),*);
        crate::stage::on_every_store!(@on files: $($name),*);
        crate::stage::on_every_store!(@on memcached: $($name),*);
        crate::stage::on_every_store!(@on sqlite: $($name),*);
        crate::stage::on_every_store!(@on postgres: $($name),*);
        crate::stage::on_every_store!(@on mariadb: $($name),*);
    };
    (@on $store:ident: $($name:ident),*) => {
        mod $store {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::stage::Stage::$store()).await;
                }
            )*
        }
    };
}
pub(crate) use on_every_store;

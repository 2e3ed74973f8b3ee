//! Real servers that die, stop, or talk nonsense: every call is answered, and nothing that was invalidated comes back.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::database::Database;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::event::CircuitState;
use cache_runtime::{Cache, Caches};
use cache_tests::{MemcachedServer, Proxy, Server, SqlServer, eventually};

use crate::stage::LONG;

/// How long a server on a busy machine may take to be itself again.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that a test may harm.
pub(crate) enum Victim {
    Redis(Box<Server>),
    Memcached(MemcachedServer),
    Postgres(SqlServer),
}

impl Victim {
    fn redis() -> Self {
        Self::Redis(Box::new(Server::redis().start()))
    }

    fn memcached() -> Self {
        Self::Memcached(MemcachedServer::start())
    }

    fn postgres() -> Self {
        let server = SqlServer::postgres();
        Database::url(&server.url()).unwrap().create_table_blocking().unwrap();
        Self::Postgres(server)
    }

    fn url(&self) -> String {
        match self {
            Self::Redis(server) => server.url(),
            Self::Memcached(server) => server.url(),
            Self::Postgres(server) => server.url(),
        }
    }

    /// The store at another port than the server's own.
    fn url_at(&self, port: u16) -> String {
        match self {
            Self::Redis(server) => server.url_at(port),
            Self::Memcached(_) => format!("memcached://127.0.0.1:{port}"),
            Self::Postgres(server) => server.url_at(port),
        }
    }

    fn kill(&mut self) {
        match self {
            Self::Redis(server) => server.kill(),
            Self::Memcached(server) => server.kill(),
            Self::Postgres(server) => server.kill(),
        }
    }

    fn restart(&mut self) {
        match self {
            Self::Redis(server) => server.restart(),
            Self::Memcached(server) => server.restart(),
            Self::Postgres(server) => server.restart(),
        }
    }

    fn pause(&self) {
        match self {
            Self::Redis(server) => server.pause(),
            Self::Memcached(server) => server.pause(),
            Self::Postgres(server) => server.pause(),
        }
    }

    fn resume(&self) {
        match self {
            Self::Redis(server) => server.resume(),
            Self::Memcached(server) => server.resume(),
            Self::Postgres(server) => server.resume(),
        }
    }

    /// A cache of a process of its own.
    fn cache(&self) -> Cache {
        cache_at(&self.url())
    }
}

fn cache_at(url: &str) -> Cache {
    Caches::from_url(url).unwrap().build().unwrap().get("default").unwrap()
}

fn circuit(cache: &Cache) -> CircuitState {
    cache.stats().store.expect("servers are shared").circuit
}

/// Twenty calls, each with its own key; all must have their own answer.
async fn ask_twenty(cache: &Cache) {
    let bodies = AtomicU32::new(0);
    for number in 0..20 {
        let body = || async { bodies.fetch_add(1, Ordering::Relaxed) };
        assert_eq!(cache.get_or_set(number.to_string(), LONG, body).await, number);
    }
}

/// Asks until the store has answered.
async fn read_when_well(cache: &Cache, key: &str) -> Option<i32> {
    let start = Instant::now();
    loop {
        match cache.get(key).await {
            Ok(value) => return value,
            Err(error) => assert!(start.elapsed() < PATIENCE, "{error}"),
        }
        Clock::system().sleep(Duration::from_millis(20)).await;
    }
}

/// Stores a value, at once or when a busy machine lets it.
async fn set_when_well(cache: &Cache, key: &str, value: i32) {
    let start = Instant::now();
    while let Err(error) = cache.set(key, &value, LONG).await {
        assert!(start.elapsed() < PATIENCE, "{error}");
        Clock::system().sleep(Duration::from_millis(20)).await;
    }
}

async fn calls_of_a_dead_server_are_answered_and_open_the_circuit(mut victim: Victim) {
    let cache = victim.cache();
    set_when_well(&cache, "key", 1).await;

    victim.kill();
    ask_twenty(&cache).await;

    assert_eq!(circuit(&cache), CircuitState::Open);
}

async fn a_server_that_came_back_is_used_again(mut victim: Victim) {
    let cache = victim.cache();
    victim.kill();
    ask_twenty(&cache).await;

    victim.restart();
    read_when_well(&cache, "key").await;
    set_when_well(&cache, "key", 2).await;

    assert_eq!(read_when_well(&cache, "key").await, Some(2));
    assert_eq!(circuit(&cache), CircuitState::Closed);
}

async fn an_invalidation_that_a_stopped_server_missed_reaches_everyone(victim: Victim) {
    let (cache, other) = (victim.cache(), victim.cache());
    set_when_well(&cache, "key", 1).await;

    victim.pause();
    cache.delete("key").await.unwrap_err();
    victim.resume();
    let here = read_when_well(&cache, "key").await;
    // By this call, or by the thread that delivers where nobody calls.
    eventually("it is delivered", || cache.stats().store.unwrap().pending == 0);

    assert_eq!(here, None);
    assert_eq!(read_when_well(&other, "key").await, None);
}

async fn a_port_that_never_answers_costs_few_callers_their_time(victim: Victim) {
    let proxy = Proxy::silent();
    let cache = cache_at(&victim.url_at(proxy.port()));
    ask_twenty(&cache).await;
    let refused = cache.stats().store.unwrap().refused;

    assert!(refused >= 10, "{refused} of twenty calls left the port alone");
}

async fn calls_are_answered_where_a_port_talks_nonsense(victim: Victim) {
    let proxy = Proxy::saying(b"what a wonderful day\r\n");

    ask_twenty(&cache_at(&victim.url_at(proxy.port()))).await;
}

macro_rules! on_every_victim {
    ($($name:ident),* $(,)?) => {
        on_every_victim!(@on redis: $($name),*);
        on_every_victim!(@on memcached: $($name),*);
        on_every_victim!(@on postgres: $($name),*);
    };
    (@on $victim:ident: $($name:ident),*) => {
        mod $victim {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let victim = tokio::task::spawn_blocking(super::Victim::$victim).await.unwrap();
                    super::$name(victim).await;
                }
            )*
        }
    };
}

on_every_victim!(
    calls_of_a_dead_server_are_answered_and_open_the_circuit,
    a_server_that_came_back_is_used_again,
    an_invalidation_that_a_stopped_server_missed_reaches_everyone,
    a_port_that_never_answers_costs_few_callers_their_time,
    calls_are_answered_where_a_port_talks_nonsense,
);

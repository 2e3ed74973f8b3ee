//! Lost connections and restarted servers: the next call works.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::{ErrorKind, Result};
use cache_tests::{Proxy, SqlServer};
use tokio::runtime::{Builder, Runtime};

use crate::stage::{Place, foreign_block_on};

/// Every operation, as the first after a restart.
const FIRST: [&str; 10] =
    ["get", "set", "get_many", "set_many", "add", "incr", "delete", "acquire", "keys", "clear"];

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn use_everything(store: &dyn Backend) {
    store.set("key", Bytes::from_static(b"1"), Life::Forever).await.unwrap();
    store.incr("key", 1).await.unwrap();
    store.acquire("lease", Token(1), Duration::from_secs(3), Claim::Take, None).await.unwrap();
    store.release("lease", Token(1)).await.unwrap();
}

async fn first_call(store: &dyn Backend, operation: &str) -> Result<()> {
    let value = Bytes::from_static(b"7");
    match operation {
        "get" => store.get("key").await.map(drop),
        "set" => store.set("key", value, Life::Forever).await,
        "get_many" => store.get_many(&["key".to_owned()]).await.map(drop),
        "set_many" => store.set_many(&[("key".to_owned(), value)], Life::Forever).await,
        "add" => store.add("new", value, Life::Forever).await.map(drop),
        "incr" => match store.incr("key", 1).await {
            // After a crash the table of PostgreSQL is empty.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            answer => answer.map(drop),
        },
        "delete" => store.delete("key").await.map(drop),
        "acquire" => {
            let lease = Duration::from_secs(3);
            store.acquire("key", Token(2), lease, Claim::IfAbsent, None).await.map(drop)
        }
        "keys" => store.keys("").await.map(drop),
        _ => store.clear("").await,
    }
}

fn the_first_call_after_a_restart_works(mut server: SqlServer) {
    let (runtime, place) = (current_thread(), Place::at(&server.url()));
    let store = runtime.block_on(place.store());

    for operation in FIRST {
        runtime.block_on(use_everything(&*store));
        server.restart();
        runtime.block_on(first_call(&*store, operation)).unwrap();
    }
}

#[test]
fn the_first_call_after_a_restart_of_postgres_works() {
    the_first_call_after_a_restart_works(SqlServer::postgres());
}

#[test]
fn the_first_call_after_a_restart_of_mariadb_works() {
    the_first_call_after_a_restart_works(SqlServer::mariadb());
}

/// Whatever lies between may end connections that nobody uses.
#[test]
fn connections_that_were_cut_are_made_again() {
    for server in [SqlServer::shared_postgres(), SqlServer::shared_mariadb()] {
        let proxy = Proxy::to(server.port());
        let place = Place::at(&server.url_at(proxy.port()));
        let (runtime, store) = (current_thread(), foreign_block_on(place.store()));

        for operation in FIRST {
            runtime.block_on(use_everything(&*store));
            foreign_block_on(use_everything(&*store));
            proxy.hang_up();
            // What cannot be repeated asks first, unless the connection has just been used.
            std::thread::park_timeout(Duration::from_millis(25));
            runtime.block_on(first_call(&*store, operation)).unwrap();
            foreign_block_on(first_call(&*store, operation)).unwrap();
        }
    }
}

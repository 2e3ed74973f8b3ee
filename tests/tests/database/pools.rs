//! A pool of the program's own.

use bytes::Bytes;
use cache_runtime::backend::database::{Database, Pool};
use cache_runtime::{Cache, Caches, Timeout};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;

use crate::stage::{Place, foreign_block_on, on_every_engine};

on_every_engine!(
    its_callers_use_its_connections,
    synchronous_callers_get_their_answers,
    other_runtimes_get_their_answers,
);

/// A pool of one connection.
async fn pool_at(place: &Place) -> Pool {
    place.store().await;
    match place.url.split_once(':').unwrap().0 {
        "sqlite" => SqlitePoolOptions::new().max_connections(1).connect(&place.url).await.unwrap().into(),
        "postgres" => PgPoolOptions::new().max_connections(1).connect(&place.url).await.unwrap().into(),
        _ => MySqlPoolOptions::new().max_connections(1).connect(&place.url).await.unwrap().into(),
    }
}

fn cache_over(place: &Place, pool: &Pool) -> Cache {
    let limit = crate::stage::PATIENCE;
    let database = Database::pool(pool.clone()).table(place.table.clone());
    let database = database.connect_timeout(limit).answer_timeout(limit);
    Caches::builder().add("default", database).build().unwrap().get("default").unwrap()
}

fn connections_of(pool: &Pool) -> u32 {
    match pool {
        Pool::Sqlite(pool) => pool.size(),
        Pool::Postgres(pool) => pool.size(),
        Pool::Mysql(pool) => pool.size(),
        _ => panic!("there are three engines"),
    }
}

async fn its_callers_use_its_connections(place: Place) {
    let pool = pool_at(&place).await;
    let cache = cache_over(&place, &pool);

    let callers: Vec<_> = (0..20)
        .map(|index| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.set(format!("k{index}"), &index, Timeout::Never).await.unwrap() })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }

    assert_eq!(place.rows().await, 20);
    assert_eq!(connections_of(&pool), 1);
}

async fn synchronous_callers_get_their_answers(place: Place) {
    let pool = pool_at(&place).await;
    let cache = cache_over(&place, &pool);
    cache.set("key", &7, Timeout::Never).await.unwrap();

    let blocking = cache.clone();
    let found = tokio::task::spawn_blocking(move || blocking.blocking().get("key").unwrap()).await.unwrap();
    let on_the_thread_of_the_runtime = cache.blocking().get("key").unwrap();

    assert_eq!((found, on_the_thread_of_the_runtime), (Some(7), Some(7)));
}

async fn other_runtimes_get_their_answers(place: Place) {
    let pool = pool_at(&place).await;
    let cache = cache_over(&place, &pool);
    cache.set("key", &7, Timeout::Never).await.unwrap();

    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(cache.get("key")).unwrap();
        drop(runtime);
        (found, foreign_block_on(cache.get("key")).unwrap())
    });

    let found = tokio::task::spawn_blocking(move || other.join().unwrap()).await.unwrap();
    assert_eq!(found, (Some(7), Some(7)));
}

#[tokio::test]
async fn a_pool_over_a_database_in_memory_serves() {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    let database = Database::pool(pool);
    database.create_table().await.unwrap();
    let cache = Caches::builder().add("default", database).build().unwrap().get("default").unwrap();

    cache.set("key", &Bytes::from_static(b"1").to_vec(), Timeout::Never).await.unwrap();

    assert_eq!(cache.get("key").await.unwrap(), Some(b"1".to_vec()));
    assert_eq!(cache.blocking().get("key").unwrap(), Some(b"1".to_vec()));
}

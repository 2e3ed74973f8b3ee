//! The bare client: a pool, and the statement that one would write by hand.

use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row, SqlitePool};

/// A pool to one of the engines.
#[derive(Clone)]
pub(crate) enum Bare {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    Mysql(MySqlPool),
}

const GET: &str = "SELECT value FROM cache_entries WHERE entry_key = ";
const GET_MANY: &str = "SELECT entry_key, value FROM cache_entries WHERE entry_key IN ";

impl Bare {
    pub(crate) async fn connect(url: &str, connections: u32) -> Self {
        match url.split_once(':').expect("a URL has a scheme").0 {
            "sqlite" => {
                let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(connections);
                Self::Sqlite(pool.connect(url).await.expect("the file is there"))
            }
            "postgres" => {
                let pool = sqlx::postgres::PgPoolOptions::new().max_connections(connections);
                Self::Postgres(pool.connect(url).await.expect("the server is up"))
            }
            _ => {
                let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(connections);
                Self::Mysql(pool.connect(url).await.expect("the server is up"))
            }
        }
    }

    pub(crate) async fn get(self, key: String) {
        let key = key.into_bytes();
        let text = |place| AssertSqlSafe(format!("{GET}{place}"));
        let value: Vec<u8> = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(text("?")).bind(key).fetch_one(&pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(text("$1")).bind(key).fetch_one(&pool).await,
            Self::Mysql(pool) => sqlx::query_scalar(text("?")).bind(key).fetch_one(&pool).await,
        }
        .expect("the entry is there");
        assert_eq!(value.len(), 1024);
    }

    pub(crate) async fn get_many(self, keys: Vec<String>) {
        let count = keys.len();
        let marks = vec!["?"; count].join(", ");
        let text = || AssertSqlSafe(format!("{GET_MANY}({marks})"));
        let keys: Vec<Vec<u8>> = keys.into_iter().map(String::into_bytes).collect();
        let values: Vec<Vec<u8>> = match self {
            Self::Sqlite(pool) => {
                let query = keys.into_iter().fold(sqlx::query(text()), sqlx::query::Query::bind);
                query.fetch_all(&pool).await.expect("it answers").iter().map(|row| row.get(1)).collect()
            }
            Self::Postgres(pool) => {
                let query = sqlx::query(AssertSqlSafe(format!("{GET_MANY}(SELECT unnest($1))"))).bind(keys);
                query.fetch_all(&pool).await.expect("it answers").iter().map(|row| row.get(1)).collect()
            }
            Self::Mysql(pool) => {
                let query = keys.into_iter().fold(sqlx::query(text()), sqlx::query::Query::bind);
                query.fetch_all(&pool).await.expect("it answers").iter().map(|row| row.get(1)).collect()
            }
        };
        assert_eq!(values.len(), count);
    }
}

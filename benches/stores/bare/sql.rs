//! Databases by `sqlx`: a pool, a table of keys, values and expiry, and the statements for it.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row, SqlitePool};

use super::{Bare, LIFE};

/// As many as ours has.
const CONNECTIONS: u32 = 8;

/// A pool to one of the engines, with a table of its own.
#[derive(Clone)]
pub(crate) enum Sql {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    Mysql(MySqlPool),
}

const CREATE: [&str; 3] = [
    "CREATE TABLE bare (name BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT",
    "CREATE UNLOGGED TABLE bare (name bytea PRIMARY KEY, value bytea NOT NULL, expires_at bigint NOT NULL)",
    "CREATE TABLE bare (name VARBINARY(512) NOT NULL PRIMARY KEY, value LONGBLOB NOT NULL, \
     expires_at BIGINT NOT NULL) ENGINE = InnoDB",
];

const GET: [&str; 3] = [
    "SELECT value FROM bare WHERE name = ? AND expires_at > ?",
    "SELECT value FROM bare WHERE name = $1 AND expires_at > $2",
    "SELECT value FROM bare WHERE name = ? AND expires_at > ?",
];

const SET: [&str; 3] = [
    "INSERT INTO bare (name, value, expires_at) VALUES (?, ?, ?) \
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, expires_at = EXCLUDED.expires_at",
    "INSERT INTO bare (name, value, expires_at) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, expires_at = EXCLUDED.expires_at",
    "INSERT INTO bare (name, value, expires_at) VALUES (?, ?, ?) \
     ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at)",
];

impl Sql {
    /// Opens the pool and makes the table.
    pub(crate) async fn connect(url: &str, patience: Duration) -> Self {
        let bare = match url.split_once(':').expect("a URL has a scheme").0 {
            "sqlite" => {
                // The same promises to whoever pulls the plug, so that writes are compared fairly.
                let file = SqliteConnectOptions::from_str(url)
                    .expect("the harness writes URLs")
                    .busy_timeout(patience);
                let file = file.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
                let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(CONNECTIONS);
                Self::Sqlite(pool.connect_with(file).await.expect("the file is there"))
            }
            "postgres" => {
                let pool = sqlx::postgres::PgPoolOptions::new().max_connections(CONNECTIONS);
                Self::Postgres(pool.connect(url).await.expect("the server is up"))
            }
            _ => {
                let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(CONNECTIONS);
                Self::Mysql(pool.connect(url).await.expect("the server is up"))
            }
        };
        bare.create().await;
        bare
    }

    async fn create(&self) {
        let done = match self {
            Self::Sqlite(pool) => sqlx::query(CREATE[0]).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::query(CREATE[1]).execute(pool).await.map(drop),
            Self::Mysql(pool) => sqlx::query(CREATE[2]).execute(pool).await.map(drop),
        };
        done.expect("there is no such table yet");
    }
}

impl Bare for Sql {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        let (key, now) = (key.into_bytes(), now());
        let found = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(GET[0]).bind(key).bind(now).fetch_optional(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(GET[1]).bind(key).bind(now).fetch_optional(pool).await,
            Self::Mysql(pool) => sqlx::query_scalar(GET[2]).bind(key).bind(now).fetch_optional(pool).await,
        };
        found.expect("the database answers")
    }

    async fn get_many(&self, keys: Vec<String>) -> Vec<Vec<u8>> {
        let keys: Vec<Vec<u8>> = keys.into_iter().map(String::into_bytes).collect();
        let marks = vec!["?"; keys.len()].join(", ");
        let text =
            AssertSqlSafe(format!("SELECT name, value FROM bare WHERE name IN ({marks}) AND expires_at > ?"));
        let found: Result<Vec<Vec<u8>>, _> = match self {
            Self::Sqlite(pool) => {
                let query = keys.into_iter().fold(sqlx::query(text), sqlx::query::Query::bind).bind(now());
                query.fetch_all(pool).await.map(|rows| rows.iter().map(|row| row.get(1)).collect())
            }
            Self::Postgres(pool) => {
                let text = "SELECT name, value FROM bare WHERE name = ANY($1) AND expires_at > $2";
                let rows = sqlx::query(text).bind(keys).bind(now()).fetch_all(pool).await;
                rows.map(|rows| rows.iter().map(|row| row.get(1)).collect())
            }
            Self::Mysql(pool) => {
                let query = keys.into_iter().fold(sqlx::query(text), sqlx::query::Query::bind).bind(now());
                query.fetch_all(pool).await.map(|rows| rows.iter().map(|row| row.get(1)).collect())
            }
        };
        found.expect("the database answers")
    }

    async fn set(&self, key: String, value: Vec<u8>) {
        let (key, end) = (key.into_bytes(), now() + 1000 * i64::try_from(LIFE).expect("an hour"));
        let done = match self {
            Self::Sqlite(pool) => {
                sqlx::query(SET[0]).bind(key).bind(value).bind(end).execute(pool).await.map(drop)
            }
            Self::Postgres(pool) => {
                sqlx::query(SET[1]).bind(key).bind(value).bind(end).execute(pool).await.map(drop)
            }
            Self::Mysql(pool) => {
                sqlx::query(SET[2]).bind(key).bind(value).bind(end).execute(pool).await.map(drop)
            }
        };
        done.expect("the database takes it");
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("1970 is over");
    i64::try_from(since.as_millis()).expect("for some more years")
}
